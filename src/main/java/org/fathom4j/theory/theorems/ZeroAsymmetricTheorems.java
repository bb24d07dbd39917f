package org.fathom4j.theory.theorems;

import java.util.ArrayList;
import java.util.List;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.NormOps_DDRM;
import org.fathom4j.theory.descent.Status;
import org.fathom4j.theory.linear.Initialization;
import org.fathom4j.theory.linear.InvalidProblemException;
import org.fathom4j.theory.linear.Invariant;
import org.fathom4j.theory.linear.LinearNetwork;
import org.fathom4j.theory.linear.SingularValues;
import org.fathom4j.theory.linear.Target;
import org.fathom4j.theory.modes.Sharpness;
import org.fathom4j.theory.modes.ZeroAsymmetricModes;

/**
 * What is proved of the zero-asymmetric start, W_l = I for l &lt; L and W_L = 0.
 *
 * @see <a href="https://arxiv.org/abs/1911.00645">Wu, Wang &amp; Ma 2019</a>
 */
final class ZeroAsymmetricTheorems {

  private static final String PAPER =
      "Wu, Wang & Ma, Global convergence of gradient descent for deep linear residual networks, 2019";

  private static final Target EXAMPLE = Target.parse("0.8,-1.3;1.1,0.6");

  /** Proposed rates are this part of the largest that is proved. */
  private static final double INSIDE = 0.99;

  /** Updates that are followed. */
  private static final int UPDATES = 1000;

  /** What rounding may leave of an identity, beside the largest number in it. */
  private static final double RELATIVE_ERROR = 1e-12;

  private ZeroAsymmetricTheorems() {}

  /** Theorem 4.1 with e^{−rate·t}; the theorem's rate is 2. */
  static Theorem flow(double rate) {
    return new Theorem(
        "zas-flow",
        "gradient flow from ZAS: R(t) <= e^(-2t) R(0); the slowest rate -ln(R(t)/R(0))/t is at"
            + " least 2",
        PAPER + ", theorem 4.1",
        EXAMPLE,
        6,
        ZeroAsymmetricTheorems::start,
        setting -> List.of(startsZeroAsymmetric(setting), Facts.somethingToLearn(setting)),
        setting -> FlowMeasurement.rateAtLeast(rate, setting, 3));
  }

  /** Theorem 4.3 with (1 − share·η)^t; the theorem's share is 1/2. */
  static Theorem descent(double share) {
    return new Theorem(
        "zas-descent",
        "gradient descent from ZAS: R(t) <= (1 - eta/2)^t R(0); the slowest rate -ln(R(t)/R(0))/t is"
            + " at least -ln(1 - eta/2)",
        PAPER + ", theorem 4.3",
        EXAMPLE,
        10,
        ZeroAsymmetricTheorems::start,
        setting -> {
          double limit = largestProvedRate(setting.target(), setting.depth());
          double rate = setting.learningRate().orElse(INSIDE * limit);
          return List.of(
              startsZeroAsymmetric(setting),
              Facts.somethingToLearn(setting),
              Hypothesis.atMost(
                  String.format(
                      "eta <= min{1/(4 L^3 phi^6), 1/(144 L^2 phi^4)} = %.3g, phi ="
                          + " max{2|Phi|_F, 3/sqrt(L), 1}",
                      limit),
                  rate,
                  limit,
                  Facts.formulaError(limit)),
              Hypothesis.atLeast(
                  "eta >= 1e-16, so that 20,000 updates show in double precision", rate, 1e-16, 0));
        },
        setting -> {
          double rate =
              setting
                  .learningRate()
                  .orElse(INSIDE * largestProvedRate(setting.target(), setting.depth()));
          double bound = -Math.log1p(-share * rate);
          double measured = slowestRateOfDescent(setting, rate);
          // R is known to a few units in the last place, and no rate is taken over fewer than 1,000
          return Measurement.atLeast(bound, measured, 2e-18 + 1e-9 * bound);
        });
  }

  /** min{(4 L³ φ⁶)^{−1}, (144 L² φ⁴)^{−1}}, φ = max{2‖Φ‖_F, 3 L^{−1/2}, 1}. */
  static double largestProvedRate(Target target, int depth) {
    double phi = Math.max(Math.max(2 * target.frobeniusNorm(), 3 / Math.sqrt(depth)), 1);
    return Math.min(
        1 / (4 * Math.pow(depth, 3) * Math.pow(phi, 6)),
        1 / (144 * Math.pow(depth, 2) * Math.pow(phi, 4)));
  }

