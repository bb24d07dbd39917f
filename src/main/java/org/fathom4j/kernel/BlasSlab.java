package org.fathom4j.kernel;

import java.nio.ByteBuffer;

/**
 * A slab on BLAS: examples in rows, one row after another.
 *
 * <p>The scalars of a branch enter as row vectors: (z + b1) V + b2 = z V + (b1 Σ_d V_d + b2), and
 * so on, so that biased branches run through the same products.
 */
final class BlasSlab extends Slab {

  private final long streamBytes;
  private final long matrixBytes;
  private final Blas blas;
  private final ActivationPass activation;
  private final double[] widthRow; // for biased branches
  private final double[] hiddenRow;
  private final double[] sumsOfV;
  private StackParameters parameters;

  BlasSlab(StackShape shape, MemoryPlan plan, int firstRow, int rows, Arena arena, long offset) {
    super(shape, plan, firstRow, rows, rows, arena, offset);
    streamBytes = (long) rows * width * shape.precision().bytes();
    matrixBytes = shape.matrixLength() * shape.precision().bytes();
    blas = Blas.of(shape.precision());
    activation = ActivationPass.of(shape.activation(), shape.precision());
    widthRow = new double[width];
    hiddenRow = new double[hidden];
    sumsOfV = new double[hidden];
  }

  @Override
  void use(StackParameters parameters) {
    this.parameters = parameters;
  }

  @Override
  void load(NativeVector minibatch, int slot) {
    Pointers.copy(rowsOf(minibatch), streams.address(slot), streamBytes);
  }

  @Override
  void store(int slot, NativeVector minibatch) {
    Pointers.copy(streams.address(slot), rowsOf(minibatch), streamBytes);
  }

  @Override
  void block(int l, int from, int to, int slot) {
    long v = matrix(parameters.inner(), l);
    if (from != to) {
      Pointers.copy(streams.address(from), streams.address(to), streamBytes);
    }
    if (shape.kind() == BlockKind.LINEAR) {
      blas.multiply(rows, width, width, alpha(l), streams.address(from), v, 1, streams.address(to));
      return;
    }
    long h = hiddens.address(slot);
    blas.multiply(rows, hidden, width, 1, streams.address(from), v, 0, h);
    if (shape.form().isBiased()) {
      double b1 = scalar(l, 1);
      double b2 = scalar(l, 2);
      blas.columnSums(width, hidden, v, hiddenRow);
      for (int m = 0; m < hidden; m++) {
        hiddenRow[m] = b1 * hiddenRow[m] + b2;
      }
      blas.addRow(rows, hidden, hiddenRow, h);
    }
    activation.apply(hiddens.buffer(slot), hiddens.offset(slot), rows * hidden);
    addBranch(l, slot, 1, to);
  }

  @Override
  void subtractBranch(int l, int slot, int stream) {
    addBranch(l, slot, -1, stream);
  }

  /** z := z ± α (h + b3) U. */
  private void addBranch(int l, int slot, int sign, int stream) {
    long u = matrix(parameters.outer(), l);
    double alpha = sign * alpha(l);
    long to = streams.address(stream);
    blas.multiply(rows, width, hidden, alpha, hiddens.address(slot), u, 1, to);
    if (shape.form().isBiased()) {
      double b3 = scalar(l, 3);
      blas.columnSums(hidden, width, u, widthRow);
      for (int d = 0; d < width; d++) {
        widthRow[d] *= alpha * b3;
      }
      blas.addRow(rows, width, widthRow, to);
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
    if (shape.kind() == BlockKind.LINEAR) {
      backwardLinear(l, stream, target, add);
      return;
    }
    long v = matrix(parameters.inner(), l);
    long u = matrix(parameters.outer(), l);
    long h = hiddens.address(slot);
    long a = hiddens.address(hiddenGradient);
    long dz = streams.address(gradient);
    long z = streams.address(stream);
    long dU = target.outer(l);
    long dV = target.inner(l);
    double alpha = alpha(l);
    double beta = add ? 1 : 0;
    boolean biased = shape.form().isBiased();
    // ∂U without its factor α: ∂α = ⟨U, this⟩ needs it even where α = 0
    blas.multiplyTransposed(hidden, width, rows, 1, h, dz, beta, dU);
    blas.multiplyByTransposed(rows, hidden, width, alpha, dz, u, 0, a);
    if (biased) {
      blas.columnSums(rows, width, dz, widthRow);
      double b3 = scalar(l, 3);
      for (int d = 0; d < width; d++) {
        widthRow[d] *= b3;
      }
      blas.addRow(hidden, width, widthRow, dU);
      blas.columnSums(rows, hidden, a, hiddenRow);
      scalarSums[firstSum + 2] += sum(hiddenRow);
    }
    activation.backpropagate(
        hiddens.buffer(hiddenGradient),
        hiddens.offset(hiddenGradient),
        hiddens.buffer(slot),
        hiddens.offset(slot),
        rows * hidden);
    blas.multiplyTransposed(width, hidden, rows, 1, z, a, beta, dV);
    if (biased) {
      double b1 = scalar(l, 1);
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
  private void backwardLinear(int l, int stream, GradientTarget target, boolean add) {
    long a = matrix(parameters.inner(), l);
    long dz = streams.address(gradient);
    long next = streams.address(gradientOther);
    blas.multiplyTransposed(
        width, width, rows, 1, streams.address(stream), dz, add ? 1 : 0, target.inner(l));
    Pointers.copy(dz, next, streamBytes);
    blas.multiplyByTransposed(rows, width, width, alpha(l), dz, a, 1, next);
    int swap = gradient;
    gradient = gradientOther;
    gradientOther = swap;
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
}
