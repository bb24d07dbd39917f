package org.fathom4j.theory.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.fathom4j.theory.NumberAssertions.assertRelative;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.fathom4j.theory.Golden;
import org.fathom4j.theory.descent.TrajectoryPoint;
import org.fathom4j.theory.linear.Initialization;
import org.fathom4j.theory.linear.InvalidProblemException;
import org.fathom4j.theory.linear.Target;
import org.fathom4j.theory.modes.Sharpness;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The flow in closed form. */
class ClosedFormsTest {

  @Test
  void halfOfASingularValueIsLearntInTheEscapeTime() {
    ZeroAsymmetricFlow flow = new ZeroAsymmetricFlow(1, 1_000_000);
    assertThat(flow.timeOf(0.5) * 1000).isCloseTo(1.2571, within(5e-5));
    assertThat(new ZeroAsymmetricFlow(10, 1_000_000).timeOf(5) * 10_000)
        .isCloseTo(1.2539, within(5e-5));
    assertThat(new ZeroAsymmetricFlow(0.1, 100).timeOf(0.05)).isCloseTo(0.59, within(0.005));
    assertThat(Sharpness.of(1, 1_000_000).escapeTimeAtLargeDepth() * 1000)
        .isCloseTo(1.2533, within(5e-5));
  }

  static Stream<JsonNode> flows() {
    return Golden.cases("zas_flow");
  }

  @ParameterizedTest
  @MethodSource("flows")
  void theZeroAsymmetricFlowAgreesWithTheGoldenValuesAndStaysUnderTheBound(JsonNode golden) {
    double[] sigma = Golden.numbers(golden.get("sigma"));
    double relative = golden.get("tol_rel").asDouble();
    double absolute = golden.get("tol_abs").asDouble();
    for (int k = 0; k < golden.get("t").size(); k++) {
      double time = golden.get("t").get(k).asDouble();
      double loss = 0;
      for (int i = 0; i < sigma.length; i++) {
        ZeroAsymmetricFlow flow = new ZeroAsymmetricFlow(sigma[i], golden.get("L").asInt());
        assertRelative(
            flow.value(time), golden.get("u").get(i).get(k).asDouble(), relative, absolute);
        loss += flow.loss(time);
      }
      assertRelative(loss, golden.get("R").get(k).asDouble(), relative, absolute);
      assertThat(loss).isLessThanOrEqualTo(golden.get("bound").get(k).asDouble()); // theorem 4.1
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "1.5, 2", "0.4, 3", "1, 10", "3, 1000", "0.01, 100", "1, 1000000"})
  void theZeroAsymmetricFlowStartsAtZeroEndsAtTheTargetAndIsInvertible(double sigma, int depth) {
    ZeroAsymmetricFlow flow = new ZeroAsymmetricFlow(sigma, depth);
    assertThat(flow.value(0)).isZero();
    assertRelative(flow.loss(0), sigma * sigma / 2, 1e-15, 0);
    assertRelative(flow.value(60), sigma, 1e-14, 0);
    for (double part : new double[] {1e-6, 0.1, 0.5, 0.9, 0.999}) {
      double time = flow.timeOf(part * sigma);
      assertRelative(flow.value(time), part * sigma, 1e-11, 0);
    }
  }

  @Test
  void quadratureAndClosedFormAgreeAtDepthTwo() {
    ZeroAsymmetricFlow flow = new ZeroAsymmetricFlow(1.3, 2);
    for (double time : new double[] {1e-6, 0.01, 0.3, 1, 3, 6}) {
      assertRelative(flow.timeOf(flow.value(time)), time, 1e-9, 0);
    }
  }

  @ParameterizedTest
  @CsvSource({"1.5, 2", "0.4, 3", "1, 10", "3, 50"})
  void theZeroAsymmetricFlowObeysItsEquation(double sigma, int depth) {
    ZeroAsymmetricFlow flow = new ZeroAsymmetricFlow(sigma, depth);
    for (double part : new double[] {0.05, 0.4, 0.8}) {
      double time = flow.timeOf(part * sigma);
      double h = 1e-5 / Sharpness.of(sigma, depth).sharpness();
      double slope = (flow.value(time + h) - flow.value(time - h)) / (2 * h);
      double k = Sharpness.of(part * sigma, depth).sharpness();
      assertRelative(slope, k * (1 - part) * sigma, 1e-7, 0); // u' = K(u)(σ − u)
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0.3, 0, 10",
    "2.5, 0, 10",
    "-0.5, 0, 6",
    "-0.5, 0, 2",
    "0.7, 0, 2",
    "0, 0, 2",
    "0, 0, 5",
    "-1, 0, 1",
    "1, 0, 4",
    "0.17, 0.98, 8",
    "-1.04, 0.6, 20",
    "-1, 0.01, 3",
    "-1, 1e-9, 4",
    "-0.3, 1e-15, 12",
    "1e6, 0, 3",
    "-2, 0, 7",
    "4, 0, 1000",
    "0.01, 0, 1000"
  })
  void theIdentityFlowObeysItsEquationAndStartsAtOne(double re, double im, int depth) {
    IdentityFlow flow = new IdentityFlow(re, im, depth);
    assertThat(flow.value(0)[0]).isEqualTo(1);
    assertThat(flow.value(0)[1]).isEqualTo(0);
    for (double scaled : new double[] {0.02, 0.3, 1, 2.5}) {
      double time = scaled / depth;
      double[] u = flow.value(time);
      double h = 1e-5 / depth;
      double slope = (flow.remaining(time + h) - flow.remaining(time - h)) / (2 * h);
      double c = flow.remaining(time);
      double speed = -depth * Math.pow(Math.hypot(u[0], u[1]), 2 - 2.0 / depth) * c;
      if (re != 1) {
        assertRelative(slope, speed, 1e-6, 1e-9);
      }
    }
  }

