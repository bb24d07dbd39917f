package org.fathom4j.kernel;

import static org.bytedeco.openblas.global.openblas_nolapack.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasTrans;

import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.bytedeco.openblas.presets.openblas_nolapack.SetNumThreads;

/**
 * BLAS on raw addresses, row-major and packed (each row follows the one before), for one thread.
 *
 * <p>Every call reuses the same three pointers: {@code cblas_sgemm} then costs well under a
 * microsecond beside its arithmetic. Matrices of both precisions are addressed in bytes.
 */
abstract sealed class Blas {

  private static final ThreadCount THREADS = new ThreadCount();

  private static int users; // kernels that compute right now; guarded by the class
  private static int threadsBefore; // -1, OpenBLAS's default, if nobody set it through JavaCPP

  private final Precision precision;
  private NativeVector ones; // grows with the longest column
  private NativeVector row;

  private Blas(Precision precision) {
    this.precision = precision;
  }

  /** The BLAS of a precision. */
  static Blas of(Precision precision) {
    return precision == Precision.FLOAT ? new Single() : new Double();
  }

  /**
   * Keeps OpenBLAS from starting threads of its own until {@link #leave}: slabs are the threads
   * here. ND4J's own products run on one thread meanwhile; nothing else changes for them.
   */
  static synchronized void enter() {
    if (users++ == 0) {
      threadsBefore = openblas_nolapack.blas_get_num_threads();
      THREADS.set(1);
    }
  }

  /** Gives OpenBLAS the number of threads back that it had before. */
  static synchronized void leave() {
    if (--users == 0) {
      THREADS.set(threadsBefore);
    }
  }

  /** C := α A B + β C, with A [rows, inner], B [inner, columns]. */
  final void multiply(
      int rows, int columns, int inner, double alpha, long a, long b, double beta, long c) {
    gemm(CblasNoTrans, CblasNoTrans, rows, columns, inner, alpha, a, inner, b, columns, beta, c);
  }

  /** C := α A Bᵀ + β C, with A [rows, inner], B [columns, inner]. */
  final void multiplyByTransposed(
      int rows, int columns, int inner, double alpha, long a, long b, double beta, long c) {
    gemm(CblasNoTrans, CblasTrans, rows, columns, inner, alpha, a, inner, b, inner, beta, c);
  }

  /** C := α Aᵀ B + β C, with A [inner, rows], B [inner, columns]. */
  final void multiplyTransposed(
      int rows, int columns, int inner, double alpha, long a, long b, double beta, long c) {
    gemm(CblasTrans, CblasNoTrans, rows, columns, inner, alpha, a, rows, b, columns, beta, c);
  }

  abstract void gemm(
      int transA,
      int transB,
      int rows,
      int columns,
      int inner,
      double alpha,
      long a,
      int strideA,
      long b,
      int strideB,
      double beta,
      long c);

  /** y := y + x. */
  abstract void add(int count, long x, long y);

  /** x := α x. */
  abstract void scale(int count, double alpha, long x);

  /** Σ x y; of floats, summed in double precision. */
  abstract double dot(int count, long x, long y);

  /** B := Aᵀ, with A [rows, columns]. */
  abstract void transpose(int rows, int columns, long a, long b);

  /** Σ x over a matrix of {@code rows} rows, for every column, into {@code sums}: 1ᵀ X. */
  final void columnSums(int rows, int columns, long x, double[] sums) {
    NativeVector row = row(columns);
    gemm(
        CblasNoTrans,
        CblasNoTrans,
        1,
        columns,
        rows,
        1,
        ones(rows),
        rows,
        x,
        columns,
        0,
        row.address());
    for (int j = 0; j < columns; j++) {
      sums[j] = row.get(j);
    }
  }

  /** Adds a row to each of the rows of x: X + 1 rowᵀ. */
  final void addRow(int rows, int columns, double[] row, long x) {
    NativeVector added = row(columns);
    for (int j = 0; j < columns; j++) {
      added.set(j, row[j]);
    }
    multiply(rows, columns, 1, 1, ones(rows), added.address(), 1, x);
  }

  /** Address of so many ones. */
  private long ones(int count) {
    if (ones == null || ones.length() < count) {
      ones = NativeVector.allocate(precision, count);
      for (int i = 0; i < count; i++) {
        ones.set(i, 1);
      }
    }
    return ones.address();
  }

  private NativeVector row(int count) {
    if (row == null || row.length() < count) {
      row = NativeVector.allocate(precision, count);
    }
    return row;
  }

  private static final class Single extends Blas {

    private final FloatsAt a = new FloatsAt();
    private final FloatsAt b = new FloatsAt();
    private final FloatsAt c = new FloatsAt();
    private float[] matrix = {};
    private float[] transposed = {};

    Single() {
      super(Precision.FLOAT);
    }

