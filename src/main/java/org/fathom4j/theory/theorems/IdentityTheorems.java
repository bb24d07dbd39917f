package org.fathom4j.theory.theorems;

import java.util.ArrayList;
import java.util.List;
import org.fathom4j.theory.bounds.NearIdentityBound;
import org.fathom4j.theory.bounds.PositiveDefiniteBound;
import org.fathom4j.theory.descent.Descent;
import org.fathom4j.theory.descent.DescentLoop;
import org.fathom4j.theory.descent.DescentSpec;
import org.fathom4j.theory.descent.Status;
import org.fathom4j.theory.descent.Trajectory;
import org.fathom4j.theory.descent.TrajectoryPoint;
import org.fathom4j.theory.linear.Initialization;
import org.fathom4j.theory.linear.LinearNetwork;
import org.fathom4j.theory.linear.Target;
import org.fathom4j.theory.projection.PowerProjection;
import org.fathom4j.theory.projection.StepAndProjectModes;

/**
 * What is proved of starts at the identity, W_l = I.
 *
 * @see <a href="https://arxiv.org/abs/1802.06093">Bartlett, Helmbold &amp; Long 2018</a>
 */
final class IdentityTheorems {

  private static final String PAPER =
      "Bartlett, Helmbold & Long, Gradient descent with identity initialization efficiently learns"
          + " positive definite linear transformations, 2018";

  /** The loss that counts as learnt. */
  private static final double LEARNT = 1e-10;

  private static final long MOST_UPDATES = 2_000_000;

  /** Proposed rates are this part of the largest that is proved. */
  private static final double INSIDE = 0.99;

  private IdentityTheorems() {}

  /**
   * Targets near the identity, the loss.
   *
   * @param factor of e^{−2/3} in the rate; 1 is the theorem
   */
  static Theorem nearIdentityLoss(double factor) {
    return new Theorem(
        "near-identity-loss",
        "gradient flow from the identity to |Phi - I|_F <= 1/(3e): R(t) <= e^(-2 L e^(-2/3) t) R(0);"
            + " the slowest rate -ln(R(t)/R(0))/t is at least 2 L e^(-2/3)",
        PAPER + ", theorem on targets near the identity, with constants of theory A.7 (A.6)",
        Target.parse("1.05,0.03;-0.04,0.96"),
        8,
        IdentityTheorems::start,
        IdentityTheorems::nearIdentity,
        setting -> {
          double bound = factor * 2 * setting.depth() * Math.exp(-2.0 / 3);
          return FlowMeasurement.rateAtLeast(bound, setting, 20);
        });
  }

  /**
   * Targets near the identity, the layers.
   *
   * @param displacement of L max ‖W_l − I‖; the theorem's is 1/3
   */
  static Theorem nearIdentityLayers(double displacement) {
    return new Theorem(
        "near-identity-layers",
        "gradient flow from the identity to |Phi - I|_F <= 1/(3e): L max |W_l(t) - I|_2 <= 1/3",
        PAPER + ", theorem on targets near the identity, with constants of theory A.7 (A.6)",
        Target.parse("1.05,0.03;-0.04,0.96"),
        8,
        IdentityTheorems::start,
        IdentityTheorems::nearIdentity,
        setting ->
            Measurement.atMost(
                displacement,
                setting.depth()
                    * FlowMeasurement.largest(setting, 20, LinearNetwork::largestDeviation),
                FlowMeasurement.PRECISION * displacement));
  }

  private static List<Hypothesis> nearIdentity(Setting setting) {
    double distance = NearIdentityBound.of(setting.target(), setting.depth()).distance();
    return List.of(
        startsAtIdentity(setting),
        Facts.somethingToLearn(setting),
        Hypothesis.atMost(
            String.format("|Phi - I|_F <= 1/(3e) = %.6f", NearIdentityBound.LARGEST_DISTANCE),
            distance,
            NearIdentityBound.LARGEST_DISTANCE,
            Facts.formulaError(distance) * setting.dimension()));
  }

