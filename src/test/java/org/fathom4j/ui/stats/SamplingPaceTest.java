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

  /** Share of the time that looks took, without the first. */
  private double share(int iterations, long nanosAnIteration, long nanosALook) {
    long looking = 0;
    long began = clock.get();
    for (int i = 1; i <= iterations; i++) {
      clock.addAndGet(nanosAnIteration);
      if (pace.isDue(i)) {
        clock.addAndGet(nanosALook);
        pace.looked(i, nanosALook);
        looking += i == 1 ? 0 : nanosALook;
      }
    }
    return (double) looking / (clock.get() - began);
  }

  @Test
  void the_first_iteration_is_always_looked_at() {
    assertThat(pace.isDue(1)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "1, 50", "100, 1", "100, 50", "1000, 1", "1000, 300"})
  void looking_takes_at_most_its_share(int millisAnIteration, int millisALook) {
    assertThat(share(20_000, millisAnIteration * MILLI, millisALook * MILLI))
        .isLessThanOrEqualTo(SamplingPace.SHARE);
  }

  @Test
  void cheap_looks_at_a_long_run_use_their_share_up() {
    assertThat(share(100_000, MILLI, MILLI)).isCloseTo(SamplingPace.SHARE, withPercentage(5));
  }

  @Test
  void after_slowing_down_looks_are_twice_as_many_iterations_apart() {
    pace.slowDown();
    pace.slowDown();
    pace.looked(10, 0);
    clock.addAndGet(3_600_000 * MILLI);
    assertThat(pace.isDue(13)).isFalse();
    assertThat(pace.isDue(14)).isTrue();
    assertThat(pace.stride()).isEqualTo(4);
  }
}
