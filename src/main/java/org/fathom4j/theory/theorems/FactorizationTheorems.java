package org.fathom4j.theory.theorems;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.DoubleUnaryOperator;
import org.ejml.dense.row.NormOps_DDRM;
import org.fathom4j.theory.bounds.GradientBound;
import org.fathom4j.theory.factorization.BalancedFactorization;
import org.fathom4j.theory.factorization.Factorization;
import org.fathom4j.theory.factorization.HardtMaFactorization;
import org.fathom4j.theory.linear.Initialization;
import org.fathom4j.theory.linear.InvalidProblemException;
import org.fathom4j.theory.linear.LinearNetwork;
import org.fathom4j.theory.linear.SingularValues;
import org.fathom4j.theory.linear.Target;

/**
 * What is proved of networks near the identity: that there are good ones for every target, and that
 * gradients do not vanish there.
 *
 * @see <a href="https://arxiv.org/abs/1611.04231">Hardt &amp; Ma 2017, Identity Matters in Deep
 *     Learning</a>
 */
final class FactorizationTheorems {

  private static final String PAPER = "Hardt & Ma, Identity matters in deep learning, 2017";

  private static final Target EXAMPLE = Target.parse("0.8,-1.3;1.1,0.6");

  /** ‖W_L ⋯ W_1 − Φ‖_F of factors, as a part of ‖Φ‖_F. */
  private static final double RECONSTRUCTION = 1e-9;

  private FactorizationTheorems() {}

  /**
   * Theorem 2.1.
   *
   * @param asPrinted whether to ask only for L ≥ 3γ, as the paper does; that does not suffice
   * @param factor of (4π + 3γ)/L; 1 is the theorem
   */
  static Theorem hardtMa(boolean asPrinted, double factor) {
    return factorization(
        "hardt-ma-factorization",
        "a target with det > 0 is a product of L matrices I + A_l: max |A_l|_2 <= (4 pi + 3 gamma)/L,"
            + " gamma = max |log sigma|",
        PAPER + ", theorem 2.1, for whole numbers of factors (theory A.6)",
        asPrinted ? "L >= 3 gamma" : "L >= gamma + 4.2",
        asPrinted ? HardtMaFactorization::leastDepthOfThePaper : HardtMaFactorization::leastDepth,
        HardtMaFactorization::of,
        factor);
  }

  /** The same of the balanced factors, with a smaller constant. */
  static Theorem balanced(double factor) {
    return factorization(
        "balanced-factorization",
        "a target with det > 0 is a balanced product of L matrices I + A_l: max |A_l|_2 <="
            + " 2 sin(pi/2L) + e^(gamma/L) - 1, gamma = max |log sigma|",
        "derived (theory A.6, D.4); factors of Bartlett, Helmbold & Long 2018",
        "gamma is finite",
        gamma -> 0,
        BalancedFactorization::of,
        factor);
  }

  private static Theorem factorization(
      String name,
      String statement,
      String source,
      String depthText,
      DoubleUnaryOperator leastDepth,
      BiFunction<Target, Integer, Factorization> construction,
      double factor) {
    return new Theorem(
        name,
        statement,
        source,
        EXAMPLE,
        20,
        (target, depth) -> Initialization.identity().network(target, depth),
        setting -> {
          Target target = setting.target();
          List<Hypothesis> hypotheses = new ArrayList<>();
          double error = Facts.spectralError(target);
          double least = Facts.leastSingularValue(target);
          hypotheses.add(
              Hypothesis.positive("Phi is invertible (least singular value)", least, error));
          if (hypotheses.get(0).holds()) {
            hypotheses.add(
                Hypothesis.positive("det Phi > 0 (sign)", Facts.determinantSign(target), 0));
            double gamma = Factorization.gamma(target.singularValues());
            hypotheses.add(
                Hypothesis.atLeast(
                    String.format("%s, gamma = %.6g", depthText, gamma),
                    setting.depth(),
                    leastDepth.applyAsDouble(gamma),
                    Facts.formulaError(setting.depth()) + 4 * error / least));
          }
          return hypotheses;
        },
        setting -> {
          Facts.requireSize(setting);
          Factorization found = construction.apply(setting.target(), setting.depth());
          double missed = found.reconstructionError() / setting.target().frobeniusNorm();
          if (!(missed <= RECONSTRUCTION)) {
            requireExactProduct(found.network());
          }
          // factors of another matrix are no factors, however near the identity
          double measured = missed <= RECONSTRUCTION ? found.maxNorm() : Double.POSITIVE_INFINITY;
          return Measurement.atMost(factor * found.bound(), measured, 1e-9 * found.bound());
        });
  }

  /** A nearly singular I + A has lost the digits of A, and so has the product. */
  private static void requireExactProduct(LinearNetwork network) {
    double noise = 0;
    for (int l = 1; l <= network.depth(); l++) {
      double[] values = SingularValues.of(network.weight(l)).values();
      noise += 16 * values.length * 0x1.0p-52 / values[values.length - 1];
    }
    if (!(noise <= RECONSTRUCTION)) {
      throw new InvalidProblemException(
          String.format(
              "The product of the factors is known to a part of %.2g only: too little to compare it"
                  + " with the target. Take a larger depth.",
              noise));
    }
  }

  /**
   * Theorem 2.2, equation (2.3).
   *
   * @param factor of L(1 − τ)^{2L−2} R; the theorem's, with R = ½‖P − Φ‖², is 2
   */
  static Theorem gradient(double factor) {
    return new Theorem(
        "hardt-ma-gradient",
        "near the identity, tau = max |W_l - I|_2 < 1, there are no critical points but minima:"
            + " sum |G_l|_F^2 >= 2 L (1 - tau)^(2L - 2) R",
        PAPER + ", theorem 2.2, equation (2.3)",
        EXAMPLE,
        5,
        (target, depth) -> Initialization.parse("near-identity:7:0.1").network(target, depth),
        setting -> {
          double tau = setting.start().largestDeviation();
          return List.of(
              Hypothesis.atMost(
                  "tau = max |W_l - I|_2 < 1", tau, 1, Facts.formulaError(1) * setting.dimension()),
              Facts.somethingToLearn(setting));
        },
        setting -> {
          Facts.requireSize(setting);
          GradientBound bound = GradientBound.of(setting.start(), setting.target());
          double rounding = gradientError(setting, bound.tau()) + 1e-12 * bound.bound();
          return Measurement.atLeast(bound.bound() / 2 * factor, bound.squaredNorm(), rounding);
        });
  }

  /**
   * A bound on the rounding error of Σ‖G_l‖²: every layer adds ε(1 + τ) to the product, beside its
   * own norm n_k; Σ_l (Π_{k≠l} n_k)² ‖E‖² · 2 Σ_k 16 d ε (1 + τ)/n_k.
   */
  private static double gradientError(Setting setting, double tau) {
    double logOfProduct = 0;
    double errors = 0;
    double inverseSquares = 0;
    for (int l = 1; l <= setting.depth(); l++) {
      double norm = NormOps_DDRM.inducedP2(setting.start().weight(l)); // at least 1 − τ > 0
      logOfProduct += Math.log(norm);
      errors += 16 * setting.dimension() * 0x1.0p-52 * (1 + tau) / norm;
      inverseSquares += 1 / (norm * norm);
    }
    return 4
        * setting.start().loss(setting.target())
        * Math.exp(2 * logOfProduct)
        * inverseSquares
        * errors;
  }
}