  @Test
  void theIdentityFlowConvergesUnlessTheEigenvalueIsNegative() {
    assertThat(new IdentityFlow(0.3, 0, 10).loss(50)).isLessThan(1e-20);
    assertThat(new IdentityFlow(-1, 0.3, 3).loss(60)).isLessThan(1e-20);
    assertThat(new IdentityFlow(-0.5, 0, 6).loss(1e7)).isCloseTo(0.125, within(1e-3));
    assertThat(new IdentityFlow(-0.5, 0, 2).loss(100)).isCloseTo(0.125, within(1e-12));
    assertThat(new IdentityFlow(-0.5, 0, 1).loss(50)).isLessThan(1e-20);
    // λ = 0: u ~ (2Lt)^{-1/2} at large depth; exactly (1 + (2L−2)t)^{-1/(2−2/L)}.
    assertThat(new IdentityFlow(0, 0, 100).value(1e4)[0])
        .isCloseTo(Math.pow(1 + 198 * 1e4, -1 / 1.98), within(1e-10));
  }

  /** Nearly all of the time passes where |u| is near δ = |Im λ|/|1 − λ|, at c = ½. */
  @Test
  void anEigenvalueCloseToTheNegativeNumbersWaitsAsLongAsItsDistanceSays() {
    int depth = 4;
    double delta = 5e-9;
    // ∫ (δ cosh w)^{2/L − 1} dw / (L |1 − λ| ½), with ∫ cosh^{-1/2} = √π Γ(¼)/Γ(¾) = 5.24411…
    double wait = 5.244115108584239 / (Math.sqrt(delta) * depth);
    IdentityFlow flow = new IdentityFlow(-1, 1e-8, depth);
    assertThat(flow.remaining(0.01 * wait)).isCloseTo(0.5, within(1e-3));
    assertThat(flow.remaining(0.99 * wait)).isCloseTo(0.5, within(1e-3));
    assertThat(flow.loss(1.01 * wait)).isLessThan(1e-20);
  }

  @Test
  void theFlowOfTheMatricesWaitsAsLong() {
    Target target = Target.parse("-1,-0.001;0.001,-1");
    IdentityFlow flow = new IdentityFlow(-1, 1e-3, 4); // δ = 5e-4: a wait of 58.6
    List<Double> times = List.of(0.5, 20.0, 50.0, 58.0, 59.0, 60.0);
    GradientFlow matrices = new GradientFlow(Initialization.identity().network(target, 4), target);
    for (TrajectoryPoint point : matrices.at(times).points()) {
      assertRelative(2 * flow.loss(point.time()), point.loss(), 1e-6, 1e-9);
    }
  }

  @Test
  void anIntegralThatDoesNotSettleIsRefusedInsteadOfGuessed() {
    Random random = new Random(1);
    assertThatThrownBy(() -> Quadrature.integral(x -> 1 + random.nextDouble(), 1))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessageContaining("does not settle near");
  }

  @Test
  void atInfiniteDepthTheIdentityFlowHasItsLimit() {
    double lambda = 2.5;
    double u = 1.8;
    double tau =
        Math.log(u * (lambda - 1) / (lambda - u)) / (lambda * lambda) + (1 - 1 / u) / lambda;
    int depth = 1_000_000;
    assertThat(new IdentityFlow(lambda, 0, depth).value(tau / depth)[0]).isCloseTo(u, within(1e-5));
  }

  @Test
  void impossibleQuestionsAreRefused() {
    assertThatThrownBy(() -> new ZeroAsymmetricFlow(1, 3).value(-1))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessage("The time is -1.0; it must be finite and not negative.");
    assertThatThrownBy(() -> new ZeroAsymmetricFlow(0, 3)).hasMessageContaining("must be positive");
    assertThatThrownBy(() -> new ZeroAsymmetricFlow(1, 0)).hasMessageContaining("depth is 0");
    assertThatThrownBy(() -> new ZeroAsymmetricFlow(1, 3).timeOf(1))
        .hasMessageContaining("never at 1.0");
    assertThatThrownBy(() -> new IdentityFlow(Double.NaN, 0, 3)).hasMessageContaining("NaN");
    assertThatThrownBy(() -> new IdentityFlow(1, 0, 0)).hasMessageContaining("depth is 0");
    assertThatThrownBy(() -> new IdentityFlow(1, 0, 3).value(Double.NaN))
        .hasMessageContaining("time is NaN");
  }
}