  private static double slowestRateOfDescent(Setting setting, double rate) {
    int updates = 20_000;
    ZeroAsymmetricModes modes = new ZeroAsymmetricModes(setting.target(), setting.depth());
    double startLoss = modes.loss();
    double slowest = Double.POSITIVE_INFINITY;
    for (int t = 1; t <= updates; t++) {
      modes.step(rate, 0);
      boolean learnt = modes.loss() <= 1e-12 * startLoss;
      if (learnt || t % (updates / 20) == 0) {
        slowest = Math.min(slowest, Math.log(startLoss / modes.loss()) / t);
      }
      if (learnt) {
        break;
      }
    }
    return slowest;
  }

  /** Lemma 4.2: the invariants under the flow, of any start. */
  static Theorem invariantsOfTheFlow() {
    return new Theorem(
        "invariants-flow",
        "gradient flow from any start: W_{l+1}^T W_{l+1} - W_l W_l^T never changes; its drift,"
            + " relative to the largest |W_l|^2, is 0 but for the integrator's 1e-8",
        PAPER + ", lemma 4.2",
        EXAMPLE,
        5,
        (target, depth) -> Initialization.parse("near-identity:7:0.2").network(target, depth),
        setting -> List.of(twoLayers(setting)),
        setting -> {
          double drift =
              FlowMeasurement.largest(
                  setting,
                  3,
                  network ->
                      Invariant.drift(setting.start(), network)
                          / Math.max(squaredNorm(setting.start()), squaredNorm(network)));
          return Measurement.atMost(1e-8, drift, 0);
        });
  }

  /**
   * The change of the invariants in a step of gradient descent, at any rate.
   *
   * @param factor of η² in the change; 1 is the truth
   */
  static Theorem invariantsOfDescent(double factor) {
    return new Theorem(
        "invariants-descent",
        "gradient descent from any start, any eta: the invariant of layers l and l+1 changes by"
            + " eta^2 (G_{l+1}^T G_{l+1} - G_l G_l^T) in a step; the relative error of that is 0 but for"
            + " rounding, 1e-12",
        PAPER + ", lemma 4.5, made exact",
        EXAMPLE,
        5,
        (target, depth) -> Initialization.parse("near-identity:7:0.2").network(target, depth),
        setting -> List.of(twoLayers(setting)),
        setting -> {
          Facts.requireSize(setting);
          double rate = setting.learningRate().orElse(0.02);
          LinearNetwork network = setting.start();
          double startLoss = network.loss(setting.target());
          double worst = 0;
          for (int t = 0; t < 20; t++) {
            LinearNetwork.Gradients gradients = network.gradients(setting.target());
            if (Status.isBlownUp(gradients.loss(), startLoss)) {
              break;
            }
            LinearNetwork next = network.step(gradients, rate);
            double error = errorOfChange(network, next, gradients, rate, factor);
            if (error > RELATIVE_ERROR) {
              requireExactGradients(network, gradients, rate);
            }
            worst = Math.max(worst, error);
            network = next;
          }
          return Measurement.atMost(RELATIVE_ERROR, worst, 0);
        });
  }

  /**
   * The change is computed from gradients, whose rounding is that of products of norms: where these
   * are far larger than the gradients, nothing can be said.
   */
  private static void requireExactGradients(
      LinearNetwork network, LinearNetwork.Gradients gradients, double rate) {
    double product = Math.sqrt(2 * gradients.loss());
    double largest = 1;
    for (int l = 1; l <= network.depth(); l++) {
      double norm = Math.max(1, NormOps_DDRM.inducedP2(network.weight(l)));
      product *= norm;
      largest = Math.max(largest, norm);
    }
    double noise = 16 * network.depth() * network.inputWidth() * 0x1.0p-52 * rate * product;
    if (!(noise <= RELATIVE_ERROR * largest)) {
      throw new InvalidProblemException(
          String.format(
              "The gradients are known to %.2g only, beside layers of norm %.2g: too little to tell"
                  + " the change of the invariants. Take a smaller depth or start.",
              noise, largest));
    }
  }

  private static double errorOfChange(
      LinearNetwork before,
      LinearNetwork after,
      LinearNetwork.Gradients gradients,
      double rate,
      double factor) {
    double largestGradient = 0;
    for (DMatrixRMaj gradient : gradients.layers()) {
      largestGradient = Math.max(largestGradient, rate * NormOps_DDRM.normF(gradient));
    }
    double scale =
        Math.max(
            Math.max(squaredNorm(before), squaredNorm(after)), largestGradient * largestGradient);
    double worst = 0;
    for (int l = 1; l < before.depth(); l++) {
      DMatrixRMaj error = Invariant.of(after, l);
      CommonOps_DDRM.subtractEquals(error, Invariant.of(before, l));
      CommonOps_DDRM.addEquals(error, -factor, Invariant.change(gradients, l, rate));
      worst = Math.max(worst, CommonOps_DDRM.elementMaxAbs(error) / scale);
    }
    return worst;
  }

