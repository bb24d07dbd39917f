package org.fathom4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class KernelsTest {

  @Test
  void every_choice_says_why() {
    KernelChoice choice = Kernels.choose(Optional.empty(), Optional.of(Activation.RELU), true);
    assertThat(choice.name()).isEqualTo(KernelName.ND4J);
    assertThat(choice.reason()).isNotBlank();
  }

  @Test
  void a_raw_kernel_is_refused_for_an_activation_it_does_not_know() {
    assertThatThrownBy(
            () -> Kernels.choose(Optional.of(KernelName.REFERENCE), Optional.empty(), true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("--kernel nd4j");
  }

  @Test
  void a_raw_kernel_is_refused_where_arrays_live_on_a_device() {
    assertThatThrownBy(
            () ->
                Kernels.choose(
                    Optional.of(KernelName.REFERENCE), Optional.of(Activation.TANH), false))
        .hasMessageContaining("device");
  }
}
