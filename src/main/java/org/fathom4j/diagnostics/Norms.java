package org.fathom4j.diagnostics;

import java.lang.ref.Reference;
import org.fathom4j.block.HostMemory;
import org.fathom4j.kernel.SumOfSquares;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The Frobenius norm of arrays whose squares may be too large or too small for their type. */
public final class Norms {

  /** Within these bounds neither squares nor their sums leave the range of float. */
  private static final double SMALLEST = 1e-15;

  private static final double LARGEST = 1e15;

  private Norms() {}

  /**
   * ‖A‖_F, computed in the array's own type; of dense arrays in host memory on all threads.
   *
   * @return infinite or NaN only if the array holds such a number; a norm beyond the range of
   *     double is {@link Double#MAX_VALUE}
   */
  public static double of(INDArray array) {
    double norm =
        HostMemory.ofDense(array)
            .map(memory -> Math.sqrt(SumOfSquares.of(memory)))
            .orElseGet(() -> array.norm2Number().doubleValue());
    Reference.reachabilityFence(array);
    if (norm > SMALLEST && norm < LARGEST) {
      return norm;
    }
    double largest = array.amaxNumber().doubleValue();
    if (largest == 0 || !Double.isFinite(largest)) {
      return Double.isNaN(norm) ? norm : largest;
    }
    return Math.min(Double.MAX_VALUE, array.div(largest).norm2Number().doubleValue() * largest);
  }
}
