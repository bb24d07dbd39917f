package org.fathom4j.kernel;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/**
 * Chooses the kernel of a stack, once, and says why.
 *
 * <p>Order of preference: the cuda kernel, where arrays lie in the processor's memory, it knows the
 * activation, is fast for the stack and has the memory plan that was asked for, a GPU can run it
 * ({@link CudaReport}) and its answers on a few such blocks are those of the reference kernel; the
 * fused kernel, where the first two hold; else ND4J's operations, which run on every backend and
 * know every activation; the reference kernel only when it is asked for, because it is written to
 * be read.
 */
public final class Kernels {

  private static final Gpu GPU = new Gpu(CudaReport::ofThisMachine, CudaSelfCheck::problem);

  private Kernels() {}

  /**
   * The kernel for a stack.
   *
   * @param requested what the user asked for; empty means the fastest that can do it
   * @param stack as raw kernels see it; empty if they do not know its activation function
   * @param hostMemory whether parameters and activations lie in the processor's own memory
   * @throws IllegalArgumentException if the requested kernel cannot compute this stack, on any
   *     machine; the message says why and what can
   * @throws CudaException if the cuda kernel is requested and this machine cannot run it; the
   *     message says why, and the cure
   */
  public static KernelChoice choose(
      Optional<KernelName> requested, Optional<StackShape> stack, boolean hostMemory) {
    return choose(requested, stack, hostMemory, GPU);
  }

  /** The same, on a machine with this GPU. */
  static KernelChoice choose(
      Optional<KernelName> requested, Optional<StackShape> stack, boolean hostMemory, Gpu gpu) {
    if (requested.isEmpty()) {
      if (stack.isPresent() && hostMemory) {
        return fastest(stack.get(), gpu);
      }
      return new KernelChoice(
          KernelName.ND4J,
          hostMemory
              ? "ND4J's operations: no raw kernel knows this activation function; with one of "
                  + known()
                  + " the fused kernel, or cuda, would be chosen, and be faster."
              : "ND4J's operations: this ND4J backend keeps arrays on a device; with the backend "
                  + "nd4j-native the fused kernel, or cuda, would be chosen for an activation"
                  + " function that they know.");
    }
    if (requested.get() == KernelName.ND4J) {
      return new KernelChoice(KernelName.ND4J, "ND4J's operations, as requested.");
    }
    String kernel = requested.get().option();
    if (stack.isEmpty()) {
      throw new IllegalArgumentException(
          "The "
              + kernel
              + " kernel does not know this activation function, only "
              + known()
              + "; use --kernel nd4j, which serves any.");
    }
    if (!hostMemory) {
      throw new IllegalArgumentException(
          "The "
              + kernel
              + " kernel works with arrays in the processor's memory, but this ND4J backend keeps"
              + " them on a device; use --kernel nd4j, or drop --cuda.");
    }
    return switch (requested.get()) {
      case CUDA -> requestedCuda(stack.get(), gpu);
      case FUSED ->
          new KernelChoice(KernelName.FUSED, "The fused kernel, as requested; " + machine());
      default ->
          new KernelChoice(
              KernelName.REFERENCE, "The reference kernel, as requested: plain loops, slow.");
    };
  }

  private static KernelChoice requestedCuda(StackShape stack, Gpu gpu) {
    FusedCpuKernel.requestedPlan().ifPresent(CudaPlan::requireKnown);
    Optional<String> problem = gpu.problem(stack);
    if (problem.isPresent()) {
      throw new CudaException(problem.get());
    }
    return new KernelChoice(
        KernelName.CUDA, "The cuda kernel, as requested, on " + gpu.words() + ".");
  }

  /** For an activation that all raw kernels know, in the processor's memory. */
  private static KernelChoice fastest(StackShape stack, Gpu gpu) {
    Optional<String> problem = problemOfCuda(stack, gpu);
    if (problem.isEmpty()) {
      return new KernelChoice(
          KernelName.CUDA, "The cuda kernel: the fastest here, on " + gpu.words() + ".");
    }
    return new KernelChoice(
        KernelName.FUSED,
        "The fused kernel: the fastest for the processor's memory; "
            + machine()
            + (gpu.isExpected() ? " The GPU is not used: " + problem.get() : ""));
  }

  /** Why the cuda kernel is not the fastest for a stack, or cannot compute it here. */
  private static Optional<String> problemOfCuda(StackShape stack, Gpu gpu) {
    if (!CudaKernel.isFastFor(stack)) {
      return Optional.of(
          "it is fast for stacks in single precision, of widths up to 128 and at least "
              + CudaKernel.LEAST_DEPTH
              + " blocks; --kernel cuda asks for it all the same.");
    }
    return FusedCpuKernel.requestedPlan().flatMap(CudaPlan::problem).or(() -> gpu.problem(stack));
  }

  /** Threads and vectors of the fused kernel, with the cure where there are none. */
  private static String machine() {
    int threads = FusedCpuKernel.threads();
    String vectors =
        VectorSupport.available()
            ? "activations in vectors of " + VectorSupport.vectorBits() + " bits."
            : "activations one number at a time (start Java with --add-modules"
                + " jdk.incubator.vector for vectors).";
    return threads + (threads == 1 ? " thread, " : " threads, ") + vectors;
  }

  private static String known() {
    return Arrays.stream(Activation.values())
        .map(activation -> activation.name().toLowerCase(Locale.ROOT))
        .collect(Collectors.joining(", "));
  }

  /** Threads a kernel computes with; empty where ND4J decides, and on a GPU. */
  public static OptionalInt threads(KernelName name) {
    return switch (name) {
      case REFERENCE -> OptionalInt.of(1);
      case FUSED -> OptionalInt.of(FusedCpuKernel.threads());
      case ND4J, CUDA -> OptionalInt.empty();
    };
  }

  /**
   * States how many threads the fused kernel of this process computes with; before its first use.
   *
   * @throws IllegalArgumentException if the number is below 1
   * @throws IllegalStateException if its threads were started already, and are not so many
   */
  public static void useThreads(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("--threads must be at least 1, but is " + threads + ".");
    }
    System.setProperty(FusedCpuKernel.THREADS_PROPERTY, Integer.toString(threads));
    int started = FusedCpuKernel.threads();
    if (started != threads) {
      System.setProperty(FusedCpuKernel.THREADS_PROPERTY, Integer.toString(started));
      throw new IllegalStateException(
          "This process computes with "
              + started
              + " threads already and cannot change to "
              + threads
              + ": state the number before anything computes, or start Java with -D"
              + FusedCpuKernel.THREADS_PROPERTY
              + "="
              + threads
              + ".");
    }
  }

  /** The raw kernel of a choice; empty for ND4J's operations, which are no raw kernel. */
  public static Optional<StackKernel> rawKernel(KernelName name) {
    return switch (name) {
      case REFERENCE -> Optional.of(new ReferenceKernel());
      case FUSED -> Optional.of(new FusedCpuKernel());
      case CUDA -> Optional.of(new CudaKernel());
      case ND4J -> Optional.empty();
    };
  }
}
