package org.fathom4j.kernel;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * Seconds for one forward and backward pass of the fused kernel, for tuning it.
 *
 * <pre>{@code KernelTiming L D M N [repetitions] [keep-hidden|keep-all|recompute]}</pre>
 *
 * <p>Prints median and least time, processor time (on a busy machine the steadier number), and
 * flop/s of 12 N D M L flop. Nothing is updated between
 * passes.
 */
public final class KernelTiming {

  private KernelTiming() {}

  /** Times one shape. */
  public static void main(String[] args) {
    int depth = Integer.parseInt(args[0]);
    int width = Integer.parseInt(args[1]);
    int hidden = Integer.parseInt(args[2]);
    int examples = Integer.parseInt(args[3]);
    int repetitions = args.length > 4 ? Integer.parseInt(args[4]) : 15;
    StackKernel kernel =
        args.length > 5
            ? new FusedCpuKernel(MemoryPlan.Kind.of(args[5]))
            : new FusedCpuKernel();
    StackShape shape =
        new StackShape(
            BlockKind.NONLINEAR,
            BranchForm.PLAIN,
            depth,
            width,
            hidden,
            Activation.RELU,
            Precision.FLOAT);
    SplittableRandom random = new SplittableRandom(7);
    long matrices = depth * shape.matrixLength();
    long stream = (long) examples * width;
    double deviation = 1 / Math.sqrt(width);
    StackParameters parameters =
        new StackParameters(
            numbers(random, matrices, deviation), numbers(random, matrices, 1e-3), null);
    StackParameters gradients =
        new StackParameters(numbers(random, matrices, 0), numbers(random, matrices, 0), null);
    NativeVector input = numbers(random, stream, 1);
    NativeVector output = numbers(random, stream, 0);
    NativeVector outputGradient = numbers(random, stream, 1);
    NativeVector inputGradient = numbers(random, stream, 0);
    double[] forward = new double[repetitions];
    double[] both = new double[repetitions];
    double[] processor = new double[repetitions];
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    try (StackKernel.Trace trace = kernel.newTrace(shape, examples)) {
      for (int i = -5; i < repetitions; i++) {
        long busy = system.getProcessCpuTime();
        long start = System.nanoTime();
        kernel.forward(shape, examples, parameters, input, output, trace, null);
        long middle = System.nanoTime();
        kernel.backward(
            shape,
            examples,
            parameters,
            input,
            trace,
            outputGradient,
            gradients,
            inputGradient,
            null);
        if (i >= 0) {
          forward[i] = (middle - start) * 1e-9;
          both[i] = (System.nanoTime() - start) * 1e-9;
          processor[i] = (system.getProcessCpuTime() - busy) * 1e-9;
        }
      }
    }
    Arrays.sort(forward);
    Arrays.sort(both);
    Arrays.sort(processor);
    double flop = 12.0 * examples * width * hidden * depth;
    System.out.printf(
        Locale.ROOT,
        "L=%d D=%d M=%d N=%d: median %.5f s, least %.5f s (forward %.5f), processor %.5f s, %.1f GFLOP/s%n",
        depth,
        width,
        hidden,
        examples,
        both[repetitions / 2],
        both[0],
        forward[0],
        processor[repetitions / 2],
        flop / both[0] * 1e-9);
  }

  private static NativeVector numbers(SplittableRandom random, long count, double deviation) {
    NativeVector numbers = NativeVector.allocate(Precision.FLOAT, count);
    for (long i = 0; i < count; i++) {
      numbers.set(i, deviation * random.nextGaussian());
    }
    return numbers;
  }
}
