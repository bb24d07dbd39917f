package org.fathom4j.theory.descent;

import org.fathom4j.theory.linear.Initialization;
import org.fathom4j.theory.modes.Sharpness;
import org.fathom4j.theory.linear.Target;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.openblas.global.openblas_nolapack;

/**
 * Seconds for one update of gradient descent on full matrices, beside the flop count over the rate of
 * matrix multiplication measured in the same minute.
 *
 * <pre>{@code DescentTiming L d [threads] [repetitions]}</pre>
 *
 * <p>The rate is that of cblas_dgemm on d×d matrices that stay in the caches, on as many threads at once.
 * Rate and update are measured in turn; printed are medians by the clock and of the process's processor
 * time, which on a busy machine is the steadier number.
 */
public final class DescentTiming {

  private static final double FLOP_OF_A_RATE = 2e9;

  private DescentTiming() {}

  /** Times one shape. */
  public static void main(String[] args) {
    int depth = Integer.parseInt(args[0]);
    int width = Integer.parseInt(args[1]);
    int threads =
        args.length > 2 ? Integer.parseInt(args[2]) : Runtime.getRuntime().availableProcessors();
    int repetitions = args.length > 3 ? Integer.parseInt(args[3]) : 7;
    Target target = Target.gaussian(width, 100);
    double rate =
        Sharpness.ofLargest(target.singularValues(), depth).stableLearningRate() / 2;
    Chain chain =
        new OpenBlasChain(Initialization.zas().network(target, depth), target, threads);
    double flop = 6.0 * (depth - 1) * width * width * width;
    double[] byClock = new double[repetitions];
    double[] byProcessor = new double[repetitions];
    double[] seconds = new double[repetitions];
    for (int i = -2; i < repetitions; i++) {
      double[] gemm = measure(() -> multiply(width, threads));
      double[] update =
          measure(
              () -> {
                chain.forward();
                chain.backward(rate, 0);
              });
      if (i >= 0) {
        byClock[i] = update[0] * FLOP_OF_A_RATE / (gemm[0] * flop);
        byProcessor[i] = update[1] * FLOP_OF_A_RATE / (gemm[1] * flop);
        seconds[i] = update[0];
      }
    }
    System.out.printf(
        Locale.ROOT,
        "L=%d d=%d threads=%d: %.3f s an update, %.2f times the flop count over the rate by the"
            + " clock, %.2f in processor time%n",
        depth,
        width,
        threads,
        median(seconds),
        median(byClock),
        median(byProcessor));
  }

  private static double[] measure(Runnable work) {
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    long busy = system.getProcessCpuTime();
    long start = System.nanoTime();
    work.run();
    return new double[] {
      (System.nanoTime() - start) * 1e-9, (system.getProcessCpuTime() - busy) * 1e-9
    };
  }

  private static void multiply(int width, int threads) {
    int before = openblas_nolapack.blas_get_num_threads();
    openblas_nolapack.blas_set_num_threads(1);
    long products = (long) Math.ceil(FLOP_OF_A_RATE / (2.0 * width * width * width * threads));
    IntStream.range(0, threads)
        .parallel()
        .forEach(
            thread -> {
              try (DoublePointer a = ones(width);
                  DoublePointer b = ones(width);
                  DoublePointer c = ones(width)) {
                for (long i = 0; i < products; i++) {
                  openblas_nolapack.cblas_dgemm(
                      openblas_nolapack.CblasColMajor,
                      openblas_nolapack.CblasNoTrans,
                      openblas_nolapack.CblasNoTrans,
                      width,
                      width,
                      width,
                      1,
                      a,
                      width,
                      b,
                      width,
                      0,
                      c,
                      width);
                }
              }
            });
    openblas_nolapack.blas_set_num_threads(before);
  }

  private static DoublePointer ones(int width) {
    double[] ones = new double[width * width];
    Arrays.fill(ones, 1);
    return new DoublePointer(ones);
  }

  private static double median(double[] numbers) {
    Arrays.sort(numbers);
    return numbers[numbers.length / 2];
  }
}
