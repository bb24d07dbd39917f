package org.fathom4j.ui.depth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.fathom4j.ui.depth.Envelope.Bucket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EnvelopeTest {

  @Test
  void few_values_stay_as_they_are() {
    Envelope envelope = new Envelope(6);
    for (int i = 1; i <= 6; i++) {
      envelope.add(10 * i, i);
    }
    assertThat(envelope.buckets(6))
        .extracting(Bucket::iteration)
        .containsExactly(10, 20, 30, 40, 50, 60);
    assertThat(envelope.buckets(6))
        .extracting(Bucket::mean)
        .containsExactly(1.0, 2.0, 3.0, 4.0, 5.0, 6.0);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 500, 501, 1000, 1001, 54_321})
  void extremes_mean_and_last_iteration_survive_any_length(int length) {
    Envelope envelope = new Envelope(500);
    double sum = 0;
    for (int i = 1; i <= length; i++) {
      double value = Math.sin(i) + (i == length / 2 ? 1e6 : 0);
      sum += value;
      envelope.add(i, value);
    }
    for (int most : new int[] {500, 333, 1}) {
      Bucket[] buckets = envelope.buckets(most);
      assertThat(buckets.length).isLessThanOrEqualTo(most);
      assertThat(buckets[buckets.length - 1].iteration()).isEqualTo(length);
      assertThat(Arrays.stream(buckets).mapToInt(Bucket::values).sum()).isEqualTo(length);
      assertThat(Arrays.stream(buckets).mapToDouble(b -> b.mean() * b.values()).sum())
          .isCloseTo(sum, within(1e-6)); // of some 1e6, added in another order
      if (length > 1) {
        assertThat(Arrays.stream(buckets).mapToDouble(Bucket::high).max().orElseThrow())
            .isGreaterThan(1e6 - 2);
      }
    }
  }

  @Test
  void what_is_not_finite_makes_a_hole_and_leaves_the_extremes_of_its_neighbours() {
    Envelope envelope = new Envelope(2);
    for (double value : new double[] {1, Double.NaN, 3, 4}) {
      envelope.add(1, value);
    }
    Bucket[] buckets = envelope.buckets(2);
    assertThat(buckets[0].isHole()).isTrue();
    assertThat(buckets[0].low()).isEqualTo(1);
    assertThat(buckets[1].mean()).isEqualTo(3.5);
  }

  @Test
  void an_odd_number_of_buckets_is_refused() {
    assertThatThrownBy(() -> new Envelope(3)).hasMessageContaining("even number");
  }
}
