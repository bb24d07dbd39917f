package org.fathom4j.theory.figures;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.fathom4j.theory.NumberAssertions.assertRelative;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.stream.Stream;
import org.fathom4j.theory.Golden;
import org.fathom4j.theory.descent.DescentSpec;
import org.fathom4j.theory.descent.GradientDescent;
import org.fathom4j.theory.descent.Status;
import org.fathom4j.theory.descent.Trajectory;
import org.fathom4j.theory.flow.ZeroAsymmetricFlow;
import org.fathom4j.theory.linear.Initialization;
import org.fathom4j.theory.linear.InvalidProblemException;
import org.fathom4j.theory.linear.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The figures of Wu, Wang and Ma, and Shamir's times. */
class FiguresTest {

  private static final double EPSILON = 1e-10;

  static Stream<JsonNode> toys() {
    return Golden.elements(Golden.get("fig1").get("rows"));
  }

  @ParameterizedTest
  @MethodSource("toys")
  void theToyPassesItsSaddleInTheGoldenNumberOfUpdates(JsonNode golden) {
    ToySaddle toy = ToySaddle.of(golden.get("eta").asDouble(), 10_000);
    assertPath(toy.nearIdentity(), golden, "near_identity", "near_identity_min_ratio");
    assertPath(toy.zeroAsymmetric(), golden, "zas", "zas_min_ratio");
    assertThat(toy.nearIdentity().losses()).hasSize((int) toy.nearIdentity().iterations() + 1);
    assertThat(toy.nearIdentity().weights().get(0)).containsExactly(0.999, 1.001);
  }

  private static void assertPath(ToySaddle.Path path, JsonNode golden, String count, String ratio) {
    assertThat(path.status()).isEqualTo(Status.CONVERGED);
    assertThat(path.iterations()).isCloseTo(golden.get(count).asLong(), within(1L));
    assertRelative(path.leastRatio(), golden.get(ratio).get("min_ratio").asDouble(), 1e-9, 0);
    assertThat(path.leastRatioAt()).isEqualTo(golden.get(ratio).get("at_t").asLong());
  }

  static Stream<JsonNode> scalings() {
    return Golden.cases("zas_best_lr")
        .filter(golden -> !golden.get("target").asText().startsWith("gauss"));
  }

  @ParameterizedTest
  @MethodSource("scalings")
  void theBestStableRatesAndTheirCountsAreTheGoldenOnes(JsonNode golden) {
    assertScaling(golden);
  }

  @Test
  @Tag("slow")
  void theBestStableRatesOfTheGaussianTargetAreTheGoldenOnes() {
    Golden.cases("zas_best_lr")
        .filter(golden -> golden.get("target").asText().startsWith("gauss"))
        .forEach(FiguresTest::assertScaling);
  }

  private static void assertScaling(JsonNode golden) {
    double[] sigma = sigma(golden.get("target").asText());
    List<Integer> depths =
        Golden.elements(golden.get("rows")).map(row -> row.get("L").asInt()).toList();
    DepthScaling scaling = DepthScaling.of(sigma, depths, EPSILON, 3_000_000);
    for (int i = 0; i < depths.size(); i++) {
      JsonNode expected = golden.get("rows").get(i);
      DepthScaling.Row row = scaling.rows().get(i);
      assertRelative(row.stableLearningRate(), expected.get("two_over_K").asDouble(), 1e-9, 0);
      long count = expected.get("N").asLong();
      assertThat((double) row.iterations()).isCloseTo(count, within(Math.max(2, 0.03 * count)));
      assertThat(row.gridIndex()).isCloseTo(expected.get("best_k").asInt(), within(2));
    }
    assertThat(scaling.exponent()).isCloseTo(golden.get("fitted_gamma").asDouble(), within(0.01));
  }

  private static double[] sigma(String target) {
    String name = target.split(" ")[0];
    return switch (name) {
      case "A2" -> Target.parse("0.8,-1.3;1.1,0.6").singularValues();
      case "C2" -> Target.parse("1,0.9;1.1,1.2").singularValues();
      case "gauss100_seed100" -> Target.gaussian(100, 100).singularValues();
      default -> Target.parse("minus-identity:" + name.substring("-I_".length())).singularValues();
    };
  }

  @ParameterizedTest
  @ValueSource(ints = {10, 100, 1000})
  void fullMatricesConfirmTheCountsOfTheReduction(int depth) {
    Target target = Target.parse("0.8,-1.3;1.1,0.6");
    DepthScaling.Row row = DepthScaling.best(target.singularValues(), depth, EPSILON, 10_000);
    Trajectory trajectory =
        GradientDescent.run(
            Initialization.zas().network(target, depth),
            target,
            DescentSpec.withRate(row.learningRate(), 10_000).until(EPSILON));
    assertThat(trajectory.iterationsToConverge()).hasValue(row.iterations());
  }

