package org.fathom4j.init;

import java.math.BigDecimal;

/** Numbers as written in options and formulas: 2, 0.1, 1e-6. */
final class Numbers {

  private static final double LARGEST_PLAIN_INTEGER = 1e6;

  private Numbers() {}

  /** The shortest text that {@link #parse} reads back to the same value. */
  static String text(double value) {
    if (value == Math.rint(value) && Math.abs(value) <= LARGEST_PLAIN_INTEGER) {
      return Long.toString((long) value);
    }
    return Double.toString(value).replace(".0E", "e").replace('E', 'e');
  }

  /**
   * Reads a decimal number; unlike {@link Double#parseDouble} no NaN, infinity, hexadecimal form or
   * type suffix.
   *
   * @throws NumberFormatException if the text is no decimal number
   */
  static double parse(String text) {
    return new BigDecimal(text).doubleValue();
  }

  /** Refuses what is no positive number, naming the option. */
  static double requirePositive(String option, double value) {
    if (!(value > 0) || Double.isInfinite(value)) {
      throw new IllegalArgumentException(
          option + " must be positive and finite, not " + text(value) + ".");
    }
    return value;
  }

  /** Refuses what is no positive number and not zero, naming the option. */
  static double requireNonNegative(String option, double value) {
    if (!(value >= 0) || Double.isInfinite(value)) {
      throw new IllegalArgumentException(
          option + " must be zero or positive, and finite, not " + text(value) + ".");
    }
    return value;
  }
}
