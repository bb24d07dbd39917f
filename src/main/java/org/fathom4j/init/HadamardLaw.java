package org.fathom4j.init;

import java.util.random.RandomGenerator;

/**
 * ZerO's matrix: an identity where the layer does not widen, a cut Hadamard matrix where it does.
 *
 * <pre>
 *   W = I_{nOut,nIn}                                    nOut ≤ nIn
 *   W = I_{nOut,p} H_p I_{p,nIn} / √p,  p = 2^⌈log₂ nOut⌉   nOut &gt; nIn
 * </pre>
 *
 * where I_{a,b} is the a by b matrix with ones on its diagonal and H_p is Sylvester's, (H_p)_ij =
 * (-1)^{number of ones that i and j share in binary}. A padded identity in place of H_p would hold
 * every widened network to the rank of its input. The paper prints the factor 2^{-(m-1)/2} with m =
 * log₂ p; this is the factor of the authors' code, 2^{-m/2}, with which W has orthonormal columns
 * when nOut = p.
 *
 * @see <a href="https://arxiv.org/abs/2110.12661">Zhao, Schäfer &amp; Anandkumar 2022, ZerO
 *     Initialization: Initializing Neural Networks with only Zeros and Ones, Algorithm 1</a>
 */
public record HadamardLaw() implements WeightLaw {

  /** The largest power of two that an int holds. */
  private static final int LARGEST_ORDER = 1 << 30;

  @Override
  public void fill(int nIn, int nOut, RandomGenerator random, double[] weights) {
    StoredMatrix.clear(nIn, nOut, weights);
    if (nOut <= nIn) {
      for (int i = 0; i < nOut; i++) {
        weights[i * nOut + i] = 1;
      }
      return;
    }
    double entry = 1 / Math.sqrt(order(nOut));
    for (int input = 0; input < nIn; input++) {
      for (int output = 0; output < nOut; output++) {
        boolean even = (Integer.bitCount(input & output) & 1) == 0;
        weights[input * nOut + output] = even ? entry : -entry;
      }
    }
  }

  @Override
  public double meanSquare(int nIn, int nOut) {
    StoredMatrix.requireSizes(nIn, nOut);
    return nOut <= nIn ? 1.0 / nIn : 1.0 / order(nOut);
  }

  @Override
  public String formula() {
    return "identity; H/√p where it widens";
  }

  /** p = 2^⌈log₂ n⌉. */
  private static int order(int n) {
    if (n > LARGEST_ORDER) {
      throw new IllegalArgumentException("No Hadamard matrix in memory has order " + n + ".");
    }
    return n == 1 ? 1 : Integer.highestOneBit(n - 1) << 1;
  }
}
