package org.fathom4j.theory.flow;

import org.fathom4j.theory.linear.InvalidProblemException;
import org.fathom4j.theory.linear.LinearNetwork;
import org.fathom4j.theory.modes.Sharpness;

/**
 * The gradient flow of ZAS in closed form, one singular value σ at a time: u(t) of the product,
 * from 0 to σ.
 *
 * <pre>
 *   p = sinh x,  s = cosh x  (s² − p² = 1 is conserved),   u = p s^{L−1}
 *   x' = s^{L−2} (σ − u)                                                             (B.4)
 *   with u = σ(1 − e^{−q}):   dt/dq = 1/K(u)                    K the sharpness where u is learnt (B.5)
 *
 *   L = 1:  u = σ(1 − e^{−t})
 *   L = 2:  w = tanh x = 2σ T/(b + T),  T = tanh(bt/2),  b = √(1 + 4σ²),   u = w/(1 − w²)
 * </pre>
 *
 * <p>At other depths t(q) is an integral without singularities, and u(t) its inverse. As K ≥ 1, q ≥
 * t: R falls at least like e^{−2t}, which is theorem 4.1.
 *
 * @param sigma σ &gt; 0
 * @param depth L
 * @see <a href="https://arxiv.org/abs/1911.00645">Wu, Wang &amp; Ma 2019, theorem 4.1</a>
 */
public record ZeroAsymmetricFlow(double sigma, int depth) {

  private static final int MOST_STEPS = 100;

  public ZeroAsymmetricFlow {
    if (!(sigma > 0) || Double.isInfinite(sigma)) {
      throw new InvalidProblemException(
          "The flow of a singular value "
              + sigma
              + " is asked for; it must be positive and finite.");
    }
    LinearNetwork.requireDepth(depth);
  }

  /** u(t), the singular value of the product. */
  public double value(double time) {
    requireTime(time);
    if (depth == 1) {
      return -sigma * Math.expm1(-time);
    }
    if (depth == 2) {
      return valueAtDepthTwo(time);
    }
    return -sigma * Math.expm1(-progress(time));
  }

  /** ½(u(t) − σ)², this mode's part of the loss. */
  public double loss(double time) {
    double error = depth <= 2 ? sigma - value(time) : sigma * Math.exp(-progress(time));
    return error * error / 2;
  }

  /**
   * The time at which u = value.
   *
   * @param value from 0 up to, but not including, σ
   */
  public double timeOf(double value) {
    if (!(value >= 0 && value < sigma)) {
      throw new InvalidProblemException(
          "The flow is never at " + value + ": it goes from 0 towards " + sigma + ".");
    }
    return timeOfProgress(-Math.log1p(-value / sigma));
  }

  /** tanh x solves w' = σ − w − σw². */
  private double valueAtDepthTwo(double time) {
    double b = Math.hypot(1, 2 * sigma);
    double tanh = Math.tanh(b * time / 2);
    double w = 2 * sigma * tanh / (b + tanh);
    return w / ((1 - w) * (1 + w));
  }

  /** q(t): safeguarded Newton's method on t(q), whose slope 1/K is known. */
  private double progress(double time) {
    if (time == 0) {
      return 0;
    }
    double low = time; // K ≥ 1
    double high = time * Sharpness.of(sigma, depth).sharpness(); // K increases
    double q = low;
    for (int i = 0; i < MOST_STEPS && high - low > 1e-15 * high; i++) {
      double excess = timeOfProgress(q) - time;
      if (excess > 0) {
        high = q;
      } else {
        low = q;
      }
      double k = sharpnessAt(q);
      double next = q - excess * k;
      if (!(next > low && next < high)) {
        next = low + (high - low) / 2;
      }
      if (Math.abs(next - q) <= 1e-15 * q) {
        return next;
      }
      q = next;
    }
    return q;
  }

  /** t(q), integrated over w = asinh(q σ √L): K begins to grow near q = 1/(σ√L). */
  private double timeOfProgress(double q) {
    double scale = Math.max(1, sigma * Math.sqrt(depth));
    double end = Math.log(scale * q + Math.hypot(1, scale * q));
    if (scale * q < 1e-4) { // the logarithm would lose the digits of q
      end = scale * q;
      end -= end * end * end / 6;
    }
    return Quadrature.integral(
        w -> Math.cosh(w) / (scale * sharpnessAt(Math.sinh(w) / scale)), end);
  }

  private double sharpnessAt(double q) {
    return Sharpness.of(-sigma * Math.expm1(-q), depth).sharpness();
  }

  static void requireTime(double time) {
    if (!(time >= 0) || Double.isInfinite(time)) {
      throw new InvalidProblemException(
          "The time is " + time + "; it must be finite and not negative.");
    }
  }
}
