package org.fathom4j.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.Function;
import org.fathom4j.bench.BenchReport.KernelFigures;
import org.fathom4j.bench.BenchReport.LeftOut;
import org.fathom4j.kernel.CudaException;
import org.fathom4j.kernel.CudaReport;
import org.fathom4j.kernel.FreeMemory;
import org.fathom4j.kernel.InsufficientMemoryException;
import org.fathom4j.kernel.KernelName;
import org.fathom4j.kernel.Kernels;
import org.fathom4j.kernel.Precision;
import org.fathom4j.kernel.ReferenceKernel;
import org.fathom4j.kernel.StackKernel;
import org.fathom4j.kernel.StackShape;
import org.fathom4j.kernel.SystemMemory;
import org.fathom4j.network.KernelReport;

/**
 * Times every kernel that can run here, one after another: the stack alone, then the whole network.
 *
 * <p>Before a kernel is timed its answers are compared with the reference kernel's on a small
 * stack. A kernel that would take minutes is left out, unless it was asked for by name.
 */
public final class Bench {

  /** A kernel whose figures would take longer is left out. */
  private static final double LONGEST_SECONDS = 120;

  private static final int SHALLOW = 10;
  private static final double TELLING_SECONDS = 0.02;
  private static final double PREDICTING_SECONDS = 0.3;

  private static final int CHECKED_DEPTH = 3;
  private static final int CHECKED_WIDTH = 256;
  private static final int CHECKED_EXAMPLES = 33;

  /** Relative to the largest number; some hundred roundings of 6e-8 or 1e-16 each. */
  private static final double FLOAT_TOLERANCE = 1e-4;

  private static final double DOUBLE_TOLERANCE = 1e-11;

  private static final double GIB = 1L << 30;

  private final BenchSpec spec;
  private final Consumer<String> talk;

  /**
   * Prepares; nothing runs yet.
   *
   * @param talk receives a sentence about every step
   */
  public Bench(BenchSpec spec, Consumer<String> talk) {
    this.spec = spec;
    this.talk = talk;
  }

  /** The kernels that can be asked for. */
  public static List<String> kernels() {
    return Arrays.stream(KernelName.values()).map(KernelName::option).toList();
  }

  /**
   * Measures.
   *
   * @throws IllegalArgumentException if the kernel asked for is unknown, or not for this build
   * @throws CudaException if no GPU here can run the kernel asked for, or it fails
   * @throws IOException if the network does not fit into memory
   */
  public BenchReport run() throws IOException {
    List<KernelReport> candidates = candidates();
    requireWeightsFit();
    int threads = Runtime.getRuntime().availableProcessors();
    talk.accept("in-cache GEMM peak on " + threads + " threads …");
    Timing peak = GemmPeak.measure(spec.stack().precision(), threads, spec.seconds());
    List<KernelFigures> figures = new ArrayList<>();
    List<LeftOut> leftOut = new ArrayList<>();
    for (KernelReport candidate : candidates) {
      if (!candidate.usable()) {
        leftOut.add(new LeftOut(candidate.name(), candidate.reason()));
        continue;
      }
      KernelName kernel = KernelName.of(candidate.name()).orElseThrow();
      try {
        Optional<String> unfit = unfit(kernel);
        if (unfit.isPresent()) {
          leftOut.add(new LeftOut(candidate.name(), unfit.get()));
        } else {
          figures.add(measure(kernel, peak.median()));
        }
      } catch (CudaException | InsufficientMemoryException e) {
        if (spec.kernel().isPresent()) {
          throw e;
        }
        leftOut.add(new LeftOut(candidate.name(), e.getMessage())); // the others are worth knowing
      }
    }
    return new BenchReport(spec, threads, peak, List.copyOf(figures), List.copyOf(leftOut));
  }

  /**
   * Why a kernel is left out whose answers are right; empty if it is to be timed.
   *
   * @throws IOException if it was asked for by name and its memory does not suffice
   */
  private Optional<String> unfit(KernelName kernel) throws IOException {
    Optional<String> tooLarge = tooLarge(kernel);
    if (tooLarge.isPresent() && spec.kernel().isPresent()) {
      throw new IOException(tooLarge.get());
    }
    if (tooLarge.isPresent()) {
      return tooLarge;
    }
    checkAnswers(spec, kernel);
    return spec.kernel().isPresent() ? Optional.empty() : tooSlow(kernel);
  }

