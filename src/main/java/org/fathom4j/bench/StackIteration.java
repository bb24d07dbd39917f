package org.fathom4j.bench;

/**
 * One implementation of a stack with its weights and one minibatch, ready to iterate.
 *
 * <p>All implementations of one shape start from the same {@link StackNumbers}.
 */
interface StackIteration extends AutoCloseable {

  /** One forward pass, one backward pass down to ∂R/∂Z_0, one update of plain SGD. */
  void run();

  /** One forward and backward pass of R = Σ Z_L, without an update. */
  Outcome outcome();

  /** Sets every number of the minibatch, to see what unusual ones cost. */
  void fillInput(double value);

  /** What is kept for the backward pass, in words. */
  String memoryPlan();

  @Override
  void close();

  /**
   * The numbers an implementation computes.
   *
   * @param output Z_L, [N, D]
   * @param gradients ∂R/∂V of all blocks, then ∂R/∂U of all; or ∂R/∂A
   */
  record Outcome(double[] output, double[] gradients) {

    /**
     * Fails unless the numbers agree with those of the reference kernel: a wrong index, sign or
     * factor moves some of them by the size of the largest, rounding by far less than the bounds
     * here.
     *
     * @param who computed these
     * @throws IllegalStateException naming the first number that disagrees
     */
    void requireAgrees(String who, Outcome reference, double tolerance) {
      requireClose(who + ", output", output, reference.output, tolerance);
      requireClose(who + ", gradients", gradients, reference.gradients, tolerance);
    }

    private static void requireClose(
        String what, double[] found, double[] expected, double tolerance) {
      if (found.length != expected.length) {
        throw new IllegalStateException(
            String.format("%s: %d numbers instead of %d.", what, found.length, expected.length));
      }
      double largest = 0;
      for (double e : expected) {
        largest = Math.max(largest, Math.abs(e));
      }
      for (int i = 0; i < found.length; i++) {
        if (!(Math.abs(found[i] - expected[i]) <= tolerance * largest)) {
          throw new IllegalStateException(
              String.format(
                  "%s: number %d is %s, but the reference kernel says %s. Nothing was timed; please"
                      + " report it with this command's options.",
                  what, i, found[i], expected[i]));
        }
      }
    }
  }
}
