package org.fathom4j.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.fathom4j.bench.StackIteration.Outcome;
import org.fathom4j.kernel.KernelName;
import org.fathom4j.kernel.Precision;
import org.fathom4j.network.NetworkSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class BenchTest {

  private static BenchSpec spec(NetworkSpec.Block block, NetworkSpec.Precision precision) {
    return new BenchSpec(4, 7, 5, 3, block, precision, Optional.empty(), 0.001);
  }

  @ParameterizedTest
  @MethodSource("org.fathom4j.kernel.UsableKernels#all")
  void everyKernelGivesTheAnswersOfTheReferenceBeforeItIsTimed(KernelName kernel) {
    for (NetworkSpec.Block block : NetworkSpec.Block.values()) {
      for (NetworkSpec.Precision precision : NetworkSpec.Precision.values()) {
        assertThatCode(() -> Bench.checkAnswers(spec(block, precision), kernel))
            .doesNotThrowAnyException();
      }
    }
  }

  /** R = Σ Z_L is linear in the last U: its gradient, times that U, is what U adds to R. */
  @Test
  void theOutcomeIsThatOfTheSumOverAllOutputs() {
    BenchSpec spec =
        new BenchSpec(
            1,
            7,
            5,
            3,
            NetworkSpec.Block.NONLINEAR,
            NetworkSpec.Precision.DOUBLE,
            Optional.empty(),
            1);
    Outcome outcome = Bench.referenceOutcome(spec);
    StackNumbers numbers = new StackNumbers(spec.stack());
    double added = 0;
    for (int i = 0; i < 35; i++) {
      added += outcome.gradients()[35 + i] * numbers.outer(i);
    }
    double difference = 0;
    for (int i = 0; i < 21; i++) {
      difference += outcome.output()[i] - numbers.input(i);
    }
    assertThat(outcome.gradients()).hasSize(70);
    assertThat(added).isCloseTo(difference, within(1e-12));
  }

  @ParameterizedTest
  @MethodSource("org.fathom4j.kernel.UsableKernels#all")
  void anIterationUpdatesTheWeightsAgainstTheGradient(KernelName kernel) {
    BenchSpec spec = spec(NetworkSpec.Block.NONLINEAR, NetworkSpec.Precision.DOUBLE);
    try (StackIteration stack = Bench.stack(spec, kernel)) {
      double before = sum(stack.outcome().output());
      double squares = 0;
      for (double g : stack.outcome().gradients()) {
        squares += g * g;
      }
      stack.run();
      // R falls by η/N ‖∂R‖², to first order in η
      double expected = spec.learningRate() / spec.batchSize() * squares;
      assertThat(before - sum(stack.outcome().output()))
          .isCloseTo(expected, within(0.01 * expected));
    }
  }

  private static double sum(double[] numbers) {
    double sum = 0;
    for (double number : numbers) {
      sum += number;
    }
    return sum;
  }

  @Test
  void answersThatDifferAreNamedAndNothingIsTimed() {
    Outcome reference = new Outcome(new double[] {1, 2}, new double[] {3, -4});
    Outcome wrong = new Outcome(new double[] {1, 2}, new double[] {3, -4.01});
    assertThatIllegalStateException()
        .isThrownBy(() -> wrong.requireAgrees("fast", reference, 1e-4))
        .withMessageContaining(
            "fast, gradients: number 1 is -4.01, but the reference kernel says -4");
    Outcome notANumber = new Outcome(new double[] {1, Double.NaN}, new double[] {3, -4});
    assertThatIllegalStateException()
        .isThrownBy(() -> notANumber.requireAgrees("fast", reference, 1e-4))
        .withMessageContaining("fast, output: number 1 is NaN");
    Outcome shorter = new Outcome(new double[] {1}, new double[] {3, -4});
    assertThatIllegalStateException()
        .isThrownBy(() -> shorter.requireAgrees("fast", reference, 1e-4))
        .withMessageContaining("1 numbers instead of 2");
  }

  @Test
  void aKernelThatWouldTakeMinutesIsLeftOutAndTheReportSaysHowToTimeItAllTheSame()
      throws Exception {
    // At 2e11 flop an iteration plain loops need minutes on any machine of today.
    BenchSpec slow =
        new BenchSpec(
            1_000,
            512,
            512,
            64,
            NetworkSpec.Block.NONLINEAR,
            NetworkSpec.Precision.FLOAT,
            Optional.empty(),
            0.001);
    assertThat(new Bench(slow, sentence -> {}).tooSlow(KernelName.REFERENCE))
        .hasValueSatisfying(
            reason ->
                assertThat(reason)
                    .contains("predicted from a shallower stack", "--kernel reference"));
  }

  @Test
  void aKernelOfAnotherVersionIsRefusedByName() {
    BenchSpec spec =
        new BenchSpec(
            1,
            2,
            3,
            4,
            NetworkSpec.Block.NONLINEAR,
            NetworkSpec.Precision.FLOAT,
            Optional.of("quantum"),
            1);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Bench(spec, sentence -> {}).run())
        .withMessageContaining("There is no kernel \"quantum\"")
        .withMessageContaining("reference, nd4j");
  }

  @Test
  void everyStepIsTalkedAbout() throws Exception {
    List<String> talk = new ArrayList<>();
    BenchReport report =
        new Bench(spec(NetworkSpec.Block.NONLINEAR, NetworkSpec.Precision.FLOAT), talk::add).run();
    assertThat(report.leftOut()).isEmpty();
    assertThat(talk).hasSize(1 + 2 * report.kernels().size());
  }

  @Test
  void weightsKeepTheStreamsSizeAtAnyDepth() {
    for (int depth : new int[] {2, 200}) {
      BenchSpec spec =
          spec(NetworkSpec.Block.NONLINEAR, NetworkSpec.Precision.DOUBLE).atDepth(depth);
      double squares = 0;
      for (double z : Bench.referenceOutcome(spec).output()) {
        squares += z * z;
      }
      // E‖z_L‖² = ‖z_0‖² (1 + 1/(2L))^L < 1.65 ‖z_0‖² for ReLU; 21 numbers scatter widely around it
      assertThat(squares / 21).isBetween(0.2, 5.0);
    }
  }

  @Test
  void aTimingIsMedianLeastAndLargest() {
    assertThat(Timing.of(3, 1, 2)).isEqualTo(new Timing(2, 1, 3, 3));
    assertThat(Timing.of(4, 1, 2, 3)).isEqualTo(new Timing(2.5, 1, 4, 4));
    assertThatIllegalArgumentException().isThrownBy(() -> Timing.of(List.of()));
  }

  @Test
  void workIsRepeatedAtLeastFiveTimesHoweverShortTheMeasurement() {
    int[] runs = {0};
    Timing timing = Timing.of(() -> runs[0]++, 1e-9);
    assertThat(runs[0]).isGreaterThanOrEqualTo(Timing.FEWEST);
    assertThat(timing.count()).isGreaterThanOrEqualTo(3);
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void theGemmPeakIsPositiveAndLeavesOpenBlasItsThreads(Precision precision) {
    int before = org.bytedeco.openblas.global.openblas_nolapack.blas_get_num_threads();
    Timing peak = GemmPeak.measure(precision, 2, 1e-3);
    assertThat(peak.least()).isPositive().isLessThanOrEqualTo(peak.median());
    assertThat(peak.largest()).isFinite().isGreaterThanOrEqualTo(peak.median());
    assertThat(org.bytedeco.openblas.global.openblas_nolapack.blas_get_num_threads())
        .isEqualTo(before);
  }
}
