package org.fathom4j.kernel;

import java.util.Locale;

/** The ways to compute a stack. */
public enum KernelName {
  /** {@link ReferenceKernel}: the definition, in plain loops. */
  REFERENCE,
  /** ND4J's operations, block by block: any backend, any activation. */
  ND4J,
  /** {@link FusedCpuKernel}: a slab of examples a thread, through all blocks; host memory. */
  FUSED;

  /** The name in options and records, such as {@code reference}. */
  public String option() {
    return name().toLowerCase(Locale.ROOT);
  }
}
