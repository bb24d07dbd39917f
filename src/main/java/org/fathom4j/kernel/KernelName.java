package org.fathom4j.kernel;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The ways to compute a stack. */
public enum KernelName {
  /** {@link ReferenceKernel}: the definition, in plain loops. */
  REFERENCE,
  /** ND4J's operations, block by block: any backend, any activation. */
  ND4J,
  /** {@link FusedCpuKernel}: a slab of examples a thread, through all blocks; host memory. */
  FUSED,
  /** {@link CudaKernel}: fused over depth on an NVIDIA GPU; parameters may stay on the device. */
  CUDA;

  /** The kernel of this {@link #option}; empty if there is none. */
  public static Optional<KernelName> of(String option) {
    return Arrays.stream(values()).filter(name -> name.option().equals(option)).findFirst();
  }

  /** The name in options and records, such as {@code reference}. */
  public String option() {
    return name().toLowerCase(Locale.ROOT);
  }
}
