package org.fathom4j.kernel;

import java.nio.ByteBuffer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * A slab for tiny widths, where a call of the BLAS costs more than its arithmetic: one example a
 * vector lane, features one after another, {@code [D, rows]} and {@code [M, rows]}.
 *
 * <p>Products with V and U then need no sums across lanes, and weights are broadcast from where
 * they lie, transposed or not; for weight gradients, which are sums over examples, see {@link
 * OuterProductVectorPass}. A run of blocks is computed in arrays: its weights, z, h and their
 * gradients are copied there and back at once. Plain nonlinear branches in float.
 */
final class LaneVectorPass extends Slab {

  private static final VectorSpecies<Float> SPECIES = FloatVectorPass.SPECIES;
  private static final int LANES = SPECIES.length();

  private final Activation activation;
  private final int storedRows;
  private final int matrix; // numbers in V of a block, and in U
  private final int streamStep; // numbers from z of a block to z of the next
  private final int hiddenStep;
  private final Scratch scratch;
  private final Blas blas = Blas.of(Precision.FLOAT);
  private StackParameters parameters;

  /** Makes slabs, so that the class can be found by name. */
  static final class Factory implements VectorSupport.LaneSlabs {

    private final Activation activation;

    Factory(Activation activation) {
      this.activation = activation;
    }

    @Override
    public Slab slab(
        StackShape shape,
        MemoryPlan plan,
        int firstRow,
        int rows,
        Slab sibling,
        Arena arena,
        long offset) {
      return new LaneVectorPass(shape, plan, firstRow, rows, sibling, arena, offset, activation);
    }
  }

  /** Working memory for a run of blocks. Block i of a run has z at i and z' at i + 1. */
  private static final class Scratch {

    final float[] inner; // V
    final float[] outer; // U
    final float[] z;
    final float[] h;
    final float[] dz;
    final float[] da;
    final float[] sums;
    final OuterProductVectorPass innerGradient;
    final OuterProductVectorPass outerGradient;
    final Staging staging;
    private Slab owner;
    private int from; // block whose weights, z and h are the first in the arrays
    private int to;

    Scratch(StackShape shape, int rows, int streamStep, int hiddenStep) {
      int width = shape.width();
      int hidden = shape.hiddenWidth();
      int matrix = width * hidden;
      inner = new float[LONGEST_RUN * matrix];
      outer = new float[LONGEST_RUN * matrix];
      z = new float[(LONGEST_RUN + 1) * streamStep];
      h = new float[LONGEST_RUN * hiddenStep];
      dz = new float[(LONGEST_RUN + 1) * streamStep];
      da = new float[LONGEST_RUN * hiddenStep];
      innerGradient = new OuterProductVectorPass(width, hidden, rows);
      outerGradient = new OuterProductVectorPass(hidden, width, rows);
      sums = new float[LONGEST_RUN * matrix];
      staging = new Staging(Math.max(inner.length, Math.max(z.length, h.length)));
    }

    /** Notes whose weights, z and h are in the arrays, and of which blocks. */
    void hold(Slab slab, int from, int to) {
      owner = slab;
      this.from = from;
      this.to = to;
    }

    /** Whether those of these blocks are there, just computed. */
    boolean holds(Slab slab, int from, int to) {
      return owner == slab && this.from <= from && to <= this.to;
    }
  }

  private LaneVectorPass(
      StackShape shape,
      MemoryPlan plan,
      int firstRow,
      int rows,
      Slab sibling,
      Arena arena,
      long offset,
      Activation activation) {
    super(shape, plan, firstRow, rows, wholeVectors(rows), arena, offset);
    if (plan != null && plan.kind() == MemoryPlan.Kind.RECOMPUTE && plan.segment() > LONGEST_RUN) {
      throw new IllegalArgumentException(
          String.format(
              "Tiny blocks are computed again in runs of at most %d, but the memory plan has"
                  + " segments of %d.",
              LONGEST_RUN, plan.segment()));
    }
    this.activation = activation;
    storedRows = wholeVectors(rows);
    matrix = width * hidden;
    streamStep = (int) (MemoryPlan.streamSlot(shape, storedRows) / Float.BYTES);
    hiddenStep = (int) (MemoryPlan.hiddenSlot(shape, storedRows) / Float.BYTES);
    scratch =
        sibling instanceof LaneVectorPass s && s.storedRows == storedRows
            ? s.scratch
            : new Scratch(shape, storedRows, streamStep, hiddenStep);
  }

  private static int wholeVectors(int rows) {
    return (rows + LANES - 1) / LANES * LANES;
  }

  @Override
  void use(StackParameters parameters) {
    this.parameters = parameters;
    scratch.hold(null, 0, 0);
  }

