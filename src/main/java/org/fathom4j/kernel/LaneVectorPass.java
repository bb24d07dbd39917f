package org.fathom4j.kernel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * A slab for tiny widths, where a call of the BLAS costs more than its arithmetic: one example a
 * vector lane, features one after another, {@code [D, rows]} and {@code [M, rows]}.
 *
 * <p>Products with V and U then need no sums across lanes, and weights are broadcast from where
 * they lie, transposed or not. Only weight gradients are sums over examples, and left to the BLAS.
 * Plain nonlinear branches in float.
 */
final class LaneVectorPass extends Slab {

  private static final VectorSpecies<Float> SPECIES = FloatVectorPass.SPECIES;
  private static final int LANES = SPECIES.length();
  private static final int STEP = LANES * Float.BYTES;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private final FloatVectorPass activation;
  private final int storedRows;
  private final int rowBytes; // of one feature
  private final Blas blas = Blas.of(Precision.FLOAT);
  private StackParameters parameters;
  private FloatBuffer[] inner;
  private FloatBuffer[] outer;
  private int blocksPerBuffer;

  /** Makes slabs, so that the class can be found by name. */
  static final class Factory implements VectorSupport.LaneSlabs {

    private final Activation activation;

    Factory(Activation activation) {
      this.activation = activation;
    }

    @Override
    public Slab slab(
        StackShape shape, MemoryPlan plan, int firstRow, int rows, Arena arena, long offset) {
      return new LaneVectorPass(shape, plan, firstRow, rows, arena, offset, activation);
    }
  }

  private LaneVectorPass(
      StackShape shape,
      MemoryPlan plan,
      int firstRow,
      int rows,
      Arena arena,
      long offset,
      Activation activation) {
    super(shape, plan, firstRow, rows, wholeVectors(rows), arena, offset);
    this.activation = new FloatVectorPass(activation);
    storedRows = wholeVectors(rows);
    rowBytes = storedRows * Float.BYTES;
  }

  private static int wholeVectors(int rows) {
    return (rows + LANES - 1) / LANES * LANES;
  }

  @Override
  void use(StackParameters parameters) {
    if (this.parameters == parameters) {
      return;
    }
    this.parameters = parameters;
    long block = shape.matrixLength() * Float.BYTES;
    blocksPerBuffer = (int) ((1L << 30) / block);
    inner = buffers(parameters.inner(), block);
    outer = buffers(parameters.outer(), block);
  }

  private FloatBuffer[] buffers(NativeVector matrices, long block) {
    FloatBuffer[] buffers = new FloatBuffer[(shape.depth() - 1) / blocksPerBuffer + 1];
    for (int i = 0; i < buffers.length; i++) {
      int first = i * blocksPerBuffer;
      int blocks = Math.min(blocksPerBuffer, shape.depth() - first);
      buffers[i] =
          Arena.viewAt(matrices.address() + first * block, (int) (blocks * block)).asFloatBuffer();
    }
    return buffers;
  }

  private int matrix(int l) {
    return l % blocksPerBuffer * width * hidden;
  }

  /** Lanes without an example of their own repeat the last one: they overflow when it does. */
  @Override
  void load(NativeVector minibatch, int slot) {
    ByteBuffer to = streams.buffer(slot);
    int offset = streams.offset(slot);
    boolean isGradient = slot == gradient;
    for (int n = 0; n < storedRows; n++) {
      for (int d = 0; d < width; d++) {
        long from = (long) (firstRow + Math.min(n, rows - 1)) * width + d;
        float x = n >= rows && isGradient ? 0 : (float) minibatch.get(from);
        to.putFloat(offset + d * rowBytes + n * Float.BYTES, x);
      }
    }
  }

  @Override
  void store(int slot, NativeVector minibatch) {
    ByteBuffer from = streams.buffer(slot);
    int offset = streams.offset(slot);
    for (int n = 0; n < rows; n++) {
      for (int d = 0; d < width; d++) {
        minibatch.set(
            (long) (firstRow + n) * width + d,
            from.getFloat(offset + d * rowBytes + n * Float.BYTES));
      }
    }
  }

  @Override
  void block(int l, int from, int to, int slot) {
    ByteBuffer h = hiddens.buffer(slot);
    int hAt = hiddens.offset(slot);
    ByteBuffer z = streams.buffer(from);
    int zAt = streams.offset(from);
    FloatBuffer v = inner[l / blocksPerBuffer];
    FloatBuffer u = outer[l / blocksPerBuffer];
    int w = matrix(l);
    product(z, zAt, width, v, w, hidden, 1, hidden, null, 0, h, hAt);
    activation.apply(h, hAt, hidden * storedRows);
    product(h, hAt, hidden, u, w, width, 1, width, z, zAt, streams.buffer(to), streams.offset(to));
  }

  @Override
  void subtractBranch(int l, int slot, int stream) {
    // z - h U = -(-z + h U): rounding is symmetric
    ByteBuffer z = streams.buffer(stream);
    int zAt = streams.offset(stream);
    negate(z, zAt);
    product(
        hiddens.buffer(slot),
        hiddens.offset(slot),
        hidden,
        outer[l / blocksPerBuffer],
        matrix(l),
        width,
        1,
        width,
        z,
        zAt,
        z,
        zAt);
    negate(z, zAt);
  }

