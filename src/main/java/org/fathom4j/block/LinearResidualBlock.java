package org.fathom4j.block;

import org.fathom4j.kernel.BlockKind;

/**
 * Linear residual block: a layer of a deep linear network in residual form, W_l = I + A_l.
 *
 * <pre>
 *   z_l = z_{l-1} + A_l z_{l-1}      one example, a column
 *   Z_l = Z_{l-1} + Z_{l-1} A        a minibatch, examples in rows, as stored
 * </pre>
 *
 * <p>Shapes, N examples: {@code Z: [N, D]}, {@code A: [D, D]} under the key {@code AW}, the
 * transpose of the papers' A_l. Cost: 2ND² flop forward, 4ND² backward.
 *
 * @see <a href="https://arxiv.org/abs/1611.04231">Hardt &amp; Ma 2017, section 2</a>
 */
public class LinearResidualBlock extends ResidualConfiguration {

  private static final long serialVersionUID = 1L;

  /** For the framework's JSON. */
  public LinearResidualBlock() {}

  private LinearResidualBlock(Builder builder) {
    super(builder);
    adoptScalars(kind());
  }

  @Override
  BlockKind kind() {
    return BlockKind.LINEAR;
  }

  @Override
  int blocks() {
    return 1;
  }

  /** Builds a {@link LinearResidualBlock}. */
  @SuppressWarnings("unchecked") // the framework declares build() for any layer type
  public static class Builder extends ResidualConfiguration.Builder<Builder> {
    @Override
    public LinearResidualBlock build() {
      return new LinearResidualBlock(this);
    }
  }
}