  static Stream<JsonNode> shamir() {
    return Golden.cases("shamir").flatMap(golden -> Golden.elements(golden.get("rows")));
  }

  @ParameterizedTest
  @MethodSource("shamir")
  void shamirsEscapeTimesAreTheGoldenOnes(JsonNode golden) {
    Shamir.Escape escape = Shamir.escape(golden.get("L").asInt(), golden.get("sd").asDouble());
    assertRelative(escape.time(), golden.get("time").asDouble(), 1e-3, 0);
  }

  @Test
  void shamirsTimesGrowExponentiallyAndThoseOfZeroAsymmetricFall() {
    double ratio = Shamir.escape(12, 0.1).time() / Shamir.escape(11, 0.1).time();
    assertThat(ratio).isCloseTo(1.60, within(0.01));
    double value = 1 - Math.sqrt(2 * Shamir.EPSILON);
    assertThat(new ZeroAsymmetricFlow(1, 12).timeOf(value)).isLessThan(1);
    assertThat(Shamir.escapes(List.of(3, 10))).hasSize(3);
  }

  @Test
  void nearIdentityNetworksOfFiveDimensionsEscapeAsTheGoldenOnesDo() {
    assertEscape(
        Golden.cases("fig3").filter(g -> g.get("d").asInt() == 5).findFirst().orElseThrow());
  }

  @Test
  @Tag("slow")
  void twoOfFiveNearIdentityNetworksOfTwentyFiveDimensionsEscape() {
    assertEscape(
        Golden.cases("fig3").filter(g -> g.get("d").asInt() == 25).findFirst().orElseThrow());
  }

  @Test
  @Tag("slow")
  void ofTwentyNearIdentityNetworksATenthToSixTenthsEscape() {
    SaddleEscape escape = SaddleEscape.of(25, 20, 1025, 0, () -> false);
    assertThat(escape.escaped() / 20.0).isBetween(0.1, 0.6);
    assertThat(escape.zeroAsymmetric().convergedAt().orElseThrow()).isCloseTo(215, within(1L));
    assertThat(escape.plateaus()).allMatch(loss -> Math.abs(loss - 0.5) < 1e-3);
  }

  private static void assertEscape(JsonNode golden) {
    SaddleEscape escape =
        SaddleEscape.of(
            golden.get("d").asInt(),
            golden.get("n").asInt(),
            golden.get("seed").asLong(),
            5000,
            () -> false);
    assertThat(escape.escaped()).isEqualTo(golden.get("escaped").asLong());
    for (int run = 0; run < escape.runs().size(); run++) {
      SaddleEscape.Run result = escape.runs().get(run);
      assertRelative(result.startLoss(), golden.get("R0").get(run).asDouble(), 1e-10, 0);
      double expected = golden.get("R_final").get(run).asDouble();
      if (expected > 1e-3) {
        assertRelative(result.finalLoss(), expected, 1e-2, 0);
        assertThat(result.escapedAt()).isEmpty();
      }
      assertThat(result.samples()).hasSize(3);
    }
    assertThat(escape.zeroAsymmetric().convergedAt().orElseThrow())
        .isCloseTo(golden.get("zas_N_1e_10").asLong(), within(1L));
  }

  @Test
  void impossibleFiguresAreRefused() {
    assertThatThrownBy(() -> Shamir.escape(0, 0.1))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessage("The depth is 0; it must be at least 1.");
    assertThatThrownBy(() -> Shamir.escape(3, -0.1)).hasMessageContaining("deviation is -0.1");
    assertThatThrownBy(() -> SaddleEscape.of(5, 0, 1, 0, () -> false))
        .hasMessageContaining("number of runs is 0");
    assertThatThrownBy(() -> DepthScaling.of(new double[] {1}, List.of(), EPSILON, 10))
        .hasMessageContaining("No depth is given");
    assertThatThrownBy(() -> DepthScaling.of(new double[] {1}, List.of(100), EPSILON, 5))
        .hasMessageContaining("At depth 100 no learning rate just below 0.0160 reaches");
    assertThat(DepthScaling.of(new double[] {1}, List.of(100), EPSILON, 500).exponent()).isNaN();
    assertThatThrownBy(() -> ToySaddle.of(-0.1, 100)).hasMessageContaining("learning rate is -0.1");
  }
}