  private List<KernelReport> candidates() {
    if (spec.kernel().isEmpty()) {
      return KernelReport.all().stream().filter(Bench::isExpected).toList();
    }
    String asked = spec.kernel().get();
    KernelName name =
        KernelName.of(asked)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        String.format(
                            "There is no kernel \"%s\" in this version; allowed are %s.",
                            asked, String.join(", ", kernels()))));
    return List.of(KernelReport.ofUsable(name));
  }

  /** Nobody misses the cuda kernel where there is no NVIDIA driver. */
  private static boolean isExpected(KernelReport candidate) {
    return candidate.usable()
        || !candidate.name().equals(KernelName.CUDA.option())
        || CudaReport.ofThisMachine().driverVersion().isPresent();
  }

  private void requireWeightsFit() throws IOException {
    long need = spec.summary().weightBytes();
    OptionalLong available = SystemMemory.available();
    if (available.isPresent() && need > available.getAsLong()) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "Weights and gradients of this stack need %.1f GiB, but %.1f GiB are available. Reduce"
                  + " --depth, --width or --hidden-width.",
              need / GIB,
              available.getAsLong() / GIB));
    }
  }

  /** Why a kernel cannot keep what its backward pass needs; raw kernels say it by their plans. */
  private Optional<String> tooLarge(KernelName kernel) {
    Optional<StackKernel> raw = Kernels.rawKernel(kernel);
    if (raw.isPresent()) {
      long free =
          raw.get()
              .deviceFreeBytes()
              .orElseGet(() -> Math.max(0, FreeMemory.bytes() - spec.summary().weightBytes()));
      try {
        raw.get().memoryPlan(spec.stack(), spec.batchSize(), free);
        return Optional.empty();
      } catch (InsufficientMemoryException e) {
        return Optional.of(e.getMessage());
      }
    }
    long need = spec.summary().bytes();
    OptionalLong available = SystemMemory.available();
    return available.isEmpty() || need <= available.getAsLong()
        ? Optional.empty()
        : Optional.of(
            String.format(
                Locale.ROOT,
                "It keeps all activations, %.1f GiB with the weights, but %.1f GiB are available."
                    + " Reduce --depth or --batch-size.",
                need / GIB,
                available.getAsLong() / GIB));
  }

  /** Fails unless a kernel computes what the reference computes, at this bench's widths. */
  static void checkAnswers(BenchSpec spec, KernelName kernel) {
    BenchSpec small = small(spec);
    StackShape shape = small.stack();
    try (StackIteration checked = stack(small, kernel)) {
      checked.outcome().requireAgrees(kernel.option(), referenceOutcome(small), tolerance(shape));
    }
  }

  /** What the reference kernel computes. */
  static StackIteration.Outcome referenceOutcome(BenchSpec spec) {
    try (StackIteration reference =
        new RawStack(new ReferenceKernel(), spec.stack(), spec.batchSize(), spec.learningRate())) {
      return reference.outcome();
    }
  }

  /** A few blocks of the same widths, for the comparison of answers. */
  static BenchSpec small(BenchSpec spec) {
    return new BenchSpec(
        Math.min(spec.depth(), CHECKED_DEPTH),
        Math.min(spec.width(), CHECKED_WIDTH),
        Math.min(spec.hiddenWidth(), CHECKED_WIDTH),
        Math.min(spec.batchSize(), CHECKED_EXAMPLES),
        spec.block(),
        spec.precision(),
        spec.kernel(),
        spec.seconds());
  }

  /** What the answers of a correct implementation may differ by. */
  static double tolerance(StackShape shape) {
    return shape.precision() == Precision.FLOAT ? FLOAT_TOLERANCE : DOUBLE_TOLERANCE;
  }

  /** The stack in a kernel: raw where it is one, else as a layer. */
  static StackIteration stack(BenchSpec spec, KernelName kernel) {
    Optional<StackKernel> raw = Kernels.rawKernel(kernel);
    return raw.isPresent()
        ? new RawStack(raw.get(), spec.stack(), spec.batchSize(), spec.learningRate())
        : new LayerStack(kernel, spec.stack(), spec.batchSize(), spec.learningRate());
  }

  Optional<String> tooSlow(KernelName kernel) {
    double seconds = predictedSeconds(spec, s -> stack(s, kernel));
    double all = 2 * Timing.FEWEST * seconds; // of the stack and of the network
    return all <= LONGEST_SECONDS
        ? Optional.empty()
        : Optional.of(
            String.format(
                Locale.ROOT,
                "some %.0f s an iteration (predicted from a shallower stack), at least %.0f s in"
                    + " all; --kernel %s measures it nevertheless.",
                seconds,
                all,
                kernel.option()));
  }

  /**
   * Of an iteration, from that of a stack shallow enough to be quick and deep enough for the blocks
   * to matter.
   */
  static double predictedSeconds(
      BenchSpec spec, Function<BenchSpec, ? extends StackIteration> implementation) {
    int depth = Math.min(spec.depth(), SHALLOW);
    while (true) {
      double seconds;
      try (StackIteration stack = implementation.apply(spec.atDepth(depth))) {
        seconds = leastSeconds(stack);
      }
      if (depth == spec.depth() || seconds > TELLING_SECONDS) {
        return seconds * spec.depth() / depth;
      }
      depth = (int) Math.min(spec.depth(), 10L * depth);
    }
  }

  /** Of at least two runs, the first of which is cold; of many where they are short. */
  private static double leastSeconds(StackIteration stack) {
    double least = Double.POSITIVE_INFINITY;
    double spent = 0;
    for (int i = 0; i < 2 || spent < PREDICTING_SECONDS; i++) {
      double seconds = Timing.secondsOf(stack::run);
      least = Math.min(least, seconds);
      spent += seconds;
    }
    return least;
  }

  private KernelFigures measure(KernelName kernel, double peakGflops) {
    talk.accept(kernel.option() + ": the stack …");
    Timing stackTime;
    String plan;
    long memory;
    SystemMemory.resetPeak();
    try (StackIteration stack = stack(spec, kernel)) {
      stackTime = Timing.of(stack::run, spec.seconds());
      plan = stack.memoryPlan();
      memory = SystemMemory.peak().orElse(-1);
    }
    talk.accept(kernel.option() + ": the whole network …");
    Timing networkTime;
    try (WholeNetwork network = new WholeNetwork(spec, kernel)) {
      networkTime = Timing.of(network::run, spec.seconds());
    }
    double gflops = spec.flop() * 1e-9 / stackTime.median();
    return new KernelFigures(
        kernel.option(), stackTime, networkTime, gflops, gflops / peakGflops, plan, memory);
  }
}
