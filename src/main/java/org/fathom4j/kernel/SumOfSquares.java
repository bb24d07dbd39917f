package org.fathom4j.kernel;

import java.lang.ref.Reference;

/**
 * Σ x² of long vectors on the threads that kernels share: the norm of all gradients is asked for
 * once an iteration.
 *
 * <p>Pieces of {@value #PIECE} numbers are summed in the vector's precision and their sums in
 * double, in order: the result does not depend on the number of threads. Squares may overflow or
 * underflow that precision.
 */
public final class SumOfSquares {

  /** OpenBLAS starts threads of its own for dot products above 10,000 numbers. */
  private static final int PIECE = 8192;

  /** Pieces worth a thread: some 50 microseconds. */
  private static final int WORTH_A_THREAD = 32;

  private SumOfSquares() {}

  /** Of all numbers of a vector. */
  public static double of(NativeVector x) {
    return of(x, FusedCpuKernel.team(), WORTH_A_THREAD);
  }

  /** For tests: a team of its own, and few pieces on many threads. */
  static double of(NativeVector x, ThreadTeam team, int worthAThread) {
    double[] sums = new double[Math.toIntExact((x.length() + PIECE - 1) / PIECE)];
    int tasks = Math.max(1, Math.min(team.size(), sums.length / worthAThread));
    team.run(tasks, task -> sum(x, sums, task, tasks));
    Reference.reachabilityFence(x);
    double sum = 0;
    for (double ofPiece : sums) {
      sum += ofPiece;
    }
    return sum;
  }

  private static void sum(NativeVector x, double[] sums, int task, int tasks) {
    Blas blas = Blas.of(x.precision());
    int end = (int) ((long) sums.length * (task + 1) / tasks);
    for (int i = (int) ((long) sums.length * task / tasks); i < end; i++) {
      long first = (long) i * PIECE;
      long address = x.address() + first * x.precision().bytes();
      sums[i] = blas.dot((int) Math.min(PIECE, x.length() - first), address, address);
    }
  }
}
