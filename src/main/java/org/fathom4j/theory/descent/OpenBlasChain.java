package org.fathom4j.theory.descent;

import static org.bytedeco.openblas.global.openblas_nolapack.CblasColMajor;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasTrans;

import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.bytedeco.openblas.presets.openblas_nolapack.SetNumThreads;
import org.ejml.data.DMatrixRMaj;
import org.fathom4j.theory.linear.LinearNetwork;
import org.fathom4j.theory.linear.Target;

/**
 * A chain in OpenBLAS: for matrices of some size the faster one, by the factor between OpenBLAS and
 * EJML. Layers are square and of one width d.
 *
 * <p>The products along the depth must wait for each other, but their columns need not: each thread
 * takes a block of columns through all layers. On the way back a stretch of layers is gone through
 * in this manner, keeping (W_L ⋯ W_{l+1})ᵀE of each; then the threads share out the layers of the
 * stretch, whose gradients go straight into the weights. So threads meet twice in a stretch, not in
 * a layer.
 *
 * <p>Matrices lie in native memory, column by column: L d² numbers of weights, as many of products,
 * and as many again with momentum.
 */
final class OpenBlasChain implements Chain {

  /** Layers between two meetings of the threads. */
  private static final int STRETCH = 64;

  /**
   * Below this width one thread is faster, and OpenBLAS itself stays on one: it starts threads for
   * products of more than 64³ multiplications.
   */
  private static final int LEAST_WIDTH_FOR_THREADS = 65;

  private static final int BYTES = Double.BYTES;

  private final Target target;
  private final DMatrixRMaj phi;
  private final int depth;
  private final int d;
  private final int threads;
  private final boolean[] residual;
  private final DoublePointer matrices;
  private final DoublePointer prefixes;
  private final DoublePointer backs; // of the layers of a stretch, and of the one below
  private DoublePointer velocities;

  OpenBlasChain(LinearNetwork start, Target target) {
    this(start, target, Runtime.getRuntime().availableProcessors());
  }

  OpenBlasChain(LinearNetwork start, Target target, int threads) {
    this.target = target;
    this.phi = target.matrix();
    this.depth = start.depth();
    this.d = start.inputWidth();
    this.threads = d < LEAST_WIDTH_FOR_THREADS ? 1 : threads;
    this.residual = new boolean[depth];
    long count = (long) depth * d * d;
    this.matrices = new DoublePointer(count);
    this.prefixes = new DoublePointer(count);
    this.backs = new DoublePointer((STRETCH + 1L) * d * d);
    for (int i = 0; i < depth; i++) {
      LinearNetwork.Layer layer = start.layers().get(i);
      residual[i] = layer.residual();
      put(layer.matrix(), matrices, i);
    }
  }

  /** Whether all layers are square and of one width. */
  static boolean takes(LinearNetwork network) {
    return network.layers().stream()
        .allMatch(
            layer ->
                layer.inputs() == network.inputWidth() && layer.outputs() == network.inputWidth());
  }

  @Override
  public double forward() {
    put(layer(1).weight(), prefixes, 0);
    onOneBlasThread(() -> share(threads, this::forwardColumns));
    return target.loss(product());
  }

  private void forwardColumns(int block) {
    int first = block * d / threads;
    int columns = (block + 1) * d / threads - first;
    Cursors at = new Cursors();
    for (int i = 1; i < depth; i++) {
      long from = address(prefixes, i - 1) + (long) first * d * BYTES;
      long to = address(prefixes, i) + (long) first * d * BYTES;
      apply(at, CblasNoTrans, i, columns, from, to);
    }
  }

  @Override
  public void backward(double learningRate, double momentum) {
    if (momentum != 0 && velocities == null) {
      velocities = new DoublePointer((long) depth * d * d);
      Pointer.memset(velocities, 0, (long) depth * d * d * BYTES);
    }
    DMatrixRMaj error = product();
    for (int k = 0; k < d * d; k++) {
      error.data[k] -= phi.data[k];
    }
    put(error, backs, STRETCH);
    onOneBlasThread(
        () -> {
          for (int end = depth; end > 0; end -= STRETCH) {
            int top = end;
            int length = Math.min(STRETCH, top);
            share(threads, block -> backwardColumns(block, top, length));
            share(
                threads,
                part -> {
                  Cursors at = new Cursors();
                  for (int k = part; k < length; k += threads) {
                    update(at, top - 1 - k, address(backs, STRETCH - k), learningRate, momentum);
                  }
                });
            Pointer.memcpy(
                new Cursor().at(address(backs, STRETCH)),
                new Cursor().at(address(backs, STRETCH - length)),
                (long) d * d * BYTES);
          }
        });
  }

