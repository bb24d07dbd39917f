package org.fathom4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.fathom4j.kernel.StackCase.Result;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What every way to compute a stack must do; a new kernel joins by extending this class.
 *
 * <p>The oracle is {@link NaiveStack}: the equations in exact loops over doubles, its gradients by
 * central differences, sharing no code with any kernel.
 */
public abstract class StackKernelContract {

  /** Runs the kernel under test, forward for inference, forward for training, and backward. */
  protected abstract Result compute(StackCase stack);

  @ParameterizedTest(name = "{0}")
  @MethodSource("org.fathom4j.kernel.StackCase#all")
  void the_output_is_what_the_equation_says(StackCase stack) {
    double[] expected = NaiveStack.output(stack);
    assertClose("output", compute(stack).output(), expected, tolerance(stack));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("org.fathom4j.kernel.StackCase#all")
  void inference_and_training_give_the_same_bits(StackCase stack) {
    Result result = compute(stack);
    assertThat(result.inferenceOutput()).isEqualTo(result.output());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("org.fathom4j.kernel.StackCase#all")
  void every_gradient_is_the_derivative_of_the_output(StackCase stack) {
    Result found = compute(stack);
    Result expected = NaiveStack.differentiated(stack);
    double tolerance = 10 * tolerance(stack);
    assertClose("∂V", found.innerGradient(), expected.innerGradient(), tolerance);
    assertClose("∂U", found.outerGradient(), expected.outerGradient(), tolerance);
    assertClose("∂scalars", found.scalarGradient(), expected.scalarGradient(), tolerance);
    assertClose("∂z_0", found.inputGradient(), expected.inputGradient(), tolerance);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("org.fathom4j.kernel.StackCase#all")
  void norms_along_depth_are_those_of_stream_and_gradient(StackCase stack) {
    Result found = compute(stack);
    int depth = stack.shape().depth();
    double tolerance = 10 * tolerance(stack);
    double[] activationNorms = NaiveStack.streamNorms(stack);
    assertClose("‖z_l‖", found.activationNorms(), activationNorms, tolerance);
    assertThat(found.gradientNorms()).hasSize(depth + 1);
    assertThat(found.gradientNorms()[depth])
        .isCloseTo(norm(stack.outputGradient()), within(tolerance * norm(stack.outputGradient())));
    double atInput = norm(found.inputGradient());
    assertThat(found.gradientNorms()[0]).isCloseTo(atInput, within(tolerance * (1 + atInput)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("org.fathom4j.kernel.StackCase#all")
  void the_same_case_gives_the_same_bits_again(StackCase stack) {
    Result first = compute(stack);
    Result second = compute(stack);
    assertThat(second.output()).isEqualTo(first.output());
    assertThat(second.innerGradient()).isEqualTo(first.innerGradient());
    assertThat(second.outerGradient()).isEqualTo(first.outerGradient());
    assertThat(second.inputGradient()).isEqualTo(first.inputGradient());
  }

  /**
   * Relative to the largest entry: unit roundoff times some hundred operations that one number
   * depends on here; in double precision central differences with h = 1e-5 are the limit, h² ≈
   * 1e-10.
   */
  private static double tolerance(StackCase stack) {
    return stack.shape().precision() == Precision.FLOAT ? 300 * 0x1p-24 : 1e-9;
  }

  private static void assertClose(
      String what, double[] found, double[] expected, double tolerance) {
    assertThat(found).as(what).hasSameSizeAs(expected);
    double scale = 1;
    for (double e : expected) {
      scale = Math.max(scale, Math.abs(e));
    }
    for (int i = 0; i < expected.length; i++) {
      assertThat(found[i]).as("%s[%d]", what, i).isCloseTo(expected[i], within(tolerance * scale));
    }
  }

  private static double norm(double[] x) {
    double sum = 0;
    for (double v : x) {
      sum += v * v;
    }
    return Math.sqrt(sum);
  }
}
