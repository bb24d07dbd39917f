package org.fathom4j.train;

import org.fathom4j.kernel.Kernels;

/** How many threads the kernels of this process compute with. */
public final class ComputingThreads {

  private ComputingThreads() {}

  /**
   * States the number; to be called before anything computes. Calling it again with the same number
   * does nothing.
   *
   * @throws IllegalArgumentException if the number is below 1
   * @throws IllegalStateException if this process computes with another number already
   */
  public static void use(int threads) {
    Kernels.useThreads(threads);
  }
}
