package org.fathom4j.kernel;

import java.lang.ref.Reference;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * The fast kernel for processors: one slab of examples a thread marches through all blocks without
 * waiting, on single-threaded BLAS and vectorised activations.
 *
 * <p>What it changes against {@link ReferenceKernel}: sums are taken in the stored precision and in
 * the order of the BLAS; σ' is computed from h = σ(a) instead of a; and the {@link MemoryPlan}
 * decides what is kept. Results are the same from run to run for the same thread count and memory
 * plan. NaN and infinities pass through every step. Subnormal numbers are computed with, slowly, as
 * Java threads cannot ask the processor to flush them; only e^x flushes its own to 0.
 *
 * <p>System properties: {@code fathom.threads}, the number of threads, by default all processors;
 * {@code fathom.memory.plan}, a plan to use whatever memory there is.
 */
public final class FusedCpuKernel implements StackKernel {

  /** System property: how many threads compute. */
  public static final String THREADS_PROPERTY = "fathom.threads";

  /** System property: {@code keep-hidden}, {@code keep-all} or {@code recompute}. */
  public static final String PLAN_PROPERTY = "fathom.memory.plan";

  private final ThreadTeam team;
  private final Optional<MemoryPlan.Kind> forced;
  private final LongSupplier freeBytes;
  private final long worthAThread;

  /** With the threads and the memory plan that the system properties ask for. */
  public FusedCpuKernel() {
    this(Shared.TEAM, requestedPlan(), FreeMemory::bytes, Partition.WORTH_A_THREAD);
  }

  /** With a memory plan of one kind, whatever memory there is. */
  public FusedCpuKernel(MemoryPlan.Kind plan) {
    this(Shared.TEAM, Optional.of(plan), FreeMemory::bytes, Partition.WORTH_A_THREAD);
  }

  /** For tests: a team of its own, free memory made up, small stacks on many threads. */
  FusedCpuKernel(
      ThreadTeam team,
      Optional<MemoryPlan.Kind> forced,
      LongSupplier freeBytes,
      long worthAThread) {
    this.team = team;
    this.forced = forced;
    this.freeBytes = freeBytes;
    this.worthAThread = worthAThread;
  }

  @Override
  public KernelName name() {
    return KernelName.FUSED;
  }

  /** How many threads kernels share in this process. */
  static int threads() {
    return Shared.TEAM.size();
  }

  /** The threads that kernels share in this process. */
  static ThreadTeam team() {
    return Shared.TEAM;
  }

  /** The memory plan that {@value #PLAN_PROPERTY} asks for; empty without that property. */
  public static Optional<MemoryPlan.Kind> requestedPlan() {
    return Optional.ofNullable(System.getProperty(PLAN_PROPERTY)).map(MemoryPlan.Kind::of);
  }

  @Override
  public MemoryPlan memoryPlan(StackShape shape, int examples, long free) {
    Partition partition = partition(shape, examples);
    return forced
        .map(kind -> MemoryPlan.of(kind, shape, partition))
        .orElseGet(() -> MemoryPlan.choose(shape, partition, free));
  }

  @Override
  public StackKernel keepingTo(MemoryPlan.Kind kind) {
    return new FusedCpuKernel(team, Optional.of(kind), freeBytes, worthAThread);
  }

  @Override
  public Trace newTrace(StackShape shape, int examples) {
    long free = forced.isPresent() ? Long.MAX_VALUE : freeBytes.getAsLong();
    return new SlabSet(shape, memoryPlan(shape, examples, free), partition(shape, examples));
  }

  @Override
  public void forward(
      StackShape shape,
      int examples,
      StackParameters parameters,
      NativeVector input,
      NativeVector output,
      Trace trace,
      DepthProbe probe) {
    parameters.requireFits(shape);
    shape.requireMinibatch("input", input, examples);
    shape.requireMinibatch("output", output, examples);
    if (trace == null) {
      try (SlabSet slabs = new SlabSet(shape, null, partition(shape, examples))) {
        forward(slabs, parameters, input, output, probe);
      }
    } else {
      SlabSet slabs = (SlabSet) trace;
      slabs.requireFits(shape, examples);
      forward(slabs, parameters, input, output, probe);
    }
  }

  private void forward(
      SlabSet slabs,
      StackParameters parameters,
      NativeVector input,
      NativeVector output,
      DepthProbe probe) {
    Blas.enter();
    try {
      slabs.forward(team, parameters, input, output, probe);
    } finally {
      Blas.leave();
      Reference.reachabilityFence(parameters);
      Reference.reachabilityFence(slabs);
      Reference.reachabilityFence(input);
      Reference.reachabilityFence(output);
    }
  }

  @Override
  public void backward(
      StackShape shape,
      int examples,
      StackParameters parameters,
      NativeVector input,
      Trace trace,
      NativeVector outputGradient,
      StackParameters gradients,
      NativeVector inputGradient,
      DepthProbe probe) {
    parameters.requireFits(shape);
    gradients.requireFits(shape);
    shape.requireMinibatch("output gradient", outputGradient, examples);
    shape.requireMinibatch("input gradient", inputGradient, examples);
    SlabSet slabs = (SlabSet) trace;
    slabs.requireFits(shape, examples);
    slabs.requireFilled();
    Blas.enter();
    try {
      slabs.backward(team, parameters, outputGradient, gradients, inputGradient, probe);
    } finally {
      Blas.leave();
      Reference.reachabilityFence(parameters);
      Reference.reachabilityFence(gradients);
      Reference.reachabilityFence(slabs);
      Reference.reachabilityFence(outputGradient);
      Reference.reachabilityFence(inputGradient);
    }
  }

  private Partition partition(StackShape shape, int examples) {
    return Partition.of(shape, examples, team.size(), worthAThread);
  }

  /** The threads of this process, started when a kernel first needs them. */
  private static final class Shared {

    static final ThreadTeam TEAM = new ThreadTeam(threads());

    private static int threads() {
      String asked = System.getProperty(THREADS_PROPERTY);
      if (asked == null) {
        return Runtime.getRuntime().availableProcessors();
      }
      try {
        int threads = Integer.parseInt(asked);
        if (threads >= 1) {
          return threads;
        }
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(wrong(asked), e);
      }
      throw new IllegalArgumentException(wrong(asked));
    }

    private static String wrong(String asked) {
      return "-D" + THREADS_PROPERTY + "=" + asked + " is no number of threads; give 1 or more.";
    }
  }
}
