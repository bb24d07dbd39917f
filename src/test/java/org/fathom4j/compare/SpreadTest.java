package org.fathom4j.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class SpreadTest {

  /** t quantiles 0.975 of 2 and 4 degrees of freedom, from any statistical table. */
  private static final double T2 = 4.30265;

  private static final double T4 = 2.77645;

  @Test
  void three_seeds_have_students_interval_of_two_degrees_of_freedom() {
    Spread spread = Spread.of(1, 2, 3);
    assertThat(spread.count()).isEqualTo(3);
    assertThat(spread.mean()).isEqualTo(2);
    assertThat(spread.sd().getAsDouble()).isEqualTo(1);
    assertThat(spread.halfWidth().getAsDouble()).isCloseTo(T2 / Math.sqrt(3), within(1e-5));
  }

  @Test
  void the_deviation_divides_by_one_less_than_the_number_of_seeds() {
    // squares of the deviations from 6: 16 + 4 + 0 + 4 + 16 = 40, over 4
    Spread spread = Spread.of(2, 4, 6, 8, 10);
    assertThat(spread.sd().getAsDouble()).isCloseTo(Math.sqrt(10), within(1e-12));
    assertThat(spread.halfWidth().getAsDouble())
        .isCloseTo(T4 * Math.sqrt(10) / Math.sqrt(5), within(1e-4));
  }

  @Test
  void a_single_seed_has_a_mean_but_no_spread() {
    Spread spread = Spread.of(0.25);
    assertThat(spread.mean()).isEqualTo(0.25);
    assertThat(spread.sd()).isEmpty();
    assertThat(spread.halfWidth()).isEmpty();
  }

  @Test
  void equal_seeds_have_exactly_no_spread() {
    Spread spread = Spread.of(0.1, 0.1, 0.1);
    assertThat(spread.mean()).isEqualTo(0.1);
    assertThat(spread.sd()).hasValue(0);
    assertThat(spread.halfWidth()).hasValue(0);
  }

  @Test
  void no_values_have_no_mean() {
    assertThatThrownBy(Spread::of).isInstanceOf(IllegalArgumentException.class);
  }
}
