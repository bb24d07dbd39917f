package org.fathom4j.kernel;

import java.nio.ByteBuffer;
import org.fathom4j.kernel.MemoryPlan.Kind;

/**
 * Some examples of a minibatch on their way through all blocks and back, on one thread.
 *
 * <p>The rows of a slab meet no other rows: a slab marches forward through the whole depth, and
 * backward, without waiting for anybody. Only weight gradients are sums over slabs.
 *
 * <pre>
 *   forward                      backward
 *   h  = σ(z V)                  z  = z' - h U      (plan keep-hidden)
 *   z' = z + h U                 ∂U += hᵀ ∂z'
 *                                ∂a = ∂z' Uᵀ ⊙ σ'
 *                                ∂V += zᵀ ∂a
 *                                ∂z = ∂z' + ∂a Vᵀ
 * </pre>
 *
 * <p>This class knows the {@link MemoryPlan}: which z and h are where. Subclasses know how numbers
 * lie in a slot, and compute. z and its gradients are named by their slot in {@link #streams}, h by
 * its slot in {@link #hiddens}.
 */
abstract class Slab {

  /** Slots of {@link #streams} after those that the plan keeps: z, z', ∂z and ∂z'. */
  private static final int WORKING_STREAMS = 4;

  /** Slots of {@link #hiddens} after those that the plan keeps: h that nobody keeps, and ∂a. */
  private static final int WORKING_HIDDENS = 2;

  /** Blocks that a subclass gets at once; checkpoints and probes end a run before. */
  static final int LONGEST_RUN = MemoryPlan.CHECKPOINT_EVERY;

  final StackShape shape;
  final int firstRow;
  final int rows;
  final int width;
  final int hidden;
  final Slots streams;
  final Slots hiddens;
  final int spareHidden;
  final int hiddenGradient;
  int gradient; // the slot of ∂z, and the one that a linear block writes next
  int gradientOther;

  private final MemoryPlan plan; // null: nothing is kept
  private final int z;
  private final int zOther;
  private int recomputedFrom = -1; // first block of the segment whose z and h are there

  /**
   * Bytes of an arena that a slab takes.
   *
   * @param plan what is kept; null for nothing
   * @param segment blocks from one kept z to the next
   * @param storedRows rows that a slot has room for
   */
  static long bytes(StackShape shape, Kind plan, int segment, int storedRows) {
    return (keptStreams(shape, plan, segment) + WORKING_STREAMS)
            * MemoryPlan.streamSlot(shape, storedRows)
        + (keptHiddens(shape, plan, segment) + WORKING_HIDDENS)
            * MemoryPlan.hiddenSlot(shape, storedRows);
  }

  private static long keptStreams(StackShape shape, Kind plan, int segment) {
    return plan == null ? 0 : MemoryPlan.streamSlots(plan, segment, shape.depth());
  }

  private static long keptHiddens(StackShape shape, Kind plan, int segment) {
    return plan == null ? 0 : MemoryPlan.hiddenSlots(plan, segment, shape);
  }

  /**
   * @param plan null if nothing is kept
   * @param storedRows rows that a slot has room for, at least {@code rows}
   */
  Slab(
      StackShape shape,
      MemoryPlan plan,
      int firstRow,
      int rows,
      int storedRows,
      Arena arena,
      long offset) {
    this.shape = shape;
    this.plan = plan;
    this.firstRow = firstRow;
    this.rows = rows;
    width = shape.width();
    hidden = shape.hiddenWidth();
    Kind kind = plan == null ? null : plan.kind();
    int segment = plan == null ? 1 : plan.segment();
    int kept = Math.toIntExact(keptStreams(shape, kind, segment));
    long streamBytes = MemoryPlan.streamSlot(shape, storedRows);
    streams = new Slots(arena, offset, streamBytes, kept + WORKING_STREAMS);
    z = kept;
    zOther = kept + 1;
    gradient = kept + 2;
    gradientOther = kept + 3;
    spareHidden = Math.toIntExact(keptHiddens(shape, kind, segment));
    hiddenGradient = spareHidden + 1;
    hiddens =
        new Slots(
            arena,
            offset + (kept + WORKING_STREAMS) * streamBytes,
            MemoryPlan.hiddenSlot(shape, storedRows),
            spareHidden + WORKING_HIDDENS);
  }

  /** Called before each pass over the blocks, with the parameters it uses. */
  abstract void use(StackParameters parameters);

  /** Rows of a minibatch into a slot. */
  abstract void load(NativeVector minibatch, int slot);

