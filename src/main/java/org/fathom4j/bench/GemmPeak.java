package org.fathom4j.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.fathom4j.kernel.Precision;

/**
 * What this machine's matrix units give when nothing waits for memory: OpenBLAS, single-threaded,
 * multiplying matrices of 64×64 that stay in the first caches, in as many Java threads as there are
 * cores.
 *
 * <p>A round multiplies for some hundredths of a second on all threads at once; the figure is the
 * median over rounds of 2·64³ flop a product.
 */
final class GemmPeak {

  private static final int SIZE = 64;
  private static final int LENGTH = SIZE * SIZE;
  private static final double FLOP = 2.0 * SIZE * SIZE * SIZE;
  private static final double SECONDS_A_ROUND = 0.02;
  private static final int CALIBRATION = 200;

  private GemmPeak() {}

  /**
   * Measures.
   *
   * @param threads as many as cores
   * @param seconds to measure for, after half as long to warm up
   * @return GFLOP/s of all threads together
   */
  static Timing measure(Precision precision, int threads, double seconds) {
    int threadsBefore = openblas_nolapack.blas_get_num_threads();
    openblas_nolapack.blas_set_num_threads(1);
    try {
      double once = Timing.secondsOf(() -> multiply(precision, CALIBRATION)) / CALIBRATION;
      int products = (int) Math.max(1, Math.min(SECONDS_A_ROUND / once, 1_000_000));
      Timing round = Timing.of(() -> round(precision, threads, products), seconds);
      double gigaflop = threads * products * FLOP * 1e-9;
      return new Timing(
          gigaflop / round.median(),
          gigaflop / round.largest(),
          gigaflop / round.least(),
          round.count());
    } finally {
      openblas_nolapack.blas_set_num_threads(threadsBefore);
    }
  }

  private static void round(Precision precision, int threads, int products) {
    List<Thread> workers = new ArrayList<>();
    CyclicBarrier start = new CyclicBarrier(threads);
    for (int t = 0; t < threads; t++) {
      Thread worker =
          new Thread(
              () -> {
                await(start);
                multiply(precision, products);
              },
              "gemm-peak-" + t);
      worker.start();
      workers.add(worker);
    }
    for (Thread worker : workers) {
      try {
        worker.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("Interrupted while measuring the GEMM peak.", e);
      }
    }
  }

  private static void await(CyclicBarrier barrier) {
    try {
      barrier.await();
    } catch (InterruptedException | BrokenBarrierException e) {
      throw new IllegalStateException("A thread of the GEMM peak was interrupted.", e);
    }
  }

  /** C = A B, again and again; zeros cost as much as any other normal numbers. */
  private static void multiply(Precision precision, int products) {
    if (precision == Precision.FLOAT) {
      try (FloatPointer a = zeros(new FloatPointer(LENGTH));
          FloatPointer b = zeros(new FloatPointer(LENGTH));
          FloatPointer c = zeros(new FloatPointer(LENGTH))) {
        for (int i = 0; i < products; i++) {
          openblas_nolapack.cblas_sgemm(
              openblas_nolapack.CblasRowMajor,
              openblas_nolapack.CblasNoTrans,
              openblas_nolapack.CblasNoTrans,
              SIZE,
              SIZE,
              SIZE,
              1,
              a,
              SIZE,
              b,
              SIZE,
              0,
              c,
              SIZE);
        }
      }
    } else {
      try (DoublePointer a = zeros(new DoublePointer(LENGTH));
          DoublePointer b = zeros(new DoublePointer(LENGTH));
          DoublePointer c = zeros(new DoublePointer(LENGTH))) {
        for (int i = 0; i < products; i++) {
          openblas_nolapack.cblas_dgemm(
              openblas_nolapack.CblasRowMajor,
              openblas_nolapack.CblasNoTrans,
              openblas_nolapack.CblasNoTrans,
              SIZE,
              SIZE,
              SIZE,
              1,
              a,
              SIZE,
              b,
              SIZE,
              0,
              c,
              SIZE);
        }
      }
    }
  }

  private static <P extends Pointer> P zeros(P pointer) {
    Pointer.memset(pointer, 0, pointer.capacity() * pointer.sizeof());
    return pointer;
  }
}
