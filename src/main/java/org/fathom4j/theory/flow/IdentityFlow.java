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
  private static final double UNLIMITED = Double.POSITIVE_INFINITY;

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
      double y = invert(time, UNLIMITED, this::timeOfDecay, this::speedOfDecay);
      return (Math.exp(-y) - re) / (1 - re);
    }
    Passage passage = new Passage();
    if (passage.isNarrow()) {
      return passage.remaining(time);
    }
    return remaining(1, time);
  }

  /** c at a time after it was {@code from}, where the way does not lead close by 0. */
  private double remaining(double from, double time) {
    DoubleUnaryOperator speed = q -> speed(from, q);
    DoubleUnaryOperator timeOf = q -> Quadrature.integral(x -> 1 / speed.applyAsDouble(x), q);
    return from * Math.exp(-invert(time, UNLIMITED, timeOf, speed));
  }

  /** dq/dt of q = −ln(c/from): L |u|^{2−2/L}, with u = c + λ(1 − c), which keeps its digits. */
  private double speed(double from, double q) {
    double done = 1 - from - from * Math.expm1(-q); // 1 − c
    double modulus = Math.hypot(from * Math.exp(-q) + re * done, im * done);
    return depth * Math.pow(modulus, 2 - 2.0 / depth);
  }

  /**
   * The way past 0 of an eigenvalue near the negative numbers: the flow nearly stops where |u| = δ
   * is least, and nearly all of the time goes by in a stretch of length δ.
   *
   * <pre>
   *   ℓ = |1 − λ|,   δ = |Im λ|/ℓ,   c* = ℓ^{−2}(Re λ (Re λ − 1) + Im λ²) where |u| = δ
   *   ℓ(c − c*) = δ sinh w,   |u| = δ cosh w
   *   dt = −(δ cosh w)^{2/L − 1} dw / (L (ℓc* + δ sinh w))                 without a peak
   * </pre>
   *
   * <p>That is followed from c = 1 to c = c* / 2; from there on ln c is the better measure.
   */
  private final class Passage {

    /** Passages wider than this, as a part of the way, are no trouble. */
    private static final double NARROW = 0.01;

    private final double length = Math.hypot(1 - re, im);
    private final double delta = Math.abs(im) / length;
    private final double foot = (re * (re - 1) + im * im) / (length * length);
    private final double start = asinh(length * (1 - foot) / delta);
    private final double end = asinh(-length * foot / 2 / delta);

    boolean isNarrow() {
      return im != 0 && re < 0 && delta < NARROW * Math.min(foot, 1 - foot) * length;
    }

    double remaining(double time) {
      double passed = timeTo(start - end);
      if (time > passed) {
        return IdentityFlow.this.remaining(foot / 2, time - passed);
      }
      double way = invert(time, start - end, this::timeTo, v -> speedAt(start - v));
      return foot + delta * Math.sinh(start - way) / length;
    }

    private double timeTo(double way) {
      return Quadrature.integral(v -> 1 / speedAt(start - v), way);
    }

    /** −dw/dt. */
    private double speedAt(double w) {
      return depth
          * (length * foot + delta * Math.sinh(w))
          * Math.pow(delta * Math.cosh(w), 1 - 2.0 / depth);
    }

    private static double asinh(double x) {
      double magnitude = Math.abs(x);
      return Math.copySign(Math.log(magnitude + Math.hypot(1, magnitude)), x); // not near 0 here
    }
  }

  /** dy/dt of y = −ln u, where u falls from 1 to 0: λ is negative. */
  private double speedOfDecay(double y) {
    return depth * Math.exp(-y * (1 - 2.0 / depth)) * (Math.exp(-y) - re);
  }

  private double timeOfDecay(double y) {
    return Quadrature.integral(x -> 1 / speedOfDecay(x), y);
  }

  /**
   * x(t) ≤ limit: safeguarded Newton's method on ln t(x), as t may grow like a power of x or like
   * e^x.
   */
  private static double invert(
      double time, double limit, DoubleUnaryOperator timeOf, DoubleUnaryOperator speed) {
    double low = 0;
    double high = Math.min(limit, Math.max(1e-300, speed.applyAsDouble(0) * time));
    while (high < limit && timeOf.applyAsDouble(high) < time) {
      low = high;
      high = Math.min(limit, 2 * high);
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
