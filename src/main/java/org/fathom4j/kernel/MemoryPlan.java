package org.fathom4j.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What the forward pass keeps of its activations until the backward pass, and how many bytes that
 * takes. N examples, depth L, width D, hidden width M, b bytes a number:
 *
 * <pre>
 *   keep-all       z_l and h_l of every block                     b N L (D + M)
 *   keep-hidden    h_l of every block, z of every K-th;           b N (L M + D L/K)
 *                  z_{l-1} = z_l - α_l U_l h_l on the way back
 *   recompute      z of every K-th block; the blocks between      b N (D L/K + K (D + M))
 *                  are computed again, K = √(L D / (D + M)),
 *                  at most 32 where vectors hold widths up to 8
 * </pre>
 *
 * <p>keep-all and recompute give the same bits. Keep-hidden rounds each z once more a block: after
 * at most K = {@value #CHECKPOINT_EVERY} blocks it differs from the forward pass by no more than K
 * unit roundoffs of the largest z of those blocks, beside the roundoff of the product itself.
 * Linear blocks have no h, so keep-hidden does not serve them.
 *
 * <p>A run's results depend on the kind, not on the bytes: it is chosen once, from the training
 * minibatch and the memory that is free then, and kept for minibatches of every other size ({@link
 * StackKernel#keepingTo}).
 *
 * @param kind what is kept
 * @param segment K, blocks from one kept z to the next; 1 if every z is kept
 * @param bytes what a trace allocates, exactly: the formulas above with every z and h rounded up to
 *     whole cache lines (and to whole vectors of examples at widths up to 8), each slab's places
 *     for z, ∂z, h and ∂a, and the copies of weight gradients that threads after the first fill. It
 *     counts neither weights and their gradients, nor the one block's weights that a high slab
 *     transposes, nor the minibatch itself
 * @param reason one sentence for logs and run records
 */
public record MemoryPlan(Kind kind, int segment, long bytes, String reason) {

  /** Blocks between two kept z of {@link Kind#KEEP_HIDDEN}. */
  public static final int CHECKPOINT_EVERY = 32;

  private static final double MIB = 1L << 20;

  /**
   * Hidden widths up to this are faster without z in memory: computing it backwards costs 2 N D M
   * flop, keeping it N D numbers written and read.
   */
  private static final int FASTER_BACKWARDS = 32;

  /** A trace of this size stays in the caches: z costs nothing there. */
  private static final long CACHED = 32L << 20;

  /** What is kept. */
  public enum Kind {
    KEEP_HIDDEN,
    KEEP_ALL,
    RECOMPUTE;

    /** The name in options and records, such as {@code keep-hidden}. */
    public String option() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The kind of this name. */
    public static Kind of(String option) {
      for (Kind kind : values()) {
        if (kind.option().equals(option)) {
          return kind;
        }
      }
      throw new IllegalArgumentException(
          "There is no memory plan '" + option + "': keep-hidden, keep-all or recompute.");
    }

    boolean serves(StackShape shape) {
      return this != KEEP_HIDDEN || shape.kind() == BlockKind.NONLINEAR;
    }
  }

  /**
   * The plan of a kernel that has no choice.
   *
   * @param what is kept, such as "z and a of all 7 blocks are kept"
   * @param bytes native memory for it
   */
  public static MemoryPlan keepAll(String what, long bytes, int examples) {
    return new MemoryPlan(Kind.KEEP_ALL, 1, bytes, sentence(Kind.KEEP_ALL, what, bytes, examples));
  }

  /**
   * This plan, saying how much is free, if it fits.
   *
   * @param freeBytes memory that activations may take
   * @throws InsufficientMemoryException if it does not; the message says what it would take
   */
  public MemoryPlan within(long freeBytes) {
    return fastest(List.of(this), freeBytes, "The activations");
  }

  /**
   * The same plan in each of many layers.
   *
   * @param layers how many
   * @param outputBytes what the framework keeps of each layer's output
   */
  public MemoryPlan inLayers(int layers, long outputBytes) {
    long all = layers * (bytes + outputBytes);
    return new MemoryPlan(
        kind,
        segment,
        all,
        String.format(
            Locale.ROOT,
            "%s in each of %,d layers, %.1f MiB in all with the layers' outputs; a layer, of its"
                + " share of the memory, %s",
            kind.option(),
            layers,
            all / MIB,
            reason));
  }

  /**
   * The fastest plan that fits.
   *
   * @param freeBytes memory that activations may take
   * @throws InsufficientMemoryException if none fits; the message says what each plan would take
   */
  static MemoryPlan choose(StackShape shape, Partition partition, long freeBytes) {
    return fastest(
        all(shape, partition),
        freeBytes,
        String.format(
            Locale.ROOT,
            "The activations of %d examples in %d %s of width %d and hidden width %d",
            partition.examples(),
            shape.depth(),
            shape.depth() == 1 ? "block" : "blocks",
            shape.width(),
            shape.hiddenWidth()));
  }

  private static MemoryPlan fastest(List<MemoryPlan> fastestFirst, long freeBytes, String what) {
    StringBuilder tooLarge = new StringBuilder();
    for (MemoryPlan plan : fastestFirst) {
      if (plan.bytes <= freeBytes) {
        return new MemoryPlan(
            plan.kind,
            plan.segment,
            plan.bytes,
            plan.reason
                + String.format(Locale.ROOT, "; %.1f MiB are free%s.", freeBytes / MIB, tooLarge));
      }
      tooLarge.append(
          String.format(
              Locale.ROOT, ", %s would take %.1f MiB", plan.kind.option(), plan.bytes / MIB));
    }
    throw new InsufficientMemoryException(
        String.format(
            Locale.ROOT,
            "%s do not fit into %.1f MiB of free memory%s. Reduce --batch-size, --depth, --width or"
                + " --hidden-width.",
            what,
            freeBytes / MIB,
            tooLarge));
  }

  /** Every plan that serves a stack, the fastest first. */
  static List<MemoryPlan> all(StackShape shape, Partition partition) {
    List<MemoryPlan> plans = new ArrayList<>();
    long numbers = (long) shape.depth() * (shape.width() + hiddenWidth(shape));
    boolean backwards =
        shape.hiddenWidth() <= FASTER_BACKWARDS
            && numbers * partition.examples() * shape.precision().bytes() > CACHED;
    List<Kind> fastestFirst =
        backwards
            ? List.of(Kind.KEEP_HIDDEN, Kind.KEEP_ALL, Kind.RECOMPUTE)
            : List.of(Kind.KEEP_ALL, Kind.KEEP_HIDDEN, Kind.RECOMPUTE);
    for (Kind kind : fastestFirst) {
      if (kind.serves(shape)) {
        plans.add(of(kind, shape, partition));
      }
    }
    return plans;
  }

  /** A plan of this kind, whatever memory there is. */
  static MemoryPlan of(Kind kind, StackShape shape, Partition partition) {
    if (!kind.serves(shape)) {
      throw new IllegalArgumentException(
          "Linear blocks have no hidden layer to keep; use the memory plan keep-all or recompute.");
    }
    int depth = shape.depth();
    int segment = segment(kind, shape);
    long bytes = SlabSet.bytes(shape, kind, segment, partition);
    String what =
        switch (kind) {
          case KEEP_ALL ->
              shape.kind() == BlockKind.LINEAR
                  ? "z of " + blocks(depth) + " is kept"
                  : "z and h of " + blocks(depth) + " are kept";
          case KEEP_HIDDEN ->
              "h of "
                  + blocks(depth)
                  + " and one z in "
                  + segment
                  + " are kept, the other z are computed backwards";
          case RECOMPUTE ->
              "one z in " + segment + " is kept, the blocks between are computed again";
        };
    return new MemoryPlan(kind, segment, bytes, sentence(kind, what, bytes, partition.examples()));
  }

  private static String blocks(int depth) {
    return depth == 1 ? "one block" : "all " + depth + " blocks";
  }

  private static String sentence(Kind kind, String what, long bytes, int examples) {
    return String.format(
        Locale.ROOT,
        "%s: %s, %.1f MiB for %d examples",
        kind.option(),
        what,
        bytes / MIB,
        examples);
  }

  private static int segment(Kind kind, StackShape shape) {
    double share = (double) shape.width() / (shape.width() + hiddenWidth(shape));
    return switch (kind) {
      case KEEP_ALL -> 1;
      case KEEP_HIDDEN -> CHECKPOINT_EVERY;
      case RECOMPUTE -> {
        int smallest = Math.max(1, (int) Math.round(Math.sqrt(shape.depth() * share)));
        yield Partition.isTiny(shape) ? Math.min(smallest, CHECKPOINT_EVERY) : smallest;
      }
    };
  }

  /** How many z a trace has room for. */
  static long streamSlots(Kind kind, int segment, int depth) {
    long checkpoints = (depth + segment - 1) / segment;
    return switch (kind) {
      case KEEP_ALL -> depth + 1L;
      case KEEP_HIDDEN -> checkpoints;
      case RECOMPUTE -> checkpoints + segment + 1;
    };
  }

  /** How many h a trace has room for. */
  static long hiddenSlots(Kind kind, int segment, StackShape shape) {
    if (shape.kind() == BlockKind.LINEAR) {
      return 0;
    }
    return kind == Kind.RECOMPUTE ? segment : shape.depth();
  }

  /** Bytes of z_l. */
  static long streamSlot(StackShape shape, int examples) {
    return Arena.slot((long) examples * shape.width() * shape.precision().bytes());
  }

  /** Bytes of h_l. */
  static long hiddenSlot(StackShape shape, int examples) {
    return Arena.slot((long) examples * hiddenWidth(shape) * shape.precision().bytes());
  }

  private static int hiddenWidth(StackShape shape) {
    return shape.kind() == BlockKind.LINEAR ? 0 : shape.hiddenWidth();
  }
}
