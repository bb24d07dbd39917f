package org.fathom4j.kernel;

import java.nio.ByteBuffer;
import org.bytedeco.javacpp.Pointer;
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
 * <p>The scalars of a branch enter as row vectors: (z + b1) V + b2 = z V + (b1 Σ_d V_d + b2), and
 * so on, so that biased branches run through the same products.
 */
final class Slab {

  private final StackShape shape;
  private final MemoryPlan plan; // null: nothing is kept
  private final int firstRow;
  private final int rows;
  private final int width;
  private final int hidden;
  private final long streamBytes;
  private final long matrixBytes;
  private final Blas blas;
  private final ActivationPass activation;

  private final Slots streams;
  private final Slots hiddens;
  private final Slots da;
  private long z;
  private long zOther;
  private long dz;
  private long dzOther;
  private int recomputedFrom = -1; // first block of the segment whose z and h are there
  private final double[] widthRow; // for biased branches
  private final double[] hiddenRow;

  /** Bytes of an arena that a slab with this many rows takes. */
  static long bytes(StackShape shape, MemoryPlan plan, int rows) {
    long stream = MemoryPlan.streamSlot(shape, rows);
    long hidden = MemoryPlan.hiddenSlot(shape, rows);
    if (plan == null) {
      return 2 * stream + hidden;
    }
    return MemoryPlan.streamSlots(plan.kind(), plan.segment(), shape.depth()) * stream
        + MemoryPlan.hiddenSlots(plan.kind(), plan.segment(), shape) * hidden
        + 4 * stream
        + 2 * hidden;
  }

  Slab(StackShape shape, MemoryPlan plan, int firstRow, int rows, Arena arena, long offset) {
    this.shape = shape;
    this.plan = plan;
    this.firstRow = firstRow;
    this.rows = rows;
    width = shape.width();
    hidden = shape.hiddenWidth();
    streamBytes = (long) rows * width * shape.precision().bytes();
    matrixBytes = shape.matrixLength() * shape.precision().bytes();
    blas = Blas.of(shape.precision());
    activation = ActivationPass.of(shape.activation(), shape.precision());
    widthRow = new double[width];
    hiddenRow = new double[hidden];

    long stream = MemoryPlan.streamSlot(shape, rows);
    long hiddenSlot = MemoryPlan.hiddenSlot(shape, rows);
    long at = offset;
    z = arena.address(at);
    at += stream;
    zOther = arena.address(at);
    at += stream;
    if (plan == null) {
      streams = null;
      da = null;
      hiddens = new Slots(arena, at, hiddenSlot, hiddenSlot == 0 ? 0 : 1);
    } else {
      dz = arena.address(at);
      at += stream;
      dzOther = arena.address(at);
      at += stream;
      da = new Slots(arena, at, hiddenSlot, hiddenSlot == 0 ? 0 : 1);
      at += hiddenSlot;
      // one more than is kept: where blocks that keep nothing put their h
      long count = MemoryPlan.hiddenSlots(plan.kind(), plan.segment(), shape);
      hiddens = new Slots(arena, at, hiddenSlot, hiddenSlot == 0 ? 0 : count + 1);
      at += hiddenSlot * (count + 1);
      streams =
          new Slots(
              arena,
              at,
              stream,
              MemoryPlan.streamSlots(plan.kind(), plan.segment(), shape.depth()));
    }
  }

  /**
   * Z_0 → Z_L for the rows of this slab.
   *
   * @param squares receives Σ z_l² at the layers the probe wants; null without a probe
   */
  void forward(
      StackParameters parameters,
      NativeVector input,
      NativeVector output,
      DepthProbe probe,
      double[] squares) {
    recomputedFrom = -1;
    long here = z;
    if (plan != null && plan.kind() == Kind.KEEP_ALL) {
      here = streams.address(0);
    }
    Pointers.copy(rowsOf(input), here, streamBytes);
    measure(probe, squares, 0, here);
    for (int l = 0; l < shape.depth(); l++) {
      here = forwardBlock(parameters, l, here);
      measure(probe, squares, l + 1, here);
    }
    Pointers.copy(here, rowsOf(output), streamBytes);
  }

  /** One block of the forward pass, keeping what the plan keeps; returns where z_{l+1} lies. */
  private long forwardBlock(StackParameters parameters, int l, long here) {
    if (plan == null) {
      return block(parameters, l, here, inPlaceOrOther(here), 0);
    }
    int segment = plan.segment();
    return switch (plan.kind()) {
      case KEEP_ALL -> block(parameters, l, here, streams.address(l + 1), l);
      case KEEP_HIDDEN -> {
        long next = block(parameters, l, here, here, l);
        if (isCheckpoint(l + 1)) {
          Pointers.copy(next, checkpointAfter(l), streamBytes);
        }
        yield next;
      }
      case RECOMPUTE -> {
        if (l % segment == 0) {
          Pointers.copy(here, streams.address(l / segment), streamBytes);
        }
        yield block(parameters, l, here, inPlaceOrOther(here), segment);
      }
    };
  }