  /** A slot into rows of a minibatch. */
  abstract void store(int slot, NativeVector minibatch);

  /**
   * A run of blocks forward: z' = z + α (σ((z + b1) V + b2) + b3) U, or z + α z A.
   *
   * @param from the first block; linear blocks come one by one
   * @param to the block after the last
   * @param here slot of z of the first block
   * @param next slot of its z'; unless it is {@code here}, the others' follow it
   * @param slot slot of its h; unless it is {@link #spareHidden}, the others' follow it
   */
  abstract void blocks(int from, int to, int here, int next, int slot);

  /**
   * A run of blocks back: ∂z' of the last block in {@link #gradient} becomes ∂z of the first.
   *
   * @param from the first block, where the run ends; linear blocks come one by one
   * @param to the block after the last
   * @param stream slot of z of the first block, which the others' follow; or of z' of the last, to
   *     become z of the first
   * @param backwards whether it is z', and z = z' - α (h + b3) U
   * @param slot slot of h of the first block, which the others' follow
   * @param add whether weight gradients are added to what is there
   * @param scalarSums receives ∂b1, ∂b2, ∂b3 of the run's blocks from {@code firstSum} on; null
   *     unless biased
   */
  abstract void backwardBlocks(
      int from,
      int to,
      int stream,
      boolean backwards,
      int slot,
      GradientTarget target,
      boolean add,
      double[] scalarSums,
      int firstSum);

  /** √(Σ x²) over the rows in a slot; infinite only if an entry is. */
  abstract double norm(int slot);

  /**
   * Z_0 → Z_L for the rows of this slab.
   *
   * @param norms receives ‖z_l‖ at the layers the probe wants; null without a probe
   */
  final void forward(
      StackParameters parameters,
      NativeVector input,
      NativeVector output,
      DepthProbe probe,
      double[] norms) {
    use(parameters);
    recomputedFrom = -1;
    int here = plan != null && plan.kind() == Kind.KEEP_ALL ? 0 : z;
    load(input, here);
    measure(probe, norms, 0, here);
    for (int l = 0; l < shape.depth(); ) {
      int to = endOfRun(l, probe);
      here = forwardRun(l, to, here);
      measure(probe, norms, to, here);
      l = to;
    }
    store(here, output);
  }

  /** Where a run from this block must end, because z there is kept or measured. */
  private int endOfRun(int from, DepthProbe probe) {
    int longest = Math.min(from + longestRun(), shape.depth());
    int to = from + 1;
    while (to < longest && !isCheckpoint(to) && !wants(probe, to)) {
      to++;
    }
    return to;
  }

  private int longestRun() {
    return shape.kind() == BlockKind.LINEAR ? 1 : LONGEST_RUN;
  }

  /** A run of the forward pass, keeping what the plan keeps; returns where z after it lies. */
  private int forwardRun(int l, int to, int here) {
    int next = inPlaceOrOther(here);
    if (plan == null) {
      blocks(l, to, here, next, spareHidden);
      return next;
    }
    switch (plan.kind()) {
      case KEEP_ALL -> {
        blocks(l, to, here, l + 1, l);
        next = to;
      }
      case KEEP_HIDDEN -> {
        blocks(l, to, here, next, l);
        if (isCheckpoint(to)) {
          streams.copy(next, (to - 1) / plan.segment());
        }
      }
      case RECOMPUTE -> {
        if (l % plan.segment() == 0) {
          streams.copy(here, l / plan.segment());
        }
        blocks(l, to, here, next, spareHidden);
      }
    }
    return next;
  }

  private boolean isCheckpoint(int layer) {
    return layer == shape.depth()
        || plan != null && plan.kind() != Kind.KEEP_ALL && layer % plan.segment() == 0;
  }

  /** A linear block cannot overwrite its input: z' = z + z A reads all of z for each column. */
  private int inPlaceOrOther(int here) {
    if (shape.kind() == BlockKind.NONLINEAR) {
      return here;
    }
    return here == z ? zOther : z;
  }

  /** Starts the way back. */
  final void beginBackward(NativeVector outputGradient, DepthProbe probe, double[] norms) {
    load(outputGradient, gradient);
    measure(probe, norms, shape.depth(), gradient);
  }