    @Override
    void gemm(
        int transA,
        int transB,
        int rows,
        int columns,
        int inner,
        double alpha,
        long a,
        int strideA,
        long b,
        int strideB,
        double beta,
        long c) {
      openblas_nolapack.cblas_sgemm(
          CblasRowMajor,
          transA,
          transB,
          rows,
          columns,
          inner,
          (float) alpha,
          this.a.at(a),
          strideA,
          this.b.at(b),
          strideB,
          (float) beta,
          this.c.at(c),
          columns);
    }

    @Override
    void add(int count, long x, long y) {
      openblas_nolapack.cblas_saxpy(count, 1, a.at(x), 1, b.at(y), 1);
    }

    @Override
    void scale(int count, double alpha, long x) {
      openblas_nolapack.cblas_sscal(count, (float) alpha, a.at(x), 1);
    }

    @Override
    double dot(int count, long x, long y) {
      return openblas_nolapack.cblas_dsdot(count, a.at(x), 1, b.at(y), 1);
    }

    @Override
    void transpose(int rows, int columns, long a, long b) {
      int count = rows * columns;
      if (matrix.length < count) {
        matrix = new float[count];
        transposed = new float[count];
      }
      float[] from = matrix;
      float[] to = transposed;
      this.a.at(a).get(from, 0, count);
      int i = 0;
      for (; i + 4 <= rows; i += 4) { // four at a time: neighbours in Aᵀ are stored together
        for (int j = 0; j < columns; j++) {
          int x = i * columns + j;
          int y = j * rows + i;
          to[y] = from[x];
          to[y + 1] = from[x + columns];
          to[y + 2] = from[x + 2 * columns];
          to[y + 3] = from[x + 3 * columns];
        }
      }
      for (; i < rows; i++) {
        for (int j = 0; j < columns; j++) {
          to[j * rows + i] = from[i * columns + j];
        }
      }
      this.b.at(b).put(to, 0, count);
    }
  }

  private static final class Double extends Blas {

    private final DoublesAt a = new DoublesAt();
    private final DoublesAt b = new DoublesAt();
    private final DoublesAt c = new DoublesAt();
    private double[] matrix = {};
    private double[] transposed = {};

    Double() {
      super(Precision.DOUBLE);
    }

    @Override
    void gemm(
        int transA,
        int transB,
        int rows,
        int columns,
        int inner,
        double alpha,
        long a,
        int strideA,
        long b,
        int strideB,
        double beta,
        long c) {
      openblas_nolapack.cblas_dgemm(
          CblasRowMajor,
          transA,
          transB,
          rows,
          columns,
          inner,
          alpha,
          this.a.at(a),
          strideA,
          this.b.at(b),
          strideB,
          beta,
          this.c.at(c),
          columns);
    }

    @Override
    void add(int count, long x, long y) {
      openblas_nolapack.cblas_daxpy(count, 1, a.at(x), 1, b.at(y), 1);
    }

    @Override
    void scale(int count, double alpha, long x) {
      openblas_nolapack.cblas_dscal(count, alpha, a.at(x), 1);
    }

    @Override
    double dot(int count, long x, long y) {
      return openblas_nolapack.cblas_ddot(count, a.at(x), 1, b.at(y), 1);
    }

    @Override
    void transpose(int rows, int columns, long a, long b) {
      int count = rows * columns;
      if (matrix.length < count) {
        matrix = new double[count];
        transposed = new double[count];
      }
      double[] from = matrix;
      double[] to = transposed;
      this.a.at(a).get(from, 0, count);
      int i = 0;
      for (; i + 4 <= rows; i += 4) { // four at a time: neighbours in Aᵀ are stored together
        for (int j = 0; j < columns; j++) {
          int x = i * columns + j;
          int y = j * rows + i;
          to[y] = from[x];
          to[y + 1] = from[x + columns];
          to[y + 2] = from[x + 2 * columns];
          to[y + 3] = from[x + 3 * columns];
        }
      }
      for (; i < rows; i++) {
        for (int j = 0; j < columns; j++) {
          to[j * rows + i] = from[i * columns + j];
        }
      }
      this.b.at(b).put(to, 0, count);
    }
  }

  /**
   * Sets how many threads OpenBLAS uses. {@code blas_set_num_threads} looks four names up in every
   * library at each call, which takes as long as ten blocks; this looks one up, once.
   */
  private static final class ThreadCount extends SetNumThreads {

    private final boolean found;

    ThreadCount() {
      Loader.load(openblas_nolapack.class);
      Pointer function = Loader.addressof("openblas_set_num_threads");
      found = function != null && !function.isNull();
      if (found) {
        put(function);
      }
    }

    void set(int threads) {
      if (found) {
        call(threads);
      } else {
        openblas_nolapack.blas_set_num_threads(threads);
      }
    }
  }

  /** A pointer that can be sent elsewhere: JavaCPP's address is a protected field. */
  private static final class FloatsAt extends FloatPointer {
    FloatsAt at(long to) {
      address = to;
      return this;
    }
  }

  private static final class DoublesAt extends DoublePointer {
    DoublesAt at(long to) {
      address = to;
      return this;
    }
  }
}