  private void negate(ByteBuffer x, int offset) {
    for (int i = offset; i < offset + width * rowBytes; i += STEP) {
      vector(x, i).neg().intoByteBuffer(x, i, ORDER);
    }
  }

  @Override
  void backwardBlock(
      int l,
      int stream,
      int slot,
      GradientTarget target,
      boolean add,
      double[] scalarSums,
      int firstSum) {
    ByteBuffer h = hiddens.buffer(slot);
    int hAt = hiddens.offset(slot);
    ByteBuffer da = hiddens.buffer(hiddenGradient);
    int daAt = hiddens.offset(hiddenGradient);
    ByteBuffer dz = streams.buffer(gradient);
    int dzAt = streams.offset(gradient);
    FloatBuffer v = inner[l / blocksPerBuffer];
    FloatBuffer u = outer[l / blocksPerBuffer];
    int w = matrix(l);
    double beta = add ? 1 : 0;
    long dU = target.outer(l);
    long dV = target.inner(l);
    blas.multiplyByTransposed(
        hidden, width, storedRows, 1, hiddens.address(slot), streams.address(gradient), beta, dU);
    product(dz, dzAt, width, u, w, 1, width, hidden, null, 0, da, daAt);
    activation.backpropagate(da, daAt, h, hAt, hidden * storedRows);
    blas.multiplyByTransposed(
        width,
        hidden,
        storedRows,
        1,
        streams.address(stream),
        hiddens.address(hiddenGradient),
        beta,
        dV);
    product(da, daAt, hidden, v, w, 1, hidden, width, dz, dzAt, dz, dzAt);
  }

  /**
   * y_c = s_c + Σ_k w_kc x_k for the features c of y, in every lane.
   *
   * @param x [features, rows], at {@code xAt} bytes of the buffer
   * @param w weight of feature k of x and feature c of y: {@code wAt + k·kStride + c·cStride}
   * @param start s, [outputs, rows]; null for 0; may be y
   */
  private void product(
      ByteBuffer x,
      int xAt,
      int features,
      FloatBuffer w,
      int wAt,
      int kStride,
      int cStride,
      int outputs,
      ByteBuffer start,
      int startAt,
      ByteBuffer y,
      int yAt) {
    for (int j = 0; j < rowBytes; j += STEP) {
      int c = 0;
      for (; c + 4 <= outputs; c += 4) {
        int at = c * rowBytes + j;
        FloatVector y0 = FloatVector.zero(SPECIES);
        FloatVector y1 = y0;
        FloatVector y2 = y0;
        FloatVector y3 = y0;
        if (start != null) {
          y0 = vector(start, startAt + at);
          y1 = vector(start, startAt + at + rowBytes);
          y2 = vector(start, startAt + at + 2 * rowBytes);
          y3 = vector(start, startAt + at + 3 * rowBytes);
        }
        int i = wAt + c * cStride;
        for (int k = 0; k < features; k++) {
          FloatVector xk = vector(x, xAt + k * rowBytes + j);
          y0 = xk.fma(FloatVector.broadcast(SPECIES, w.get(i)), y0);
          y1 = xk.fma(FloatVector.broadcast(SPECIES, w.get(i + cStride)), y1);
          y2 = xk.fma(FloatVector.broadcast(SPECIES, w.get(i + 2 * cStride)), y2);
          y3 = xk.fma(FloatVector.broadcast(SPECIES, w.get(i + 3 * cStride)), y3);
          i += kStride;
        }
        y0.intoByteBuffer(y, yAt + at, ORDER);
        y1.intoByteBuffer(y, yAt + at + rowBytes, ORDER);
        y2.intoByteBuffer(y, yAt + at + 2 * rowBytes, ORDER);
        y3.intoByteBuffer(y, yAt + at + 3 * rowBytes, ORDER);
      }
      for (; c < outputs; c++) {
        int at = c * rowBytes + j;
        FloatVector yc = start == null ? FloatVector.zero(SPECIES) : vector(start, startAt + at);
        int i = wAt + c * cStride;
        for (int k = 0; k < features; k++) {
          FloatVector xk = vector(x, xAt + k * rowBytes + j);
          yc = xk.fma(FloatVector.broadcast(SPECIES, w.get(i)), yc);
          i += kStride;
        }
        yc.intoByteBuffer(y, yAt + at, ORDER);
      }
    }
  }

  @Override
  double norm(int slot) {
    ByteBuffer from = streams.buffer(slot);
    int offset = streams.offset(slot);
    return Norm.of(
        rows * width,
        i -> from.getFloat(offset + (i / rows) * rowBytes + (i % rows) * Float.BYTES));
  }

  private static FloatVector vector(ByteBuffer from, int offset) {
    return FloatVector.fromByteBuffer(SPECIES, from, offset, ORDER);
  }
}
