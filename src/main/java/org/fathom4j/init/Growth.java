package org.fathom4j.init;

import java.util.OptionalInt;

/**
 * What a scheme predicts for the start of training at a given depth: how long the residual stream
 * gets, and whether anything in the blocks can move.
 *
 * <pre>
 *   E‖z_L‖² = (1 + c)^L E‖z_0‖²
 * </pre>
 *
 * <p>A mean, exact for the laws of {@link InitializationScheme#excessGrowth}; a typical network
 * lies a little below, since the mean of a product of random factors is carried by rare large ones.
 * Gradients grow by the same factor towards the embedding.
 *
 * @param excess c of each block
 * @param depth L
 * @param alive whether gradients reach every matrix sooner or later; false where a product of zeros
 *     holds a branch still for ever, as with U_l = V_l = 0
 */
public record Growth(double excess, int depth, boolean alive) {

  /** log10 of the largest float32, 38.53. */
  private static final double LOG10_LARGEST_FLOAT = Math.log10(Float.MAX_VALUE);

  public Growth {
    if (!(excess >= -1) || Double.isInfinite(excess)) {
      throw new IllegalArgumentException(
          "A mean square cannot grow by the factor 1 + " + excess + " a block.");
    }
    if (depth < 1) {
      throw new IllegalArgumentException("A network has at least 1 block, not " + depth + ".");
    }
  }

  /** Prediction for a scheme at a shape. */
  public static Growth of(InitializationScheme scheme, NetworkShape shape, Branch branch) {
    return new Growth(
        scheme.excessGrowth(shape, branch), shape.depth(), isAlive(scheme, shape, branch));
  }

  /** 1 + c, the factor on E‖z‖² of one block. */
  public double perBlock() {
    return 1 + excess;
  }

  /** log10 of E‖z_L‖²/E‖z_0‖². */
  public double log10() {
    return depth * log10PerBlock();
  }

  /** Whether E‖z_L‖²/E‖z_0‖² is a float32. */
  public boolean finiteInFloat() {
    return log10() < LOG10_LARGEST_FLOAT;
  }

  /** The first block l ≤ L at which E‖z_l‖²/E‖z_0‖² is no float32, if there is one. */
  public OptionalInt overflow() {
    return finiteInFloat()
        ? OptionalInt.empty()
        : OptionalInt.of((int) Math.ceil(LOG10_LARGEST_FLOAT / log10PerBlock()));
  }

  /**
   * What training needs: the stream stays a float32, and no branch is dead. It is not enough; a
   * scheme that passes may still learn nothing at this depth.
   */
  public boolean mayTrain() {
    return alive && finiteInFloat();
  }

  private double log10PerBlock() {
    return Math.log1p(excess) / Math.log(10);
  }

  /** The gradient of each factor of α U σ(V z) is a product of the others: one zero may leave. */
  private static boolean isAlive(InitializationScheme scheme, NetworkShape shape, Branch branch) {
    int width = shape.width();
    boolean embeddingZero = isZero(scheme.embedding(shape), shape.inputs(), width);
    boolean readoutZero = isZero(scheme.readout(shape), width, shape.classes());
    if (embeddingZero && readoutZero) {
      return false;
    }
    int zeros = scheme.scalars(shape).filter(s -> s.multiplier() == 0).isPresent() ? 1 : 0;
    if (branch == Branch.LINEAR) {
      zeros += isZero(scheme.linear(shape), width, width) ? 1 : 0;
    } else {
      boolean innerZero = isZero(scheme.inner(shape), width, shape.hiddenWidth());
      if (innerZero && branch == Branch.RELU) {
        return false; // σ(0) = 0 and, as frameworks define it, σ'(0) = 0
      }
      zeros += innerZero ? 1 : 0;
      zeros += isZero(scheme.outer(shape), shape.hiddenWidth(), width) ? 1 : 0;
    }
    return zeros < 2;
  }

  private static boolean isZero(WeightLaw law, int nIn, int nOut) {
    return law.meanSquare(nIn, nOut) == 0;
  }
}
