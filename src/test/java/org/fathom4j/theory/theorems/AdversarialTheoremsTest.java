package org.fathom4j.theory.theorems;

import static org.assertj.core.api.Assertions.assertThat;
import static org.fathom4j.theory.theorems.Verdict.DOES_NOT_APPLY;
import static org.fathom4j.theory.theorems.Verdict.HOLDS;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.fathom4j.theory.linear.Initialization;
import org.fathom4j.theory.linear.LinearNetwork;
import org.fathom4j.theory.linear.Target;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Problems on the edges of the theorems. What each card must say is written here by hand, or from
 * formulas that this file computes by itself; none may ever be violated.
 */
class AdversarialTheoremsTest {

  /** One problem and what must be said of it. */
  record Case(String theorem, String target, LinearNetwork start, double rate, Verdict expected) {

    Setting setting() {
      return new Setting(
          Target.parse(target),
          start,
          Double.isNaN(rate) ? OptionalDouble.empty() : OptionalDouble.of(rate));
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%s is %s for %s at depth %d, rate %s",
          theorem,
          expected.word(),
          target,
          start.depth(),
          rate);
    }
  }

  private static final double PROPOSED = Double.NaN;

  /** Repeated, deficient, of either determinant, normal and not, hard and trivial. */
  private static final List<String> TARGETS =
      List.of(
          "minus-identity:1",
          "minus-identity:2",
          "rotation:90",
          "rotation:179.9:2",
          "diagonal:2,0",
          "diagonal:1,1,1",
          "diagonal:1,-2",
          "diagonal:0.001",
          "1,5;0,1",
          "0,1;0,0",
          "gaussian:3:5");

  private final List<Case> cases = new ArrayList<>();

  private void add(
      Verdict expected, String theorem, String target, LinearNetwork start, double rate) {
    cases.add(new Case(theorem, target, start, rate, expected));
  }

  private void add(
      Verdict expected, String theorem, String target, String init, int depth, double rate) {
    LinearNetwork start = Initialization.parse(init).network(Target.parse(target), depth);
    add(expected, theorem, target, start, rate);
  }

  private void add(Verdict expected, String theorem, String target, String init, int depth) {
    add(expected, theorem, target, init, depth, PROPOSED);
  }

  /** The start of the theorem itself. */
  private void own(Verdict expected, String theorem, String target, int depth, double rate) {
    add(
        expected,
        theorem,
        target,
        Theorems.named(theorem).start(Target.parse(target), depth),
        rate);
  }

  private void own(Verdict expected, String theorem, String target, int depth) {
    own(expected, theorem, target, depth, PROPOSED);
  }

  private static String number(double value) {
    return Double.toString(value);
  }

  /** A chain of one-dimensional layers. */
  private static LinearNetwork chain(double... weights) {
    return LinearNetwork.general(
        Arrays.stream(weights).mapToObj(w -> new DMatrixRMaj(new double[][] {{w}})).toList());
  }

  static Stream<Case> cases() {
    AdversarialTheoremsTest suite = new AdversarialTheoremsTest();
    suite.zeroAsymmetricFlow();
    suite.zeroAsymmetricDescent();
    suite.zeroAsymmetricGradient();
    suite.oneStep();
    suite.stability();
    suite.invariants();
    suite.nearIdentity();
    suite.positiveDefinite();
    suite.negativeEigenvalue();
    suite.powerProjection();
    suite.normalTargets();
    suite.factorizations();
    suite.gradientNearIdentity();
    suite.exponentialRate();
    suite.criticalValues();
    suite.shamir();
    return suite.cases.stream();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void theCardSaysWhatIsTrue(Case problem) {
    Card card = Theorems.named(problem.theorem()).certify(problem.setting());
    assertThat(card.verdict()).as(card.toString()).isEqualTo(problem.expected());
  }

  @Test
  void thereAreTwoHundredCasesOfBothKindsAndEveryTheorem() {
    List<Case> all = cases().toList();
    assertThat(all).hasSizeGreaterThanOrEqualTo(200);
    for (String theorem : Theorems.names()) {
      assertThat(all.stream().filter(c -> c.theorem().equals(theorem)).map(Case::expected))
          .as(theorem)
          .contains(HOLDS, DOES_NOT_APPLY);
    }
  }

  /** Theorem 4.1 asks for nothing but the start: every target, every depth. */
  private void zeroAsymmetricFlow() {
    for (String target : TARGETS) {
      for (int depth : new int[] {1, 2, 3, 8}) {
        add(HOLDS, "zas-flow", target, "zas", depth);
      }
    }
    add(HOLDS, "zas-flow", "-1", "zas:1", 1); // the only layer is the top
    add(DOES_NOT_APPLY, "zas-flow", "-1", "zas:1", 3);
    add(DOES_NOT_APPLY, "zas-flow", "0,0;0,0", "zas", 3); // nothing to learn
    add(DOES_NOT_APPLY, "zas-flow", "1,5;0,1", "identity", 3);
    add(DOES_NOT_APPLY, "zas-flow", "1,5;0,1", "near-zas:1:1e-15", 3);
    add(DOES_NOT_APPLY, "zas-flow", "-1", chain(1, 1, Double.MIN_VALUE), PROPOSED);
    add(DOES_NOT_APPLY, "zas-flow", "-1", chain(1, Math.nextUp(1.0), 0), PROPOSED);
  }

  /** φ and the limit of theorem 4.3, written out for one number. */
  private void zeroAsymmetricDescent() {
    for (int depth : new int[] {1, 2, 5, 10, 101}) {
      double phi = Math.max(2, 3 / Math.sqrt(depth)); // of Φ = −1
      double limit =
          Math.min(0.25 / Math.pow(depth * phi * phi, 3), Math.pow(12 * depth * phi * phi, -2));
      own(HOLDS, "zas-descent", "-1", depth, limit * (1 - 1e-9));
      own(HOLDS, "zas-descent", "-1", depth, limit / 1000);
      own(DOES_NOT_APPLY, "zas-descent", "-1", depth, limit * (1 + 1e-9));
      own(DOES_NOT_APPLY, "zas-descent", "-1", depth, limit); // within rounding
      own(DOES_NOT_APPLY, "zas-descent", "-1", depth, 1);
    }
    own(HOLDS, "zas-descent", "diagonal:2,0", 4);
    own(HOLDS, "zas-descent", "diagonal:1,1,1", 3);
    own(HOLDS, "zas-descent", "1,5;0,1", 2);
    own(DOES_NOT_APPLY, "zas-descent", "0", 4);
    own(DOES_NOT_APPLY, "zas-descent", "-1", 4, 1e-17); // no update would show
    add(DOES_NOT_APPLY, "zas-descent", "-1", "identity", 4);
    add(DOES_NOT_APPLY, "zas-descent", "-1", "zas:2", 4);
  }

  /** 2/K of the ZAS minimum of σ: p(1 + p²)^{(L−1)/2} = σ by bisection. */
  private static double stableRate(double sigma, int depth) {
    double low = 0;
    double high = sigma;
    for (int i = 0; i < 200; i++) {
      double p = (low + high) / 2;
      if (p * Math.pow(1 + p * p, (depth - 1) / 2.0) < sigma) {
        low = p;
      } else {
        high = p;
      }
    }
    double p2 = low * low;
    return 2 / (Math.pow(1 + p2, depth - 2) * (1 + p2 + (depth - 1) * p2));
  }

  private void zeroAsymmetricGradient() {
    for (int depth : new int[] {1, 2, 3, 10, 101}) {
      double stable = depth == 1 ? 2 : stableRate(1, depth);
      own(HOLDS, "zas-gradient", "minus-identity:2", depth, stable * 0.01);
      own(HOLDS, "zas-gradient", "minus-identity:2", depth, stable * 0.45);
      own(DOES_NOT_APPLY, "zas-gradient", "minus-identity:2", depth, stable); // within rounding
      own(DOES_NOT_APPLY, "zas-gradient", "minus-identity:2", depth, stable * (1 + 1e-6));
      own(DOES_NOT_APPLY, "zas-gradient", "minus-identity:2", depth, stable * 3); // chaos
    }
    own(HOLDS, "zas-gradient", "-1", 1, 1); // a stable rate, at depth 1
    own(DOES_NOT_APPLY, "zas-gradient", "-1", 2, 1); // 2/K = 2/√5
    own(HOLDS, "zas-gradient", "diagonal:2,0", 6);
    own(HOLDS, "zas-gradient", "diagonal:1,-2", 6);
    own(HOLDS, "zas-gradient", "0,1;0,0", 7);
    own(DOES_NOT_APPLY, "zas-gradient", "0", 7);
    add(DOES_NOT_APPLY, "zas-gradient", "-1", "identity", 6);
  }

  private void oneStep() {
    for (String target : List.of("minus-identity:2", "diagonal:2,0", "1,5;0,1", "gaussian:3:5")) {
      for (int depth : new int[] {1, 2, 9, 100}) {
        own(HOLDS, "zas-one-step", target, depth, 1);
      }
    }
    own(DOES_NOT_APPLY, "zas-one-step", "-1", 9, Math.nextUp(1.0));
    own(DOES_NOT_APPLY, "zas-one-step", "-1", 9, Math.nextDown(1.0));
    own(DOES_NOT_APPLY, "zas-one-step", "0", 9, 1);
    add(DOES_NOT_APPLY, "zas-one-step", "-1", "identity", 9, 1);
    add(DOES_NOT_APPLY, "zas-one-step", "-1", "near-zas:1:1e-9", 9, 1);
  }

  private void stability() {
    for (int depth : new int[] {1, 2, 3, 10, 51}) {
      for (String target : List.of("diagonal:1.5,0", "diagonal:1.5,-1.5,0.2")) {
        double stable = depth == 1 ? 2 : stableRate(1.5, depth);
        own(HOLDS, "stable-rate", target, depth, stable * (1 - 1e-5));
        own(DOES_NOT_APPLY, "unstable-rate", target, depth, stable * (1 - 1e-5));
        own(DOES_NOT_APPLY, "stable-rate", target, depth, stable * (1 + 1e-5));
        own(HOLDS, "unstable-rate", target, depth, stable * (1 + 1e-5));
        own(DOES_NOT_APPLY, "stable-rate", target, depth, stable); // within rounding
        own(DOES_NOT_APPLY, "unstable-rate", target, depth, stable);
        own(HOLDS, "unstable-rate", target, depth, stable * 5);
      }
    }
    own(HOLDS, "unstable-rate", "-1", 100, 0.03); // the orbit that hits R <= 1e-10 by chance
    own(HOLDS, "stable-rate", "-1", 1, 1);
    own(HOLDS, "unstable-rate", "-1", 5, 1);
    add(DOES_NOT_APPLY, "stable-rate", "-1", "identity", 5);
    add(DOES_NOT_APPLY, "unstable-rate", "-1", "identity", 5);
  }

  private void invariants() {
    for (String init : List.of("zas", "identity", "near-identity:3", "xavier:4", "balanced")) {
      add(HOLDS, "invariants-flow", "1,2;0,1", init, 2);
      add(HOLDS, "invariants-flow", "1,0;0,0", init, 5);
      add(DOES_NOT_APPLY, "invariants-flow", "1,2;0,1", init, 1);
      add(HOLDS, "invariants-descent", "1,2;0,1", init, 2, 0.01);
      add(HOLDS, "invariants-descent", "1,2;0,1", init, 5, 1); // blows up, and keeps to it
      add(DOES_NOT_APPLY, "invariants-descent", "1,2;0,1", init, 1, 0.01);
    }
    add(HOLDS, "invariants-descent", "-1", "zas", 100, 0.03); // chaos
  }

  private void nearIdentity() {
    double limit = 1 / (3 * Math.E); // 0.12262...
    for (String theorem : List.of("near-identity-loss", "near-identity-layers")) {
      for (int depth : new int[] {1, 2, 7}) {
        own(HOLDS, theorem, number(1 + limit - 1e-9), depth);
        own(HOLDS, theorem, number(1 - limit + 1e-9), depth);
        own(DOES_NOT_APPLY, theorem, number(1 + limit + 1e-9), depth);
        own(DOES_NOT_APPLY, theorem, number(1 - limit - 1e-9), depth);
      }
      own(HOLDS, theorem, "rotation:4", 5); // 2 sqrt(2) sin 2 degrees = 0.0987
      own(DOES_NOT_APPLY, theorem, "rotation:5", 5); // 0.1234
      own(HOLDS, theorem, "1,0.1;0,1", 5); // not normal
      own(DOES_NOT_APPLY, theorem, "diagonal:1,1,1", 5); // nothing to learn
      own(DOES_NOT_APPLY, theorem, "minus-identity:2", 5);
      add(DOES_NOT_APPLY, theorem, "1.05", "scaled-identity:1.0000000001", 5);
      add(DOES_NOT_APPLY, theorem, "1.05", "zas", 5);
    }
  }

  private void positiveDefinite() {
    String theorem = "positive-definite";
    for (int depth : new int[] {1, 2, 3, 10, 101}) {
      own(HOLDS, theorem, "diagonal:2,2,0.5", depth);
      own(HOLDS, theorem, "2,1;1,2", depth); // 1 and 3
      own(DOES_NOT_APPLY, theorem, "1,2;2,1", depth); // -1 and 3
      own(DOES_NOT_APPLY, theorem, "1,1;1,1", depth); // 0 and 2
      double limit = Math.min(1.0 / (2 * depth - 1), Math.pow(4, 1.0 / depth - 1) / depth);
      own(HOLDS, theorem, "2", depth, limit * (1 - 1e-9));
      own(DOES_NOT_APPLY, theorem, "2", depth, limit * (1 + 1e-9));
      own(DOES_NOT_APPLY, theorem, "2", depth, limit);
    }
    own(HOLDS, theorem, "diagonal:1,1", 4); // already there: 0 updates
    own(HOLDS, theorem, "0.01", 3);
    own(DOES_NOT_APPLY, theorem, "diagonal:1,1e-17", 4); // 0 but for rounding
    own(DOES_NOT_APPLY, theorem, "diagonal:1,-1e-17", 4);
    own(DOES_NOT_APPLY, theorem, "diagonal:1,0", 4);
    own(DOES_NOT_APPLY, theorem, "1,1e-15;0,1", 4); // not symmetric
    own(DOES_NOT_APPLY, theorem, "rotation:1", 4);
    add(DOES_NOT_APPLY, theorem, "2", "scaled-identity:1.01", 4);
  }

  private void negativeEigenvalue() {
    String theorem = "negative-eigenvalue";
    for (int depth : new int[] {2, 4, 10}) {
      for (double rate : new double[] {1e-3, 0.3, 0.6, 1, 3}) { // even: whatever the rate
        own(HOLDS, theorem, "minus-identity:2", depth, rate);
      }
    }
    for (int depth : new int[] {3, 5, 11}) { // odd: eta (1 + 0.25) <= 1
      own(HOLDS, theorem, "-0.25", depth, 0.8 - 1e-9);
      own(DOES_NOT_APPLY, theorem, "-0.25", depth, 0.8 + 1e-9);
      own(DOES_NOT_APPLY, theorem, "-0.25", depth, 1);
    }
    own(DOES_NOT_APPLY, theorem, "minus-identity:2", 3, 0.6); // there the claim is false
    own(HOLDS, theorem, "minus-identity:2", 3, 0.45);
    own(DOES_NOT_APPLY, theorem, "-1", 1, 0.1); // one layer learns everything
    own(DOES_NOT_APPLY, theorem, "diagonal:1,-1e-17", 4); // 0 but for rounding
    own(DOES_NOT_APPLY, theorem, "diagonal:1,0", 4);
    own(DOES_NOT_APPLY, theorem, "2,1;1,2", 4);
    own(HOLDS, theorem, "1,2;2,1", 4);
    own(HOLDS, theorem, "0,1;1,0", 5);
    own(DOES_NOT_APPLY, theorem, "-1,1e-15;0,-1", 4);
    add(DOES_NOT_APPLY, theorem, "-1", "scaled-identity:0.9", 4);
    add(DOES_NOT_APPLY, theorem, "-1", "zas", 4);
  }

  private void powerProjection() {
    String theorem = "power-projection";
    for (int depth : new int[] {1, 2, 3, 8}) {
      own(HOLDS, theorem, "rotation:60", depth);
      own(HOLDS, theorem, "1,1;0,1", depth); // not normal, margin 1/2
      own(DOES_NOT_APPLY, theorem, "rotation:100", depth);
      own(DOES_NOT_APPLY, theorem, "1,3;0,1", depth); // margin -1/2
      own(DOES_NOT_APPLY, theorem, "rotation:60", depth, 10); // too large a step
    }
    own(HOLDS, theorem, "rotation:89", 4);
    own(DOES_NOT_APPLY, theorem, "rotation:90", 4); // margin 0 but for rounding
    own(DOES_NOT_APPLY, theorem, "1,2;0,1", 4); // margin 0
    own(DOES_NOT_APPLY, theorem, "diagonal:1,-1", 4);
    add(HOLDS, theorem, "diagonal:2,3", "identity", 4); // gamma = 1
    add(HOLDS, theorem, "1.000001", "identity", 4);
    add(DOES_NOT_APPLY, theorem, "0.999999", "identity", 4);
    add(DOES_NOT_APPLY, theorem, "diagonal:1,1", "identity", 4); // within rounding
    add(DOES_NOT_APPLY, theorem, "diagonal:2,3", "zas", 4);
    add(DOES_NOT_APPLY, theorem, "diagonal:2,3", "scaled-identity:0", 4);
    add(DOES_NOT_APPLY, theorem, "diagonal:2,3", "scaled-identity:-1", 4);
  }

  private void normalTargets() {
    for (int depth : new int[] {1, 2, 5}) {
      for (int degrees : new int[] {10, 90, 120, 179}) {
        own(HOLDS, "normal-convergence", "rotation:" + degrees, depth);
      }
      own(HOLDS, "normal-convergence", "0,1,0;0,0,1;1,0,0", depth); // 1 and turns by 120 degrees
      own(HOLDS, "normal-convergence", "diagonal:2,2,0.3", depth);
      own(DOES_NOT_APPLY, "normal-convergence", "rotation:180", depth);
      own(DOES_NOT_APPLY, "normal-convergence", "0,1;1,0", depth); // -1
      own(DOES_NOT_APPLY, "normal-convergence", "1,1;0,1", depth);
      Verdict saddle = depth == 1 ? DOES_NOT_APPLY : HOLDS; // one layer has none
      own(saddle, "normal-saddle", "minus-identity:3", depth);
      own(saddle, "normal-saddle", "0,1;1,0", depth);
      own(saddle, "normal-saddle", "0,-1,0;1,0,0;0,0,-2", depth); // i, -i and -2
    }
    own(DOES_NOT_APPLY, "normal-convergence", "1,1e-13;0,1", 3); // nearly normal
    own(DOES_NOT_APPLY, "normal-convergence", "diagonal:1,0", 3);
    own(DOES_NOT_APPLY, "normal-convergence", "diagonal:1,1e-17", 3);
    own(DOES_NOT_APPLY, "normal-convergence", "diagonal:1,-1e-17", 3);
    own(DOES_NOT_APPLY, "normal-convergence", "diagonal:1,1", 3);
    own(HOLDS, "normal-convergence", "diagonal:1,0.001", 3);
    add(DOES_NOT_APPLY, "normal-convergence", "2", "scaled-identity:1.5", 3);
    own(DOES_NOT_APPLY, "normal-saddle", "rotation:180", 4); // a pair, or -1 twice?
    own(DOES_NOT_APPLY, "normal-saddle", "diagonal:1,-1e-17", 4);
    own(DOES_NOT_APPLY, "normal-saddle", "diagonal:2,1", 4);
    own(DOES_NOT_APPLY, "normal-saddle", "-1,1;0,-1", 4);
    add(DOES_NOT_APPLY, "normal-saddle", "-1", "zas", 4);
  }

  private void factorizations() {
    String theorem = "hardt-ma-factorization";
    own(HOLDS, theorem, number(Math.exp(0.8 - 1e-9)), 5);
    own(DOES_NOT_APPLY, theorem, number(Math.exp(0.8 + 1e-9)), 5);
    own(DOES_NOT_APPLY, theorem, number(Math.exp(0.8)), 5); // within rounding
    own(HOLDS, theorem, number(Math.exp(-0.8 + 1e-9)), 5);
    own(DOES_NOT_APPLY, theorem, number(Math.exp(1.6)), 5); // L >= 3 gamma, and false there
    own(HOLDS, theorem, number(Math.exp(30)), 35); // L = 35 >= 34.2
    own(DOES_NOT_APPLY, theorem, number(Math.exp(31)), 35);
    for (int depth : new int[] {1, 2, 4}) {
      own(DOES_NOT_APPLY, theorem, "diagonal:1,1", depth);
    }
    for (String name : List.of(theorem, "balanced-factorization")) {
      for (int depth : new int[] {7, 8, 31}) {
        own(HOLDS, name, "minus-identity:2", depth);
        own(HOLDS, name, "diagonal:1,1,1", depth);
        own(HOLDS, name, "1,5;0,1", depth);
        own(HOLDS, name, "rotation:179.9:2", depth);
        own(DOES_NOT_APPLY, name, "minus-identity:3", depth); // det < 0
        own(DOES_NOT_APPLY, name, "0,1;1,0", depth);
        own(DOES_NOT_APPLY, name, "diagonal:2,0", depth);
        own(DOES_NOT_APPLY, name, "1,1;1,1", depth);
        own(DOES_NOT_APPLY, name, "diagonal:1,1e-17", depth);
        own(DOES_NOT_APPLY, name, "diagonal:1,-1e-17", depth);
      }
    }
    own(HOLDS, "balanced-factorization", "minus-identity:2", 1);
    own(HOLDS, "balanced-factorization", "diagonal:9,0.1", 2);
    own(DOES_NOT_APPLY, "balanced-factorization", "1e-300", 24); // no digits left in I + A
  }

  private void gradientNearIdentity() {
    String theorem = "hardt-ma-gradient";
    for (int depth : new int[] {1, 2, 3, 20}) {
      add(HOLDS, theorem, "1,5;0,1", "identity", depth);
      add(HOLDS, theorem, "1,5;0,1", "scaled-identity:1e-6", depth); // tau = 1 - 1e-6
      add(HOLDS, theorem, "1,5;0,1", "scaled-identity:1.999999", depth);
      add(DOES_NOT_APPLY, theorem, "1,5;0,1", "scaled-identity:0", depth);
      add(DOES_NOT_APPLY, theorem, "1,5;0,1", "scaled-identity:2", depth);
      add(DOES_NOT_APPLY, theorem, "1,5;0,1", "zas", depth); // tau = 1 of the top layer
    }
    add(HOLDS, theorem, "minus-identity:2", "near-identity:5:0.1", 6);
    add(DOES_NOT_APPLY, theorem, "minus-identity:2", "scaled-identity:-0.1", 6);
    add(DOES_NOT_APPLY, theorem, "diagonal:1,1", "identity", 6); // at the minimum
  }

  private void exponentialRate() {
    String theorem = "exponential-rate";
    for (int depth : new int[] {2, 3, 4, 6}) {
      own(HOLDS, theorem, "0.1", depth);
      own(HOLDS, theorem, "diagonal:1,-1", depth);
      own(HOLDS, theorem, "1,5;0,0", depth);
      add(DOES_NOT_APPLY, theorem, "0.1", "identity", depth);
      add(DOES_NOT_APPLY, theorem, "0.1", "zas", depth); // negative, read from the input
      add(DOES_NOT_APPLY, theorem, "0.1", "balanced:0.5", depth); // 0
    }
    own(DOES_NOT_APPLY, theorem, "0.1", 1);
    add(HOLDS, theorem, "-1", chain(0.3, 0.4, 0.6), PROPOSED);
    add(HOLDS, theorem, "-1", chain(0, 0.01), PROPOSED); // slow
    add(DOES_NOT_APPLY, theorem, "-1", chain(0.3, 0.3, 0.6), PROPOSED);
    add(DOES_NOT_APPLY, theorem, "-1", chain(0.3, Math.nextUp(0.3), 0.6), PROPOSED);
    add(DOES_NOT_APPLY, theorem, "-1", chain(0.3, 0.6, 0.5), PROPOSED);
    add(DOES_NOT_APPLY, theorem, "0.072", chain(0.3, 0.4, 0.6).step(zeroGradients(3), 1), 0.1);
    add(
        DOES_NOT_APPLY,
        theorem,
        "-1",
        LinearNetwork.general( // a hidden width that grows
            List.of(
                new DMatrixRMaj(1, 1),
                new DMatrixRMaj(new double[][] {{1}, {1}}),
                new DMatrixRMaj(new double[][] {{2, 2}}))),
        PROPOSED);
  }

  /** A step that goes nowhere; {@link #exponentialRate} then begins at 0.3·0.4·0.6 = 0.072. */
  private static LinearNetwork.Gradients zeroGradients(int depth) {
    List<DMatrixRMaj> zeros = new ArrayList<>();
    for (int l = 0; l < depth; l++) {
      zeros.add(new DMatrixRMaj(1, 1));
    }
    return new LinearNetwork.Gradients(0, CommonOps_DDRM.identity(1), zeros);
  }

  private void criticalValues() {
    String theorem = "critical-values";
    for (int depth : new int[] {2, 3, 10}) {
      own(HOLDS, theorem, "diagonal:3,-2,1", depth);
      own(HOLDS, theorem, "1,5;0,1", depth);
      own(DOES_NOT_APPLY, theorem, "rotation:30", depth); // repeated
      own(DOES_NOT_APPLY, theorem, "diagonal:2,1,0", depth); // deficient
    }
    own(HOLDS, theorem, "diagonal:1,1.000001", 3);
    own(DOES_NOT_APPLY, theorem, "diagonal:1,1.000000000000001", 3);
    own(DOES_NOT_APPLY, theorem, "diagonal:1,1e-16", 3);
    own(DOES_NOT_APPLY, theorem, "diagonal:3,2,1", 1);
    own(DOES_NOT_APPLY, theorem, "diagonal:1,2,3,4,5,6,7,8,9", 3); // too many sets
    own(HOLDS, theorem, "-1", 2);
  }

  private void shamir() {
    String theorem = "shamir";
    for (int depth : new int[] {3, 4, 7, 10}) {
      own(HOLDS, theorem, "-1", depth);
      own(HOLDS, theorem, "-0.3", depth);
      own(DOES_NOT_APPLY, theorem, "1", depth);
      own(DOES_NOT_APPLY, theorem, "minus-identity:2", depth);
      add(DOES_NOT_APPLY, theorem, "-1", "zas", depth); // the product is 0
    }
    own(DOES_NOT_APPLY, theorem, "-1", 1);
    add(HOLDS, theorem, "-1", "identity", 3); // waits for ever
    add(HOLDS, theorem, "-1", chain(-0.9, -1, 1.1, 1.05), PROPOSED); // two signs: the same flow
    add(DOES_NOT_APPLY, theorem, "-1", chain(-0.9, 1, 1.1, 1.05), PROPOSED); // nothing to cross
    add(DOES_NOT_APPLY, theorem, "-1", chain(0.5, 3, 3), PROPOSED); // large weights: no wait
    add(DOES_NOT_APPLY, theorem, "-0.0", chain(0.9, 1, 1.1), PROPOSED);
  }
}
