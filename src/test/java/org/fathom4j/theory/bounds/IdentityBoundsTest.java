package org.fathom4j.theory.bounds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.OptionalDouble;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.NormOps_DDRM;
import org.fathom4j.theory.descent.DescentLoop;
import org.fathom4j.theory.descent.DescentSpec;
import org.fathom4j.theory.descent.Status;
import org.fathom4j.theory.descent.Trajectory;
import org.fathom4j.theory.linear.Initialization;
import org.fathom4j.theory.linear.InvalidProblemException;
import org.fathom4j.theory.linear.LinearNetwork;
import org.fathom4j.theory.linear.PortableRandom;
import org.fathom4j.theory.linear.Target;
import org.fathom4j.theory.projection.StepAndProject;
import org.fathom4j.theory.projection.StepAndProjectModes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The theorems about starts at and near the identity. */
class IdentityBoundsTest {

  /** Theory A.7: N = 1128 and 78, κ ln(…) = 1563 and 97. */
  @ParameterizedTest
  @CsvSource({"'diagonal:0.2,0.7,3', 10, 1128, 1563", "'diagonal:0.5,1.5', 1000, 78, 97"})
  void positiveDefiniteTargetsTakeTheKnownNumbersOfUpdates(
      String text, int depth, long iterations, double scale) {
    Target target = Target.parse(text);
    PositiveDefiniteBound bound = PositiveDefiniteBound.of(target, depth);
    double rate = bound.largestLearningRate();
    assertThat(bound.applies()).isTrue();
    assertThat(bound.iterations(rate, 1e-10) / 1.5).isCloseTo(scale, within(0.5));
    Trajectory trajectory = descend(target, depth, rate);
    assertThat(trajectory.iterationsToConverge()).hasValue(iterations);
  }

  private static Trajectory descend(Target target, int depth, double rate) {
    return DescentLoop.run(
        new StepAndProjectModes(target, depth, Double.POSITIVE_INFINITY),
        DescentSpec.withRate(rate, 1_000_000).until(1e-10));
  }

  @ParameterizedTest
  @CsvSource({
    "'diagonal:1', 1", "'diagonal:0.1', 1", "'diagonal:7,7,7', 1", "'diagonal:7,7,7', 2",
    "'diagonal:0.01,5', 3", "'diagonal:0.05,5', 100", "'2,1;1,3', 50", "'diagonal:1,1', 5",
    "'diagonal:1.000001,1', 4", "'diagonal:20,0.5', 8"
  })
  void positiveDefiniteTargetsAreLearntMonotonicallyWithinTheBound(String text, int depth) {
    Target target = Target.parse(text);
    PositiveDefiniteBound bound = PositiveDefiniteBound.of(target, depth);
    assertThat(bound.applies()).isTrue();
    double rate = bound.largestLearningRate();
    Trajectory trajectory = descend(target, depth, rate);
    assertThat(trajectory.status()).isEqualTo(Status.CONVERGED);
    assertThat((double) trajectory.iterationsToConverge().orElseThrow())
        .isLessThanOrEqualTo(Math.ceil(bound.iterations(rate, 1e-10)));
    StepAndProjectModes modes = new StepAndProjectModes(target, depth, Double.POSITIVE_INFINITY);
    double[] lambda = modes.targetEigenvalues();
    double[] before = modes.productEigenvalues();
    for (int t = 0; t < 200; t++) {
      modes.step(rate, 0);
      double[] now = modes.productEigenvalues();
      for (int i = 0; i < now.length; i++) {
        double rounding = 1e-13 * lambda[i];
        assertThat(Math.abs(now[i] - lambda[i]))
            .isLessThanOrEqualTo(Math.abs(before[i] - lambda[i]) + rounding);
        assertThat((now[i] - lambda[i]) * Math.signum(1 - lambda[i]))
            .isGreaterThanOrEqualTo(-rounding); // never beyond λ
      }
      before = now;
    }
  }

  @Test
  void threeTimesTheRateOfTheTheoremIsUnstable() {
    Target target = Target.diagonal(3, 3);
    double rate = PositiveDefiniteBound.of(target, 10).largestLearningRate();
    // It may pass through R ≤ ε by accident, but does not stay.
    Trajectory trajectory =
        DescentLoop.run(
            new StepAndProjectModes(target, 10, Double.POSITIVE_INFINITY),
            DescentSpec.withRate(3 * rate, 10_000).until(1e-10).confirmedBy(100));
    assertThat(trajectory.status()).isNotEqualTo(Status.CONVERGED);
  }

