package org.fathom4j.theory.flow;

import java.util.function.DoubleUnaryOperator;
import org.fathom4j.theory.linear.InvalidProblemException;
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

  /** Halvings of a smooth function with peaks are some hundreds; of noise there is no end. */
  private static final int MOST_HALVINGS = 20_000;

  private static final GaussIntegrator RULE = new GaussIntegratorFactory().legendre(POINTS, -1, 1);

  private final DoubleUnaryOperator f;
  private final double agreement; // absolute
  private int halvings;

  private Quadrature(DoubleUnaryOperator f, double agreement) {
    this.f = f;
    this.agreement = agreement;
  }

  /**
   * ∫ f from 0 to {@code end}; not finite if f is not.
   *
   * @throws InvalidProblemException if f is so rough that it does not settle
   */
  static double integral(DoubleUnaryOperator f, double end) {
    double whole = rule(f, 0, end);
    return new Quadrature(f, AGREEMENT * Math.abs(whole)).integral(0, end, whole);
  }

  private double integral(double low, double high, double whole) {
    double middle = low + (high - low) / 2;
    double left = rule(f, low, middle);
    double right = rule(f, middle, high);
    double sum = left + right;
    // "Not farther apart" also ends where f is NaN or infinite.
    if (!(Math.abs(sum - whole) > Math.max(agreement, AGREEMENT * Math.abs(sum)))) {
      return sum;
    }
    if (++halvings > MOST_HALVINGS || middle == low || middle == high) {
      throw new InvalidProblemException(
          String.format(
              "An integral of the flow does not settle near %s: %s on the whole of an interval, %s on"
                  + " its halves.",
              middle, whole, sum));
    }
    return integral(low, middle, left) + integral(middle, high, right);
  }

  private static double rule(DoubleUnaryOperator f, double low, double high) {
    double half = (high - low) / 2;
    double middle = low + half;
    return half * RULE.integrate(x -> f.applyAsDouble(middle + half * x));
  }
}
