package org.fathom4j.diagnostics;

import java.lang.ref.Reference;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.fathom4j.block.HostMemory;
import org.fathom4j.block.Residents;
import org.fathom4j.kernel.SumOfSquares;
import org.nd4j.linalg.api.ndarray.INDArray;

/** The Frobenius norm of arrays whose squares may be too large or too small for their type. */
public final class Norms {

  /** Within these bounds neither squares nor their sums leave the range of float. */
  private static final double SMALLEST = 1e-15;

  private static final double LARGEST = 1e15;

  private Norms() {}

  /**
   * ‖∂R/∂θ‖ over all parameters of a network, summed where they are: of layers that keep them with
   * their kernel in double precision there.
   */
  public static double ofGradients(MultiLayerNetwork net) {
    if (!Residents.any(net)) {
      return of(net.getFlattenedGradients());
    }
    double norm = 0;
    for (Layer layer : net.getLayers()) {
      if (Residents.isResident(layer)) {
        double sum = Residents.gradientSumOfSquares(layer);
        if (sum < Double.MIN_NORMAL || !Double.isFinite(sum)) { // squares may have left the range
          Residents.bringGradients(net);
          return of(net.getFlattenedGradients());
        }
        norm = Math.hypot(norm, Math.sqrt(sum));
      } else if (layer.getGradientsViewArray() != null) {
        norm = Math.hypot(norm, of(layer.getGradientsViewArray()));
      }
    }
    return norm;
  }

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
