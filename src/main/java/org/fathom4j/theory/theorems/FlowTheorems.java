package org.fathom4j.theory.theorems;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.NormOps_DDRM;
import org.fathom4j.theory.bounds.ConvergenceRate;
import org.fathom4j.theory.figures.Shamir;
import org.fathom4j.theory.flow.GradientFlow;
import org.fathom4j.theory.landscape.Landscape;
import org.fathom4j.theory.linear.Initialization;
import org.fathom4j.theory.linear.LinearNetwork;
import org.fathom4j.theory.linear.Target;

/** What is proved of the gradient flow and its landscape from general starts. */
final class FlowTheorems {

  private static final String CHITOUR =
      "Chitour, Liao & Couillet, A geometric approach of gradient descent algorithms in linear neural"
          + " networks, 2018";

  /** c_j of the start of {@link #exponentialRate}, at small depth. */
  private static final double INVARIANT = 0.25;

  /** Largest dimension whose 2^d critical points are visited. */
  private static final int LARGEST_DIMENSION = 8;

  /** The longest wait that is followed. */
  private static final double LONGEST_WAIT = 1e5;

  private FlowTheorems() {}

  /**
   * The rate of (A.8).
   *
   * @param asPrinted whether to take one eigenvalue, as the slides do, for the product; false for
   *     three layers and more
   */
  static Theorem exponentialRate(boolean asPrinted) {
    return new Theorem(
        "exponential-rate",
        "gradient flow whose invariants C_j have d_{j+1} positive eigenvalues: R(t) <= e^(-2 alpha t)"
            + " R(0), alpha = product of the d_{j+1}-th largest eigenvalues; the slowest rate"
            + " -ln(R(t)/R(0))/t is at least 2 alpha",
        CHITOUR + ", exponential rate, with the product (theory A.8)",
        Target.diagonal(0.1),
        4,
        FlowTheorems::growing,
        setting -> {
          ConvergenceRate rate = ConvergenceRate.of(setting.start());
          List<Hypothesis> hypotheses = new ArrayList<>();
          hypotheses.add(
              new Hypothesis(
                  "the widths of the hidden layers do not grow, and end at the output's",
                  rate.widthsFit(),
                  setting.start().layer(1).outputs()));
          hypotheses.add(Hypothesis.atLeast("L >= 2", setting.depth(), 2, 0));
          hypotheses.add(Facts.somethingToLearn(setting));
          double least = Double.POSITIVE_INFINITY;
          double error = 0;
          for (int j = 1; j < setting.depth(); j++) {
            least = Math.min(least, rate.eigenvalues().get(j - 1));
            error = Math.max(error, invariantError(setting.start(), j));
          }
          hypotheses.add(
              Hypothesis.positive(
                  "the d_{j+1}-th largest eigenvalue of every C_j is positive (the least)",
                  least,
                  error));
          return hypotheses;
        },
        setting -> {
          ConvergenceRate rate = ConvergenceRate.of(setting.start());
          double bound =
              2
                  * (asPrinted
                      ? rate.eigenvalues().stream().mapToDouble(c -> c).min().orElseThrow()
                      : rate.rate());
          return FlowMeasurement.rateAtLeast(bound, setting, 30);
        });
  }

  private static double invariantError(LinearNetwork network, int layer) {
    double upper = NormOps_DDRM.normF(network.weight(layer + 1));
    double lower = NormOps_DDRM.normF(network.weight(layer));
    return 16 * network.layer(layer).outputs() * 0x1.0p-52 * (upper * upper + lower * lower);
  }

  /** W_l = √((l − 1) c) I, of norm at most 1: every C_j = cI, and the product is 0. */
  private static LinearNetwork growing(Target target, int depth) {
    double invariant = Math.min(INVARIANT, 1.0 / Math.max(1, depth - 1));
    List<DMatrixRMaj> weights = new ArrayList<>();
    for (int l = 1; l <= depth; l++) {
      DMatrixRMaj weight = CommonOps_DDRM.identity(target.dimension());
      CommonOps_DDRM.scale(Math.sqrt((l - 1) * invariant), weight);
      weights.add(weight);
    }
    return LinearNetwork.general(weights);
  }

  /**
   * The critical values.
   *
   * @param half the factor of Σ s²; ½ is the truth
   */
  static Theorem criticalValues(double half) {
    return new Theorem(
        "critical-values",
        "for every set of singular values s left unlearnt there is a critical point with R = 1/2 sum"
            + " of s^2: the largest error of R and of the gradient there, relative, is 0 but for 1e-10",
        CHITOUR + ", critical values",
        Target.diagonal(3, 2, 1),
        3,
        (target, depth) -> Initialization.identity().network(target, depth),
        setting -> {
          double[] s = setting.target().singularValues();
          double gap = s[s.length - 1];
          for (int i = 1; i < s.length; i++) {
            gap = Math.min(gap, s[i - 1] - s[i]);
          }
          return List.of(
              Hypothesis.positive(
                  "singular values of Phi are distinct and positive (least gap)",
                  gap,
                  2 * Facts.spectralError(setting.target())),
              Hypothesis.atLeast("L >= 2", setting.depth(), 2, 0),
              Hypothesis.atMost(
                  String.format("d <= %d: all 2^d sets can be visited", LARGEST_DIMENSION),
                  s.length,
                  LARGEST_DIMENSION,
                  0));
        },
        setting -> {
          Facts.requireSize(setting);
          Target target = setting.target();
          double[] s = target.singularValues();
          Landscape landscape = new Landscape(target, setting.depth());
          double total = Arrays.stream(s).map(value -> value * value).sum();
          double steepest = // of one layer: |W|^{L-1} |Phi|
              Math.pow(s[0], 1 - 1.0 / setting.depth()) * Math.sqrt(total);
          double worst = 0;
          for (Landscape.CriticalPoint point : landscape.criticalPoints()) {
            LinearNetwork.Gradients gradients =
                landscape.network(point.unlearned()).gradients(target);
            double value = point.unlearned().stream().mapToDouble(i -> half * s[i] * s[i]).sum();
            worst = Math.max(worst, Math.abs(gradients.loss() - value) / total);
            worst =
                Math.max(worst, Math.sqrt(gradients.squaredNorm() / setting.depth()) / steepest);
          }
          return Measurement.atMost(1e-10, worst, 0);
        });
  }

