package org.fathom4j.kernel;

/**
 * Device memory for a minibatch on its way through a stack, laid out by a {@link CudaPlan}.
 *
 * <pre>
 *   rows              [N, D]           the minibatch as the framework has it
 *   ends              2 × [D, N']      z, or ∂z, between one span of blocks and the next
 *   starts            [L/K, D, N']     recompute: z below each segment
 *   streams           [S, D, N']       z below each block; S = L, or K of a segment
 *   hidden            [S, M, N']       h of each block
 *   streamGradients   [C, D, N']       ∂z above each block of a chunk
 *   hiddenGradients   [C, M, N']       ∂a of each block of a chunk
 * </pre>
 *
 * Without a plan there are rows and ends alone, for inference.
 */
final class CudaActivations implements AutoCloseable {

  private final StackShape shape;
  private final int examples;
  private final CudaPlan plan;
  private final DeviceMemory memory;
  private final CudaLayers layers; // null where marches serve
  private final CudaBlocks blocks;
  private final long streamSlot;
  private final long ends;
  private final long starts;
  private final long streams;
  private final long hidden;
  private final long streamGradients;
  private final long hiddenGradients;

  /**
   * Allocates.
   *
   * @param plan null for inference
   */
  CudaActivations(CudaContext context, StackShape shape, int examples, CudaPlan plan) {
    this.shape = shape;
    this.examples = examples;
    this.plan = plan;
    streamSlot = CudaPlan.streamSlot(shape, examples);
    long hiddenSlot = CudaPlan.hiddenSlot(shape, examples);
    ends = streamSlot;
    starts = ends + 2 * streamSlot;
    if (plan == null) {
      streams = starts;
      hidden = starts;
      streamGradients = starts;
      hiddenGradients = starts;
    } else {
      boolean recomputes = plan.kind() == MemoryPlan.Kind.RECOMPUTE;
      long kept = recomputes ? plan.segment() : shape.depth();
      long segments = (shape.depth() + plan.segment() - 1L) / plan.segment();
      streams = starts + (recomputes ? segments * streamSlot : 0);
      hidden = streams + kept * streamSlot;
      streamGradients = hidden + kept * hiddenSlot;
      hiddenGradients = streamGradients + plan.chunk() * streamSlot;
    }
    long bytes = hiddenGradients + (plan == null ? 0 : plan.chunk() * hiddenSlot);
    memory = context.allocate(bytes, "the activations of a stack");
    layers = CudaMarch.serves(shape) ? null : new CudaLayers(context, shape, examples);
    blocks = layers == null ? new CudaMarch(context, shape) : layers;
  }

  /** The blocks' launches for this memory. */
  CudaBlocks blocks() {
    return blocks;
  }

  /** Whether this memory serves so many examples, for a backward pass or not. */
  boolean serves(int examples, boolean keep) {
    return examples == this.examples && (!keep || plan != null);
  }

  CudaPlan plan() {
    return plan;
  }

  DeviceMemory memory() {
    return memory;
  }

  long rows() {
    return memory.address();
  }

  /** One of the two places between spans. */
  long end(int which) {
    return memory.address(ends + which * streamSlot);
  }

  /** Where z below a segment lies. */
  long start(int segment) {
    return memory.address(starts + segment * streamSlot);
  }

  /** Where z below a block lies, counted from the first that is kept. */
  long stream(int slot) {
    return memory.address(streams + slot * streamSlot);
  }

  /** Where h of a block lies, counted from the first that is kept. */
  long hidden(int slot) {
    return memory.address(hidden + slot * CudaPlan.hiddenSlot(shape, examples));
  }

  long streamGradients() {
    return memory.address(streamGradients);
  }

  long hiddenGradients() {
    return memory.address(hiddenGradients);
  }

  long bytes() {
    return memory.bytes();
  }

  @Override
  public void close() {
    memory.close();
    if (layers != null) {
      layers.close();
    }
  }
}
