package org.fathom4j.theory.modes;

import org.fathom4j.theory.linear.InvalidProblemException;
import org.fathom4j.theory.linear.LinearNetwork;

/**
 * The minimum that the ZAS flow reaches for one singular value σ, and how sharp it is there.
 *
 * <pre>
 *   p(1 + p²)^{(L−1)/2} = σ,   s² = 1 + p²                  the minimum: p of the top layer, s of others
 *   K(σ) = s^{2L−4} (s² + (L−1) p²)                         the top eigenvalue of the Hessian    (B.5)
 * </pre>
 *
 * <p>Gradient descent stays at the minimum only if η &lt; 2/K of the largest singular value. Above,
 * it may hit a small loss by accident, on a bounded chaotic orbit: such counts mean nothing.
 *
 * <p>At large depth, with w = W_0((L−1)σ²) of Lambert: (L−1)p² ~ w, K ~ (L−1)σ²(1 + 1/w). For σ →
 * 0, K → 1.
 *
 * @param sigma σ
 * @param depth L
 * @param top p
 * @param hidden s
 * @param sharpness K(σ)
 */
public record Sharpness(double sigma, int depth, double top, double hidden, double sharpness) {

  private static final int MOST_STEPS = 200;

  /**
   * The minimum of one singular value.
   *
   * @throws InvalidProblemException if σ is negative or the depth below 1
   */
  public static Sharpness of(double sigma, int depth) {
    requireSigma(sigma);
    LinearNetwork.requireDepth(depth);
    double p = sigma == 0 ? 0 : Math.exp(logOfTop(sigma, depth));
    double logOfSquare = Math.log1p(p * p); // ln s²
    double k =
        depth == 1 ? 1 : Math.exp((depth - 2) * logOfSquare) * (1 + p * p + (depth - 1) * p * p);
    return new Sharpness(sigma, depth, p, Math.exp(logOfSquare / 2), k);
  }

  /** The minimum of the largest of these singular values, which bounds the learning rate. */
  public static Sharpness ofLargest(double[] sigma, int depth) {
    double largest = 0;
    for (double value : sigma) {
      requireSigma(value);
      largest = Math.max(largest, value);
    }
    return of(largest, depth);
  }

  /** 2/K: below, gradient descent is stable at the minimum; above, it is not. */
  public double stableLearningRate() {
    return 2 / sharpness;
  }

  /** (L−1)σ²(1 + 1/w) = e^w (1 + w), what K becomes at large depth, if Lσ² is large. */
  public double atLargeDepth() {
    double w = LambertW.of((depth - 1) * sigma * sigma);
    return Math.exp(w) * (1 + w);
  }

  /**
   * √(π/2)/(σ√L): at large depth, Lσ² ≫ 1, the time that the flow takes to learn half of σ.
   *
   * @see org.fathom4j.theory.flow.ZeroAsymmetricFlow#timeOf
   */
  public double escapeTimeAtLargeDepth() {
    return Math.sqrt(Math.PI / 2) / (sigma * Math.sqrt(depth));
  }

  /**
   * ln p of the equation ln p + (L−1)/2 · ln(1 + p²) = ln σ, whose left side increases: Newton's
   * method, kept between bounds that close in.
   */
  private static double logOfTop(double sigma, int depth) {
    double half = (depth - 1) / 2.0;
    double logOfSigma = Math.log(sigma);
    double high = logOfSigma;
    double low = logOfSigma - half * Math.log1p(sigma * sigma);
    double x = depth == 1 ? logOfSigma : startOf(sigma, depth, low, high);
    for (int i = 0; i < MOST_STEPS; i++) {
      double square = Math.exp(2 * x);
      double value = x + half * Math.log1p(square) - logOfSigma;
      if (value == 0) {
        return x;
      }
      if (value > 0) {
        high = x;
      } else {
        low = x;
      }
      double next = x - value / (1 + (depth - 1) * square / (1 + square));
      if (!(next > low && next < high)) {
        next = low + (high - low) / 2;
      }
      if (Math.abs(next - x) <= 1e-16 * Math.max(1, Math.abs(x)) || next == low || next == high) {
        return next;
      }
      x = next;
    }
    return x;
  }

  /** Lambert's value for large depth, which is near at every depth. */
  private static double startOf(double sigma, int depth, double low, double high) {
    double w = LambertW.of((depth - 1) * sigma * sigma);
    double guess = w == 0 ? high : Math.log(w / (depth - 1)) / 2;
    return Math.min(Math.max(guess, low), high);
  }

  private static void requireSigma(double sigma) {
    if (!(sigma >= 0) || Double.isInfinite(sigma)) {
      throw new InvalidProblemException(
          "A singular value is " + sigma + "; singular values are finite and not negative.");
    }
  }
}
