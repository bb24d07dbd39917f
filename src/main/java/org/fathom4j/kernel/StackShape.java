package org.fathom4j.kernel;

/**
 * What a kernel must know of a stack of residual blocks before it computes.
 *
 * @param kind nonlinear or linear blocks
 * @param form the trainable scalars of each branch
 * @param depth L, the number of blocks
 * @param width D, the length of the residual stream
 * @param hiddenWidth M, the length of σ's argument; equal to the width for linear blocks
 * @param activation σ; identity for linear blocks
 * @param precision how numbers are stored
 */
public record StackShape(
    BlockKind kind,
    BranchForm form,
    int depth,
    int width,
    int hiddenWidth,
    Activation activation,
    Precision precision) {

  public StackShape {
    if (depth < 1 || width < 1 || hiddenWidth < 1) {
      throw new IllegalArgumentException(
          String.format(
              "A stack needs a depth, a width and a hidden width of at least 1, but has %d, %d and"
                  + " %d.",
              depth, width, hiddenWidth));
    }
    if (kind == BlockKind.LINEAR
        && (hiddenWidth != width || activation != Activation.IDENTITY || form.isBiased())) {
      throw new IllegalArgumentException(
          "A linear block has no hidden layer: hidden width = width, identity activation, no"
              + " biases.");
    }
  }

  /** Numbers in one part of the parameters of all blocks; 0 if these blocks have none. */
  public long length(ResidentStack.Part part) {
    long matrices = depth * matrixLength();
    return switch (part) {
      case INNER -> matrices;
      case OUTER -> kind == BlockKind.LINEAR ? 0 : matrices;
      case SCALARS -> (long) depth * form.scalarsPerBlock();
    };
  }

  /**
   * Fails unless a vector is a minibatch of these blocks: raw addresses go to kernels, where a
   * short one would be a crash, or worse.
   *
   * @param what it is, such as "input"
   */
  void requireMinibatch(String what, NativeVector vector, int examples) {
    long length = (long) examples * width;
    if (vector.length() != length || vector.precision() != precision) {
      throw new IllegalArgumentException(
          String.format(
              "The %s of %d examples of %s must be %d numbers stored as %s, but is %d stored as %s.",
              what, examples, this, length, precision, vector.length(), vector.precision()));
    }
  }

  /** Fails if these blocks have no such part. */
  void requireHas(ResidentStack.Part part) {
    if (length(part) == 0) {
      throw new IllegalArgumentException(this + " has no " + part + ".");
    }
  }

  /** Numbers in V of one block, D·M; also in U. */
  public long matrixLength() {
    return (long) width * hiddenWidth;
  }
}
