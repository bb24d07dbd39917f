package org.fathom4j.block;

import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.fathom4j.kernel.DepthProbe;
import org.nd4j.linalg.api.ndarray.INDArray;

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

  /** Forgets what a forward pass kept. */
  void clear();

  /** A place for temporary arrays: one workspace of the framework. */
  record Scratch(LayerWorkspaceMgr workspaces, ArrayType type) {

    /** An array of undefined content. */
    INDArray create(INDArray like, char order, long... shape) {
      return workspaces.createUninitialized(type, like.dataType(), shape, order);
    }
  }
}
