package org.fathom4j.kernel;

import java.util.Optional;

/**
 * Chooses the kernel of a stack, once, and says why.
 *
 * <p>Today's order of preference: ND4J's operations, which run on every backend and call the BLAS;
 * the reference kernel only when it is asked for, because it is written to be read.
 */
public final class Kernels {

  private Kernels() {}

  /**
   * The kernel for a stack.
   *
   * @param requested what the user asked for; empty means the fastest that can do it
   * @param activation σ as raw kernels know it; empty if they do not
   * @param hostMemory whether parameters and activations lie in the processor's own memory
   * @throws IllegalArgumentException if the requested kernel cannot compute this stack; the message
   *     says why and what can
   */
  public static KernelChoice choose(
      Optional<KernelName> requested, Optional<Activation> activation, boolean hostMemory) {
    if (requested.isEmpty()) {
      return new KernelChoice(
          KernelName.ND4J, "ND4J's operations: the fastest kernel of this version on any backend.");
    }
    if (requested.get() == KernelName.ND4J) {
      return new KernelChoice(KernelName.ND4J, "ND4J's operations, as requested.");
    }
    if (activation.isEmpty()) {
      throw new IllegalArgumentException(
          "The reference kernel does not know this activation function; use --kernel nd4j, which"
              + " serves any.");
    }
    if (!hostMemory) {
      throw new IllegalArgumentException(
          "The reference kernel works on the processor's memory, but this ND4J backend keeps arrays"
              + " on a device; use --kernel nd4j.");
    }
    return new KernelChoice(
        KernelName.REFERENCE, "The reference kernel, as requested: plain loops, slow.");
  }

  /** The raw kernel of a choice; empty for ND4J's operations, which are no raw kernel. */
  public static Optional<StackKernel> rawKernel(KernelName name) {
    return switch (name) {
      case REFERENCE -> Optional.of(new ReferenceKernel());
      case ND4J -> Optional.empty();
    };
  }
}
