package org.fathom4j.theory.flow;

import java.util.function.DoubleUnaryOperator;
import org.hipparchus.analysis.integration.gauss.GaussIntegrator;
import org.hipparchus.analysis.integration.gauss.GaussIntegratorFactory;

/**
 * Integrals of smooth, positive functions: an interval is halved until 15 points of Gauss on it and
 * on its halves agree. The halves are then some 2^30 times nearer to the truth than the agreement
 * tells.
 */
final class Quadrature {

  private static final int POINTS = 15;

  /** Agreement asked for, as a part of the whole integral: far above the rounding of f. */
  private static final double AGREEMENT = 1e-11;

  private static final int MOST_HALVINGS = 25;

  private static final GaussIntegrator RULE = new GaussIntegratorFactory().legendre(POINTS, -1, 1);

  private Quadrature() {}

  /** ∫ f from 0 to {@code end}. */
  static double integral(DoubleUnaryOperator f, double end) {
    double whole = rule(f, 0, end);
    return integral(f, 0, end, whole, AGREEMENT * Math.abs(whole), MOST_HALVINGS);
  }

  private static double integral(
      DoubleUnaryOperator f,
      double low,
      double high,
      double whole,
      double agreement,
      int halvings) {
    double middle = low + (high - low) / 2;
    double left = rule(f, low, middle);
    double right = rule(f, middle, high);
    double sum = left + right;
    // "Not farther apart" also ends where f is NaN or infinite.
    if (!(Math.abs(sum - whole) > Math.max(agreement, AGREEMENT * Math.abs(sum)))
        || halvings == 0) {
      return sum;
    }
    return integral(f, low, middle, left, agreement, halvings - 1)
        + integral(f, middle, high, right, agreement, halvings - 1);
  }

  private static double rule(DoubleUnaryOperator f, double low, double high) {
    double half = (high - low) / 2;
    double middle = low + half;
    return half * RULE.integrate(x -> f.applyAsDouble(middle + half * x));
  }
}
