package org.fathom4j.ui.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Percentage.withPercentage;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SamplingPaceTest {

  private static final long MILLI = 1_000_000;

  private final AtomicLong clock = new AtomicLong(-5_000_000_000_000L); // nanoTime may be negative
  private final SamplingPace pace = new SamplingPace(clock::get);

  /** What looks cost beyond the first, of the time since then. */
  private double spent;

  private void train(int iterations, long nanosAnIteration, long nanosMeasured, long nanosMore) {
    for (int i = 1; i <= iterations; i++) {
      boolean due = pace.isDue(i);
      clock.addAndGet(nanosAnIteration);
      if (due) {
        clock.addAndGet(nanosMeasured + nanosMore);
        pace.looked(i, nanosMeasured);
        spent += i == 1 ? 0 : nanosMeasured + nanosMore;
      }
    }
  }

  @Test
  void the_first_iteration_is_always_looked_at() {
    assertThat(pace.isDue(1)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 0", "1, 50, 30", "100, 1, 5", "100, 50, 100", "1000, 1, 3", "1000, 300, 0"})
  void looking_takes_at_most_its_share_what_the_observer_cannot_measure_included(
      int millisAnIteration, int millisMeasured, int millisMore) {
    long before = clock.get();
    train(20_000, millisAnIteration * MILLI, millisMeasured * MILLI, millisMore * MILLI);
    long onePerhapsTooMany = (millisMeasured + millisMore) * MILLI;
    assertThat(spent)
        .isPositive()
        .isLessThanOrEqualTo(
            SamplingPace.SHARE * (clock.get() - before)
                + SamplingPace.CREDIT_NANOS
                + onePerhapsTooMany);
  }

  @Test
  void looks_at_a_long_run_use_their_share_up() {
    long before = clock.get();
    train(1_000_000, MILLI, 10 * MILLI, 0);
    assertThat(spent / (clock.get() - before)).isCloseTo(SamplingPace.SHARE, withPercentage(5));
  }

  @Test
  void an_iteration_that_was_long_for_other_reasons_does_not_blind_the_observer() {
    train(100, 10 * MILLI, MILLI, 0);
    pace.isDue(101);
    clock.addAndGet(3_600_000 * MILLI); // an evaluation of an hour
    pace.looked(101, MILLI);
    train(100, 10 * MILLI, MILLI, 0);
    assertThat(pace.isDue(202)).isTrue();
  }

  @Test
  void however_cheap_looks_are_nobody_gets_more_than_can_be_followed() {
    double looks = 0;
    for (int i = 1; i <= 100_000; i++) {
      if (pace.isDue(i)) {
        looks++;
        pace.looked(i, 0);
      }
      clock.addAndGet(MILLI);
    }
    assertThat(looks).isCloseTo(100_000 / 200.0, withPercentage(2));
  }

  @Test
  void after_slowing_down_looks_are_twice_as_many_iterations_apart() {
    pace.slowDown();
    pace.slowDown();
    assertThat(pace.isDue(10)).isTrue();
    pace.looked(10, 0);
    clock.addAndGet(3_600_000 * MILLI);
    assertThat(pace.isDue(13)).isFalse();
    assertThat(pace.isDue(14)).isTrue();
    assertThat(pace.stride()).isEqualTo(4);
  }
}
