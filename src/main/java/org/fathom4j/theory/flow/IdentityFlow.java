package org.fathom4j.theory.flow;

import java.util.function.DoubleUnaryOperator;
import org.fathom4j.theory.linear.InvalidProblemException;
import org.fathom4j.theory.linear.LinearNetwork;

/**
 * The gradient flow from the identity in closed form, one eigenvalue λ of a normal target at a
 * time: u = θ^L moves on the straight segment from 1 towards λ.
 *
 * <pre>
 *   u = λ + (1 − λ)c,   c' = −L |u|^{2−2/L} c,   c(0) = 1                                (B.4)
 *   L = 1:  c = e^{−t}         L = 2, λ real:  u = λ/(1 + (λ − 1)e^{−2λt}),  λ = 0: u = 1/(1 + 2t)
 * </pre>
 *
 * <p>It converges to λ unless λ is a negative number: then it stops at u = 0, a saddle, with R =
 * λ²/2 (L ≥ 2). Of λ = 0 it comes near like a power of t.
 *
 * @param re real part of λ
 * @param im imaginary part of λ
 * @param depth L
 * @see <a href="https://arxiv.org/abs/1802.06093">Bartlett, Helmbold &amp; Long 2018</a>
 */
public record IdentityFlow(double re, double im, int depth) {

  private static final int MOST_STEPS = 60;

  public IdentityFlow {
    if (!Double.isFinite(re) || !Double.isFinite(im)) {
      throw new InvalidProblemException(
          "The flow of an eigenvalue " + re + " + " + im + "i is asked for; it must be finite.");
    }
    LinearNetwork.requireDepth(depth);
  }

  /** u(t), {real, imaginary}. */
  public double[] value(double time) {
    double c = remaining(time);
    return new double[] {re + (1 - re) * c, im - im * c};
  }

  /** ½|u(t) − λ|²: of a conjugate pair, half of its part of the loss. */
  public double loss(double time) {
    double c = remaining(time);
    return ((1 - re) * (1 - re) + im * im) * c * c / 2;
  }

  /** min |u| over all times, the distance of 0 from the segment between 1 and λ. */
  public double leastModulus() {
    double lengthSquared = (1 - re) * (1 - re) + im * im;
    if (lengthSquared == 0) {
      return 1;
    }
    double along = Math.min(1, Math.max(0, (1 - re) / lengthSquared)); // from 1 towards λ
    return Math.hypot(1 - along * (1 - re), along * im);
  }

  /** c(t), the part of the way from 1 to λ that is left. */
  public double remaining(double time) {
    ZeroAsymmetricFlow.requireTime(time);
    if (depth == 1) {
      return Math.exp(-time);
    }
    if (time == 0 || (re == 1 && im == 0)) {
      return Math.exp(-depth * time); // of λ = 1 there is no way, and u stays 1
    }
    if (im == 0 && depth == 2) {
      // u − λ = λ(1 − λ)e^{−2λt} / (1 + (λ − 1)e^{−2λt}), without overflow for λ < 0
      return re == 0
          ? 1 / (1 + 2 * time)
          : re > 0
              ? re * Math.exp(-2 * re * time) / (1 + (re - 1) * Math.exp(-2 * re * time))
              : re / (Math.exp(2 * re * time) + re - 1);
    }
    if (im == 0 && re < 0) {
      return (Math.exp(-invert(time, this::timeOfDecay, this::speedOfDecay)) - re) / (1 - re);
    }
    return Math.exp(-invert(time, this::timeOfProgress, this::speedOfProgress));
  }

  /** dq/dt of q = −ln c. */
  private double speedOfProgress(double q) {
    double c = Math.exp(-q);
    double modulus = Math.hypot(re + (1 - re) * c, im - im * c);
    return depth * Math.pow(modulus, 2 - 2.0 / depth);
  }

  private double timeOfProgress(double q) {
    return Quadrature.integral(x -> 1 / speedOfProgress(x), q);
  }

  /** dy/dt of y = −ln u, where u falls from 1 to 0: λ is negative. */
  private double speedOfDecay(double y) {
    return depth * Math.exp(-y * (1 - 2.0 / depth)) * (Math.exp(-y) - re);
  }

  private double timeOfDecay(double y) {
    return Quadrature.integral(x -> 1 / speedOfDecay(x), y);
  }

  /** x(t): safeguarded Newton's method on ln t(x), as t may grow like a power of x or like e^x. */
  private static double invert(double time, DoubleUnaryOperator timeOf, DoubleUnaryOperator speed) {
    double low = 0;
    double high = Math.max(1e-300, speed.applyAsDouble(0) * time);
    while (timeOf.applyAsDouble(high) < time) {
      low = high;
      high *= 2;
    }
    double x = low + (high - low) / 2;
    for (int i = 0; i < MOST_STEPS && high - low > 1e-15 * high; i++) {
      double reached = timeOf.applyAsDouble(x);
      if (!(reached <= time)) { // beyond the time, or beyond what a double holds
        high = x;
      } else {
        low = x;
      }
      double next = x - Math.log(reached / time) * reached * speed.applyAsDouble(x);
      if (!(next > low && next < high)) {
        next = low + (high - low) / 2;
      }
      if (Math.abs(next - x) <= 1e-15 * x) {
        return next;
      }
      x = next;
    }
    return x;
  }
}
