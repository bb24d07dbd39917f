package org.fathom4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class KernelsTest {

  @Test
  void every_choice_says_why() {
    KernelChoice choice = Kernels.choose(Optional.empty(), Optional.of(Activation.RELU), true);
    assertThat(choice.name()).isEqualTo(KernelName.FUSED);
    assertThat(choice.reason()).contains("thread").contains("bits");
  }

  @Test
  void where_the_fused_kernel_cannot_serve_the_reason_names_the_cure() {
    KernelChoice unknown = Kernels.choose(Optional.empty(), Optional.empty(), true);
    assertThat(unknown.name()).isEqualTo(KernelName.ND4J);
    assertThat(unknown.reason()).contains("identity, relu, tanh, sigmoid, softplus");
    KernelChoice device = Kernels.choose(Optional.empty(), Optional.of(Activation.RELU), false);
    assertThat(device.name()).isEqualTo(KernelName.ND4J);
    assertThat(device.reason()).contains("nd4j-native");
  }

  @Test
  void every_kernel_can_be_asked_for() {
    for (KernelName name : KernelName.values()) {
      KernelChoice choice = Kernels.choose(Optional.of(name), Optional.of(Activation.TANH), true);
      assertThat(choice.name()).isEqualTo(name);
      assertThat(choice.reason()).contains("as requested");
    }
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
