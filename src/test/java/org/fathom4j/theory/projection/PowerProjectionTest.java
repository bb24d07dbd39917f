package org.fathom4j.theory.projection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.fathom4j.theory.NumberAssertions.assertClose;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.fathom4j.theory.Golden;
import org.fathom4j.theory.descent.DescentLoop;
import org.fathom4j.theory.descent.DescentSpec;
import org.fathom4j.theory.descent.Status;
import org.fathom4j.theory.descent.Trajectory;
import org.fathom4j.theory.linear.Initialization;
import org.fathom4j.theory.linear.InvalidProblemException;
import org.fathom4j.theory.linear.PortableRandom;
import org.fathom4j.theory.linear.Target;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PowerProjectionTest {

  /** Non-normal, margin 0.3 after projection. */
  private static final String A3 = "1.2,-0.4,0.3;0.5,0.9,-0.7;-0.2,0.6,0.1";

  static Stream<JsonNode> golden() {
    return Golden.cases("power_projection");
  }

  @ParameterizedTest
  @MethodSource("golden")
  void lossesAreTheGoldenOnes(JsonNode golden) {
    Target target = Golden.target(golden.get("Phi"));
    double gamma = golden.get("gamma").asDouble();
    double tolerance = golden.get("tol_rel").asDouble();
    List<Long> at = new ArrayList<>();
    golden.get("points").forEach(point -> at.add(point.get("t").asLong()));
    Trajectory trajectory =
        DescentLoop.run(
            new PowerProjection(target, golden.get("L").asInt(), gamma),
            DescentSpec.withRate(golden.get("eta").asDouble(), at.get(at.size() - 1)).at(at));
    for (int i = 0; i < at.size(); i++) {
      double expected = golden.get("points").get(i).get("R").asDouble();
      assertThat(trajectory.points().get(i).loss())
          .as("t = %d", at.get(i))
          .isCloseTo(expected, within(tolerance * expected));
      assertThat(trajectory.points().get(i).invariantDrift()).isLessThan(1e-13); // balanced
    }
    double floor = golden.get("floor").asDouble();
    assertThat(PowerProjection.floor(target, gamma))
        .isCloseTo(floor, within(tolerance * floor + 1e-30)); // 0 but for rounding otherwise
    assertThat(trajectory.finalLoss()).isGreaterThanOrEqualTo(floor);
    if (!golden.get("N_to_1e_10").isNull()) {
      assertThat(
              DescentLoop.run(
                      new PowerProjection(target, golden.get("L").asInt(), gamma),
                      DescentSpec.withRate(golden.get("eta").asDouble(), 10_000).until(1e-10))
                  .iterationsToConverge())
          .hasValue(golden.get("N_to_1e_10").asLong());
    }
  }

  /** Theory D.3, numbers: η = 0.3/(L max(1, ‖Φ‖)²), ε = 1e-10. */
  @ParameterizedTest
  @CsvSource({
    "rotation:80, 4, 0.1, 57", "rotation:80, 16, 0.1, 78",
    "rotation:89, 4, 0.01, 119", "rotation:89, 16, 0.01, 365"
  })
  void rotationsBelowARightAngleAreLearntMonotonically(
      String text, int depth, double gamma, long iterations) {
    Target target = Target.parse(text);
    PowerProjection descent = new PowerProjection(target, depth, gamma);
    double before = Double.POSITIVE_INFINITY;
    long t = 0;
    while (descent.loss() > 1e-10) {
      assertThat(descent.loss()).isLessThan(before);
      before = descent.loss();
      descent.step(0.3 / depth, 0);
      t++;
    }
    assertThat(t).isEqualTo(iterations);
  }

  @Test
  void beyondARightAngleItStallsWherePlainDescentConverges() {
    Target target = Target.parse("rotation:100");
    double gamma = 0.05;
    assertThat(PowerProjection.margin(target)).isNegative();
    double floor = PowerProjection.floor(target, gamma);
    assertThat(floor).isCloseTo(0.05002, within(5e-6)); // theory D.3
    Trajectory projected =
        DescentLoop.run(
            new PowerProjection(target, 6, gamma), DescentSpec.withRate(0.05, 3000).until(1e-10));
    assertThat(projected.status()).isEqualTo(Status.STOPPED);
    assertThat(projected.finalLoss()).isBetween(floor * (1 - 1e-12), floor * 1.001);
    for (String text : List.of("rotation:100", "rotation:150")) {
      Target rotation = Target.parse(text);
      Trajectory plain =
          DescentLoop.run(
              new StepAndProject(
                  Initialization.identity().network(rotation, 6),
                  rotation,
                  Double.POSITIVE_INFINITY),
              DescentSpec.withRate(0.05, 5000).until(1e-10));
      assertThat(plain.status()).as(text).isEqualTo(Status.CONVERGED);
    }
  }

  /** Rotation by 180 degrees: identity descent is stuck at ½·2·1². */
  @Test
  void minusIdentityIsOutOfReachOfBoth() {
    Target target = Target.minusIdentity(2);
    Trajectory plain =
        DescentLoop.run(
            new StepAndProjectModes(target, 4, Double.POSITIVE_INFINITY),
            DescentSpec.withRate(0.01, 20_000).until(1e-10));
    assertThat(plain.finalLoss()).isBetween(1.0, 1.001);
    assertThat(PowerProjection.floor(target, 0.1)).isCloseTo(1.1 * 1.1, within(1e-15));
  }

  @ParameterizedTest
  @CsvSource({
    "rotation:80, 8, 0.1",
    "rotation:60, 1, 0.2",
    "rotation:60, 2, 0.4",
    "'diagonal:0.2,0.7,3', 5, 0.2",
    "'diagonal:1,1,1', 7, 1",
    "'2', 4, 0.5"
  })
  void safeStepsContractTheLossAsTheTheoremSays(String text, int depth, double gamma) {
    Target target = Target.parse(text);
    assertThat(PowerProjection.margin(target)).isGreaterThanOrEqualTo(gamma - 1e-15);
    assertContraction(target, depth, gamma);
  }

  @Test
  void nonNormalTargetsOfThatMarginContractToo() {
    Target target =
        Target.of("projected", PowerProjection.projection(Target.parse(A3).matrix(), 0.3));
    assertThat(PowerProjection.margin(target)).isCloseTo(0.3, within(1e-14));
    assertContraction(target, 6, 0.3);
  }

  private static void assertContraction(Target target, int depth, double gamma) {
    PowerProjection descent = new PowerProjection(target, depth, gamma);
    for (int t = 0; t < 60; t++) {
      double before = descent.loss();
      double rate = descent.safeLearningRate();
      double factor = PowerProjection.contraction(rate, depth, gamma);
      assertThat(factor).isBetween(0.0, 1.0);
      descent.step(rate, 0);
      assertThat(descent.loss()).isLessThanOrEqualTo(factor * before + 1e-28);
    }
  }

  @Test
  void theProjectionIsTheNearestMatrixOfItsMargin() {
    DMatrixRMaj a = Target.gaussian(4, 21).matrix();
    double gamma = 0.25;
    DMatrixRMaj b = PowerProjection.projection(a, gamma);
    assertThat(PowerProjection.margin(Target.of("b", b))).isCloseTo(gamma, within(1e-14));
    assertClose(PowerProjection.projection(b, gamma), b, 1e-14);
    PortableRandom random = new PortableRandom(3);
    for (int i = 0; i < 50; i++) { // ⟨A − B, C − B⟩ ≤ 0 for all C of the convex set
      DMatrixRMaj c = PowerProjection.projection(random.normalMatrix(4, 4), gamma);
      CommonOps_DDRM.subtractEquals(c, b);
      DMatrixRMaj away = a.copy();
      CommonOps_DDRM.subtractEquals(away, b);
      assertThat(CommonOps_DDRM.dot(asColumn(away), asColumn(c))).isLessThan(1e-12);
    }
  }

  private static DMatrixRMaj asColumn(DMatrixRMaj matrix) {
    return DMatrixRMaj.wrap(matrix.getNumElements(), 1, matrix.data);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -0.1, Double.NaN, Double.POSITIVE_INFINITY})
  void marginsThatAreNotPositiveAreRefused(double gamma) {
    assertThatThrownBy(() -> new PowerProjection(Target.minusIdentity(2), 3, gamma))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessageStartingWith("γ is " + gamma);
    assertThatThrownBy(() -> PowerProjection.floor(Target.minusIdentity(2), gamma))
        .hasMessageStartingWith("γ is " + gamma);
  }

  @Test
  void momentumAndDepthZeroAreRefusedAndDivergenceIsAStatus() {
    Target target = Target.parse("rotation:60");
    assertThatThrownBy(() -> new PowerProjection(target, 3, 0.1).step(0.1, 0.5))
        .hasMessageStartingWith("The power projection projects after every step");
    assertThatThrownBy(() -> new PowerProjection(target, 0, 0.1))
        .hasMessage("The depth is 0; it must be at least 1.");
    assertThat(
            DescentLoop.run(
                    new PowerProjection(Target.parse("diagonal:5,5"), 6, 1),
                    DescentSpec.withRate(10, 100))
                .status())
        .isEqualTo(Status.DIVERGED);
  }
}
