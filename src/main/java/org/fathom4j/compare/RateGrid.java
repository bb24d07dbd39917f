package org.fathom4j.compare;

import java.math.BigDecimal;
import java.math.MathContext;

/**
 * The learning rates a search may try: 16 a decade, η_k = 10^(k/16) to three digits.
 *
 * <p>The same for every network, so that the rates of different cells can be compared.
 */
final class RateGrid {

  /** About the smallest normal float32: with less, float32 weights cannot move. */
  static final int SMALLEST = -36 * 16;

  /** A million: no gradient is so small that it needs more and still learns. */
  static final int LARGEST = 6 * 16;

  /** k a factor √10 apart. */
  static final int COARSE = 8;

  /** k a factor 1.78 apart. */
  static final int MEDIUM = 4;

  private static final MathContext DIGITS = new MathContext(3);
  private static final double PER_DECADE = 16;

  private RateGrid() {}

  /** η_k. */
  static double rate(int k) {
    return new BigDecimal(Math.pow(10, k / PER_DECADE)).round(DIGITS).doubleValue();
  }

  /** Whether a rate is one that may be tried. */
  static boolean holds(int k) {
    return k >= SMALLEST && k <= LARGEST;
  }

  /** The coarse k nearest to a rate, which may be zero or infinite. */
  static int nearestCoarse(double rate) {
    double steps = Math.rint(PER_DECADE * Math.log10(rate) / COARSE);
    double k = COARSE * steps;
    return (int) Math.max(SMALLEST, Math.min(LARGEST, k));
  }
}
