package org.fathom4j.ui.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ArraySummaryTest {

  @Test
  void mean_deviation_and_magnitude_are_those_of_a_hand_calculation() {
    ArraySummary summary = ArraySummary.of(new double[] {-3, 1, 1, 5});
    assertThat(summary.mean()).isEqualTo(1);
    assertThat(summary.deviation()).isCloseTo(Math.sqrt(8), within(1e-15));
    assertThat(summary.magnitude()).isEqualTo(2.5);
    assertThat(summary.smallest()).isEqualTo(-3);
    assertThat(summary.largest()).isEqualTo(5);
  }

  @Test
  void every_value_is_in_one_bin_and_the_largest_in_the_last() {
    double[] values = IntStream.rangeClosed(0, 1000).asDoubleStream().toArray();
    int[] counts = ArraySummary.of(values).counts();
    assertThat(counts).hasSize(ArraySummary.BINS);
    assertThat(Arrays.stream(counts).sum()).isEqualTo(values.length);
    assertThat(counts[ArraySummary.BINS - 1]).isEqualTo(51); // 950…1000
    assertThat(counts[0]).isEqualTo(50);
  }

  @Test
  void equal_values_fill_the_first_bin() {
    ArraySummary summary = ArraySummary.of(new double[] {2, 2, 2});
    assertThat(summary.counts()[0]).isEqualTo(3);
    assertThat(summary.deviation()).isZero();
  }

  @Test
  void a_value_that_is_not_finite_shows_in_the_means_and_not_in_the_bins() {
    ArraySummary summary = ArraySummary.of(new double[] {1, Double.POSITIVE_INFINITY, 3});
    assertThat(summary.mean()).isNaN();
    assertThat(summary.deviation()).isNaN();
    assertThat(summary.magnitude()).isNaN();
    assertThat(summary.largest()).isEqualTo(3);
    assertThat(Arrays.stream(summary.counts()).sum()).isEqualTo(2);
  }

  @Test
  void values_none_of_which_is_finite_have_empty_bins() {
    ArraySummary summary = ArraySummary.of(new double[] {Double.NaN, Double.NaN});
    assertThat(summary.smallest()).isZero();
    assertThat(summary.largest()).isZero();
    assertThat(summary.counts()).containsOnly(0);
  }
}
