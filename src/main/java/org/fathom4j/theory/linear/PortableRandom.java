package org.fathom4j.theory.linear;

import org.ejml.data.DMatrixRMaj;

/**
 * Random numbers that every language draws alike, so that a "random" target or initialization can
 * be compared with another implementation's.
 *
 * <pre>
 *   s += 0x9E3779B97F4A7C15;  z = s                                   SplitMix64, modulo 2^64
 *   z = (z ^ (z >>> 30)) 0xBF58476D1CE4E5B9;  z = (z ^ (z >>> 27)) 0x94D049BB133111EB;  z ^= z >>> 31
 *   u = (z >>> 11) 2^-53                                              uniform in [0, 1)
 *   r = sqrt(-2 ln(1 - u1));  n1 = r cos(2π u2),  n2 = r sin(2π u2)   standard normal, n1 before n2
 * </pre>
 *
 * <p>Not thread-safe.
 *
 * @see <a href="https://doi.org/10.1145/2660193.2660195">Steele, Lea &amp; Flood, Fast Splittable
 *     Pseudorandom Number Generators, 2014</a>
 * @see <a href="https://doi.org/10.1214/aoms/1177706645">Box &amp; Muller, A Note on the Generation
 *     of Random Normal Deviates, 1958</a>
 */
public final class PortableRandom {

  private static final long GOLDEN_GAMMA = 0x9E37_79B9_7F4A_7C15L;
  private static final double UNIT = 0x1.0p-53;

  private long state;
  private double second; // the second normal of a pair
  private boolean hasSecond;

  /** Any seed will do. */
  public PortableRandom(long seed) {
    this.state = seed;
  }

  /** 64 random bits. */
  public long nextLong() {
    state += GOLDEN_GAMMA;
    long z = state;
    z = (z ^ (z >>> 30)) * 0xBF58_476D_1CE4_E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D0_49BB_1331_11EBL;
    return z ^ (z >>> 31);
  }

  /** Uniform in [0, 1). */
  public double nextUniform() {
    return (nextLong() >>> 11) * UNIT;
  }

  /** Standard normal. Two uniforms make two of them: the second waits for the next call. */
  public double nextNormal() {
    if (hasSecond) {
      hasSecond = false;
      return second;
    }
    double radius = Math.sqrt(-2 * Math.log(1 - nextUniform()));
    double angle = 2 * Math.PI * nextUniform();
    second = radius * Math.sin(angle);
    hasSecond = true;
    return radius * Math.cos(angle);
  }

  /** A matrix of independent standard normals, drawn row by row. */
  public DMatrixRMaj normalMatrix(int rows, int columns) {
    DMatrixRMaj matrix = new DMatrixRMaj(rows, columns);
    for (int i = 0; i < rows * columns; i++) {
      matrix.data[i] = nextNormal();
    }
    return matrix;
  }
}
