package org.fathom4j.theory.descent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.fathom4j.theory.NumberAssertions.assertClose;
import static org.fathom4j.theory.NumberAssertions.assertRelative;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.NormOps_DDRM;
import org.fathom4j.theory.Golden;
import org.fathom4j.theory.HeavyBall;
import org.fathom4j.theory.linear.Initialization;
import org.fathom4j.theory.linear.InvalidProblemException;
import org.fathom4j.theory.linear.LinearNetwork;
import org.fathom4j.theory.linear.PortableRandom;
import org.fathom4j.theory.linear.SingularValues;
import org.fathom4j.theory.linear.Target;
import org.fathom4j.theory.modes.AlignedModes;
import org.fathom4j.theory.modes.Modes;
import org.fathom4j.theory.modes.ReducedDynamics;
import org.fathom4j.theory.modes.Sharpness;
import org.fathom4j.theory.modes.ZeroAsymmetricModes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class GradientDescentTest {

  static Stream<JsonNode> trajectories() {
    return Stream.concat(Golden.cases("zas_trajectory"), Golden.cases("identity_trajectory"));
  }

  @ParameterizedTest
  @MethodSource("trajectories")
  void fullMatricesFollowTheGoldenTrajectory(JsonNode golden) {
    Target target = Golden.target(golden.get("Phi"));
    Initialization initialization =
        golden.get("init").asText().equals("zas")
            ? Initialization.zas()
            : Initialization.identity();
    int depth = golden.get("L").asInt();
    double relative = golden.get("tol_rel").asDouble();
    double absolute = golden.get("tol_abs_R").asDouble();
    GradientDescent descent = new GradientDescent(initialization.network(target, depth), target);
    int t = 0;
    for (JsonNode point : golden.get("points")) {
      for (; t < point.get("t").asInt(); t++) {
        descent.step(golden.get("eta").asDouble(), 0);
      }
      assertRelative(descent.loss(), point.get("R").asDouble(), relative, absolute);
      assertClose(descent.network().weight(1), Golden.matrix(point.get("W1")), relative);
      assertClose(descent.network().weight(depth), Golden.matrix(point.get("WL")), relative);
      // A difference of numbers near 1: their rounding, some ulps, stays in it.
      assertRelative(
          descent.point(t).invariantDrift(), point.get("max_drift").asDouble(), relative, 1e-14);
    }
  }

  @ParameterizedTest
  @CsvSource({
    // width, depth, threads, initialization, momentum
    "1, 1, 1, zas, 0",
    "1, 70, 3, near-identity:1, 0",
    "3, 2, 1, zas, 0.5",
    "17, 3, 1, near-identity:2, 0",
    "17, 129, 2, zas, 0.9",
    "64, 2, 2, xavier:4, 0",
    "65, 5, 2, near-zas:3:0.1, 0",
    "65, 1, 3, xavier:4, 0.3",
    "67, 64, 3, zas, 0",
    "65, 65, 2, near-zas:5:0.01, 0",
    "66, 66, 2, near-identity:6, 0.7",
    "100, 10, 4, balanced, 0"
  })
  void bothChainsTakeTheStepsThatTheNetworkDefines(
      int width, int depth, int threads, String initialization, double momentum) {
    Target target = Target.gaussian(width, 77);
    LinearNetwork start = Initialization.parse(initialization).network(target, depth);
    double rate = 1e-3 / width;
    List<Chain> chains =
        List.of(new EjmlChain(start, target), new OpenBlasChain(start, target, threads));
    for (Chain chain : chains) {
      LinearNetwork network = start;
      LinearNetwork before = start;
      double loss = chain.forward();
      for (int t = 0; t < 3; t++) {
        LinearNetwork.Gradients gradients = network.gradients(target);
        assertRelative(loss, gradients.loss(), 1e-12, 0);
        assertClose(chain.product(), gradients.product(), 1e-11);
        LinearNetwork next =
            HeavyBall.pushed(network.step(gradients, rate), network, before, momentum);
        before = network;
        network = next;
        chain.backward(rate, momentum);
        loss = chain.forward();
      }
      for (int l = 1; l <= depth; l++) {
        assertClose(chain.layer(l).matrix(), network.layer(l).matrix(), 1e-12);
        assertThat(chain.layer(l).residual()).isEqualTo(start.layer(l).residual());
      }
    }
  }

  @Test
  void theArithmeticIsChosenByTheWidthAndSaid() {
    for (int width : new int[] {1, 7, 8}) {
      Target target = Target.minusIdentity(width);
      GradientDescent descent =
          new GradientDescent(Initialization.zas().network(target, 2), target);
      assertThat(descent.arithmetic()).isEqualTo(width < 8 ? "ejml" : "openblas");
    }
    PortableRandom random = new PortableRandom(3);
    LinearNetwork rectangular =
        LinearNetwork.general(List.of(random.normalMatrix(20, 17), random.normalMatrix(17, 20)));
    assertThat(new GradientDescent(rectangular, Target.gaussian(17, 1)).arithmetic())
        .isEqualTo("ejml");
  }

  @Test
  void rectangularLayersDescend() {
    PortableRandom random = new PortableRandom(3);
    LinearNetwork network =
        LinearNetwork.general(
            List.of(
                random.normalMatrix(5, 3), random.normalMatrix(4, 5), random.normalMatrix(3, 4)));
    Target target = Target.gaussian(3, 9);
    GradientDescent descent = new GradientDescent(network, target);
    for (int t = 0; t < 20; t++) {
      network = network.step(network.gradients(target), 1e-4);
      descent.step(1e-4, 0);
    }
    assertRelative(descent.loss(), network.loss(target), 1e-12, 0);
    assertThat(descent.point(20).singularValues()).hasSize(3);
  }

  @ParameterizedTest
  @CsvSource({"10000, 2, 200", "2, 100, 400", "1000, 3, 200", "300, 20, 100"})
  void deepFullMatricesAgreeWithTheReduction(int depth, int width, int iterations) {
    Target target = Target.gaussian(width, 12);
    double rate = 0.5 * Sharpness.ofLargest(target.singularValues(), depth).stableLearningRate();
    GradientDescent descent =
        new GradientDescent(Initialization.zas().network(target, depth), target);
    Modes modes = ReducedDynamics.of(Initialization.zas(), target, depth).orElseThrow();
    for (int t = 0; t < iterations; t++) {
      descent.step(rate, 0);
      modes.step(rate, 0);
      assertRelative(descent.loss(), modes.loss(), 1e-10, 1e-18);
    }
    assertThat(descent.point(iterations).invariantDrift())
        .isCloseTo(modes.invariantDrift(), within(1e-11));
  }

  @Test
  void theZeroMayBeInAnyLayerAndTheOthersOrthogonal() {
    // Theory B.1, consequence 4: the same losses.
    Target target = Target.gaussian(3, 21);
    int depth = 5;
    Modes modes = new ZeroAsymmetricModes(target, depth);
    List<GradientDescent> descents =
        Stream.of(
                Initialization.parse("zas:1").network(target, depth),
                Initialization.parse("zas:3").network(target, depth),
                orthogonalWithAZero(depth, 2),
                orthogonalWithAZero(depth, 5))
            .map(start -> new GradientDescent(start, target))
            .toList();
    for (int t = 0; t < 300; t++) {
      modes.step(0.01, 0);
      for (GradientDescent descent : descents) {
        descent.step(0.01, 0);
        assertRelative(descent.loss(), modes.loss(), 1e-11, 1e-18);
      }
    }
  }

  private static LinearNetwork orthogonalWithAZero(int depth, int zero) {
    PortableRandom random = new PortableRandom(zero);
    return LinearNetwork.general(
        IntStream.rangeClosed(1, depth)
            .mapToObj(
                l ->
                    l == zero
                        ? new DMatrixRMaj(3, 3)
                        : SingularValues.of(random.normalMatrix(3, 3)).left())
            .toList());
  }

  @Test
  void twoZeroLayersNeverMove() {
    Target target = Target.gaussian(3, 21);
    LinearNetwork start =
        LinearNetwork.general(
            List.of(
                new DMatrixRMaj(3, 3),
                new PortableRandom(1).normalMatrix(3, 3),
                new DMatrixRMaj(3, 3)));
    GradientDescent descent = new GradientDescent(start, target);
    double before = descent.loss();
    descent.step(0.1, 0);
    assertThat(descent.loss()).isEqualTo(before);
    assertThat(before).isCloseTo(Math.pow(target.frobeniusNorm(), 2) / 2, within(1e-14));
  }

  @Test
  void theSafeRateNeverIncreasesTheLoss() {
    Target target = Target.gaussian(3, 2);
    for (String text : List.of("near-identity:4", "xavier:5", "zas")) {
      GradientDescent descent =
          new GradientDescent(Initialization.parse(text).network(target, 4), target);
      double before = descent.loss();
      for (int t = 0; t < 300; t++) {
        double rate = descent.safeLearningRate();
        double promised = rate / 2 * descent.network().gradients(target).squaredNorm();
        assertThat(promised).isPositive();
        descent.step(rate, 0);
        assertThat(descent.loss()).isLessThanOrEqualTo(before - promised + 1e-14 * before);
        before = descent.loss();
      }
    }
  }

  @Test
  void theSafeRateIsSafeAlongTheWholeStepAndNotOnlyWhereItBegins() {
    Target target = Target.gaussian(3, 2);
    for (String text : List.of("near-identity:4", "xavier:5", "zas", "identity", "balanced")) {
      Initialization initialization = Initialization.parse(text);
      LinearNetwork start = initialization.network(target, 6);
      List<Descent> descents = new ArrayList<>(List.of(new GradientDescent(start, target)));
      ReducedDynamics.of(initialization, target, 6).ifPresent(descents::add);
      for (Descent descent : descents) {
        double loss = descent.loss();
        double beta = CurvatureBound.largestNorm(start::layer, 6);
        double rate = descent.safeLearningRate();
        double furthest = beta + rate * CurvatureBound.gradientNorm(beta, 6, loss);
        assertThat(rate * CurvatureBound.sharpness(furthest, 6, loss))
            .isLessThanOrEqualTo(1 + 1e-12);
      }
    }
  }

  @Test
  void whereNothingMovesTheSafeRateIsFinite() {
    LinearNetwork zero = LinearNetwork.general(Collections.nCopies(3, new DMatrixRMaj(2, 2)));
    Trajectory trajectory =
        GradientDescent.run(zero, Target.minusIdentity(2), DescentSpec.withSafeRate(5));
    assertThat(trajectory.status()).isEqualTo(Status.STOPPED);
    assertThat(trajectory.finalLoss()).isEqualTo(1);
  }

  @Test
  void aStartWhoseLossOverflowsIsDivergedAtOnce() {
    Target target = Target.minusIdentity(1);
    LinearNetwork start = new Initialization.ScaledIdentity(1e60).network(target, 4);
    Trajectory trajectory = GradientDescent.run(start, target, DescentSpec.withRate(0.1, 5));
    assertThat(trajectory.status()).isEqualTo(Status.DIVERGED);
    assertThat(trajectory.end()).isZero();
  }

  @Test
  void aBoundThatOverflowsIsSaidAndNotRunWithRateZero() {
    LinearNetwork start =
        AlignedModes.chain(-1, 1e100, 1e-100, 1e100, 1e-100).network(); // P = 1, β⁶ overflows
    GradientDescent descent = new GradientDescent(start, Target.minusIdentity(1));
    assertThatThrownBy(() -> DescentLoop.run(descent, DescentSpec.withSafeRate(10)))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessageStartingWith("At iteration 0, with loss 2.0")
        .hasMessageEndingWith("overflows. Give a learning rate.");
  }

  @Test
  void theCurvatureBoundBoundsGradientsAndTheSecondDifferenceOfTheLoss() {
    for (int seed = 1; seed <= 40; seed++) {
      PortableRandom random = new PortableRandom(seed);
      int depth = 1 + seed % 5;
      Target target = Target.gaussian(2, 100 + seed);
      LinearNetwork network = new Initialization.Xavier(seed).network(target, depth);
      LinearNetwork.Gradients gradients = network.gradients(target);
      double beta = 0;
      for (int l = 1; l <= depth; l++) {
        beta = Math.max(beta, SingularValues.of(network.weight(l)).values()[0]);
      }
      for (DMatrixRMaj gradient : gradients.layers()) {
        assertThat(NormOps_DDRM.normF(gradient))
            .isLessThanOrEqualTo(
                CurvatureBound.gradientNorm(beta, depth, gradients.loss()) * (1 + 1e-14));
      }
      List<DMatrixRMaj> direction =
          Stream.generate(() -> random.normalMatrix(2, 2)).limit(depth).toList();
      LinearNetwork.Gradients along =
          new LinearNetwork.Gradients(0, gradients.product(), direction);
      double h = 1e-4;
      double second =
          (network.step(along, h).loss(target)
                  + network.step(along, -h).loss(target)
                  - 2 * gradients.loss())
              / (h * h * along.squaredNorm());
      assertThat(second)
          .isLessThanOrEqualTo(CurvatureBound.sharpness(beta, depth, gradients.loss()) + 1e-3);
    }
  }

  @Test
  void aNetworkThatDoesNotFitTheTargetIsRefused() {
    LinearNetwork network = Initialization.zas().network(Target.minusIdentity(3), 4);
    assertThatThrownBy(() -> new GradientDescent(network, Target.minusIdentity(2)))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessageContaining("maps 3 numbers to 3, but the target minus-identity:2 is 2×2");
  }
}