  /** Lanes without an example of their own repeat the last one: they overflow when it does. */
  @Override
  void load(NativeVector minibatch, int slot) {
    ByteBuffer to = streams.buffer(slot);
    boolean isGradient = slot == gradient;
    for (int n = 0; n < storedRows; n++) {
      for (int d = 0; d < width; d++) {
        long from = (long) (firstRow + Math.min(n, rows - 1)) * width + d;
        float x = n >= rows && isGradient ? 0 : (float) minibatch.get(from);
        to.putFloat(number(slot, n, d), x);
      }
    }
  }

  @Override
  void store(int slot, NativeVector minibatch) {
    ByteBuffer from = streams.buffer(slot);
    for (int n = 0; n < rows; n++) {
      for (int d = 0; d < width; d++) {
        minibatch.set((long) (firstRow + n) * width + d, from.getFloat(number(slot, n, d)));
      }
    }
  }

  /** Where feature d of example n lies in the buffer of a slot. */
  private int number(int slot, int n, int d) {
    return streams.offset(slot) + (d * storedRows + n) * Float.BYTES;
  }

  @Override
  void blocks(int from, int to, int here, int next, int slot) {
    Scratch s = scratch;
    int count = to - from;
    compute(from, to, here);
    if (next == here) {
      s.staging.deliver(s.z, count * streamStep, streamStep, streams.address(here));
    } else {
      s.staging.deliver(s.z, streamStep, count * streamStep, streams.address(next));
    }
    if (slot != spareHidden) {
      s.staging.deliver(s.h, 0, count * hiddenStep, hiddens.address(slot));
    }
  }

  /** Into the arrays, from where {@link #backwardBlocks} takes them: a segment is no longer. */
  @Override
  void recompute(int first, int end, int checkpoint) {
    if (!scratch.holds(this, first, end)) {
      compute(first, end, checkpoint);
    }
  }

  /** z and h of a run into the arrays, from z in a slot. */
  private void compute(int from, int to, int here) {
    fetchWeights(from, to - from);
    scratch.staging.fetch(streams.address(here), scratch.z, 0, streamStep);
    forward(to - from);
    scratch.hold(this, from, to);
  }

  private void fetchWeights(int from, int count) {
    long at = (long) from * matrix * Float.BYTES;
    scratch.staging.fetch(parameters.inner().address() + at, scratch.inner, 0, count * matrix);
    scratch.staging.fetch(parameters.outer().address() + at, scratch.outer, 0, count * matrix);
  }

  private void forward(int count) {
    Scratch s = scratch;
    for (int i = 0; i < count; i++) {
      int w = i * matrix;
      int z = i * streamStep;
      int h = i * hiddenStep;
      product(s.z, z, width, s.inner, w, hidden, 1, 1, hidden, null, 0, s.h, h);
      for (int j = h; j < h + hidden * storedRows; j += LANES) {
        FloatVectorPass.exact(FloatVectorPass.value(activation, vector(s.h, j))).intoArray(s.h, j);
      }
      product(s.h, h, hidden, s.outer, w, width, 1, 1, width, s.z, z, s.z, z + streamStep);
    }
  }

  @Override
  void backwardBlocks(
      int from,
      int to,
      int stream,
      boolean backwards,
      int slot,
      GradientTarget target,
      boolean add,
      double[] scalarSums,
      int firstSum) {
    Scratch s = scratch;
    if (backwards || !s.holds(this, from, to)) {
      fetch(from, to, stream, backwards, slot);
    }
    int first = from - s.from;
    int count = to - from;
    s.staging.fetch(streams.address(gradient), s.dz, (first + count) * streamStep, streamStep);
    backward(first, count, backwards);
    int z = first * streamStep;
    int h = first * hiddenStep;
    s.staging.deliver(s.dz, z, streamStep, streams.address(gradient));
    if (backwards) {
      s.staging.deliver(s.z, z, streamStep, streams.address(stream));
    }
    s.outerGradient.apply(count, s.h, h, hiddenStep, s.dz, z + streamStep, streamStep, s.sums);
    deliverGradient(count, target.outer(from), add);
    s.innerGradient.apply(count, s.z, z, streamStep, s.da, h, hiddenStep, s.sums);
    deliverGradient(count, target.inner(from), add);
  }

  /** Weights, z and h of a run into the arrays. */
  private void fetch(int from, int to, int stream, boolean backwards, int slot) {
    Scratch s = scratch;
    int count = to - from;
    fetchWeights(from, count);
    s.staging.fetch(hiddens.address(slot), s.h, 0, count * hiddenStep);
    if (backwards) {
      s.staging.fetch(streams.address(stream), s.z, count * streamStep, streamStep);
    } else {
      s.staging.fetch(streams.address(stream), s.z, 0, count * streamStep);
    }
    s.hold(this, from, to);
  }

