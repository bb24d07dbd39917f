package org.fathom4j.kernel;

/**
 * Which trainable scalars a residual branch carries beside its matrices.
 *
 * <pre>
 *   PLAIN               z +    U σ(V z)                       z +   A z
 *   SCALED              z + α  U σ(V z)                       z + α A z
 *   SCALED_AND_BIASED   z + α (U (σ(V (z + b1) + b2) + b3))   (nonlinear blocks only)
 * </pre>
 *
 * A scalar bias is added to every component. The scalars of one block are stored in the order α,
 * b1, b2, b3.
 */
public enum BranchForm {
  PLAIN(0),
  SCALED(1),
  SCALED_AND_BIASED(4);

  private final int scalarsPerBlock;

  BranchForm(int scalarsPerBlock) {
    this.scalarsPerBlock = scalarsPerBlock;
  }

  /** How many scalars a block stores. */
  public int scalarsPerBlock() {
    return scalarsPerBlock;
  }

  /** Whether the branch is multiplied by α. */
  public boolean isScaled() {
    return this != PLAIN;
  }

  /** Whether b1, b2 and b3 exist. */
  public boolean isBiased() {
    return this == SCALED_AND_BIASED;
  }
}
