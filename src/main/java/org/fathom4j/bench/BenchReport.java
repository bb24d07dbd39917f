package org.fathom4j.bench;

import java.util.List;

/**
 * What a bench measured.
 *
 * @param spec what was asked
 * @param threads of the GEMM peak, one a core
 * @param gemmPeakGflops GFLOP/s in cache, all threads together
 * @param kernels those that were timed
 * @param leftOut those that were not, and why
 */
public record BenchReport(
    BenchSpec spec,
    int threads,
    Timing gemmPeakGflops,
    List<KernelFigures> kernels,
    List<LeftOut> leftOut) {

  /**
   * One kernel.
   *
   * @param name as {@code --kernel} takes it
   * @param stack seconds of one iteration of the stack: forward, backward, SGD update
   * @param network seconds of one iteration of the whole network with embedding, readout, loss,
   *     updater and listener
   * @param gflops GFLOP/s of the stack
   * @param fractionOfPeak of the GEMM peak
   * @param memoryPlan what is kept for the backward pass
   * @param peakMemoryBytes largest resident memory of the process while the stack iterated; -1
   *     where the system does not tell
   */
  public record KernelFigures(
      String name,
      Timing stack,
      Timing network,
      double gflops,
      double fractionOfPeak,
      String memoryPlan,
      long peakMemoryBytes) {}

  /**
   * A kernel that was not timed.
   *
   * @param name as {@code --kernel} takes it
   * @param reason why, and what to do
   */
  public record LeftOut(String name, String reason) {}
}