  private static double squaredNorm(LinearNetwork network) {
    double largest = 0;
    for (int l = 1; l <= network.depth(); l++) {
      largest = Math.max(largest, NormOps_DDRM.normF(network.weight(l)));
    }
    return largest * largest;
  }

  /** ‖G‖² ≥ 2R wherever the hidden layers stretch; the least ratio of the truth is 1. */
  static Theorem gradient(double ratio) {
    return new Theorem(
        "zas-gradient",
        "gradient descent from ZAS at a stable rate: sum |G_l|_F^2 / 2R >= 1 at every update",
        "Wu, Wang & Ma 2019, (4.8), sharpened by the exact reduction (theory B.1, A.5)",
        EXAMPLE,
        10,
        ZeroAsymmetricTheorems::start,
        setting -> {
          double limit =
              Sharpness.ofLargest(setting.target().singularValues(), setting.depth())
                  .stableLearningRate();
          double rate = setting.learningRate().orElse(limit / 4);
          return List.of(
              startsZeroAsymmetric(setting),
              Facts.somethingToLearn(setting),
              Hypothesis.atMost(
                  String.format("eta < 2/K = %.6g", limit), rate, limit, 1e-9 * limit),
              Hypothesis.atLeast(
                  "the hidden layers' singular values stay at least 1 (least of s - 1)",
                  leastDeviation(setting, rate),
                  0,
                  0));
        },
        setting -> {
          Facts.requireSize(setting);
          double rate =
              setting
                  .learningRate()
                  .orElse(
                      Sharpness.ofLargest(setting.target().singularValues(), setting.depth())
                              .stableLearningRate()
                          / 4);
          return Measurement.atLeast(ratio, leastGradientRatio(setting, rate), 1e-6 * ratio);
        });
  }

  private static double leastDeviation(Setting setting, double rate) {
    ZeroAsymmetricModes modes = new ZeroAsymmetricModes(setting.target(), setting.depth());
    double least = 0;
    double startLoss = modes.loss();
    for (int t = 0; t < UPDATES && modes.loss() > 1e-12 * startLoss; t++) {
      modes.step(rate, 0);
      for (double deviation : modes.deviations()) {
        least = Double.isNaN(deviation) ? Double.NaN : Math.min(least, deviation);
      }
    }
    return least;
  }

  private static double leastGradientRatio(Setting setting, double rate) {
    ZeroAsymmetricModes modes = new ZeroAsymmetricModes(setting.target(), setting.depth());
    double startLoss = modes.loss();
    double least = Double.POSITIVE_INFINITY;
    long next = 0;
    for (int t = 0; t < UPDATES && modes.loss() > 1e-12 * startLoss; t++) {
      if (t == next) { // 0, 1, 2, 3, 5, 8, 12, …: the full matrices cost more than the steps
        LinearNetwork.Gradients gradients = modes.network().gradients(setting.target());
        least = Math.min(least, gradients.squaredNorm() / (2 * gradients.loss()));
        next = t + 1 + t / 2;
      }
      modes.step(rate, 0);
    }
    return least;
  }

  /** With η = 1 the first update learns everything. */
  static Theorem oneStep() {
    return new Theorem(
        "zas-one-step",
        "gradient descent from ZAS with eta = 1: R(1)/R(0) is 0 but for rounding, 1e-28",
        "derived from Wu, Wang & Ma 2019, (3.1) (theory B.1, consequence 3)",
        EXAMPLE,
        50,
        ZeroAsymmetricTheorems::start,
        setting ->
            List.of(
                startsZeroAsymmetric(setting),
                Facts.somethingToLearn(setting),
                Hypothesis.zero("eta = 1 (difference)", setting.learningRate().orElse(1) - 1)),
        setting -> {
          Facts.requireSize(setting);
          LinearNetwork.Gradients gradients = setting.start().gradients(setting.target());
          double loss = setting.start().step(gradients, 1).loss(setting.target());
          return Measurement.atMost(1e-28, loss / gradients.loss(), 0);
        });
  }

