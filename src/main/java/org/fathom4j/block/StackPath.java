package org.fathom4j.block;

import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.fathom4j.kernel.DepthProbe;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * One way to run the blocks of a layer on ND4J arrays: {@link Nd4jPath} in ND4J's operations,
 * {@link KernelPath} in a raw kernel.
 *
 * <p>Minibatches are [N, D] in C order, examples in rows; parameters as in {@link BlockArrays}.
 */
interface StackPath {

  /**
   * Computes Z_L from Z_0.
   *
   * @param input Z_0; not modified
   * @param output receives Z_L
   * @param keepFor where the memory for a backward pass must live; null if none follows
   * @param probe receives ‖z_l‖; null for none
   */
  void forward(
      BlockArrays parameters,
      INDArray input,
      INDArray output,
      Scratch keepFor,
      Scratch scratch,
      DepthProbe probe);

  /**
   * Computes all gradients after {@link #forward} with memory kept.
   *
   * @param input Z_0 again
   * @param outputGradient ∂R/∂Z_L; not modified
   * @param gradients receives the gradients, overwriting
   * @param inputGradient receives ∂R/∂Z_0
   * @param probe receives ‖∂R/∂z_l‖; null for none
   */
  void backward(
      BlockArrays parameters,
      INDArray input,
      INDArray outputGradient,
      BlockArrays gradients,
      INDArray inputGradient,
      Scratch scratch,
      DepthProbe probe);

  /** Whether what a forward pass kept is still there: workspaces may have been closed since. */
  boolean keeps();

  /** Forgets what a forward pass kept. */
  void clear();

  /** Gives back memory of its own; the path must not be used afterwards. */
  default void close() {}

  /** Where arrays are made. */
  interface Scratch {

    /** An array of undefined content, with the data type of another. */
    INDArray create(INDArray like, char order, long... shape);

    /** In a workspace of the framework other than the one around the pass. */
    static Scratch in(LayerWorkspaceMgr workspaces, ArrayType type) {
      return (like, order, shape) ->
          workspaces.createUninitialized(type, like.dataType(), shape, order);
    }

    /**
     * In the workspace around the pass, if any; that one can be named no second time, because the
     * framework borrows no workspace twice.
     */
    static Scratch here() {
      return (like, order, shape) -> Nd4j.createUninitialized(like.dataType(), shape, order);
    }
  }
}
