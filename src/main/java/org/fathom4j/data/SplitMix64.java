package org.fathom4j.data;

/**
 * A small generator whose numbers are the same on every Java version for ever, because it is
 * written here.
 *
 * @see <a href="https://doi.org/10.1145/2660193.2660195">Steele, Lea &amp; Flood, Fast Splittable
 *     Pseudorandom Number Generators, 2014</a>
 */
final class SplitMix64 {

  private static final long GOLDEN_GAMMA = 0x9E37_79B9_7F4A_7C15L;

  private long state;

  SplitMix64(long seed) {
    this.state = seed;
  }

  /** An independent stream for every pair of seed and index (an epoch, a class). */
  static SplitMix64 of(long seed, long index) {
    return new SplitMix64(mix(mix(seed + GOLDEN_GAMMA) + (index + 1) * GOLDEN_GAMMA));
  }

  long nextLong() {
    state += GOLDEN_GAMMA;
    return mix(state);
  }

  /** Uniform in 0 … bound - 1, without bias: what would tip the balance is drawn again. */
  int nextInt(int bound) {
    while (true) {
      long bits = nextLong() >>> 1;
      long value = bits % bound;
      // Overflows exactly when bits lies in the last, incomplete run of bound numbers.
      if (bits - value + (bound - 1) >= 0) {
        return (int) value;
      }
    }
  }

  /** Puts the numbers in an order drawn uniformly from all (Fisher and Yates). */
  void shuffle(int[] numbers) {
    for (int i = numbers.length - 1; i > 0; i--) {
      int j = nextInt(i + 1);
      int swap = numbers[i];
      numbers[i] = numbers[j];
      numbers[j] = swap;
    }
  }

  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58_476D_1CE4_E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D0_49BB_1331_11EBL;
    return z ^ (z >>> 31);
  }
}