  private boolean isCheckpoint(int layer) {
    return layer % plan.segment() == 0 || layer == shape.depth();
  }

  private long checkpointAfter(int l) {
    return streams.address(l / plan.segment());
  }

  /** A linear block cannot overwrite its input: z' = z + z A reads all of z for each column. */
  private long inPlaceOrOther(long here) {
    if (shape.kind() == BlockKind.NONLINEAR) {
      return here;
    }
    return here == z ? zOther : z;
  }

  /** z' = z + α (σ((z + b1) V + b2) + b3) U, or z + α z A; z' may be z unless linear. */
  private long block(StackParameters parameters, int l, long from, long to, int slot) {
    long v = matrix(parameters.inner(), l);
    if (from != to) {
      Pointers.copy(from, to, streamBytes);
    }
    if (shape.kind() == BlockKind.LINEAR) {
      blas.multiply(rows, width, width, alpha(parameters, l), from, v, 1, to);
      return to;
    }
    long h = hiddens.address(slot);
    blas.multiply(rows, hidden, width, 1, from, v, 0, h);
    if (shape.form().isBiased()) {
      double b1 = scalar(parameters, l, 1);
      double b2 = scalar(parameters, l, 2);
      blas.columnSums(width, hidden, v, hiddenRow);
      for (int m = 0; m < hidden; m++) {
        hiddenRow[m] = b1 * hiddenRow[m] + b2;
      }
      blas.addRow(rows, hidden, hiddenRow, h);
    }
    activation.apply(hiddens.buffer(slot), hiddens.offset(slot), rows * hidden);
    addBranch(parameters, l, h, 1, to);
    return to;
  }

  /** z := z ± α (h + b3) U. */
  private void addBranch(StackParameters parameters, int l, long h, int sign, long to) {
    long u = matrix(parameters.outer(), l);
    double alpha = sign * alpha(parameters, l);
    blas.multiply(rows, width, hidden, alpha, h, u, 1, to);
    if (shape.form().isBiased()) {
      double b3 = scalar(parameters, l, 3);
      blas.columnSums(hidden, width, u, widthRow);
      for (int d = 0; d < width; d++) {
        widthRow[d] *= alpha * b3;
      }
      blas.addRow(rows, width, widthRow, to);
    }
  }

  /** Starts the way back. */
  void beginBackward(NativeVector outputGradient, DepthProbe probe, double[] squares) {
    Pointers.copy(rowsOf(outputGradient), dz, streamBytes);
    measure(probe, squares, shape.depth(), dz);
  }

  /**
   * The way back through blocks {@code to}-1 … {@code from}.
   *
   * @param target where weight gradients go
   * @param add whether they are added to what is there
   * @param scalarSums receives ∂b1, ∂b2, ∂b3 of this slab for each of the blocks; null unless
   *     biased
   */
  void backward(
      StackParameters parameters,
      int from,
      int to,
      GradientTarget target,
      boolean add,
      double[] scalarSums,
      DepthProbe probe,
      double[] squares) {
    for (int l = to - 1; l >= from; l--) {
      long stream;
      int slot = l;
      switch (plan.kind()) {
        case KEEP_ALL -> stream = streams.address(l);
        case KEEP_HIDDEN -> {
          if (isCheckpoint(l + 1)) {
            Pointers.copy(checkpointAfter(l), z, streamBytes);
          }
          addBranch(parameters, l, hiddens.address(l), -1, z);
          stream = z;
        }
        case RECOMPUTE -> {
          recompute(parameters, l / plan.segment() * plan.segment());
          slot = l - recomputedFrom;
          stream = streams.address(firstRecomputed() + slot);
        }
        default -> throw new AssertionError(plan.kind());
      }
      if (shape.kind() == BlockKind.LINEAR) {
        backwardLinear(parameters, l, stream, target, add);
      } else {
        backwardBlock(parameters, l, stream, slot, target, add, scalarSums, (l - from) * 3);
      }
      measure(probe, squares, l, dz);
    }
  }

  /** Computes z and h of the segment that starts at a block again, unless they are there. */
  private void recompute(StackParameters parameters, int first) {
    if (recomputedFrom == first) {
      return;
    }
    recomputedFrom = first;
    int last = Math.min(first + plan.segment(), shape.depth());
    long here = streams.address(firstRecomputed());
    Pointers.copy(streams.address(first / plan.segment()), here, streamBytes);
    for (int l = first; l < last - 1; l++) {
      int slot = l - first;
      here = block(parameters, l, here, streams.address(firstRecomputed() + slot + 1), slot);
    }
    if (shape.kind() == BlockKind.NONLINEAR) { // of the last block only h is needed
      Pointers.copy(here, z, streamBytes);
      block(parameters, last - 1, z, z, last - 1 - first);
    }
  }

  private long firstRecomputed() {
    return (shape.depth() + plan.segment() - 1) / plan.segment();
  }

