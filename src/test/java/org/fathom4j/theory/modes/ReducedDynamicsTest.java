package org.fathom4j.theory.modes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.fathom4j.theory.NumberAssertions.assertClose;
import static org.fathom4j.theory.NumberAssertions.assertRelative;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.fathom4j.theory.Golden;
import org.fathom4j.theory.HeavyBall;
import org.fathom4j.theory.descent.DescentLoop;
import org.fathom4j.theory.descent.DescentSpec;
import org.fathom4j.theory.descent.Status;
import org.fathom4j.theory.descent.Trajectory;
import org.fathom4j.theory.descent.TrajectoryPoint;
import org.fathom4j.theory.flow.IdentityFlow;
import org.fathom4j.theory.linear.Initialization;
import org.fathom4j.theory.linear.InvalidProblemException;
import org.fathom4j.theory.linear.Invariant;
import org.fathom4j.theory.linear.LinearNetwork;
import org.fathom4j.theory.linear.SingularValues;
import org.fathom4j.theory.linear.Target;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReducedDynamicsTest {

  private static final String RANK_DEFICIENT = "1,2,0,1;0,1,1,0;1,3,1,1;2,4,0,2";

  static Stream<JsonNode> deep() {
    return Golden.cases("zas_reduced_deep");
  }

  @ParameterizedTest
  @MethodSource("deep")
  void zeroAsymmetricModesFollowTheGoldenTrajectoryToDepthOneMillion(JsonNode golden) {
    double[] sigma = Golden.numbers(golden.get("sigma"));
    ZeroAsymmetricModes modes = new ZeroAsymmetricModes(sigma, golden.get("L").asInt());
    double tolerance = golden.get("tol_rel").asDouble();
    int t = 0;
    for (JsonNode point : golden.get("points")) {
      for (; t < point.get("t").asInt(); t++) {
        modes.step(golden.get("eta").asDouble(), 0);
      }
      assertRelative(modes.loss(), point.get("R").asDouble(), tolerance, 0);
      for (int i = 0; i < sigma.length; i++) {
        assertRelative(modes.deviations()[i], point.get("a").get(i).asDouble(), tolerance, 0);
        assertRelative(modes.top()[i], point.get("p").get(i).asDouble(), tolerance, 0);
      }
    }
  }

  static Stream<JsonNode> counts() {
    return Golden.elements(Golden.get("zas_counts").get("cases"));
  }

  @ParameterizedTest
  @MethodSource("counts")
  void zeroAsymmetricCountsAreTheGoldenOnes(JsonNode golden) {
    ReducedDynamics.Count count =
        ReducedDynamics.count(
            Golden.sigma(golden),
            golden.get("L").asInt(),
            golden.get("eta").asDouble(),
            Golden.get("zas_counts").get("eps").asDouble(),
            1_000_000);
    long expected = golden.get("N").asLong();
    assertThat(count.status()).isEqualTo(Status.CONVERGED);
    assertThat(count.stable()).isTrue();
    assertThat((double) count.iterations())
        .isCloseTo(expected, within(Math.max(1, 0.002 * expected)));
  }

  static Stream<JsonNode> symmetric() {
    return Golden.cases("identity_symmetric");
  }

  @ParameterizedTest
  @MethodSource("symmetric")
  void identityModesOfSymmetricTargetsFollowTheGoldenTrajectory(JsonNode golden) {
    double[] lambda = Golden.numbers(golden.get("lam"));
    IdentityModes modes = new IdentityModes(Target.diagonal(lambda), golden.get("L").asInt());
    double tolerance = golden.get("tol_rel").asDouble();
    int t = 0;
    for (JsonNode point : golden.get("points")) {
      for (; t < point.get("t").asInt(); t++) {
        modes.step(golden.get("eta").asDouble(), 0);
      }
      assertRelative(modes.loss(), point.get("R").asDouble(), tolerance, 0);
      double[][] targets = modes.eigenvaluesOfTheTarget();
      for (int i = 0; i < lambda.length; i++) {
        double theta = modes.eigenvaluesOfALayer()[i][0];
        int here = indexOf(lambda, targets[i][0]);
        assertRelative(theta, point.get("theta").get(here).asDouble(), tolerance, 0);
      }
    }
  }

  private static int indexOf(double[] numbers, double number) {
    return IntStream.range(0, numbers.length)
        .filter(i -> Math.abs(numbers[i] - number) < 1e-12)
        .findFirst()
        .orElseThrow();
  }

  static Stream<JsonNode> rotations() {
    return Golden.cases("identity_rotation");
  }

  @ParameterizedTest
  @MethodSource("rotations")
  void identityModesOfRotationsFollowTheGoldenTrajectory(JsonNode golden) {
    int depth = golden.get("L").asInt();
    IdentityModes modes = new IdentityModes(Golden.target(golden.get("Phi")), depth);
    double tolerance = golden.get("tol_rel").asDouble();
    double least = 1;
    int t = 0;
    for (JsonNode point : golden.get("points")) {
      for (; t < point.get("t").asInt(); t++) {
        modes.step(golden.get("eta").asDouble(), 0);
        least = Math.min(least, modes.singularValues()[0]);
      }
      double expected = point.get("R").asDouble();
      // The target's entries have an error of 1e-16: an R of 1e-11 or less knows it.
      assertRelative(modes.loss(), expected, tolerance, 1e-15 * Math.sqrt(expected));
      double[] theta = modes.eigenvaluesOfALayer()[0];
      assertRelative(theta[0], point.get("theta_re").asDouble(), tolerance, 0);
      assertRelative(theta[1], point.get("theta_im").asDouble(), tolerance, 0);
    }
    assertRelative(least, golden.get("min_abs_u").asDouble(), tolerance, 0);
    double angle = golden.get("angle_rad").asDouble();
    double modulus = golden.get("modulus").asDouble();
    assertRelative(
        new IdentityFlow(modulus * Math.cos(angle), modulus * Math.sin(angle), depth)
            .leastModulus(),
        golden.get("flow_min_abs_u").asDouble(),
        tolerance,
        0);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "zas          | 1.2,-0.4,0.3;0.5,0.9,-0.7;-0.2,0.6,-1.1 | 5 | 0.02   | 0",
        "zas          | 1.2,-0.4,0.3;0.5,0.9,-0.7;-0.2,0.6,-1.1 | 4 | 0.02   | 0.5",
        "zas          | 1,2,0,1;0,1,1,0;1,3,1,1;2,4,0,2         | 4 | 0.0005 | 0",
        "zas          | 1,2,0,1;0,1,1,0;1,3,1,1;2,4,0,2         | 3 | 0.0005 | 0.5",
        "zas          | diagonal:1,1,-1,0.5,0.5                 | 6 | 0.02   | 0",
        "zas          | diagonal:0,0,2                          | 7 | 0.01   | 0",
        "zas          | rotation:100:0.9                        | 2 | 0.1    | 0",
        "zas          | gaussian:3:5                            | 1 | 0.3    | 0",
        "identity     | rotation:100:0.9                        | 5 | 0.02   | 0",
        "identity     | rotation:170:1.1                        | 4 | 0.02   | 0.3",
        "identity     | diagonal:2,1,-0.7                       | 4 | 0.005  | 0",
        "identity     | diagonal:1.5,1.5,0,0                    | 5 | 0.01   | 0",
        "identity     | 0,1,0;0,0,1;1,0,0                       | 6 | 0.03   | 0",
        "identity     | diagonal:-1,-1                          | 3 | 0.6    | 0",
        "scaled-identity:0.8 | 2,1;1,3                          | 3 | 0.01   | 0.2",
        "balanced     | 1.2,-0.4,0.3;0.5,0.9,-0.7;-0.2,0.6,-1.1 | 3 | 0.02   | 0",
        "balanced:0.4 | 1,2,0,1;0,1,1,0;1,3,1,1;2,4,0,2         | 4 | 0.002  | 0.5",
        "near-identity:3:0.1 | -1                               | 5 | 0.05   | 0",
        "xavier:8     | -1                                      | 4 | 0.05   | 0.4"
      })
  void theReductionIsFullGradientDescent(
      String initialization, String text, int depth, double rate, double momentum) {
    Target target = Target.parse(text);
    Initialization start = Initialization.parse(initialization);
    Modes modes = ReducedDynamics.of(start, target, depth).orElseThrow();
    LinearNetwork network = start.network(target, depth);
    LinearNetwork first = network;
    LinearNetwork before = network;
    for (int t = 0; t <= 400; t++) {
      LinearNetwork.Gradients gradients = network.gradients(target);
      assertThat(modes.loss())
          .as("R(%d)", t)
          .isCloseTo(gradients.loss(), within(1e-12 * gradients.loss() + 1e-18));
      if (t % 100 == 0) {
        LinearNetwork reconstructed = modes.network();
        for (int l = 1; l <= depth; l++) {
          assertClose(reconstructed.weight(l), network.weight(l), 1e-12);
        }
        assertThat(modes.invariantDrift())
            .isCloseTo(Invariant.drift(first, network), within(1e-12));
        assertThat(modes.singularValues())
            .containsExactly(SingularValues.of(network.product()).values(), within(1e-11));
      }
      LinearNetwork next = network.step(gradients, rate);
      if (momentum != 0) {
        next = HeavyBall.pushed(next, network, before, momentum);
      }
      before = network;
      network = next;
      modes.step(rate, momentum);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 10, 1000, 1_000_000})
  void oneStepOfRateOneSolvesZeroAsymmetricAtEveryDepth(int depth) {
    for (String text : List.of("minus-identity:3", "gaussian:5:2", RANK_DEFICIENT)) {
      ZeroAsymmetricModes modes = new ZeroAsymmetricModes(Target.parse(text), depth);
      modes.step(1, 0);
      assertThat(modes.loss()).isZero();
    }
  }

  @Test
  void oneStepOfRateOneSolvesTheGoldenCasesInFullMatrices() {
    for (JsonNode golden : Golden.get("zas_one_step").get("cases")) {
      Target target = Golden.target(golden.get("Phi"));
      LinearNetwork start = Initialization.zas().network(target, golden.get("L").asInt());
      assertThat(start.step(start.gradients(target), 1).loss(target))
          .isEqualTo(golden.get("R1").asDouble());
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 2", "1, 10", "1, 100", "0.3, 100", "3, 11", "1, 10000", "20, 50"})
  void belowTheStableRateTheLossFallsAndAtThreeTimesItDoesNotStay(double sigma, int depth) {
    double stable = Sharpness.of(sigma, depth).stableLearningRate();
    double[] spectrum = {sigma};
    // Descending all the way needs half the stable rate; staying at the minimum needs all of it.
    ZeroAsymmetricModes modes = new ZeroAsymmetricModes(spectrum, depth);
    double before = modes.loss();
    for (int t = 0; t < 2000; t++) {
      modes.step(0.45 * stable, 0);
      assertThat(modes.loss()).isLessThanOrEqualTo(before * (1 + 1e-12) + 1e-25);
      before = modes.loss();
    }
    ReducedDynamics.Count below =
        ReducedDynamics.count(spectrum, depth, 0.9 * stable, 1e-10, 100_000);
    assertThat(below.status()).isEqualTo(Status.CONVERGED);
    ReducedDynamics.Count above =
        ReducedDynamics.count(spectrum, depth, 3 * stable, 1e-10, 100_000);
    assertThat(above.status()).isNotEqualTo(Status.CONVERGED);
    assertThat(above.stable()).isFalse();
    assertThat(above.stableLearningRate()).isEqualTo(stable);
  }

  @Test
  void anAccidentalHitOfTheChaoticRangeIsNoConvergence() {
    // At σ = 1, L = 100, η = 0.03 > 2/K the bounded orbit passes below 1e-10 near update 98,931.
    ReducedDynamics.Count count =
        ReducedDynamics.count(new double[] {1}, 100, 0.03, 1e-10, 200_000);
    assertThat(count.status()).isEqualTo(Status.STOPPED);
    assertThat(count.stable()).isFalse();
  }

  @Test
  void restartingInTheMiddleChangesNothing() {
    for (Modes modes :
        List.of(
            new ZeroAsymmetricModes(new double[] {2, 0.3}, 50),
            new IdentityModes(Target.rotation(110, 1.1), 50),
            AlignedModes.chain(-1, 0.9, 1.2, 1.05))) {
      for (int t = 0; t < 37; t++) {
        modes.step(1e-3, 0.5);
      }
      Modes restarted = modes.copy();
      for (int t = 0; t < 50; t++) {
        modes.step(1e-3, 0.5);
        restarted.step(1e-3, 0.5);
        assertThat(restarted.loss()).isEqualTo(modes.loss());
      }
      assertThat(restarted.invariantDrift()).isEqualTo(modes.invariantDrift());
    }
  }

  @Test
  void theSafeRateNeverIncreasesTheLoss() {
    for (String text : List.of("minus-identity:2", "gaussian:4:3", RANK_DEFICIENT)) {
      Target target = Target.parse(text);
      for (String initialization : List.of("zas", "balanced")) {
        Modes modes =
            ReducedDynamics.of(Initialization.parse(initialization), target, 6).orElseThrow();
        double before = modes.loss();
        for (int t = 0; t < 1000; t++) {
          double rate = modes.safeLearningRate();
          assertThat(rate).isPositive();
          modes.step(rate, 0);
          assertThat(modes.loss()).isLessThanOrEqualTo(before * (1 + 1e-14));
          before = modes.loss();
        }
      }
    }
  }

  @Test
  void theInvariantOfZeroAsymmetricDecaysByItsLaw() {
    ZeroAsymmetricModes modes = new ZeroAsymmetricModes(new double[] {1.5}, 9);
    double rate = 0.03;
    for (int t = 0; t < 100; t++) {
      double s = 1 + modes.deviations()[0];
      double p = modes.top()[0];
      double e = p * Math.pow(s, 8) - 1.5;
      double expected = (s * s - p * p) * (1 - rate * rate * e * e * Math.pow(s, 14)); // (B.3)
      modes.step(rate, 0);
      assertThat(1 - modes.invariantDrift()).isCloseTo(expected, within(1e-14));
    }
  }

  @Test
  void minusIdentityInManyDimensionsIsOneDimensionManyTimes() {
    ZeroAsymmetricModes one = new ZeroAsymmetricModes(Target.minusIdentity(1), 20);
    ZeroAsymmetricModes many = new ZeroAsymmetricModes(Target.minusIdentity(7), 20);
    for (int t = 0; t < 50; t++) {
      one.step(0.02, 0);
      many.step(0.02, 0);
      assertRelative(many.loss(), 7 * one.loss(), 1e-13, 1e-28);
    }
  }

  @Test
  void identityGradientDescentWithAGiantStepJumpsAcrossZeroOnlyAtOddDepth() {
    IdentityModes jumps = new IdentityModes(Target.minusIdentity(2), 3);
    IdentityModes stays = new IdentityModes(Target.minusIdentity(2), 3);
    IdentityModes even = new IdentityModes(Target.minusIdentity(2), 4);
    for (int t = 0; t < 2000; t++) {
      jumps.step(0.6, 0);
      stays.step(0.45, 0);
      even.step(0.3, 0);
    }
    assertThat(jumps.loss()).isLessThan(1e-25);
    assertThat(stays.loss()).isCloseTo(1, within(1e-3));
    assertThat(even.loss()).isGreaterThanOrEqualTo(1);
  }

  @Test
  void divergenceIsAnOutcome() {
    Trajectory trajectory =
        DescentLoop.run(
            new IdentityModes(Target.diagonal(5), 10), DescentSpec.withRate(1, 100).at(0, 1, 99));
    assertThat(trajectory.status()).isEqualTo(Status.DIVERGED);
    assertThat(trajectory.points()).hasSizeLessThan(3);
    assertThat(trajectory.iterationsToConverge()).isEmpty();
    assertThat(trajectory.status().word()).isEqualTo("diverged");
  }

  @Test
  void aTrajectoryHasThePointsThatWereAskedFor() {
    Trajectory trajectory =
        DescentLoop.run(
            new ZeroAsymmetricModes(new double[] {1}, 10),
            DescentSpec.withRate(0.05, 1000).at(100, 0, 3, 3, 2000).until(1e-10));
    assertThat(trajectory.points()).extracting(TrajectoryPoint::iteration).containsExactly(0L, 3L);
    assertThat(trajectory.points().get(0).loss()).isEqualTo(0.5);
    assertThat(trajectory.points().get(0).singularValues()).containsExactly(0.0);
    assertThat(trajectory.iterationsToConverge()).hasValue(21);
    assertThat(trajectory.finalLoss()).isLessThanOrEqualTo(1e-10);
  }

  @Test
  void initializationsWithoutAReductionHaveNone() {
    Target gaussian = Target.gaussian(3, 1);
    assertThat(ReducedDynamics.of(Initialization.identity(), gaussian, 5)).isEmpty();
    assertThat(ReducedDynamics.of(Initialization.parse("near-identity:1"), gaussian, 5)).isEmpty();
    assertThat(ReducedDynamics.of(Initialization.parse("zas:2"), gaussian, 5)).isEmpty();
    assertThat(ReducedDynamics.of(Initialization.parse("zas:5"), gaussian, 5)).isPresent();
  }

  @Test
  void whatCannotBeReducedOrRunIsRefused() {
    assertThatThrownBy(() -> new IdentityModes(Target.gaussian(3, 1), 4))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessageContaining("gaussian:3:1 is not normal");
    assertThatThrownBy(() -> new ZeroAsymmetricModes(new double[] {1}, 0))
        .hasMessage("The depth is 0; it must be at least 1.");
    assertThatThrownBy(() -> new ZeroAsymmetricModes(new double[] {-1}, 3))
        .hasMessageContaining("A singular value is -1.0");
    assertThatThrownBy(() -> new ZeroAsymmetricModes(new double[] {}, 3))
        .hasMessageContaining("at least one singular value");
    assertThatThrownBy(() -> new ZeroAsymmetricModes(new double[] {Double.NaN}, 3))
        .hasMessageContaining("NaN");
    assertThatThrownBy(() -> AlignedModes.chain(-1)).hasMessageContaining("at least one weight");
    assertThatThrownBy(() -> AlignedModes.chain(-1, 1, Double.NaN))
        .hasMessageContaining("Weight 2 of the chain is NaN");
    assertThatThrownBy(() -> ReducedDynamics.count(new double[] {1}, 3, 0.1, 0, 10))
        .hasMessageContaining("ε is 0.0");
    assertThatThrownBy(() -> DescentSpec.withRate(0, 10))
        .hasMessageContaining("learning rate is 0");
    assertThatThrownBy(() -> DescentSpec.withRate(Double.NaN, 10)).hasMessageContaining("NaN");
    assertThatThrownBy(() -> DescentSpec.withRate(0.1, -1))
        .hasMessage("The number of iterations is -1; it must not be negative.");
    assertThatThrownBy(() -> DescentSpec.withRate(0.1, 1).at(-3))
        .hasMessageContaining("iteration -3; iterations begin at 0");
    assertThatThrownBy(() -> DescentSpec.withRate(0.1, 1).momentum(1))
        .hasMessageContaining("The momentum is 1.0");
    assertThatThrownBy(() -> DescentSpec.withRate(0.1, 1).until(-1))
        .hasMessageContaining("ε is -1");
    assertThatThrownBy(() -> DescentSpec.withRate(0.1, 1).confirmedBy(-1))
        .hasMessageContaining("confirmations is -1");
  }
}