  @ParameterizedTest
  @ValueSource(strings = {"diagonal:1,-1e-9", "diagonal:0,1", "1,0.1;0,1", "rotation:10"})
  void theTheoremDoesNotApplyToOtherTargets(String text) {
    assertThat(PositiveDefiniteBound.of(Target.parse(text), 4).applies()).isFalse();
  }

  @Test
  void anEpsilonOfZeroIsRefused() {
    PositiveDefiniteBound bound = PositiveDefiniteBound.of(Target.diagonal(2), 4);
    assertThatThrownBy(() -> bound.iterations(0.01, 0))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessage("ε is 0.0; the loss to reach is positive.");
    assertThatThrownBy(() -> PositiveDefiniteBound.of(Target.diagonal(2), 0))
        .hasMessage("The depth is 0; it must be at least 1.");
    assertThatThrownBy(() -> NearIdentityBound.of(Target.diagonal(2), 0))
        .hasMessage("The depth is 0; it must be at least 1.");
  }

  @ParameterizedTest
  @CsvSource({"1, 31", "2, 32", "5, 33", "40, 34"})
  void targetsNearTheIdentityAreLearntWithoutGoingFar(int depth, long seed) {
    DMatrixRMaj matrix = new PortableRandom(seed).normalMatrix(3, 3);
    CommonOps_DDRM.scale(
        0.999 * NearIdentityBound.LARGEST_DISTANCE / NormOps_DDRM.normF(matrix), matrix);
    CommonOps_DDRM.addEquals(matrix, CommonOps_DDRM.identity(3));
    Target target = Target.of("near the identity", matrix);
    NearIdentityBound bound = NearIdentityBound.of(target, depth);
    assertThat(bound.applies()).isTrue();
    double step = 1e-3 / depth; // descent stands in for the flow: its error is of this order
    StepAndProject descent =
        new StepAndProject(
            Initialization.identity().network(target, depth), target, Double.POSITIVE_INFINITY);
    assertThat(bound.loss(0)).isCloseTo(descent.loss(), within(1e-15));
    for (int t = 1; t <= 2000; t++) {
      descent.step(step, 0);
      if (t % 100 == 0) {
        assertThat(descent.loss()).isLessThanOrEqualTo(bound.loss(t * step));
        for (int l = 1; l <= depth; l++) {
          assertThat(NormOps_DDRM.inducedP2(descent.network().deviation(l)))
              .isLessThanOrEqualTo(bound.displacement());
        }
      }
    }
  }

  @Test
  void targetsFartherThanThatAreNotCovered() {
    assertThat(NearIdentityBound.of(Target.diagonal(1 + 0.1226, 1), 7).applies()).isTrue();
    assertThat(NearIdentityBound.of(Target.diagonal(1 + 0.1227, 1), 7).applies()).isFalse();
    assertThat(NearIdentityBound.of(Target.minusIdentity(2), 7).applies()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "2, 2", "3, 3", "6, 4", "20, 5"})
  void theGradientIsAsLargeAsTheLossSaysNearTheIdentity(int depth, long seed) {
    PortableRandom random = new PortableRandom(seed);
    for (int i = 0; i < 40; i++) {
      Target target = Target.of("random", random.normalMatrix(4, 4));
      double sd = 0.3 * random.nextUniform() / 4;
      LinearNetwork network =
          new Initialization.NearIdentity(random.nextLong(), OptionalDouble.of(sd))
              .network(target, depth);
      GradientBound bound = GradientBound.of(network, target);
      assertThat(bound.applies()).isTrue();
      assertThat(bound.bound()).isPositive();
      assertThat(bound.holds()).as("%s", bound).isTrue();
    }
  }

  @Test
  void theGradientBoundIsSharpForOneLayerAndSilentAtZas() {
    Target target = Target.gaussian(3, 8);
    GradientBound one = GradientBound.of(Initialization.identity().network(target, 1), target);
    assertThat(one.squaredNorm()).isCloseTo(one.bound(), within(1e-12));
    GradientBound zas = GradientBound.of(Initialization.zas().network(target, 5), target);
    assertThat(zas.tau()).isEqualTo(1);
    assertThat(zas.applies()).isFalse();
    assertThat(zas.bound()).isZero();
  }
}
