package org.fathom4j.kernel;

import java.nio.ByteBuffer;

/**
 * A slab on BLAS: examples in rows, one row after another. A high slab goes through each block in
 * strips of rows, so that every product stays small and what it left is still in the cache.
 *
 * <p>The scalars of a branch enter as row vectors: (z + b1) V + b2 = z V + (b1 Σ_d V_d + b2), and
 * so on, so that biased branches run through the same products.
 */
final class BlasSlab extends Slab {

  /**
   * OpenBLAS has kernels without packing for products of up to 100³ multiplications: on processors
   * with AVX-512 they run at 114 GFLOP/s where packed ones get 75 to 95.
   */
  private static final long UNPACKED = 1_000_000;

  /** A strip's z and h stay in the first cache, or nearly. */
  private static final int LARGEST_STRIP = 128;

  /** Below so many rows a call's own cost is not amortised. */
  private static final int SMALLEST_STRIP = 32;

  /** A multiple of the lanes of every vector: passes that go on to its end stay in the strip. */
  private static final int STRIP_STEP = 16;

  /** From so many rows on the products with Uᵀ and Vᵀ are worth transposing U and V for. */
  private static final int WORTH_TRANSPOSING = 192;

  private final long streamRow; // bytes of a row of z
  private final long hiddenRow; // bytes of a row of h
  private final long matrixBytes;
  private final int strip; // rows that go through a block together
  private final boolean transposes;
  private final Blas blas;
  private final ActivationPass activation;
  private final double[] widthSums; // for biased branches
  private final double[] hiddenSums;
  private final double[] sumsOfV;
  private NativeVector transposed; // Vᵀ and Uᵀ of one block
  private StackParameters parameters;

  BlasSlab(StackShape shape, MemoryPlan plan, int firstRow, int rows, Arena arena, long offset) {
    super(shape, plan, firstRow, rows, rows, arena, offset);
    streamRow = (long) width * shape.precision().bytes();
    hiddenRow = (long) hidden * shape.precision().bytes();
    matrixBytes = shape.matrixLength() * shape.precision().bytes();
    strip = strip(rows, shape.matrixLength());
    transposes = rows >= WORTH_TRANSPOSING;
    blas = Blas.of(shape.precision());
    activation = ActivationPass.of(shape.activation(), shape.precision());
    widthSums = new double[width];
    hiddenSums = new double[hidden];
    sumsOfV = new double[hidden];
  }

  /**
   * Rows are cut into strips of nearly equal height, or not at all where strips would be thin.
   *
   * @param matrixLength D·M, or D² of linear blocks: multiplications a row and product
   * @return a multiple of {@value #STRIP_STEP} with products of {@value #UNPACKED} multiplications
   *     at most; or all rows
   */
  static int strip(int rows, long matrixLength) {
    int highest = (int) Math.min(LARGEST_STRIP, UNPACKED / matrixLength);
    if (highest < SMALLEST_STRIP) {
      return rows;
    }
    highest = highest / STRIP_STEP * STRIP_STEP;
    int strips = (rows + highest - 1) / highest;
    int even = (rows + strips - 1) / strips;
    return (even + STRIP_STEP - 1) / STRIP_STEP * STRIP_STEP;
  }

  @Override
  void use(StackParameters parameters) {
    this.parameters = parameters;
  }

  @Override
  void load(NativeVector minibatch, int slot) {
    Pointers.copy(rowsOf(minibatch), streams.address(slot), rows * streamRow);
  }

  @Override
  void store(int slot, NativeVector minibatch) {
    Pointers.copy(streams.address(slot), rowsOf(minibatch), rows * streamRow);
  }

  @Override
  void blocks(int from, int to, int here, int next, int slot) {
    for (int l = from; l < to; l++) {
      int i = l - from;
      int z = here == next || i == 0 ? here : next + i - 1;
      block(l, z, here == next ? here : next + i, slot == spareHidden ? slot : slot + i);
    }
  }

  private void block(int l, int from, int to, int slot) {
    for (int row = 0; row < rows; row += strip) {
      block(l, from, to, slot, row, Math.min(strip, rows - row));
    }
  }

