package org.fathom4j.train;

import java.util.OptionalInt;
import org.fathom4j.kernel.KernelName;
import org.fathom4j.kernel.Kernels;
import org.fathom4j.record.RunRecord;

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

  /** The number of this process, which is settled by asking. */
  public static int current() {
    return Kernels.threads(KernelName.FUSED).orElseThrow();
  }

  /** Such as {@code 2 threads}. */
  public static String inWords(int threads) {
    return threads + (threads == 1 ? " thread" : " threads");
  }

  /** The number that a run was begun with; empty if it was not the fused kernel that computed. */
  public static OptionalInt of(RunRecord record) {
    return record.kernel().name().equals(KernelName.FUSED.option())
        ? OptionalInt.of(record.threads())
        : OptionalInt.empty();
  }
}
