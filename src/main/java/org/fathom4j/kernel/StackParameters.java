package org.fathom4j.kernel;

/**
 * The parameters of a stack, or their gradients, block after block.
 *
 * <pre>
 *   nonlinear   inner   V: [L, D, M]    outer  U: [L, M, D]
 *   linear      inner   A: [L, D, D]    outer  absent
 *   scalars     [L, k], k = {@link BranchForm#scalarsPerBlock}; absent if k = 0
 * </pre>
 *
 * Rows are inputs: the stored V of a block is the transpose of the papers' V_l: [M, D], so that Z V
 * is a minibatch with examples in rows; the last index runs fastest.
 *
 * @param inner V or A
 * @param outer U, null for linear blocks
 * @param scalars α, b1, b2, b3 of each block, null for plain branches
 */
public record StackParameters(NativeVector inner, NativeVector outer, NativeVector scalars) {

  /** Fails unless every part has the precision and length that the shape asks for. */
  public void requireFits(StackShape shape) {
    require(shape, "V", inner, shape.length(ResidentStack.Part.INNER));
    require(shape, "U", outer, shape.length(ResidentStack.Part.OUTER));
    require(shape, "scalars", scalars, shape.length(ResidentStack.Part.SCALARS));
  }

  /** One of the three; null where a stack has none. */
  public NativeVector part(ResidentStack.Part part) {
    return switch (part) {
      case INNER -> inner;
      case OUTER -> outer;
      case SCALARS -> scalars;
    };
  }

  private static void require(StackShape shape, String what, NativeVector part, long length) {
    long found = part == null ? 0 : part.length();
    if (found != length) {
      throw new IllegalArgumentException(
          String.format("%s of %s must have length %d, but has %d.", what, shape, length, found));
    }
    if (part != null && part.precision() != shape.precision()) {
      throw new IllegalArgumentException(
          String.format("%s of %s is stored as %s.", what, shape, part.precision()));
    }
  }
}
