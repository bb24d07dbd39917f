package org.fathom4j.theory.theorems;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.ejml.data.DMatrixRMaj;
import org.fathom4j.theory.linear.Initialization;
import org.fathom4j.theory.linear.InvalidProblemException;
import org.fathom4j.theory.linear.LinearNetwork;
import org.fathom4j.theory.linear.Target;
import org.fathom4j.theory.modes.Sharpness;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class TheoremsTest {

  static Stream<Theorem> all() {
    return Theorems.all().stream();
  }

  @ParameterizedTest
  @MethodSource("all")
  void everyTheoremHoldsOnItsOwnExample(Theorem theorem) {
    Card card = theorem.certify(theorem.setting());
    assertThat(card.verdict()).as(card.toString()).isEqualTo(Verdict.HOLDS);
    assertThat(card.theorem()).isEqualTo(theorem.name());
    assertThat(card.source()).isNotBlank();
    assertThat(card.hypotheses()).isNotEmpty().allMatch(Hypothesis::holds);
    assertThat(card.bound()).isFinite();
    assertThat(card.measured()).isFinite();
  }

  @ParameterizedTest
  @MethodSource("all")
  void aCardIsTheSameEveryTime(Theorem theorem) {
    assertThat(theorem.certify(theorem.setting())).isEqualTo(theorem.certify(theorem.setting()));
  }

  @Test
  void namesAreDistinctAndFound() {
    assertThat(Theorems.names()).doesNotHaveDuplicates().hasSizeGreaterThanOrEqualTo(10);
    for (String name : Theorems.names()) {
      assertThat(Theorems.named(name).name()).isEqualTo(name);
    }
  }

  /** Claims that are wrong, each with a problem that is known to refute it. */
  static Stream<Arguments> mutants() {
    return Stream.of(
        // Near t = 0, and for small σ at all times, R = e^{−2t} R(0).
        mutant("theorem 4.1 with e^(-3t)", ZeroAsymmetricTheorems.flow(3), "0.1", 3),
        mutant("theorem 4.1 with e^(-2.01t)", ZeroAsymmetricTheorems.flow(2.01), "0.001", 2),
        // One layer: R(t) = (1 − η)^{2t} R(0).
        mutant("theorem 4.3 with (1 - 3 eta)^t", ZeroAsymmetricTheorems.descent(3), "0.1", 1),
        // At the start ‖G‖² = 2R.
        mutant("a gradient ratio of 1.01", ZeroAsymmetricTheorems.gradient(1.01), "1", 3),
        mutant(
            "drift of the invariants forgotten",
            ZeroAsymmetricTheorems.invariantsOfDescent(0),
            "2",
            4),
        mutant("twice the drift", ZeroAsymmetricTheorems.invariantsOfDescent(2), "2", 4),
        mutant(
            "near the identity without e^(-2/3)",
            IdentityTheorems.nearIdentityLoss(Math.exp(2.0 / 3)),
            "0.95",
            4),
        mutant(
            "layers within 0.1/L", IdentityTheorems.nearIdentityLayers(0.1), "diagonal:0.878,1", 5),
        mutant("a third of the updates", IdentityTheorems.positiveDefinite(0.5), "0.5", 5),
        mutant(
            "power projection without a margin",
            IdentityTheorems.powerProjection(false),
            "rotation:100",
            4),
        mutant(
            "normal targets at twice the rate",
            IdentityTheorems.normalConvergence(2),
            "rotation:60",
            2),
        mutant(
            "a floor half as high again", IdentityTheorems.normalSaddle(1.5), "diagonal:1,-0.7", 4),
        // γ = 1.6, L = 5 ≥ 3γ: q = p = 1, and the one diagonal factor is Φ itself.
        mutant("theorem 2.1 with L >= 3 gamma", FactorizationTheorems.hardtMa(true, 1), "4.95", 5),
        mutant(
            "(4 pi + 3 gamma)/4L",
            FactorizationTheorems.hardtMa(false, 0.25),
            "minus-identity:2",
            20),
        mutant(
            "half the balanced bound", FactorizationTheorems.balanced(0.5), "minus-identity:2", 8),
        // With f = 2R for R: one layer has ‖G‖² = 2R.
        mutant(
            "(2.3) with another normalisation",
            FactorizationTheorems.gradient(4),
            "minus-identity:2",
            1),
        // Theory A.8: measured 0.150 where the slide promises 0.25.
        mutant(
            "the slides' rate without the product", FlowTheorems.exponentialRate(true), "0.1", 4),
        mutant(
            "critical values without the half",
            FlowTheorems.criticalValues(1),
            "diagonal:3,2,1",
            3),
        mutant("twice Shamir's exponent", FlowTheorems.shamir(2), "-1", 10));
  }

  private static Arguments mutant(String claim, Theorem theorem, String target, int depth) {
    return Arguments.of(claim, theorem, target, depth);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("mutants")
  void aWrongClaimIsViolated(String claim, Theorem theorem, String text, int depth) {
    Target target = Target.parse(text);
    Card card = theorem.certify(Setting.of(target, theorem.start(target, depth)));
    assertThat(card.verdict()).as(claim + ": " + card).isEqualTo(Verdict.VIOLATED);
  }

  /** Theory D.2: L = 3, Φ = −I, η = 0.6 jumps across 0 and learns everything. */
  @Test
  void negativeEigenvaluesWithoutTheirConditionAreViolated() {
    Theorem theorem = IdentityTheorems.negativeEigenvalue(false);
    Target target = Target.minusIdentity(2);
    Card card = theorem.certify(Setting.of(target, theorem.start(target, 3)).withRate(0.6));
    assertThat(card.verdict()).isEqualTo(Verdict.VIOLATED);
    assertThat(card.bound()).isEqualTo(1);
    assertThat(card.measured()).isLessThan(1e-20);
  }

  @Test
  void stabilityUpToFourOverKIsViolated() {
    Theorem theorem = ZeroAsymmetricTheorems.stableRate(4);
    Target target = Target.parse("0.8,-1.3;1.1,0.6");
    double k = Sharpness.ofLargest(target.singularValues(), 6).sharpness();
    Card card = theorem.certify(Setting.of(target, theorem.start(target, 6)).withRate(3.9 / k));
    assertThat(card.verdict()).isEqualTo(Verdict.VIOLATED);
    assertThat(card.measured()).isCloseTo(2.9, within(1e-6)); // |1 − 3.9|
  }

  /** Theory A.5: L = 10, Φ = −1: 3.9e-6. */
  @Test
  void theProvedRateOfTheoremFourThreeIsTheKnownOne() {
    assertThat(ZeroAsymmetricTheorems.largestProvedRate(Target.minusIdentity(1), 10))
        .isCloseTo(1.0 / 256_000, within(1e-20)); // φ = 2: 1/(4·10³·2⁶) below 1/(144·10²·2⁴)
  }

  /** Theory A.8: α_eff = 0.150 at large times; from the start it is a mean and larger. */
  @Test
  void theExampleOfTheSlidesIsMeasuredBetweenTheProductAndTheirRate() {
    Theorem theorem = Theorems.named("exponential-rate");
    Card card = theorem.certify(theorem.setting());
    assertThat(card.bound()).isCloseTo(2.0 / 64, within(1e-14));
    assertThat(card.measured()).isBetween(2 * 0.094, 2 * 0.25);
  }

  @Test
  void atDepthOneTheRateOfTheFlowIsTwoExactly() {
    Theorem theorem = Theorems.named("zas-flow");
    Target target = Target.gaussian(3, 2);
    Card card = theorem.certify(Setting.of(target, theorem.start(target, 1)));
    assertThat(card.measured()).isCloseTo(2, within(1e-7));
  }

  @Test
  void aCardThatDoesNotApplyHasNoNumbersAndSaysWhy() {
    Theorem theorem = Theorems.named("positive-definite");
    Target target = Target.rotation(1, 1);
    Card card = theorem.certify(Setting.of(target, theorem.start(target, 4)));
    assertThat(card.verdict().word()).isEqualTo("does-not-apply");
    assertThat(card.bound()).isNaN();
    assertThat(card.measured()).isNaN();
    Hypothesis last = card.hypotheses().get(card.hypotheses().size() - 1);
    assertThat(last.holds()).isFalse();
    assertThat(last.text()).contains("symmetric");
    assertThat(last.value()).isCloseTo(2 * Math.sin(Math.toRadians(1)), within(1e-15));
  }

  @Test
  void aHypothesisWithinItsRoundingDoesNotHold() {
    assertThat(Hypothesis.atMost("", 1, 1, 0).holds()).isTrue();
    assertThat(Hypothesis.atMost("", 1, 1, 1e-15).holds()).isFalse();
    assertThat(Hypothesis.atLeast("", 1, 1, 1e-15).holds()).isFalse();
    assertThat(Hypothesis.positive("", 1e-15, 1e-15).holds()).isFalse();
    assertThat(Hypothesis.atMost("", Double.NaN, 1, 0).holds()).isFalse();
    assertThat(Hypothesis.atLeast("", Double.NaN, 1, 0).holds()).isFalse();
    assertThat(Hypothesis.positive("", Double.NaN, 0).holds()).isFalse();
    assertThat(Hypothesis.positive("", Double.POSITIVE_INFINITY, 0).holds()).isFalse();
    assertThat(Hypothesis.zero("", Double.NaN).holds()).isFalse();
    assertThat(Hypothesis.zero("", Double.MIN_VALUE).holds()).isFalse();
  }

  @Test
  void aCardCannotHoldWhereAHypothesisFails() {
    List<Hypothesis> failed = List.of(new Hypothesis("x", false, 1));
    assertThatThrownBy(() -> new Card("t", "s", failed, 1, 1, Verdict.HOLDS))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("The card of t says holds, but its hypotheses do not all hold.");
    assertThatThrownBy(() -> new Card("t", "s", List.of(), 1, 1, Verdict.DOES_NOT_APPLY))
        .hasMessageContaining("its hypotheses all hold");
  }

  @Test
  void normalityIsDecidedExactly() {
    assertThat(Facts.commutator(Target.rotation(33, 1.7))).isZero();
    assertThat(Facts.commutator(Target.parse("1,2;2,5"))).isZero();
    assertThat(Facts.commutator(Target.parse("0,1,0;0,0,1;1,0,0"))).isZero();
    assertThat(Facts.commutator(Target.parse("1,1e-200;0,1"))).isPositive();
    assertThat(Facts.commutator(Target.gaussian(65, 1))).isNaN(); // too large to tell
  }

  @Test
  void unknownTheoremsAreRefusedWithTheNearestName() {
    assertThatThrownBy(() -> Theorems.named("zas-flaw"))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessageStartingWith("There is no theorem 'zas-flaw'. Did you mean 'zas-flow'? Known: ");
  }

  @Test
  void impossibleProblemsAreRefused() {
    Theorem theorem = Theorems.named("zas-flow");
    Target target = Target.minusIdentity(2);
    assertThatThrownBy(() -> theorem.start(target, 0))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessage("The depth is 0; it must be at least 1.");
    for (double rate : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThatThrownBy(() -> theorem.setting().withRate(rate))
          .isInstanceOf(InvalidProblemException.class)
          .hasMessage("The learning rate is " + rate + "; it must be positive and finite.");
    }
    assertThatThrownBy(() -> Setting.of(target, theorem.start(Target.minusIdentity(3), 4)))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessageContaining("maps 3 numbers to 3");
  }

  @Test
  void whatIsTooLargeToFollowIsNotGuessed() {
    Theorem flow = Theorems.named("zas-flow");
    Target target = Target.minusIdentity(2);
    Card card = flow.certify(Setting.of(target, flow.start(target, 10_000)));
    assertThat(card.verdict()).isEqualTo(Verdict.DOES_NOT_APPLY);
    Hypothesis last = card.hypotheses().get(card.hypotheses().size() - 1);
    assertThat(last.holds()).isFalse();
    assertThat(last.text())
        .isEqualTo(
            "the problem can be run: The flow of depth 10000 towards minus-identity:2 has 40000"
                + " numbers to integrate; a theorem's card follows at most 20000. Take a smaller"
                + " depth or target.");
  }

  @Test
  void noAlgorithmIsRunOnMoreThanACardCanMultiply() {
    Theorem theorem = Theorems.named("power-projection");
    Target target = Target.diagonal(1, 2);
    Card card = theorem.certify(Setting.of(target, theorem.start(target, 600_000)));
    assertThat(card.verdict()).isEqualTo(Verdict.DOES_NOT_APPLY);
    assertThat(card.hypotheses().get(card.hypotheses().size() - 1).text())
        .contains("2400000 numbers; a theorem's card computes gradients of at most 2000000");
  }

  @Test
  void whatLeavesDoublePrecisionIsNotJudged() {
    assertThatThrownBy(() -> Measurement.atMost(1, Double.NaN, 0))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessageContaining("the measured value NaN: the problem is beyond double precision");
    assertThatThrownBy(() -> Measurement.atLeast(Double.NaN, 1, 0))
        .isInstanceOf(InvalidProblemException.class);
  }

  @Test
  void nearItsBoundANumberIsJudgedOnlyIfItsErrorIsSmall() {
    assertThat(Measurement.atLeast(1, 1 - 1e-9, 1e-6).kept()).isTrue();
    assertThat(Measurement.atLeast(1, 1 - 1e-5, 1e-6).kept()).isFalse();
    assertThat(Measurement.atMost(1, 1 + 1e-9, 1e-6).kept()).isTrue();
    assertThat(Measurement.atMost(1, 3, 1).kept()).isFalse(); // broken, however large the error
    assertThat(Measurement.atLeast(1, 3, 1).kept()).isTrue();
    assertThatThrownBy(() -> Measurement.atLeast(1, 1.5, 1))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessageContaining("it cannot be told which is the larger");
  }

  /** Integrated to 1e-10, the rate of a target of 1e-9 is noise. */
  @Test
  void aFlowBelowTheIntegratorsToleranceIsNotJudged() {
    Theorem flow = Theorems.named("zas-flow");
    Target target = Target.diagonal(1e-9);
    Card card = flow.certify(Setting.of(target, flow.start(target, 3)));
    assertThat(card.verdict()).isEqualTo(Verdict.DOES_NOT_APPLY);
  }

  /**
   * Seeded problems of every kind, whatever the start and the rate: a proved claim is never broken.
   */
  @ParameterizedTest
  @MethodSource("all")
  void noTheoremIsEverViolated(Theorem theorem) {
    Random random = new Random(20261123);
    double[] numbers = {0, 1, -1, 2, 0.5, -0.3, 1e-3, -1e-8, 1e-16, 3};
    String[] starts = {"zas", "identity", "near-identity:3", "balanced:1", "scaled-identity:0.9"};
    for (int i = 0; i < 40; i++) {
      int d = 1 + random.nextInt(3);
      DMatrixRMaj phi = new DMatrixRMaj(d, d);
      boolean symmetric = random.nextBoolean();
      for (int row = 0; row < d; row++) {
        for (int column = 0; column < d; column++) {
          phi.set(
              row,
              column,
              symmetric && column < row
                  ? phi.get(column, row)
                  : numbers[random.nextInt(numbers.length)]);
        }
      }
      Target target = Target.of(phi.toString(), phi);
      int depth = 1 + random.nextInt(6);
      LinearNetwork start =
          random.nextInt(4) > 0
              ? theorem.start(target, depth)
              : Initialization.parse(starts[random.nextInt(starts.length)]).network(target, depth);
      Setting setting = Setting.of(target, start);
      if (random.nextBoolean()) {
        setting = setting.withRate(Math.exp(1 - 10 * random.nextDouble()));
      }
      Card card = theorem.certify(setting);
      assertThat(card.verdict()).as(setting + " " + card).isNotEqualTo(Verdict.VIOLATED);
    }
  }
}