  /**
   * Positive definite targets.
   *
   * @param factor of κ ln(…) in the bound; the theorem's is 3/2
   */
  static Theorem positiveDefinite(double factor) {
    return new Theorem(
        "positive-definite",
        "gradient descent from the identity to a symmetric positive definite target: R <= 1e-10 after"
            + " at most 3/2 kappa ln(|Phi - I|_F / sqrt(2e-10)) updates, rounded up",
        PAPER + ", theorem on positive definite targets, with constants of theory A.7 (A.7)",
        Target.diagonal(0.2, 0.7, 3),
        10,
        IdentityTheorems::start,
        IdentityTheorems::positiveDefinite,
        setting -> {
          PositiveDefiniteBound bound = PositiveDefiniteBound.of(setting.target(), setting.depth());
          double rate = setting.learningRate().orElse(INSIDE * bound.largestLearningRate());
          double updates = Math.ceil(bound.iterations(rate, LEARNT) / 1.5 * factor);
          Trajectory trajectory =
              DescentLoop.run(
                  modes(setting), DescentSpec.withRate(rate, (long) updates + 1).until(LEARNT));
          // one more than allowed was run: a count there means that the bound was not met
          double count = trajectory.status() == Status.CONVERGED ? trajectory.end() : updates + 1;
          return Measurement.atMost(updates, count, 0);
        });
  }

  private static List<Hypothesis> positiveDefinite(Setting setting) {
    List<Hypothesis> hypotheses = new ArrayList<>(symmetricFromIdentity(setting));
    if (!allHold(hypotheses)) {
      return hypotheses;
    }
    Target target = setting.target();
    double[] range = Facts.eigenvalueRange(target);
    hypotheses.add(
        Hypothesis.positive(
            "the least eigenvalue of Phi is positive", range[0], Facts.spectralError(target)));
    if (!allHold(hypotheses)) {
      return hypotheses;
    }
    PositiveDefiniteBound bound = PositiveDefiniteBound.of(target, setting.depth());
    double limit = bound.largestLearningRate();
    double rate = setting.learningRate().orElse(INSIDE * limit);
    hypotheses.add(
        Hypothesis.atMost(
            String.format("eta <= 1/max{2L - 1, L max(1, lambda_max)^(2 - 2/L)} = %.6g", limit),
            rate,
            limit,
            Facts.formulaError(limit)
                + 2 * limit * Facts.spectralError(target) / Math.max(1, range[1])));
    hypotheses.add(
        Hypothesis.atMost(
            String.format("the bound can be run: at most %d updates", MOST_UPDATES),
            bound.iterations(rate, LEARNT),
            MOST_UPDATES,
            1));
    double noise = 8 * setting.depth() * 0x1.0p-52 * Math.max(1, range[1]);
    hypotheses.add(
        Hypothesis.atMost(
            "the rounding of R is below 1e-11",
            setting.dimension() * noise * noise,
            LEARNT / 10,
            0));
    return hypotheses;
  }

  /**
   * Negative eigenvalues are not learnt.
   *
   * @param checksSign whether to ask for even depth or small steps; without, it is false
   */
  static Theorem negativeEigenvalue(boolean checksSign) {
    return new Theorem(
        "negative-eigenvalue",
        "gradient descent from the identity to a symmetric target: R(t) >= 1/2 sum of lambda^2 over"
            + " negative eigenvalues lambda, for ever; the least R of 5,000 updates",
        PAPER + ", theorem on negative eigenvalues, with the conditions of theory D.2",
        Target.diagonal(2, 1, -0.7),
        4,
        IdentityTheorems::start,
        setting -> {
          List<Hypothesis> hypotheses = new ArrayList<>(symmetricFromIdentity(setting));
          if (!allHold(hypotheses)) {
            return hypotheses;
          }
          double least = Facts.eigenvalueRange(setting.target())[0];
          hypotheses.add(
              Hypothesis.positive(
                  "Phi has a negative eigenvalue (minus the least)",
                  -least,
                  Facts.spectralError(setting.target())));
          hypotheses.add(Hypothesis.atLeast("L >= 2", setting.depth(), 2, 0));
          double step = descentRate(setting) * (1 + Math.abs(least));
          if (checksSign && setting.depth() % 2 != 0) {
            hypotheses.add(
                Hypothesis.atMost(
                    "L is odd, but eta (1 + |lambda_min|) <= 1: no eigenvalue jumps across 0",
                    step,
                    1,
                    Facts.formulaError(step)
                        + descentRate(setting) * Facts.spectralError(setting.target())));
          } else if (checksSign) {
            hypotheses.add(new Hypothesis("L is even", true, setting.depth()));
          }
          return hypotheses;
        },
        setting -> {
          Descent modes = modes(setting);
          double rate = descentRate(setting);
          double startLoss = modes.loss();
          double least = startLoss;
          for (int t = 0; t < 5000 && !Status.isBlownUp(modes.loss(), startLoss); t++) {
            least = Math.min(least, modes.loss());
            modes.step(rate, 0);
          }
          double floor = Facts.lossOfNegativeEigenvalues(setting.target());
          double rounding =
              1e-12 * floor + 2 * Math.sqrt(2 * floor) * Facts.spectralError(setting.target());
          return Measurement.atLeast(floor, least, rounding);
        });
  }