  /**
   * Below 2/K gradient descent returns to the minimum that the ZAS flow reaches.
   *
   * @param limit η K must be below; the truth is 2
   */
  static Theorem stableRate(double limit) {
    return new Theorem(
        "stable-rate",
        "below eta = 2/K the minimum of ZAS attracts: a small error along the sharpest direction does"
            + " not grow, its factor in a step is at most 1",
        "linear stability; K of the minimum derived in theory B.5",
        EXAMPLE,
        10,
        ZeroAsymmetricTheorems::start,
        setting -> {
          double product = rateTimesSharpness(setting, 0.5);
          return List.of(
              startsZeroAsymmetric(setting),
              Facts.somethingToLearn(setting),
              Hypothesis.atMost(
                  String.format("eta K < %.0f", limit), product, limit, 1e-9 * limit));
        },
        setting -> Measurement.atMost(1, growthAtMinimum(setting, 0.5), 1e-6));
  }

  /** Above 2/K it is driven away. */
  static Theorem unstableRate() {
    return new Theorem(
        "unstable-rate",
        "above eta = 2/K the minimum of ZAS repels: a small error along the sharpest direction grows,"
            + " its factor in a step is at least 1",
        "linear stability; K of the minimum derived in theory B.5",
        EXAMPLE,
        10,
        ZeroAsymmetricTheorems::start,
        setting ->
            List.of(
                startsZeroAsymmetric(setting),
                Facts.somethingToLearn(setting),
                Hypothesis.atLeast("eta K > 2", rateTimesSharpness(setting, 3), 2, 2e-9)),
        setting -> Measurement.atLeast(1, growthAtMinimum(setting, 3), 1e-6));
  }

  private static double rateTimesSharpness(Setting setting, double proposal) {
    double k = Sharpness.ofLargest(setting.target().singularValues(), setting.depth()).sharpness();
    return setting.learningRate().isPresent() ? setting.learningRate().getAsDouble() * k : proposal;
  }

  /** ‖E‖ after a step over ‖E‖ before, E ∝ ±u_1 v_1ᵀ small: central differences. */
  private static double growthAtMinimum(Setting setting, double proposal) {
    Facts.requireSize(setting);
    Target target = setting.target();
    double[] sigma = target.singularValues();
    double[] hidden = new double[sigma.length];
    double[] top = new double[sigma.length];
    for (int i = 0; i < sigma.length; i++) {
      Sharpness minimum = Sharpness.of(sigma[i], setting.depth());
      hidden[i] = setting.depth() == 1 ? 0 : minimum.top() * minimum.top() / (minimum.hidden() + 1);
      top[i] = minimum.top(); // s − 1 = p²/(s + 1) keeps the digits of s
    }
    DMatrixRMaj left = target.leftSingularVectors();
    DMatrixRMaj right = target.rightSingularVectors();
    List<LinearNetwork.Layer> layers = new ArrayList<>();
    LinearNetwork.Layer lower =
        new LinearNetwork.Layer(SingularValues.compose(right, hidden, right), true);
    for (int l = 1; l < setting.depth(); l++) {
      layers.add(lower);
    }
    layers.add(new LinearNetwork.Layer(SingularValues.compose(left, top, right), false));
    LinearNetwork minimum = new LinearNetwork(List.copyOf(layers));
    double k = Sharpness.of(sigma[0], setting.depth()).sharpness();
    double rate = setting.learningRate().orElse(proposal / k);
    double[] one = new double[sigma.length];
    one[0] = sigma[0];
    DMatrixRMaj shifted = target.matrix(); // towards Φ − σ_1 u_1 v_1ᵀ the gradient is sharpest
    CommonOps_DDRM.subtractEquals(shifted, SingularValues.compose(left, one, right));
    LinearNetwork.Gradients direction = minimum.gradients(Target.of("shifted", shifted));
    double h = 1e-6 / k;
    LinearNetwork up = minimum.step(direction, h);
    LinearNetwork down = minimum.step(direction, -h);
    DMatrixRMaj before = up.product();
    CommonOps_DDRM.subtractEquals(before, down.product());
    DMatrixRMaj after = up.step(up.gradients(target), rate).product();
    CommonOps_DDRM.subtractEquals(after, down.step(down.gradients(target), rate).product());
    return NormOps_DDRM.normF(after) / NormOps_DDRM.normF(before);
  }

  static LinearNetwork start(Target target, int depth) {
    return Initialization.zas().network(target, depth);
  }

  private static Hypothesis startsZeroAsymmetric(Setting setting) {
    return Hypothesis.zero(
        "the start is ZAS: W_l = I for l < L, W_L = 0 (largest difference)",
        Facts.distanceFromZeroAsymmetric(setting.start()));
  }

  private static Hypothesis twoLayers(Setting setting) {
    return Hypothesis.atLeast("L >= 2", setting.depth(), 2, 0);
  }
}
