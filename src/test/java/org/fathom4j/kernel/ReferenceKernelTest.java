package org.fathom4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ReferenceKernelTest extends RawKernelContract {

  @Override
  protected StackKernel kernel() {
    return new ReferenceKernel();
  }

  private static final StackShape SHAPE =
      new StackShape(
          BlockKind.NONLINEAR, BranchForm.PLAIN, 3, 5, 2, Activation.RELU, Precision.FLOAT);

  @Test
  void parameters_of_the_wrong_length_are_refused_by_name() {
    StackParameters wrong =
        new StackParameters(
            NativeVector.allocate(Precision.FLOAT, 30),
            NativeVector.allocate(Precision.FLOAT, 29),
            null);
    NativeVector z = NativeVector.allocate(Precision.FLOAT, 5);
    assertThatThrownBy(() -> kernel().forward(SHAPE, 1, wrong, z, z, null, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("U of")
        .hasMessageContaining("length 30, but has 29");
  }

  @Test
  void parameters_of_the_wrong_precision_are_refused() {
    StackParameters wrong =
        new StackParameters(
            NativeVector.allocate(Precision.DOUBLE, 30),
            NativeVector.allocate(Precision.FLOAT, 30),
            null);
    NativeVector z = NativeVector.allocate(Precision.FLOAT, 5);
    assertThatThrownBy(() -> kernel().forward(SHAPE, 1, wrong, z, z, null, null))
        .hasMessageContaining("stored as DOUBLE");
  }

  @Test
  void the_trace_holds_streams_and_pre_activations() {
    try (StackKernel.Trace trace = kernel().newTrace(SHAPE, 4)) {
      assertThat(trace.bytes()).isEqualTo(3L * 4 * (5 + 2) * Float.BYTES);
    }
  }

  @Test
  void nan_passes_through_relu() {
    assertThat(Activation.RELU.value(Double.NaN)).isNaN();
  }

  @Test
  void a_linear_stack_has_no_hidden_layer() {
    assertThatThrownBy(
            () ->
                new StackShape(
                    BlockKind.LINEAR,
                    BranchForm.PLAIN,
                    3,
                    5,
                    2,
                    Activation.IDENTITY,
                    Precision.FLOAT))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
