package org.fathom4j.kernel;

import java.util.Locale;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * What {@link CudaStack} keeps of a minibatch on the device, and in how many blocks at a time the
 * backward pass goes.
 *
 * <pre>
 *   keep-all     z and h of every block, ∂z and ∂a of a chunk         b N' (L (D + M) + C (D + M))
 *   recompute    z of every K-th block, z, h, ∂z, ∂a between          b N' (D L/K + 2 K (D + M))
 * </pre>
 *
 * with N' = N rounded up to a multiple of eight. Beside these lie a few minibatches, counted here;
 * the weights, their transposes and their gradients, 3 b 2 D M L, which free memory must have room
 * for as well; and the updater's state, which nobody may count as free. A chunk gives the launch
 * that computes weight gradients thread blocks enough for every multiprocessor; where memory is
 * short chunks are smaller first, before z is computed twice. Both kinds give the same bits.
 *
 * @param segment K, blocks from one kept z to the next; 1 if every z is kept
 * @param chunk C, blocks whose gradients are kept at a time
 * @param bytes of activations and their gradients
 */
record CudaPlan(MemoryPlan.Kind kind, int segment, int chunk, long bytes) {

  private static final double MIB = 1L << 20;

  /** Thread blocks that a multiprocessor runs at a time, by the registers of the largest tile. */
  private static final int BLOCKS_EACH = 6;

  private static final int SMALLEST_CHUNK = 16;

  /** The driver allows so many thread blocks in a launch's second dimension. */
  private static final int LARGEST_CHUNK = 65_535;

  /**
   * The fastest plan that fits.
   *
   * @param asked for one kind of plan, which then need not fit; empty for the fastest that does
   * @param freeBytes of the device, before anything of the stack was allocated but the updater's
   *     state
   * @throws InsufficientMemoryException if no plan fits
   * @throws IllegalArgumentException if a plan was asked for that there is not
   */
  static CudaPlan choose(
      StackShape shape,
      int examples,
      int multiprocessors,
      Optional<MemoryPlan.Kind> asked,
      long freeBytes) {
    asked.ifPresent(CudaPlan::requireKnown);
    long room = freeBytes - weightBytes(shape);
    boolean keepAll = asked.isEmpty() || asked.get() == MemoryPlan.Kind.KEEP_ALL;
    boolean recompute = asked.isEmpty() || asked.get() == MemoryPlan.Kind.RECOMPUTE;
    CudaPlan plan = null;
    if (keepAll) {
      int smallest = Math.min(shape.depth(), SMALLEST_CHUNK);
      int chunk = fullChunk(shape, multiprocessors);
      plan = keepingAll(shape, examples, chunk);
      while (plan.bytes > room && chunk > smallest) {
        chunk = Math.max(smallest, chunk / 2);
        plan = keepingAll(shape, examples, chunk);
      }
    }
    if (recompute && (plan == null || plan.bytes > room)) {
      plan = recomputing(shape, examples);
    }
    if (plan.bytes > room && asked.isEmpty()) {
      throw new InsufficientMemoryException(
          String.format(
              Locale.ROOT,
              "Weights with their gradients (%.1f MiB) and the activations (%.1f MiB under the"
                  + " smallest plan, recompute) do not fit into %.1f MiB of the GPU's free memory."
                  + " Reduce --batch-size, --depth, --width or --hidden-width, or use --kernel"
                  + " fused.",
              weightBytes(shape) / MIB,
              plan.bytes / MIB,
              freeBytes / MIB));
    }
    return plan;
  }

  /** The same; where nothing fits, what nobody can reach any more is given back first. */
  static CudaPlan choose(
      StackShape shape,
      int examples,
      int multiprocessors,
      Optional<MemoryPlan.Kind> asked,
      LongSupplier freeBytes) {
    try {
      return choose(shape, examples, multiprocessors, asked, freeBytes.getAsLong());
    } catch (InsufficientMemoryException e) {
      if (!DeviceMemory.reclaim()) {
        throw e;
      }
      return choose(shape, examples, multiprocessors, asked, freeBytes.getAsLong());
    }
  }

