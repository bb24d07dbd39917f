package org.fathom4j.block;

import org.fathom4j.kernel.BlockKind;

/**
 * Residual block: adds a learned correction of hidden width M to the residual stream.
 *
 * <pre>
 *   z_l = z_{l-1} + U_l σ(V_l z_{l-1})      one example, a column, as in the paper
 *   Z_l = Z_{l-1} + σ(Z_{l-1} V) U          a minibatch, examples in rows, as stored
 * </pre>
 *
 * <p>Shapes, N examples: {@code Z: [N, D]}, {@code V: [D, M]} under the key {@code VW}, {@code U:
 * [M, D]} under {@code UW}. Cost: 4NDM flop forward, 8NDM backward. Hundreds of blocks and more
 * belong into one {@link ResidualStack}; networks of many single blocks need {@link FlatUpdater}.
 *
 * @see <a href="https://arxiv.org/abs/1911.00645">Wu, Wang &amp; Ma 2019, equation (6.1)</a>
 */
public class ResidualBlock extends ResidualConfiguration {

  private static final long serialVersionUID = 1L;

  /** For the framework's JSON. */
  public ResidualBlock() {}

  private ResidualBlock(Builder builder) {
    super(builder);
    adoptScalars(kind());
  }

  @Override
  BlockKind kind() {
    return BlockKind.NONLINEAR;
  }

  @Override
  int blocks() {
    return 1;
  }

  /** Builds a {@link ResidualBlock}. */
  @SuppressWarnings("unchecked") // the framework declares build() for any layer type
  public static class Builder extends ResidualConfiguration.Builder<Builder> {
    @Override
    public ResidualBlock build() {
      return new ResidualBlock(this);
    }
  }
}
