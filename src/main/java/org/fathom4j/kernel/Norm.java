package org.fathom4j.kernel;

import java.util.function.IntToDoubleFunction;

/** Euclidean norms that overflow only where an entry has. */
final class Norm {

  private Norm() {}

  /** The norm of two parts together, with the same care. */
  static double of(double one, double other) {
    double both = Math.hypot(one, other);
    boolean finite = Double.isFinite(one) && Double.isFinite(other);
    return finite ? Math.min(Double.MAX_VALUE, both) : both;
  }

  /**
   * √(Σ x_i²), i = 0…count-1, the entries divided by the largest first.
   *
   * @return infinite if an entry is, else NaN if an entry is; a norm of finite entries that is too
   *     large for a double is the largest double
   */
  static double of(int count, IntToDoubleFunction x) {
    double largest = 0;
    boolean isNaN = false;
    for (int i = 0; i < count; i++) {
      double size = Math.abs(x.applyAsDouble(i));
      isNaN |= Double.isNaN(size);
      largest = size > largest ? size : largest;
    }
    if (largest == 0 || Double.isInfinite(largest)) {
      return isNaN && largest == 0 ? Double.NaN : largest;
    }
    double sum = 0;
    for (int i = 0; i < count; i++) {
      double scaled = x.applyAsDouble(i) / largest;
      sum += scaled * scaled;
    }
    return Math.min(Double.MAX_VALUE, largest * Math.sqrt(sum));
  }
}