  /**
   * The way back through blocks {@code to}-1 … {@code from}.
   *
   * @param target where weight gradients go
   * @param add whether they are added to what is there
   * @param scalarSums receives ∂b1, ∂b2, ∂b3 of this slab for each of the blocks; null unless
   *     biased
   */
  final void backward(
      StackParameters parameters,
      int from,
      int to,
      GradientTarget target,
      boolean add,
      double[] scalarSums,
      DepthProbe probe,
      double[] norms) {
    use(parameters);
    for (int end = to; end > from; ) {
      int l = startOfRun(from, end, probe);
      int stream = l;
      int slot = l;
      switch (plan.kind()) {
        case KEEP_ALL -> {}
        case KEEP_HIDDEN -> {
          if (isCheckpoint(end)) {
            streams.copy((end - 1) / plan.segment(), z);
          }
          stream = z;
        }
        case RECOMPUTE -> {
          int first = l / plan.segment() * plan.segment();
          int last = Math.min(first + plan.segment(), shape.depth());
          recompute(first, last, first / plan.segment());
          slot = l - first;
          stream = firstRecomputed() + slot;
        }
      }
      boolean backwards = plan.kind() == Kind.KEEP_HIDDEN;
      backwardBlocks(l, end, stream, backwards, slot, target, add, scalarSums, (l - from) * 3);
      measure(probe, norms, l, gradient);
      end = l;
    }
  }

  /** Where a run that comes back to this block must end. */
  private int startOfRun(int lowest, int to, DepthProbe probe) {
    int longest = Math.max(to - longestRun(), lowest);
    int from = to - 1;
    while (from > longest && !isCheckpoint(from) && !wants(probe, from)) {
      from--;
    }
    return from;
  }

  /**
   * Computes z and h of a segment again, unless they are there.
   *
   * @param first the segment's first block
   * @param end the block after its last
   * @param checkpoint slot of z of the first block
   */
  void recompute(int first, int end, int checkpoint) {
    if (recomputedFrom == first) {
      return;
    }
    recomputedFrom = first;
    int here = firstRecomputed();
    streams.copy(checkpoint, here);
    for (int l = first; l < end; ) {
      int to = Math.min(l + longestRun(), end);
      blocks(l, to, here, here + 1, l - first);
      here += to - l;
      l = to;
    }
  }

  private int firstRecomputed() {
    return (shape.depth() + plan.segment() - 1) / plan.segment();
  }

  /** Hands ∂Z_0 over. */
  final void endBackward(NativeVector inputGradient) {
    store(gradient, inputGradient);
  }

  private void measure(DepthProbe probe, double[] norms, int layer, int slot) {
    if (wants(probe, layer)) {
      norms[layer] = norm(slot);
    }
  }

  private static boolean wants(DepthProbe probe, int layer) {
    return probe != null && probe.wants(layer);
  }

  /**
   * Where a slab's part of the weight gradients goes: those of one kind, block after block without
   * a gap.
   */
  interface GradientTarget {

    /** Address of ∂V or ∂A of a block. */
    long inner(int l);

    /** Address of ∂U of a block. */
    long outer(int l);
  }

  /** Slots of equal size, one after another, as addresses and as buffers below 2 GiB each. */
  static final class Slots {

    private static final long LARGEST_BUFFER = 1L << 30;

    private final long address;
    private final long slotBytes;
    private final int slotsPerBuffer;
    private final ByteBuffer[] buffers;

    Slots(Arena arena, long offset, long slotBytes, long count) {
      this(arena.address(offset), slotBytes, count);
    }

    /** Over memory that somebody else keeps. */
    Slots(long address, long slotBytes, long count) {
      this.address = address;
      this.slotBytes = slotBytes;
      if (slotBytes > LARGEST_BUFFER) {
        throw new InsufficientMemoryException(
            "The activations of one block take "
                + slotBytes
                + " bytes, more than a gibibyte. Reduce --batch-size or the widths.");
      }
      slotsPerBuffer = slotBytes == 0 ? 1 : (int) Math.max(1, LARGEST_BUFFER / slotBytes);
      buffers = new ByteBuffer[(int) ((count + slotsPerBuffer - 1) / slotsPerBuffer)];
      for (int i = 0; i < buffers.length; i++) {
        long first = (long) i * slotsPerBuffer;
        long slots = Math.min(slotsPerBuffer, count - first);
        buffers[i] = Arena.viewAt(address + first * slotBytes, (int) (slots * slotBytes));
      }
    }

    long address(long slot) {
      return address + slot * slotBytes;
    }

    void copy(int from, int to) {
      Pointers.copy(address(from), address(to), slotBytes);
    }

    ByteBuffer buffer(int slot) {
      return buffers[slot / slotsPerBuffer];
    }

    int offset(int slot) {
      return (int) (slot % slotsPerBuffer * slotBytes);
    }
  }
}