  /** Why there is no such plan; empty if there is. */
  static Optional<String> problem(MemoryPlan.Kind kind) {
    return kind == MemoryPlan.Kind.KEEP_HIDDEN
        ? Optional.of("The cuda kernel has no memory plan keep-hidden; use keep-all or recompute.")
        : Optional.empty();
  }

  static void requireKnown(MemoryPlan.Kind kind) {
    problem(kind)
        .ifPresent(
            problem -> {
              throw new IllegalArgumentException(problem);
            });
  }

  private static CudaPlan keepingAll(StackShape shape, int examples, int chunk) {
    long slots = (long) shape.depth() + chunk;
    return new CudaPlan(
        MemoryPlan.Kind.KEEP_ALL,
        1,
        chunk,
        slots * slotPair(shape, examples) + ends(shape, examples));
  }

  private static CudaPlan recomputing(StackShape shape, int examples) {
    double share = (double) shape.width() / (2.0 * (shape.width() + hiddenWidth(shape)));
    int segment =
        Math.min(
            Math.min(shape.depth(), LARGEST_CHUNK),
            Math.max(SMALLEST_CHUNK, (int) Math.round(Math.sqrt(shape.depth() * share))));
    long kept = (shape.depth() + segment - 1L) / segment;
    return new CudaPlan(
        MemoryPlan.Kind.RECOMPUTE,
        segment,
        segment,
        kept * streamSlot(shape, examples)
            + 2L * segment * slotPair(shape, examples)
            + ends(shape, examples));
  }

  private static int fullChunk(StackShape shape, int multiprocessors) {
    long tiles = CudaLaunches.weightGradientTiles(shape);
    long chunk = (BLOCKS_EACH * (long) multiprocessors + tiles - 1) / tiles;
    return (int) Math.min(Math.min(shape.depth(), LARGEST_CHUNK), Math.max(SMALLEST_CHUNK, chunk));
  }

  /** N rounded up to whole groups of examples. */
  static long padded(int examples) {
    return (examples + 7L) / 8 * 8;
  }

  /** Bytes of z of one block. */
  static long streamSlot(StackShape shape, int examples) {
    return padded(examples) * shape.width() * shape.precision().bytes();
  }

  /** Bytes of h of one block. */
  static long hiddenSlot(StackShape shape, int examples) {
    return padded(examples) * hiddenWidth(shape) * shape.precision().bytes();
  }

  private static long slotPair(StackShape shape, int examples) {
    return streamSlot(shape, examples) + hiddenSlot(shape, examples);
  }

  /** The minibatch at the stack's two ends, in both layouts, and what layers by themselves need. */
  private static long ends(StackShape shape, int examples) {
    return 5 * streamSlot(shape, examples) + hiddenSlot(shape, examples);
  }

  /** M; 0 for linear blocks, which keep no h. */
  static int hiddenWidth(StackShape shape) {
    return shape.kind() == BlockKind.LINEAR ? 0 : shape.hiddenWidth();
  }

  /** Bytes of weights, their transposes and their gradients. */
  static long weightBytes(StackShape shape) {
    int matrices = shape.kind() == BlockKind.LINEAR ? 1 : 2;
    long scalars = 2L * shape.form().scalarsPerBlock();
    return shape.depth()
        * (3 * matrices * shape.matrixLength() + scalars)
        * shape.precision().bytes();
  }

  /** The same in the words of logs and run records. */
  MemoryPlan describe(StackShape shape, int examples) {
    String kept =
        kind == MemoryPlan.Kind.KEEP_ALL
            ? (shape.kind() == BlockKind.LINEAR ? "z" : "z and h")
                + " of "
                + (shape.depth() == 1 ? "the block" : "all " + shape.depth() + " blocks")
                + " and the gradients of "
                + chunk
                + " at a time"
            : "one z in " + segment + " and what the blocks between need, computed again,";
    return new MemoryPlan(
        kind,
        segment,
        bytes,
        String.format(
            Locale.ROOT,
            "%s: %s are kept on the GPU, %.1f MiB for %d examples",
            kind.option(),
            kept,
            bytes / MIB,
            examples));
  }
}