  private void deliverGradient(int count, long address, boolean add) {
    if (add) {
      scratch.staging.add(blas, scratch.sums, 0, count * matrix, address);
    } else {
      scratch.staging.deliver(scratch.sums, 0, count * matrix, address);
    }
  }

  private void backward(int first, int count, boolean backwards) {
    Scratch s = scratch;
    for (int i = first + count - 1; i >= first; i--) {
      int w = i * matrix;
      int z = i * streamStep;
      int next = z + streamStep;
      int h = i * hiddenStep;
      if (backwards) {
        product(s.h, h, hidden, s.outer, w, width, 1, -1, width, s.z, next, s.z, z);
      }
      product(s.dz, next, width, s.outer, w, 1, width, 1, hidden, null, 0, s.da, h);
      for (int j = h; j < h + hidden * storedRows; j += LANES) {
        FloatVector slope = FloatVectorPass.slope(activation, vector(s.h, j));
        FloatVectorPass.exact(vector(s.da, j).mul(slope)).intoArray(s.da, j);
      }
      product(s.da, h, hidden, s.inner, w, 1, hidden, 1, width, s.dz, next, s.dz, z);
    }
  }

  /**
   * y_c = s_c ± Σ_k w_kc x_k for the features c of y, in every lane.
   *
   * @param x [features, rows], from {@code xAt} on
   * @param w weight of feature k of x and feature c of y: {@code wAt + k·kStride + c·cStride}
   * @param sign 1 or -1
   * @param start s, [outputs, rows]; null for 0
   */
  private void product(
      float[] x,
      int xAt,
      int features,
      float[] w,
      int wAt,
      int kStride,
      int cStride,
      float sign,
      int outputs,
      float[] start,
      int startAt,
      float[] y,
      int yAt) {
    int row = storedRows;
    for (int j = 0; j < row; j += LANES) {
      int c = 0;
      for (; c + 4 <= outputs; c += 4) {
        int at = c * row + j;
        FloatVector y0 = FloatVector.zero(SPECIES);
        FloatVector y1 = y0;
        FloatVector y2 = y0;
        FloatVector y3 = y0;
        if (start != null) {
          y0 = vector(start, startAt + at);
          y1 = vector(start, startAt + at + row);
          y2 = vector(start, startAt + at + 2 * row);
          y3 = vector(start, startAt + at + 3 * row);
        }
        int i = wAt + c * cStride;
        int k = 0;
        for (; k < features - 1; k++) {
          FloatVector xk = vector(x, xAt + k * row + j);
          y0 = xk.fma(FloatVector.broadcast(SPECIES, sign * w[i]), y0);
          y1 = xk.fma(FloatVector.broadcast(SPECIES, sign * w[i + cStride]), y1);
          y2 = xk.fma(FloatVector.broadcast(SPECIES, sign * w[i + 2 * cStride]), y2);
          y3 = xk.fma(FloatVector.broadcast(SPECIES, sign * w[i + 3 * cStride]), y3);
          i += kStride;
        }
        FloatVector xk = vector(x, xAt + k * row + j);
        int to = yAt + at;
        FloatVectorPass.exact(xk.fma(FloatVector.broadcast(SPECIES, sign * w[i]), y0))
            .intoArray(y, to);
        FloatVectorPass.exact(xk.fma(FloatVector.broadcast(SPECIES, sign * w[i + cStride]), y1))
            .intoArray(y, to + row);
        FloatVectorPass.exact(xk.fma(FloatVector.broadcast(SPECIES, sign * w[i + 2 * cStride]), y2))
            .intoArray(y, to + 2 * row);
        FloatVectorPass.exact(xk.fma(FloatVector.broadcast(SPECIES, sign * w[i + 3 * cStride]), y3))
            .intoArray(y, to + 3 * row);
      }
      for (; c < outputs; c++) {
        int at = c * row + j;
        FloatVector yc = start == null ? FloatVector.zero(SPECIES) : vector(start, startAt + at);
        int i = wAt + c * cStride;
        int k = 0;
        for (; k < features - 1; k++) {
          FloatVector xk = vector(x, xAt + k * row + j);
          yc = xk.fma(FloatVector.broadcast(SPECIES, sign * w[i]), yc);
          i += kStride;
        }
        FloatVector xk = vector(x, xAt + k * row + j);
        FloatVectorPass.exact(xk.fma(FloatVector.broadcast(SPECIES, sign * w[i]), yc))
            .intoArray(y, yAt + at);
      }
    }
  }

  @Override
  double norm(int slot) {
    ByteBuffer from = streams.buffer(slot);
    return Norm.of(rows * width, i -> from.getFloat(number(slot, i % rows, i / rows)));
  }

  private static FloatVector vector(float[] from, int at) {
    return FloatVectorPass.exact(FloatVector.fromArray(SPECIES, from, at));
  }
}
