package org.fathom4j.kernel;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * The fast kernel for NVIDIA GPUs from compute capability 7.5 on: a few examples a thread block
 * march through all blocks of the network in one launch, while weights stream past them; weight
 * gradients follow, parallel over blocks.
 *
 * <p>What it changes against {@link ReferenceKernel}: sums are taken in the stored precision, in
 * the order of the threads; σ' is computed from h = σ(a) instead of a. Results are the same from
 * run to run and for both of its memory plans. It uses no TF32. Widths up to 128 in single
 * precision march; wider stacks, and all in double precision, take a launch for each product, which
 * at depth costs more than the arithmetic.
 *
 * <p>Through the methods of {@link StackKernel} parameters are copied to the device before a
 * forward pass and gradients back after a backward pass. Training keeps them there: {@link
 * #resident}. Kernels are CUDA C++ in {@code src/main/cuda}, shipped as PTX that the driver
 * compiles for its device when they are first used.
 *
 * <p>System properties: {@code fathom.cuda.device}, the driver's number of the GPU; {@code
 * fathom.memory.plan}, a plan to use whatever memory there is.
 */
public final class CudaKernel implements StackKernel {

  /** Blocks of a stack from which on a launch for all of them is worth the way to the device. */
  static final int LEAST_DEPTH = 16;

  private final Optional<MemoryPlan.Kind> asked;

  /** With the memory plan that the system property asks for, or the fastest that fits. */
  public CudaKernel() {
    this(FusedCpuKernel.requestedPlan());
  }

  private CudaKernel(Optional<MemoryPlan.Kind> asked) {
    asked.ifPresent(CudaPlan::requireKnown);
    this.asked = asked;
  }

  /** Whether this kernel is what a GPU is for: enough blocks, which one launch can take. */
  static boolean isFastFor(StackShape shape) {
    return shape.depth() >= LEAST_DEPTH && CudaMarch.serves(shape);
  }

  @Override
  public KernelName name() {
    return KernelName.CUDA;
  }

  @Override
  public OptionalLong deviceFreeBytes() {
    return OptionalLong.of(CudaContext.get().freeBytes());
  }

  @Override
  public MemoryPlan memoryPlan(StackShape shape, int examples, long freeBytes) {
    CudaContext context = CudaContext.get();
    long before = context.freeBytes();
    return CudaPlan.choose(
            shape,
            examples,
            context.device().multiprocessors(),
            asked,
            () -> freeBytes + context.freeBytes() - before) // more, if any was given back
        .describe(shape, examples);
  }

  @Override
  public StackKernel keepingTo(MemoryPlan.Kind kind) {
    return new CudaKernel(Optional.of(kind));
  }

  @Override
  public Optional<ResidentStack> resident(StackShape shape) {
    return Optional.of(new CudaStack(shape, asked));
  }

  @Override
  public Trace newTrace(StackShape shape, int examples) {
    return new DeviceTrace(new CudaStack(shape, asked));
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
    if (trace == null) {
      try (CudaStack stack = new CudaStack(shape, asked)) {
        stack.writeParameters(parameters);
        stack.forward(examples, input, output, false, probe);
      }
    } else {
      CudaStack stack = ((DeviceTrace) trace).stack;
      stack.writeParameters(parameters);
      stack.forward(examples, input, output, true, probe);
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
    CudaStack stack = ((DeviceTrace) trace).stack;
    stack.backward(examples, outputGradient, inputGradient, probe);
    stack.readGradients(gradients);
  }

  /** A stack of its own on the device. */
  private record DeviceTrace(CudaStack stack) implements Trace {

    @Override
    public long bytes() {
      return stack.bytes();
    }

    @Override
    public void close() {
      stack.close();
    }
  }
}
