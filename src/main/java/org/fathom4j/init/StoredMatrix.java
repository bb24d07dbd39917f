package org.fathom4j.init;

import java.util.Arrays;

/** The array [nIn, nOut], row by row, that a law fills. */
final class StoredMatrix {

  private StoredMatrix() {}

  /**
   * Number of entries.
   *
   * @throws IllegalArgumentException if a size is below 1, or the array cannot hold them
   */
  static int entries(int nIn, int nOut, double[] weights) {
    requireSizes(nIn, nOut);
    long entries = (long) nIn * nOut;
    if (entries > weights.length) {
      throw new IllegalArgumentException(
          String.format(
              "A matrix [nIn=%d, nOut=%d] needs %d entries, but the array holds %d.",
              nIn, nOut, entries, weights.length));
    }
    return (int) entries;
  }

  /** Sets the matrix to zero, and nothing behind it. */
  static void clear(int nIn, int nOut, double[] weights) {
    Arrays.fill(weights, 0, entries(nIn, nOut, weights), 0.0);
  }

  static void requireSizes(int nIn, int nOut) {
    if (nIn < 1 || nOut < 1) {
      throw new IllegalArgumentException(
          String.format("A matrix must have nIn and nOut at least 1, not [%d, %d].", nIn, nOut));
    }
  }
}
