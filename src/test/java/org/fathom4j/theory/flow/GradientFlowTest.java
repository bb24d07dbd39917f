package org.fathom4j.theory.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.fathom4j.theory.NumberAssertions.assertClose;
import static org.fathom4j.theory.NumberAssertions.assertRelative;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.fathom4j.theory.Golden;
import org.fathom4j.theory.descent.GradientDescent;
import org.fathom4j.theory.descent.Status;
import org.fathom4j.theory.descent.Trajectory;
import org.fathom4j.theory.descent.TrajectoryPoint;
import org.fathom4j.theory.landscape.SaddleDetector;
import org.fathom4j.theory.linear.Initialization;
import org.fathom4j.theory.linear.InvalidProblemException;
import org.fathom4j.theory.linear.LinearNetwork;
import org.fathom4j.theory.linear.SingularValues;
import org.fathom4j.theory.linear.Target;
import org.fathom4j.theory.modes.AlignedModes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class GradientFlowTest {

  private static final Target TARGET = Target.parse("0.8,-1.3;1.1,0.6");

  static Stream<JsonNode> golden() {
    return Golden.cases("zas_flow").filter(golden -> golden.get("L").asInt() < 1000);
  }

  @ParameterizedTest
  @MethodSource("golden")
  void theFlowOfMatricesAgreesWithTheGoldenValues(JsonNode golden) {
    double[] sigma = Golden.numbers(golden.get("sigma"));
    Target target = Target.diagonal(sigma);
    LinearNetwork start = Initialization.zas().network(target, golden.get("L").asInt());
    List<Double> times = Arrays.stream(Golden.numbers(golden.get("t"))).boxed().toList();
    Trajectory trajectory = new GradientFlow(start, target).at(times);
    double relative = golden.get("tol_rel").asDouble();
    double absolute = golden.get("tol_abs").asDouble();
    assertThat(trajectory.points()).hasSameSizeAs(times);
    for (int k = 0; k < times.size(); k++) {
      TrajectoryPoint point = trajectory.points().get(k);
      assertRelative(point.loss(), golden.get("R").get(k).asDouble(), relative, absolute);
      for (int i = 0; i < sigma.length; i++) {
        double u = golden.get("u").get(i).get(k).asDouble();
        assertRelative(point.singularValues().get(i), u, relative, absolute);
      }
      assertThat(point.invariantDrift()).isLessThan(1e-8); // 100 times the relative tolerance
      assertThat(point.loss()).isLessThanOrEqualTo(golden.get("bound").get(k).asDouble());
    }
  }

  @Test
  void atTimeZeroTheFlowIsAtItsStart() {
    LinearNetwork start = Initialization.parse("near-identity:4").network(TARGET, 3);
    GradientFlow flow = new GradientFlow(start, TARGET);
    TrajectoryPoint point = flow.at(List.of(0.0)).points().get(0);
    assertThat(point.loss()).isEqualTo(start.loss(TARGET));
    assertThat(point.invariantDrift()).isZero();
    assertClose(flow.network(0).product(), start.product(), 0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"zas", "identity", "balanced", "near-zas:1:0.05"})
  void atInfinityTheFlowIsAtTheTarget(String initialization) {
    LinearNetwork start = Initialization.parse(initialization).network(TARGET, 4);
    Trajectory end = new GradientFlow(start, TARGET).at(List.of(60.0));
    assertThat(end.finalLoss()).isLessThan(1e-18);
    assertThat(end.status()).isEqualTo(Status.STOPPED);
  }

  @Test
  void restartingInTheMiddleChangesNothing() {
    LinearNetwork start = Initialization.parse("near-identity:4").network(TARGET, 3);
    GradientFlow flow = new GradientFlow(start, TARGET);
    LinearNetwork whole = flow.network(0.7);
    LinearNetwork halves = new GradientFlow(flow.network(0.3), TARGET).network(0.4);
    for (int l = 1; l <= 3; l++) {
      assertClose(halves.weight(l), whole.weight(l), 1e-9);
    }
  }

  @ParameterizedTest
  @CsvSource({"zas, 3", "identity, 4", "near-identity:4, 3", "xavier:2, 3"})
  void gradientDescentApproachesTheFlowWithSlopeOneInTheLearningRate(
      String initialization, int depth) {
    LinearNetwork start = Initialization.parse(initialization).network(TARGET, depth);
    double time = 0.4;
    double flow = new GradientFlow(start, TARGET).at(List.of(time)).finalLoss();
    List<Double> logarithms = new ArrayList<>();
    for (int updates = 200; updates <= 1600; updates *= 2) {
      GradientDescent descent = new GradientDescent(start, TARGET);
      for (int t = 0; t < updates; t++) {
        descent.step(time / updates, 0);
      }
      logarithms.add(Math.log(Math.abs(descent.loss() - flow)) / Math.log(2));
    }
    // Least squares over equally spaced abscissas −3/2, −1/2, 1/2, 3/2; O(η²) tilts it by some η.
    double slope =
        (1.5 * (logarithms.get(3) - logarithms.get(0))
                + 0.5 * (logarithms.get(2) - logarithms.get(1)))
            / 5;
    assertThat(-slope).isCloseTo(1, within(0.03));
  }

  @Test
  void theFlowOfMatricesAgreesWithTheClosedForms() {
    Target rotation = Target.rotation(110, 1.1);
    double angle = Math.toRadians(110);
    IdentityFlow closed = new IdentityFlow(1.1 * Math.cos(angle), 1.1 * Math.sin(angle), 6);
    for (TrajectoryPoint point :
        new GradientFlow(Initialization.identity().network(rotation, 6), rotation)
            .at(List.of(0.05, 0.2, 0.6))
            .points()) {
      assertRelative(point.loss(), 2 * closed.loss(point.time()), 1e-7, 1e-12);
    }
    Target negative = Target.diagonal(-0.5);
    for (TrajectoryPoint point :
        new GradientFlow(Initialization.identity().network(negative, 3), negative)
            .at(List.of(0.1, 1.0, 20.0))
            .points()) {
      assertRelative(point.loss(), new IdentityFlow(-0.5, 0, 3).loss(point.time()), 1e-7, 1e-12);
    }
    double u0 = 0.1; // Saxe, McClelland & Ganguli 2013: L = 2, balanced
    double[] sigma = TARGET.singularValues();
    for (TrajectoryPoint point :
        new GradientFlow(new Initialization.Balanced(u0).network(TARGET, 2), TARGET)
            .at(List.of(0.5, 1.0, 2.0))
            .points()) {
      for (int i = 0; i < 2; i++) {
        double growth = Math.exp(2 * sigma[i] * point.time());
        double u = sigma[i] * growth / (growth - 1 + sigma[i] / u0);
        assertRelative(point.singularValues().get(i), u, 1e-8, 0);
      }
    }
  }

  @Test
  void nearTheTargetTheFlowFromTheIdentityStaysInItsBallAndUnderItsBound() {
    // Theory A.7 (a): ‖Φ − I‖_F ≤ 1/(3e) gives max‖W_l − I‖ ≤ 1/(3L) and R ≤ e^{−2Le^{−2/3}t} R(0).
    Target near = Target.parse("1.05,0.06;-0.04,0.93");
    int depth = 5;
    LinearNetwork start = Initialization.identity().network(near, depth);
    GradientFlow flow = new GradientFlow(start, near);
    double startLoss = start.loss(near);
    assertThat(Math.sqrt(2 * startLoss)).isLessThan(1 / (3 * Math.E));
    for (double time : new double[] {0.01, 0.1, 0.4, 1}) {
      LinearNetwork network = flow.network(time);
      for (int l = 1; l <= depth; l++) {
        assertThat(SingularValues.of(network.deviation(l)).values()[0])
            .isLessThanOrEqualTo(1.0 / (3 * depth));
      }
      assertThat(network.loss(near))
          .isLessThanOrEqualTo(Math.exp(-2 * depth * Math.exp(-2.0 / 3) * time) * startLoss);
    }
  }

  @Test
  void theTimeOfALossIsThatOfTheClosedForm() {
    Target one = Target.minusIdentity(1);
    GradientFlow flow = new GradientFlow(Initialization.zas().network(one, 7), one);
    for (double epsilon : new double[] {0.4, 0.01, 1e-6}) {
      Trajectory trajectory = flow.timeToReach(epsilon, 100);
      assertThat(trajectory.status()).isEqualTo(Status.CONVERGED);
      double value = 1 - Math.sqrt(2 * epsilon);
      assertRelative(trajectory.end(), new ZeroAsymmetricFlow(1, 7).timeOf(value), 1e-7, 0);
    }
    assertThat(flow.timeToReach(1e-6, 0.1).status()).isEqualTo(Status.STOPPED);
    assertThat(flow.timeToReach(10, 0.1).end()).isZero();
    Trajectory run = flow.run(List.of(0.1, 0.2, 50.0), 0.01);
    assertThat(run.status()).isEqualTo(Status.CONVERGED);
    assertThat(run.points()).hasSize(2);
  }

  @Test
  void theToyStandsStillAtItsSaddleForALogarithmOfItsAsymmetry() {
    // Near 0, w_1 + w_2 falls and w_1 − w_2 grows, like e^{∓t}; they are 2 and 0.002 at the start.
    Target one = Target.minusIdentity(1);
    GradientFlow flow = new GradientFlow(AlignedModes.chain(-1, 0.999, 1.001).network(), one);
    List<GradientFlow.Plateau> plateaus = flow.plateaus(50);
    assertThat(plateaus).hasSize(1);
    GradientFlow.Plateau plateau = plateaus.get(0);
    // ρ = w_1² + w_2² is 1e-2 and 1e-1 at its ends.
    for (double[] end : new double[][] {{plateau.begin(), 1e-2}, {plateau.end(), 1e-1}}) {
      double ratio = SaddleDetector.ratio(flow.network(end[0]).gradients(one));
      assertRelative(ratio, end[1], 1e-6, 0);
    }
    assertThat(flow.plateaus((plateau.begin() + plateau.end()) / 2))
        .containsExactly(new GradientFlow.Plateau(plateau.begin(), Double.POSITIVE_INFINITY));
    assertThat(flow.plateaus(plateau.begin() / 2)).isEmpty();
    GradientFlow zas = new GradientFlow(Initialization.zas().network(one, 2), one);
    assertThat(zas.plateaus(50)).isEmpty();
  }

  @Test
  void impossibleTimesAreRefused() {
    GradientFlow flow = new GradientFlow(Initialization.zas().network(TARGET, 2), TARGET);
    assertThatThrownBy(() -> flow.at(List.of(1.0, -1.0)))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessage("The time is -1.0; it must be finite and not negative.");
    assertThatThrownBy(() -> flow.at(List.of(Double.NaN))).hasMessageContaining("time is NaN");
    assertThatThrownBy(() -> flow.at(List.of())).hasMessageContaining("no time at all");
    assertThatThrownBy(() -> flow.timeToReach(0, 1)).hasMessageContaining("ε is 0.0");
    assertThatThrownBy(() -> flow.timeToReach(1e-3, -1)).hasMessageContaining("time is -1.0");
    assertThatThrownBy(
            () ->
                new GradientFlow(Initialization.zas().network(TARGET, 2), Target.minusIdentity(3)))
        .hasMessageContaining("maps 2 numbers to 2");
  }

  @Test
  void whatOverflowsIsRefusedInBothForms() {
    Target target = Target.diagonal(3, 1);
    GradientFlow flow =
        new GradientFlow(Initialization.parse("scaled-identity:1e80").network(target, 5), target);
    assertThatThrownBy(() -> flow.network(3))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessageContaining("it is too stiff, or not finite");
    assertThatThrownBy(() -> flow.at(List.of(3.0)))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessageContaining("it is too stiff, or not finite");
  }
}
