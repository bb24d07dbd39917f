package org.fathom4j.bench.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import org.fathom4j.kernel.Activation;
import org.fathom4j.kernel.BlockKind;
import org.fathom4j.kernel.BranchForm;
import org.junit.jupiter.api.Test;

class ParityCasesTest {

  private static final List<ParityCase> ALL = ParityCases.all();

  @Test
  void every_kind_form_and_activation_meets_both_sides_of_every_width() {
    assertThat(ALL).doesNotHaveDuplicates();
    assertThat(ALL).extracting(ParityCase::kind).contains(BlockKind.values());
    assertThat(ALL).extracting(ParityCase::form).contains(BranchForm.values());
    assertThat(ALL).extracting(ParityCase::activation).contains(Activation.values());
    assertThat(ALL).extracting(ParityCase::width).contains(1, 8, 16, 32, 33, 64, 65, 128, 129, 200);
    assertThat(ALL)
        .extracting(ParityCase::hiddenWidth)
        .contains(1, 4, 8, 16, 32, 33, 64, 65, 128, 129, 200);
    assertThat(ALL).extracting(ParityCase::examples).contains(1, 7, 8, 9, 100, 451, 1000);
    assertThat(ALL).extracting(ParityCase::depth).contains(1, 2, 300);
  }

  @Test
  void a_quick_check_is_small() {
    assertThat(ParityCases.quick()).allMatch(stack -> stack.flop() < 1e7);
  }

  @Test
  void numbers_are_exact_in_single_precision_and_the_same_each_time() {
    for (ParityCase stack : ParityCases.quick()) {
      ParityNumbers numbers = ParityNumbers.of(stack);
      assertThat(
              DoubleStream.of(numbers.inner()).allMatch(x -> x == (float) x)
                  && DoubleStream.of(numbers.outer()).allMatch(x -> x == (float) x)
                  && DoubleStream.of(numbers.input()).allMatch(x -> x == (float) x))
          .as(stack.toString())
          .isTrue();
      assertThat(ParityNumbers.of(stack).inner()).isEqualTo(numbers.inner());
    }
  }

  /** 300 · 64 pre-activations an example: some of them come as near to 0 as rounding. */
  @Test
  void examples_near_the_corner_of_ReLU_have_no_gradient_and_the_others_have_theirs() {
    ParityCase deep = ParityCase.nonlinear(BranchForm.PLAIN, 300, 64, 8, Activation.RELU, 100);
    double[] gradient = ParityNumbers.of(deep).outputGradient();
    int silent = 0;
    for (int n = 0; n < 100; n++) {
      double[] row = Arrays.copyOfRange(gradient, n * 64, (n + 1) * 64);
      boolean zero = DoubleStream.of(row).allMatch(x -> x == 0);
      assertThat(zero || DoubleStream.of(row).noneMatch(x -> x == 0)).isTrue();
      silent += zero ? 1 : 0;
    }
    assertThat(silent).isBetween(1, 75);
  }

  @Test
  void smooth_activations_silence_nobody() {
    ParityCase smooth = ParityCase.nonlinear(BranchForm.PLAIN, 300, 8, 8, Activation.TANH, 7);
    assertThat(DoubleStream.of(ParityNumbers.of(smooth).outputGradient()).noneMatch(x -> x == 0))
        .isTrue();
  }
}
