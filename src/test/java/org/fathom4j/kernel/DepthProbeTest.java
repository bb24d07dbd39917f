package org.fathom4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DepthProbeTest {

  @Test
  void layers_are_spread_from_the_first_to_the_last() {
    assertThat(DepthProbe.spread(10_000, 5).layers()).containsExactly(0, 2500, 5000, 7500, 10_000);
  }

  @Test
  void shallow_stacks_are_probed_at_every_layer() {
    assertThat(DepthProbe.spread(3, 64).layers()).containsExactly(0, 1, 2, 3);
    assertThat(DepthProbe.everyLayer(2).layers()).containsExactly(0, 1, 2);
  }

  @Test
  void no_layer_is_chosen_twice() {
    for (int depth = 1; depth < 300; depth++) {
      assertThat(DepthProbe.spread(depth, 64).layers()).doesNotHaveDuplicates();
    }
  }

  @Test
  void what_was_not_recorded_reads_as_nan() {
    DepthProbe probe = DepthProbe.everyLayer(1);
    probe.recordActivationNorm(1, 3);
    assertThat(probe.activationNorm(0)).isNaN();
    assertThat(probe.activationNorm(1)).isEqualTo(3);
    assertThat(probe.gradientNorm(1)).isNaN();
  }

  @Test
  void norms_whose_squares_are_no_numbers_are_kept() {
    DepthProbe probe = DepthProbe.everyLayer(1);
    probe.recordActivationNorm(1, 1e300);
    probe.recordGradientNorm(0, 1e-300);
    assertThat(probe.activationNorm(1)).isEqualTo(1e300);
    assertThat(probe.gradientNorm(0)).isEqualTo(1e-300);
  }
}
