package org.fathom4j.theory.descent;

import java.util.List;

/**
 * Where a linear network is at one moment of its training.
 *
 * @param time the number of updates of gradient descent, or the time of the gradient flow
 * @param loss R = ½‖P − Φ‖_F²
 * @param singularValues of the product P, descending
 * @param invariantDrift max_l max_ij |D_l(t) − D_l(0)| with D_l = W_{l+1}ᵀW_{l+1} − W_lW_lᵀ, which
 *     the flow conserves
 */
public record TrajectoryPoint(
    double time, double loss, List<Double> singularValues, double invariantDrift) {

  public TrajectoryPoint {
    singularValues = List.copyOf(singularValues);
  }

  /** The number of updates. */
  public long iteration() {
    return (long) time;
  }
}