  private void backwardBlock(
      StackParameters parameters,
      int l,
      long stream,
      int slot,
      GradientTarget target,
      boolean add,
      double[] scalarSums,
      int firstSum) {
    long v = matrix(parameters.inner(), l);
    long u = matrix(parameters.outer(), l);
    long h = hiddens.address(slot);
    long a = da.address(0);
    long dU = target.outer(l);
    long dV = target.inner(l);
    double alpha = alpha(parameters, l);
    double beta = add ? 1 : 0;
    boolean biased = shape.form().isBiased();
    // ∂U without its factor α: ∂α = ⟨U, this⟩ needs it even where α = 0
    blas.multiplyTransposed(hidden, width, rows, 1, h, dz, beta, dU);
    blas.multiplyByTransposed(rows, hidden, width, alpha, dz, u, 0, a);
    if (biased) {
      blas.columnSums(rows, width, dz, widthRow);
      double b3 = scalar(parameters, l, 3);
      for (int d = 0; d < width; d++) {
        widthRow[d] *= b3;
      }
      blas.addRow(hidden, width, widthRow, dU);
      blas.columnSums(rows, hidden, a, hiddenRow);
      scalarSums[firstSum + 2] += sum(hiddenRow);
    }
    activation.backpropagate(
        da.buffer(0), da.offset(0), hiddens.buffer(slot), hiddens.offset(slot), rows * hidden);
    blas.multiplyTransposed(width, hidden, rows, 1, stream, a, beta, dV);
    if (biased) {
      double b1 = scalar(parameters, l, 1);
      double[] sumsOfV = new double[hidden];
      blas.columnSums(width, hidden, v, sumsOfV);
      blas.columnSums(rows, hidden, a, hiddenRow);
      for (int m = 0; m < hidden; m++) {
        scalarSums[firstSum] += hiddenRow[m] * sumsOfV[m];
        scalarSums[firstSum + 1] += hiddenRow[m];
        hiddenRow[m] *= b1;
      }
      blas.addRow(width, hidden, hiddenRow, dV);
    }
    blas.multiplyByTransposed(rows, width, hidden, 1, a, v, 1, dz);
  }

  /** ∂A = α zᵀ ∂z', here without α; ∂z = ∂z' + α ∂z' Aᵀ. */
  private void backwardLinear(
      StackParameters parameters, int l, long stream, GradientTarget target, boolean add) {
    long a = matrix(parameters.inner(), l);
    blas.multiplyTransposed(width, width, rows, 1, stream, dz, add ? 1 : 0, target.inner(l));
    Pointers.copy(dz, dzOther, streamBytes);
    blas.multiplyByTransposed(rows, width, width, alpha(parameters, l), dz, a, 1, dzOther);
    long swap = dz;
    dz = dzOther;
    dzOther = swap;
  }

  /** Hands ∂Z_0 over. */
  void endBackward(NativeVector inputGradient) {
    Pointers.copy(dz, rowsOf(inputGradient), streamBytes);
  }

  private void measure(DepthProbe probe, double[] squares, int layer, long rows) {
    if (probe != null && probe.wants(layer)) {
      squares[layer] = blas.dot(this.rows * width, rows, rows);
    }
  }

  private double alpha(StackParameters parameters, int l) {
    return shape.form().isScaled() ? scalar(parameters, l, 0) : 1;
  }

  private double scalar(StackParameters parameters, int l, int i) {
    return parameters.scalars().get((long) l * shape.form().scalarsPerBlock() + i);
  }

  private long matrix(NativeVector matrices, int l) {
    return matrices.address() + l * matrixBytes;
  }

  private long rowsOf(NativeVector matrix) {
    return matrix.address() + (long) firstRow * width * shape.precision().bytes();
  }

  private static double sum(double[] numbers) {
    double sum = 0;
    for (double x : numbers) {
      sum += x;
    }
    return sum;
  }

  /** Where a slab's part of the weight gradients goes. */
  interface GradientTarget {

    /** Address of ∂V or ∂A of a block. */
    long inner(int l);

    /** Address of ∂U of a block. */
    long outer(int l);
  }

  /** Slots of equal size, one after another, as addresses and as buffers below 2 GiB each. */
  private static final class Slots {

    private static final long LARGEST_BUFFER = 1L << 30;

    private final long address;
    private final long slotBytes;
    private final int slotsPerBuffer;
    private final ByteBuffer[] buffers;

    Slots(Arena arena, long offset, long slotBytes, long count) {
      this.address = arena.address(offset);
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
        buffers[i] = arena.view(offset + first * slotBytes, (int) (slots * slotBytes));
      }
    }

    long address(long slot) {
      return address + slot * slotBytes;
    }

    ByteBuffer buffer(int slot) {
      return buffers[slot / slotsPerBuffer];
    }

    int offset(int slot) {
      return (int) (slot % slotsPerBuffer * slotBytes);
    }
  }

  /** Copies between addresses. */
  private static final class Pointers extends Pointer {

    private static final ThreadLocal<Pointers[]> PAIR =
        ThreadLocal.withInitial(() -> new Pointers[] {new Pointers(), new Pointers()});

    static void copy(long from, long to, long bytes) {
      Pointers[] pair = PAIR.get();
      pair[0].address = from;
      pair[1].address = to;
      memcpy(pair[1], pair[0], bytes);
    }
  }
}