  private static double descentRate(Setting setting) {
    double norm = setting.target().singularValues()[0];
    return setting
        .learningRate()
        .orElse(0.5 / (setting.depth() * Math.pow(Math.max(1, norm), 2 - 2.0 / setting.depth())));
  }

  /**
   * The power projection algorithm contracts.
   *
   * @param checksMargin whether to ask that the target's margin is at least γ; without, it is false
   */
  static Theorem powerProjection(boolean checksMargin) {
    return new Theorem(
        "power-projection",
        "power projection from W_l = gamma^(1/L) I to a target with u^T Phi u >= gamma:"
            + " R(t+1) <= (1 - eta L gamma^(2 - 2/L)) R(t); the largest ratio of both sides, at most"
            + " 1, of 200 updates",
        PAPER + ", power projection; steps and constants of theory D.3",
        Target.rotation(80, 1),
        8,
        (target, depth) -> {
          double margin = PowerProjection.margin(target);
          double gamma = margin > 0 ? margin / 2 : 0.1;
          double root = Math.exp(Math.log(gamma) / depth);
          return new Initialization.ScaledIdentity(root).network(target, depth);
        },
        setting -> {
          List<Hypothesis> hypotheses = new ArrayList<>();
          double scale = Facts.commonScale(setting.start());
          double gamma = Math.pow(scale, setting.depth());
          double error = gamma * setting.depth() * 1e-15;
          hypotheses.add(
              Hypothesis.positive("the start is W_l = gamma^(1/L) I, gamma > 0", scale, 0));
          hypotheses.add(Hypothesis.positive("gamma^(1/L) has not underflowed", gamma, 1e-300));
          if (checksMargin) {
            hypotheses.add(
                Hypothesis.atLeast(
                    String.format("min u^T Phi u >= gamma = %.6g", gamma),
                    PowerProjection.margin(setting.target()),
                    gamma,
                    error + Facts.spectralError(setting.target())));
          }
          if (allHold(hypotheses)) {
            hypotheses.add(
                Hypothesis.atMost(
                    "eta <= 1/(A.4) along every step (largest eta times the curvature)",
                    projectionRun(setting, gamma)[0],
                    1,
                    0));
            hypotheses.add(Facts.somethingToLearn(setting));
          }
          return hypotheses;
        },
        setting -> {
          double gamma = Math.pow(Facts.commonScale(setting.start()), setting.depth());
          return Measurement.atMost(1, projectionRun(setting, gamma)[1], 1e-6);
        });
  }

  /** The largest η over the safe rate, and the largest R(t+1)/((1 − ηLγ^{2−2/L}) R(t)). */
  private static double[] projectionRun(Setting setting, double gamma) {
    Facts.requireSize(setting);
    PowerProjection descent = new PowerProjection(setting.target(), setting.depth(), gamma);
    double startLoss = descent.loss();
    double enough = 1e-12 * setting.target().frobeniusNorm() * setting.target().frobeniusNorm();
    double rounding = 1e-12 * enough;
    double excess = 0;
    double ratio = 0;
    for (int t = 0; t < 200 && descent.loss() > enough; t++) {
      double safe = descent.safeLearningRate();
      double rate = setting.learningRate().orElse(safe);
      excess = Math.max(excess, rate / safe);
      double contraction = PowerProjection.contraction(rate, setting.depth(), gamma);
      double before = descent.loss();
      descent.step(rate, 0);
      // at depth 1 one step of the safe rate learns everything: both sides are 0 but for rounding
      ratio = Math.max(ratio, descent.loss() / (contraction * before + rounding));
      if (Status.isBlownUp(descent.loss(), startLoss) || excess > 1) {
        break;
      }
    }
    return new double[] {excess, ratio};
  }

