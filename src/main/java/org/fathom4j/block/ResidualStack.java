package org.fathom4j.block;

import org.fathom4j.kernel.BlockKind;

/**
 * L residual blocks as one layer: one entry in the JSON, the summary and the training UI, whatever
 * the depth.
 *
 * <pre>
 *   z_l = z_{l-1} + U_l σ(V_l z_{l-1}),  l = 1…L      nonlinear, see {@link ResidualBlock}
 *   z_l = z_{l-1} + A_l z_{l-1},         l = 1…L      linear, see {@link LinearResidualBlock}
 * </pre>
 *
 * <p>Parameters lie one after another in one view: {@code VW: [L, D, M]}, then {@code UW: [L, M,
 * D]}; linear {@code AW: [L, D, D]}; schemes with branch scalars add {@code SW: [L, k]}. Output and
 * gradients equal those of L single blocks. Gradient normalization per layer or per parameter
 * treats the stack as the one layer it is.
 *
 * @see <a href="https://arxiv.org/abs/1911.00645">Wu, Wang &amp; Ma 2019, equation (6.1)</a>
 */
public class ResidualStack extends ResidualConfiguration {

  private static final long serialVersionUID = 1L;

  private int depth;
  private boolean linear;

  /** For the framework's JSON. */
  public ResidualStack() {}

  private ResidualStack(Builder builder) {
    super(builder);
    depth = builder.depth;
    linear = builder.linear;
    adoptScalars(kind());
  }

  @Override
  BlockKind kind() {
    return linear ? BlockKind.LINEAR : BlockKind.NONLINEAR;
  }

  @Override
  int blocks() {
    return depth;
  }

  /** L, the number of blocks. */
  public int getDepth() {
    return depth;
  }

  public void setDepth(int depth) {
    this.depth = depth;
  }

  /** Whether the blocks are z + Az instead of z + Uσ(Vz). */
  public boolean isLinear() {
    return linear;
  }

  public void setLinear(boolean linear) {
    this.linear = linear;
  }

  /** Builds a {@link ResidualStack}. */
  @SuppressWarnings("unchecked") // the framework declares build() for any layer type
  public static class Builder extends ResidualConfiguration.Builder<Builder> {

    private int depth = 1;
    private boolean linear;

    /** L, the number of blocks. */
    public Builder depth(int depth) {
      this.depth = depth;
      return this;
    }

    /** Makes the blocks z + Az instead of z + Uσ(Vz). */
    public Builder linear(boolean linear) {
      this.linear = linear;
      return this;
    }

    @Override
    public ResidualStack build() {
      return new ResidualStack(this);
    }
  }
}