  /**
   * Through the layers top − 1 down to top − length: the back of layer top − 1 − k lies at STRETCH
   * − k.
   */
  private void backwardColumns(int block, int top, int length) {
    int first = block * d / threads;
    int columns = (block + 1) * d / threads - first;
    long offset = (long) first * d * BYTES;
    Cursors at = new Cursors();
    for (int k = 0; k < length && top - 1 - k > 0; k++) {
      long from = address(backs, STRETCH - k) + offset;
      long to = address(backs, STRETCH - k - 1) + offset;
      apply(at, CblasTrans, top - 1 - k, columns, from, to);
    }
  }

  /** Y := W X or Wᵀ X for some columns; the identity is a copy, so that the digits of A survive. */
  private void apply(Cursors at, int transposed, int layer, int columns, long from, long to) {
    double keep = 0;
    if (residual[layer]) {
      Pointer.memcpy(at.c.at(to), at.b.at(from), (long) columns * d * BYTES);
      keep = 1;
    }
    openblas_nolapack.cblas_dgemm(
        CblasColMajor,
        transposed,
        CblasNoTrans,
        d,
        columns,
        d,
        1,
        at.a.at(address(matrices, layer)),
        d,
        at.b.at(from),
        d,
        keep,
        at.c.at(to),
        d);
  }

  private void update(Cursors at, int layer, long back, double learningRate, double momentum) {
    int count = d * d;
    long change = address(momentum == 0 ? matrices : velocities, layer);
    if (layer > 0) {
      openblas_nolapack.cblas_dgemm(
          CblasColMajor,
          CblasNoTrans,
          CblasTrans,
          d,
          d,
          d,
          -learningRate,
          at.a.at(back),
          d,
          at.b.at(address(prefixes, layer - 1)),
          d,
          momentum == 0 ? 1 : momentum,
          at.c.at(change),
          d);
    } else {
      if (momentum != 0) {
        openblas_nolapack.cblas_dscal(count, momentum, at.c.at(change), 1);
      }
      openblas_nolapack.cblas_daxpy(count, -learningRate, at.a.at(back), 1, at.c.at(change), 1);
    }
    if (momentum != 0) {
      openblas_nolapack.cblas_daxpy(
          count, 1, at.a.at(change), 1, at.c.at(address(matrices, layer)), 1);
    }
  }

  @Override
  public DMatrixRMaj product() {
    return get(prefixes, depth - 1);
  }

  @Override
  public LinearNetwork.Layer layer(int layer) {
    return new LinearNetwork.Layer(get(matrices, layer - 1), residual[layer - 1]);
  }

  private long address(DoublePointer array, int index) {
    return array.address() + (long) index * d * d * BYTES;
  }

  private void put(DMatrixRMaj matrix, DoublePointer array, int index) {
    double[] columns = new double[d * d];
    for (int i = 0; i < d; i++) {
      for (int j = 0; j < d; j++) {
        columns[j * d + i] = matrix.data[i * d + j];
      }
    }
    new Cursor().at(address(array, index)).put(columns, 0, columns.length);
  }

  private DMatrixRMaj get(DoublePointer array, int index) {
    double[] columns = new double[d * d];
    new Cursor().at(address(array, index)).get(columns, 0, columns.length);
    DMatrixRMaj matrix = new DMatrixRMaj(d, d);
    for (int i = 0; i < d; i++) {
      for (int j = 0; j < d; j++) {
        matrix.data[i * d + j] = columns[j * d + i];
      }
    }
    return matrix;
  }

  private static void share(int parts, IntConsumer work) {
    if (parts == 1) {
      work.accept(0);
    } else {
      IntStream.range(0, parts).parallel().forEach(work);
    }
  }

  /** Here the threads are the chain's own; narrow matrices never wake OpenBLAS's. */
  private void onOneBlasThread(Runnable work) {
    if (d < LEAST_WIDTH_FOR_THREADS) {
      work.run();
      return;
    }
    synchronized (OpenBlasChain.class) {
      int before = openblas_nolapack.blas_get_num_threads(); // -1: nobody set it through JavaCPP
      ThreadCount.INSTANCE.set(1);
      try {
        work.run();
      } finally {
        ThreadCount.INSTANCE.set(before); // OpenBLAS takes -1 for its default
      }
    }
  }

  /**
   * Sets how many threads OpenBLAS uses. {@code blas_set_num_threads} looks names up in every
   * library at each call, which takes milliseconds; this looks one up, once.
   */
  private static final class ThreadCount extends SetNumThreads {

    static final ThreadCount INSTANCE = new ThreadCount();

    private final boolean found;

    private ThreadCount() {
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

  /** Three pointers for the calls of one thread, which move instead of being made anew. */
  private static final class Cursors {
    private final Cursor a = new Cursor();
    private final Cursor b = new Cursor();
    private final Cursor c = new Cursor();
  }

  /** A pointer that can be sent elsewhere: JavaCPP's address is a protected field. */
  private static final class Cursor extends DoublePointer {
    Cursor at(long to) {
      address = to;
      return this;
    }
  }
}