  private void block(int l, int from, int to, int slot, int row, int count) {
    long v = matrix(parameters.inner(), l);
    long z = stream(from, row);
    if (from != to) {
      Pointers.copy(z, stream(to, row), count * streamRow);
    }
    if (shape.kind() == BlockKind.LINEAR) {
      blas.multiply(count, width, width, alpha(l), z, v, 1, stream(to, row));
      return;
    }
    long h = hidden(slot, row);
    blas.multiply(count, hidden, width, 1, z, v, 0, h);
    if (shape.form().isBiased()) {
      double b1 = scalar(l, 1);
      double b2 = scalar(l, 2);
      blas.columnSums(width, hidden, v, hiddenSums);
      for (int m = 0; m < hidden; m++) {
        hiddenSums[m] = b1 * hiddenSums[m] + b2;
      }
      blas.addRow(count, hidden, hiddenSums, h);
    }
    activation.apply(hiddens.buffer(slot), hiddenOffset(slot, row), count * hidden);
    addBranch(l, slot, 1, to, row, count);
  }

  /** z := z - α (h + b3) U. */
  private void subtractBranch(int l, int slot, int stream) {
    for (int row = 0; row < rows; row += strip) {
      addBranch(l, slot, -1, stream, row, Math.min(strip, rows - row));
    }
  }

