package org.fathom4j.theory.projection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.fathom4j.theory.NumberAssertions.assertClose;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.stream.Stream;
import org.ejml.dense.row.NormOps_DDRM;
import org.fathom4j.theory.Golden;
import org.fathom4j.theory.descent.Descent;
import org.fathom4j.theory.descent.DescentLoop;
import org.fathom4j.theory.descent.DescentSpec;
import org.fathom4j.theory.descent.Status;
import org.fathom4j.theory.descent.Trajectory;
import org.fathom4j.theory.descent.TrajectoryPoint;
import org.fathom4j.theory.linear.Initialization;
import org.fathom4j.theory.linear.InvalidProblemException;
import org.fathom4j.theory.linear.Target;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class StepAndProjectTest {

  private static final double INFINITE = Double.POSITIVE_INFINITY;

  /** Losses below this are sums of rounding errors. */
  private static final double ROUNDING = 1e-25;

  static Stream<JsonNode> golden() {
    return Golden.cases("step_project");
  }

  private static double radius(JsonNode golden) {
    return golden.get("psi").isNull() ? INFINITE : golden.get("psi").asDouble();
  }

  @ParameterizedTest
  @MethodSource("golden")
  void eigenvaluesFollowTheGoldenTrajectory(JsonNode golden) {
    double[] lambda = Golden.numbers(golden.get("lam"));
    Target target = Target.diagonal(lambda);
    int depth = golden.get("L").asInt();
    double rate = golden.get("eta").asDouble();
    double tolerance = golden.get("tol_rel").asDouble();
    StepAndProjectModes modes = new StepAndProjectModes(target, depth, radius(golden));
    Trajectory trajectory =
        DescentLoop.run(modes, DescentSpec.withRate(rate, golden.get("T").asLong()));
    double expected = golden.get("R_final").asDouble();
    assertThat(trajectory.finalLoss()).isCloseTo(expected, within(tolerance * expected + ROUNDING));
    double floor = StepAndProject.floor(target, depth, radius(golden), rate);
    assertThat(trajectory.finalLoss()).isGreaterThanOrEqualTo(floor * (1 - 1e-12));
    double promised = StepAndProject.floorOfTheorem(target);
    assertThat(promised).isCloseTo(golden.get("floor_neg").asDouble(), within(1e-15));
    if (rate < 0.5) { // with η = 0.6 at depth 3 an eigenvalue jumps across 0, and R falls to 0
      assertThat(floor).isGreaterThanOrEqualTo(promised);
    } else {
      assertThat(trajectory.finalLoss()).isLessThan(promised);
    }
    // R_final is that of T updates, as it says, but u_final was taken one update later: of the
    // first case, ½(0.7 + u)² = R_final at u = 0.00110976, and one update on is 0.00110925.
    modes.step(rate, 0);
    double[] products = modes.productEigenvalues();
    double[] targets = modes.targetEigenvalues();
    for (int i = 0; i < lambda.length; i++) {
      for (int k = 0; k < lambda.length; k++) {
        if (targets[k] == lambda[i]) {
          double u = golden.get("u_final").get(i).asDouble();
          assertThat(products[k]).isCloseTo(u, within(tolerance * Math.abs(u)));
        }
      }
    }
  }

  @Test
  void theFloorWithARadiusIsWhereItEnds() {
    Target target = Target.diagonal(2, 1, -0.7);
    double floor = StepAndProject.floor(target, 4, 0.5, 0.005);
    assertThat(floor).isCloseTo(Math.pow(0.7 + Math.pow(0.5, 4), 2) / 2, within(1e-15));
    assertThat(StepAndProject.floorOfTheorem(target)).isCloseTo(0.245, within(1e-15));
    assertThat(StepAndProject.floor(target, 4, INFINITE, 0.005)).isCloseTo(0.245, within(1e-15));
    // Too large to reach, too: 1.1^4 = 1.4641 < 2.
    assertThat(StepAndProject.floor(Target.diagonal(2, 1), 4, 0.1, 0.005))
        .isCloseTo(Math.pow(2 - 1.4641, 2) / 2, within(1e-14));
  }

  @Test
  void largeStepsAtOddDepthReachANegativeEigenvalueAndHaveNoFloor() {
    Target target = Target.minusIdentity(2);
    assertThat(StepAndProject.floor(target, 3, INFINITE, 0.6)).isZero();
    assertThat(StepAndProject.floor(target, 3, INFINITE, 0.5)).isEqualTo(1);
    assertThat(StepAndProject.floor(target, 4, INFINITE, 0.6)).isEqualTo(1);
    assertThat(StepAndProject.floor(target, 1, INFINITE, 1e-3)).isZero(); // one layer learns it
    assertThat(StepAndProject.floor(target, 3, 1, 0.6)).isEqualTo(1); // θ ≥ 0 by projection
    assertThat(StepAndProject.floor(target, 3, 1.5, 0.6))
        .isCloseTo(Math.pow(1 - 0.125, 2), within(1e-15)); // θ ≥ −½
    Trajectory trajectory =
        DescentLoop.run(
            new StepAndProjectModes(target, 3, INFINITE),
            DescentSpec.withRate(0.6, 200).until(1e-20));
    assertThat(trajectory.status()).isEqualTo(Status.CONVERGED);
  }

  @ParameterizedTest
  @CsvSource({
    "'2,0.3,0;0.3,1,0.2;0,0.2,-0.7', 4, Infinity, 0.02",
    "'2,0.3,0;0.3,1,0.2;0,0.2,-0.7', 5, 0.2, 0.02",
    "'2,0.3,0;0.3,1,0.2;0,0.2,-0.7', 1, 0.5, 0.3",
    "'diagonal:0,0,2', 6, 0.4, 0.05",
    "'diagonal:3,3,3,-1,-1', 3, 0.1, 0.01",
    "'-1', 2, 0.9, 0.05",
    "'minus-identity:2', 3, Infinity, 0.6"
  })
  void matricesAndEigenvaluesGoTheSameWay(String text, int depth, double radius, double rate) {
    Target target = Target.parse(text);
    StepAndProject matrices =
        new StepAndProject(Initialization.identity().network(target, depth), target, radius);
    StepAndProjectModes modes = new StepAndProjectModes(target, depth, radius);
    for (int t = 0; t <= 60; t++) {
      if (t % 20 == 0) {
        TrajectoryPoint one = matrices.point(t);
        TrajectoryPoint other = modes.point(t);
        assertThat(one.loss()).isCloseTo(other.loss(), within(tolerance(other.loss())));
        for (int i = 0; i < target.dimension(); i++) {
          assertThat(one.singularValues().get(i))
              .isCloseTo(other.singularValues().get(i), within(1e-12));
        }
        assertThat(one.invariantDrift()).isLessThan(1e-13);
        for (int l = 1; l <= depth; l++) {
          assertClose(matrices.network().deviation(l), modes.network().deviation(l), 1e-12);
        }
      }
      matrices.step(rate, 0);
      modes.step(rate, 0);
    }
  }

  /** Errors of 1e-14 of the product change R by 1e-14 √(2R). */
  private static double tolerance(double loss) {
    return 1e-11 * loss + 1e-14 * Math.sqrt(2 * loss) + ROUNDING;
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.05, 0.3})
  void layersStayWithinTheRadiusAndTheLossAboveTheFloor(double radius) {
    Target target = Target.gaussian(4, 9);
    int depth = 5;
    double rate = 0.01;
    double floor = StepAndProject.floor(target, depth, radius, rate);
    assertThat(floor).isPositive();
    StepAndProject descent =
        new StepAndProject(
            Initialization.parse("near-identity:3").network(target, depth), target, radius);
    for (int t = 0; t < 100; t++) {
      for (int l = 1; l <= depth; l++) {
        assertThat(NormOps_DDRM.inducedP2(descent.network().deviation(l)))
            .isLessThanOrEqualTo(radius * (1 + 1e-14));
      }
      assertThat(descent.loss()).isGreaterThanOrEqualTo(floor);
      descent.step(rate, 0);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gaussian:3:5", "minus-identity:3", "'0,0;0,0'", "rotation:170"})
  void aSafeStepNeverIncreasesTheLossOfPlainDescent(String text) {
    Target target = Target.parse(text.replace("'", ""));
    for (int depth : new int[] {1, 2, 5, 12}) {
      StepAndProject descent =
          new StepAndProject(
              Initialization.parse("near-identity:3").network(target, depth), target, INFINITE);
      for (int t = 0; t < 40; t++) {
        double before = descent.loss();
        double rate = descent.safeLearningRate();
        assertThat(rate).isPositive();
        double squaredGradient = descent.network().gradients(target).squaredNorm();
        descent.step(rate, 0);
        assertThat(descent.loss())
            .isLessThanOrEqualTo(before - rate / 2 * squaredGradient + 1e-14 * before + 1e-28);
      }
    }
  }

  @Test
  void startsOutsideTheRadiusAreProjectedFirst() {
    Target target = Target.minusIdentity(2);
    StepAndProject descent =
        new StepAndProject(Initialization.zas().network(target, 3), target, 0.25);
    assertThat(descent.network().weight(3).get(0, 0)).isCloseTo(0.75, within(1e-15));
    assertThat(descent.network().weight(2).get(0, 0)).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, Double.NaN})
  void aRadiusThatIsNotPositiveIsRefused(double radius) {
    Target target = Target.minusIdentity(2);
    String message = "ψ is " + radius + "; the distance that layers may have";
    assertThatThrownBy(() -> new StepAndProjectModes(target, 3, radius))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessageStartingWith(message);
    assertThatThrownBy(
            () -> new StepAndProject(Initialization.identity().network(target, 3), target, radius))
        .hasMessageStartingWith(message);
    assertThatThrownBy(() -> StepAndProject.floor(target, 3, radius, 0.1))
        .hasMessageStartingWith(message);
  }

  @Test
  void momentumAsymmetricTargetsAndDepthZeroAreRefused() {
    Target target = Target.minusIdentity(2);
    StepAndProjectModes modes = new StepAndProjectModes(target, 3, 1);
    assertThatThrownBy(() -> DescentLoop.run(modes, DescentSpec.withRate(0.1, 5).momentum(0.9)))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessageStartingWith("Step-and-project projects after every step and has no momentum");
    assertThatThrownBy(() -> new StepAndProjectModes(Target.parse("1,2;3,4"), 3, 1))
        .hasMessageContaining("is not symmetric")
        .hasMessageEndingWith("Take the matrices.");
    assertThatThrownBy(() -> new StepAndProjectModes(target, 0, 1))
        .hasMessage("The depth is 0; it must be at least 1.");
    assertThatThrownBy(
            () ->
                new StepAndProject(
                    Initialization.identity().network(Target.minusIdentity(3), 2), target, 1))
        .hasMessageContaining("is 2×2");
  }

  @Test
  void divergenceIsAStatusWithAndWithoutMatrices() {
    Target target = Target.diagonal(3, 3);
    List<Descent> descents =
        List.of(
            new StepAndProject(Initialization.identity().network(target, 6), target, INFINITE),
            new StepAndProjectModes(target, 6, INFINITE));
    for (Descent descent : descents) {
      assertThat(DescentLoop.run(descent, DescentSpec.withRate(5, 100)).status())
          .isEqualTo(Status.DIVERGED);
    }
  }
}
