package org.fathom4j.kernel;

/**
 * Through some neighbouring blocks of a stack on the GPU, forward or back.
 *
 * <p>Minibatches have the kernels' layout, [D, N'], examples fastest.
 */
interface CudaBlocks {

  /**
   * Blocks and what they read and write.
   *
   * @param first the lowest block, from 0
   * @param count how many
   * @param examples N
   * @param inner address of V of all blocks, or of A; on the way back of their transposes
   * @param outer address of U of all blocks, likewise; 0 for linear blocks
   * @param scalars address of the scalars of all blocks; 0 for plain branches
   * @param input address of z below the lowest block; on the way back of ∂z above the highest
   * @param output where the same goes at the other end; not the input
   * @param streams where z below each block goes, on the way back ∂z above it; 0 for nowhere
   * @param hidden where h of each block goes, 0 for nowhere; on the way back where it lies
   * @param hiddenGradients where ∂a of each block goes, on the way back
   */
  record Span(
      int first,
      int count,
      int examples,
      long inner,
      long outer,
      long scalars,
      long input,
      long output,
      long streams,
      long hidden,
      long hiddenGradients) {}

  void forward(Span span);

  void backward(Span span);
}