  /** z := z ± α (h + b3) U. */
  private void addBranch(int l, int slot, int sign, int stream, int row, int count) {
    long u = matrix(parameters.outer(), l);
    double alpha = sign * alpha(l);
    long z = stream(stream, row);
    blas.multiply(count, width, hidden, alpha, hidden(slot, row), u, 1, z);
    if (shape.form().isBiased()) {
      double b3 = scalar(l, 3);
      blas.columnSums(hidden, width, u, widthSums);
      for (int d = 0; d < width; d++) {
        widthSums[d] *= alpha * b3;
      }
      blas.addRow(count, width, widthSums, z);
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
    for (int l = to - 1; l >= from; l--) {
      int i = l - from;
      if (backwards) {
        subtractBranch(l, slot + i, stream);
      }
      int z = backwards ? stream : stream + i;
      backwardBlock(l, z, slot + i, target, add, scalarSums, firstSum + 3 * i);
    }
  }

  private void backwardBlock(
      int l,
      int stream,
      int slot,
      GradientTarget target,
      boolean add,
      double[] scalarSums,
      int firstSum) {
    boolean linear = shape.kind() == BlockKind.LINEAR;
    if (transposes) {
      transposeWeights(l);
    }
    for (int row = 0; row < rows; row += strip) {
      int count = Math.min(strip, rows - row);
      double beta = add || row > 0 ? 1 : 0;
      if (linear) {
        backwardLinear(l, stream, target.inner(l), beta, row, count);
      } else {
        backwardNonlinear(l, stream, slot, target, beta, scalarSums, firstSum, row, count);
      }
    }
    if (linear) {
      int swap = gradient;
      gradient = gradientOther;
      gradientOther = swap;
    }
  }

  private void backwardNonlinear(
      int l,
      int stream,
      int slot,
      GradientTarget target,
      double beta,
      double[] scalarSums,
      int firstSum,
      int row,
      int count) {
    long h = hidden(slot, row);
    long a = hidden(hiddenGradient, row);
    long dz = stream(gradient, row);
    long dU = target.outer(l);
    long dV = target.inner(l);
    boolean biased = shape.form().isBiased();
    // ∂U without its factor α: ∂α = ⟨U, this⟩ needs it even where α = 0
    blas.multiplyTransposed(hidden, width, count, 1, h, dz, beta, dU);
    if (transposes) {
      blas.multiply(count, hidden, width, alpha(l), dz, outerTransposed(), 0, a);
    } else {
      blas.multiplyByTransposed(
          count, hidden, width, alpha(l), dz, matrix(parameters.outer(), l), 0, a);
    }
    if (biased) {
      blas.columnSums(count, width, dz, widthSums);
      double b3 = scalar(l, 3);
      for (int d = 0; d < width; d++) {
        widthSums[d] *= b3;
      }
      blas.addRow(hidden, width, widthSums, dU);
      blas.columnSums(count, hidden, a, hiddenSums);
      scalarSums[firstSum + 2] += sum(hiddenSums);
    }
    activation.backpropagate(
        hiddens.buffer(hiddenGradient),
        hiddenOffset(hiddenGradient, row),
        hiddens.buffer(slot),
        hiddenOffset(slot, row),
        count * hidden);
    blas.multiplyTransposed(width, hidden, count, 1, stream(stream, row), a, beta, dV);
    if (biased) {
      double b1 = scalar(l, 1);
      blas.columnSums(width, hidden, matrix(parameters.inner(), l), sumsOfV);
      blas.columnSums(count, hidden, a, hiddenSums);
      for (int m = 0; m < hidden; m++) {
        scalarSums[firstSum] += hiddenSums[m] * sumsOfV[m];
        scalarSums[firstSum + 1] += hiddenSums[m];
        hiddenSums[m] *= b1;
      }
      blas.addRow(width, hidden, hiddenSums, dV);
    }
    addTimesInnerTransposed(l, count, 1, a, dz);
  }

  /** ∂A = α zᵀ ∂z', here without α; ∂z = ∂z' + α ∂z' Aᵀ. */
  private void backwardLinear(int l, int stream, long dA, double beta, int row, int count) {
    long dz = stream(gradient, row);
    long next = stream(gradientOther, row);
    blas.multiplyTransposed(width, width, count, 1, stream(stream, row), dz, beta, dA);
    Pointers.copy(dz, next, count * streamRow);
    addTimesInnerTransposed(l, count, alpha(l), dz, next);
  }

  /** y := y + α x Vᵀ, or α x Aᵀ. */
  private void addTimesInnerTransposed(int l, int count, double alpha, long x, long y) {
    int columns = shape.kind() == BlockKind.LINEAR ? width : hidden;
    if (transposes) {
      blas.multiply(count, width, columns, alpha, x, transposed.address(), 1, y);
    } else {
      blas.multiplyByTransposed(
          count, width, columns, alpha, x, matrix(parameters.inner(), l), 1, y);
    }
  }

  /** Vᵀ, or Aᵀ, and Uᵀ. */
  private void transposeWeights(int l) {
    boolean linear = shape.kind() == BlockKind.LINEAR;
    if (transposed == null) {
      transposed = NativeVector.allocate(shape.precision(), 2 * shape.matrixLength());
    }
    blas.transpose(
        width, linear ? width : hidden, matrix(parameters.inner(), l), transposed.address());
    if (!linear) {
      blas.transpose(hidden, width, matrix(parameters.outer(), l), outerTransposed());
    }
  }

  private long outerTransposed() {
    return transposed.address() + matrixBytes;
  }

  @Override
  double norm(int slot) {
    // Not by the BLAS: OpenBLAS's dot of floats overflows at 1.8e19, in double precision too.
    ByteBuffer from = streams.buffer(slot);
    int offset = streams.offset(slot);
    return shape.precision() == Precision.FLOAT
        ? Norm.of(rows * width, i -> from.getFloat(offset + i * Float.BYTES))
        : Norm.of(rows * width, i -> from.getDouble(offset + i * Double.BYTES));
  }

  private double alpha(int l) {
    return shape.form().isScaled() ? scalar(l, 0) : 1;
  }

  private double scalar(int l, int i) {
    return parameters.scalars().get((long) l * shape.form().scalarsPerBlock() + i);
  }

  private long matrix(NativeVector matrices, int l) {
    return matrices.address() + l * matrixBytes;
  }

  private long stream(int slot, int row) {
    return streams.address(slot) + row * streamRow;
  }

  private long hidden(int slot, int row) {
    return hiddens.address(slot) + row * hiddenRow;
  }

  private int hiddenOffset(int slot, int row) {
    return hiddens.offset(slot) + (int) (row * hiddenRow);
  }

  private long rowsOf(NativeVector matrix) {
    return matrix.address() + firstRow * streamRow;
  }

  private static double sum(double[] numbers) {
    double sum = 0;
    for (double x : numbers) {
      sum += x;
    }
    return sum;
  }
}
