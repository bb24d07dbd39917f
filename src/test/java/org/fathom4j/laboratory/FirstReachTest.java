package org.fathom4j.laboratory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.fathom4j.theory.descent.DescentSpec;
import org.fathom4j.theory.descent.Status;
import org.fathom4j.theory.linear.Initialization;
import org.fathom4j.theory.linear.Target;
import org.fathom4j.theory.modes.Modes;
import org.fathom4j.theory.modes.ReducedDynamics;
import org.junit.jupiter.api.Test;

class FirstReachTest {

  private static Modes modes() {
    return ReducedDynamics.of(Initialization.zas(), Target.minusIdentity(1), 10).orElseThrow();
  }

  @Test
  void it_tells_the_first_iteration_and_goes_on_to_the_last() {
    FirstReach result =
        FirstReach.run(modes(), DescentSpec.withRate(0.05, 60).at(0, 21, 60), 1e-10);
    assertThat(result.iterations()).hasValue(21); // golden zas_counts
    assertThat(result.status()).isEqualTo(Status.CONVERGED);
    assertThat(result.trajectory().end()).isEqualTo(60);
    assertThat(result.trajectory().iterationsToConverge()).isEmpty(); // 60 is not the first
    assertThat(result.trajectory().points()).hasSize(3);
  }

  @Test
  void a_loss_that_is_not_reached_has_no_iteration() {
    FirstReach result = FirstReach.run(modes(), DescentSpec.withRate(0.05, 20), 1e-10);
    assertThat(result.iterations()).isEmpty();
    assertThat(result.status()).isEqualTo(Status.STOPPED);
  }

  @Test
  void a_start_below_the_loss_is_iteration_0() {
    assertThat(FirstReach.run(modes(), DescentSpec.withRate(0.05, 3), 0.5).iterations())
        .hasValue(0);
  }

  @Test
  void divergence_stays_divergence_even_if_the_loss_was_small_once() {
    FirstReach result = FirstReach.run(modes(), DescentSpec.withRate(3, 100), 0.5);
    assertThat(result.status()).isEqualTo(Status.DIVERGED);
    assertThat(result.iterations()).hasValue(0);
  }

  @Test
  void a_loss_of_zero_and_an_end_of_its_own_are_refused() {
    DescentSpec spec = DescentSpec.withRate(0.05, 3);
    assertThatThrownBy(() -> FirstReach.run(modes(), spec, 0)).hasMessageContaining("ε is 0.0");
    assertThatThrownBy(() -> FirstReach.run(modes(), spec.until(1e-3), 1e-10))
        .hasMessageContaining("0.001");
  }
}