  /**
   * Normal targets without negative eigenvalues are learnt by the flow.
   *
   * @param factor of the exponent δ's rate; 1 is the theorem
   */
  static Theorem normalConvergence(double factor) {
    return new Theorem(
        "normal-convergence",
        "gradient flow from the identity to a normal target without eigenvalues in (-inf, 0]: R(t) <="
            + " e^(-2 L delta^(2 - 2/L) t) R(0), delta = min |segment from 1 to an eigenvalue|; the"
            + " slowest rate -ln(R(t)/R(0))/t is at least 2 L delta^(2 - 2/L)",
        "derived (theory B.3, B.4); sharpens " + PAPER,
        Target.rotation(120, 1),
        6,
        IdentityTheorems::start,
        setting -> {
          List<Hypothesis> hypotheses = new ArrayList<>(normalFromIdentity(setting));
          if (allHold(hypotheses)) {
            hypotheses.add(
                Hypothesis.positive(
                    "delta > 0: no eigenvalue of Phi is negative or 0",
                    Facts.leastModulusOnTheWay(setting.target()),
                    Facts.spectralError(setting.target())));
          }
          return hypotheses;
        },
        setting -> {
          double delta = Facts.leastModulusOnTheWay(setting.target());
          int depth = setting.depth();
          double bound = factor * 2 * depth * Math.pow(delta, 2 - 2.0 / depth);
          return FlowMeasurement.rateAtLeast(bound, setting, 20);
        });
  }

  /**
   * Normal targets with negative eigenvalues are not.
   *
   * @param factor of the floor; 1 is the theorem
   */
  static Theorem normalSaddle(double factor) {
    return new Theorem(
        "normal-saddle",
        "gradient flow from the identity to a normal target: R(t) >= 1/2 sum of lambda^2 over"
            + " negative eigenvalues lambda; the least R up to time 5",
        "derived (theory B.3); sharpens " + PAPER,
        Target.diagonal(2, -0.7),
        4,
        IdentityTheorems::start,
        setting -> {
          List<Hypothesis> hypotheses = new ArrayList<>(normalFromIdentity(setting));
          if (allHold(hypotheses)) {
            hypotheses.add(Hypothesis.atLeast("L >= 2", setting.depth(), 2, 0));
            hypotheses.add(
                Hypothesis.positive(
                    "Phi has a negative eigenvalue that is certainly real (1/2 sum of squares)",
                    lossOfRealNegative(setting.target()),
                    0));
          }
          return hypotheses;
        },
        setting -> {
          double floor = factor * lossOfRealNegative(setting.target());
          double least =
              FlowMeasurement.points(setting, 5).stream()
                  .mapToDouble(TrajectoryPoint::loss)
                  .min()
                  .orElseThrow();
          return Measurement.atLeast(
              floor, least, least * FlowMeasurement.relativeError(setting, least));
        });
  }

  /**
   * ½ Σ λ² over the eigenvalues that are certainly real and negative. Of a matrix that is not
   * symmetric these stand alone: a close pair might be complex.
   */
  private static double lossOfRealNegative(Target target) {
    if (Facts.asymmetry(target) == 0) {
      return Facts.lossOfNegativeEigenvalues(target);
    }
    double error = Facts.spectralError(target);
    List<double[]> eigenvalues = Facts.eigenvalues(target);
    double sum = 0;
    for (int i = 0; i < eigenvalues.size(); i++) {
      double[] value = eigenvalues.get(i);
      boolean alone = value[1] == 0 && value[0] < -error;
      for (int k = 0; k < eigenvalues.size(); k++) {
        double[] other = eigenvalues.get(k);
        alone &= k == i || Math.hypot(value[0] - other[0], value[1] - other[1]) > 2 * error;
      }
      sum += alone ? value[0] * value[0] / 2 : 0;
    }
    return sum;
  }

  private static LinearNetwork start(Target target, int depth) {
    return Initialization.identity().network(target, depth);
  }

  private static Descent modes(Setting setting) {
    return new StepAndProjectModes(setting.target(), setting.depth(), Double.POSITIVE_INFINITY);
  }

  private static List<Hypothesis> symmetricFromIdentity(Setting setting) {
    return List.of(
        startsAtIdentity(setting),
        Hypothesis.zero(
            "Phi is symmetric (largest difference)", Facts.asymmetry(setting.target())));
  }

  private static List<Hypothesis> normalFromIdentity(Setting setting) {
    return List.of(
        startsAtIdentity(setting),
        Facts.somethingToLearn(setting),
        Hypothesis.zero(
            "Phi is normal, exactly (largest entry of Phi Phi^T - Phi^T Phi)",
            Facts.commutator(setting.target())));
  }

  private static Hypothesis startsAtIdentity(Setting setting) {
    return Hypothesis.zero(
        "the start is the identity (largest difference)",
        Facts.distanceFromIdentity(setting.start()));
  }

  private static boolean allHold(List<Hypothesis> hypotheses) {
    return hypotheses.stream().allMatch(Hypothesis::holds);
  }
}
