package org.fathom4j.theory.modes;

/** The principal branch W_0 of Lambert's function: the w ≥ 0 with w e^w = x, for x ≥ 0. */
final class LambertW {

  private static final int MOST_STEPS = 50;

  private LambertW() {}

  /**
   * Newton's method on w + ln w = ln x, which is concave and increasing: it never overshoots twice.
   */
  static double of(double x) {
    if (!(x >= 0) || Double.isInfinite(x)) {
      throw new IllegalArgumentException("W_0 of " + x + "; it must be finite and not negative.");
    }
    if (x == 0) {
      return 0;
    }
    double logarithm = Math.log(x);
    double w = x < Math.E ? x / (1 + x) : logarithm - Math.log(logarithm);
    for (int i = 0; i < MOST_STEPS; i++) {
      double change = w * (logarithm - w - Math.log(w)) / (1 + w);
      w += Math.max(change, -0.9 * w);
      if (Math.abs(change) <= 1e-16 * w) {
        break;
      }
    }
    return w;
  }
}