  /**
   * The wait of one-dimensional chains.
   *
   * @param exponent of the growth, in L − 1; 1 is proved
   */
  static Theorem shamir(double exponent) {
    return new Theorem(
        "shamir",
        "gradient flow in one dimension from a positive product to a negative target: the time until"
            + " R falls below lambda^2/8 is at least a g^(L-1)/(|lambda| + a g^(1-L)), g > 1",
        "after Shamir, Exponential convergence time of gradient descent for one-dimensional deep"
            + " linear neural networks, 2018; bound for a given start derived from theory A.10",
        Target.minusIdentity(1),
        10,
        (target, depth) -> {
          DMatrixRMaj[] weights = new DMatrixRMaj[depth];
          Arrays.setAll(
              weights,
              l -> {
                DMatrixRMaj weight = CommonOps_DDRM.identity(target.dimension());
                CommonOps_DDRM.scale(Shamir.startWeight(l + 1, depth, 0.1), weight);
                return weight;
              });
          return LinearNetwork.general(List.of(weights));
        },
        setting -> {
          List<Hypothesis> hypotheses = new ArrayList<>();
          hypotheses.add(Hypothesis.zero("d = 1 (d - 1)", setting.dimension() - 1.0));
          hypotheses.add(Hypothesis.atLeast("L >= 2", setting.depth(), 2, 0));
          if (!hypotheses.get(0).holds() || !hypotheses.get(1).holds()) {
            return hypotheses;
          }
          double[] weights = weights(setting);
          double product = Arrays.stream(weights).reduce(1, (a, b) -> a * b);
          double lambda = setting.target().matrix().get(0, 0);
          hypotheses.add(Hypothesis.positive("lambda < 0 (minus lambda)", -lambda, 0));
          hypotheses.add(
              Hypothesis.positive(
                  "the product at the start is positive", product, Double.MIN_NORMAL));
          Wait wait = Wait.of(weights, Math.abs(lambda));
          hypotheses.add(
              Hypothesis.positive(
                  "the wait grows with depth: ln g > 0", Math.log(wait.growth()), 1e-12));
          hypotheses.add(
              Hypothesis.atMost(
                  String.format("the flow can be followed so long: time %.0f", LONGEST_WAIT),
                  wait.time(1),
                  LONGEST_WAIT,
                  0));
          return hypotheses;
        },
        setting -> {
          double lambda = Math.abs(setting.target().matrix().get(0, 0));
          double bound = Wait.of(weights(setting), lambda).time(exponent);
          GradientFlow flow = new GradientFlow(setting.start(), setting.target());
          // a wait that is not over at ten times the bound keeps to it
          double measured = flow.timeToReach(lambda * lambda / 8, Math.max(1, 10 * bound)).end();
          return Measurement.atLeast(bound, measured, FlowMeasurement.PRECISION * bound);
        });
  }

  private static double[] weights(Setting setting) {
    double[] weights = new double[setting.depth()];
    Arrays.setAll(weights, l -> setting.start().weight(l + 1).get(0, 0));
    return weights;
  }

  /**
   * The flow of a chain w_1, …, w_L with positive product to λ &lt; 0 conserves δ_i = w_i² − m², m
   * the least |w|. Before R &lt; λ²/2 the product must change its sign, so m must fall from a to 0,
   * for any a ≤ m(0), at a speed (u + |λ|) Π_{i ≠ min} √(m² + δ_i) that only shrinks:
   *
   * <pre>
   *   T ≥ a g^{L−1}/(|λ| + a g^{1−L}),   g^{1−L} = Π_{i ≠ min} √(a² + δ_i)
   * </pre>
   *
   * @param a where the bound is largest among those with g &gt; 1; small if there are none
   * @param growth g
   * @param lambda |λ|
   * @param depth L
   */
  private record Wait(double a, double growth, double lambda, int depth) {

    static Wait of(double[] weights, double lambda) {
      double[] squares = Arrays.stream(weights).map(w -> w * w).sorted().toArray();
      double start = Math.sqrt(squares[0]);
      Wait best = null;
      for (int k = 1; k <= 64; k++) {
        double a = start * k / 64;
        double logarithm = 0;
        for (int i = 1; i < squares.length; i++) {
          logarithm += Math.log(a * a + squares[i] - squares[0]) / 2;
        }
        double growth = Math.exp(-logarithm / (squares.length - 1));
        Wait wait = new Wait(a, growth, lambda, squares.length);
        if (best == null || growth > 1 && wait.time(1) > best.time(1)) {
          best = wait;
        }
      }
      return best;
    }

    double time(double exponent) {
      double power = Math.pow(growth, exponent * (depth - 1));
      return a * power / (lambda + a / power);
    }
  }
}
