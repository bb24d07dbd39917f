package org.fathom4j.theory.descent;

import java.util.Arrays;
import java.util.function.IntFunction;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.NormOps_DDRM;
import org.fathom4j.theory.linear.LinearNetwork;

/**
 * How strongly the loss of a linear network can bend, and how long a step it therefore bears.
 *
 * <pre>
 *   β = max_l ‖W_l‖_2
 *   ‖G_l‖_F ≤ β^{L−1} √(2R)                                                    (A.3)
 *   λ_max(∇²R) ≤ H(β) = L β^{2L−2} + (L−1) β^{L−2} √(2R)                       (A.4)
 * </pre>
 *
 * <p>Proof of (A.4): ∇²R[D, D] = ‖DP[D]‖² + ⟨E, D²P[D, D]⟩ with ‖DP[D]‖ ≤ √L β^{L−1}‖D‖ and ‖D²P[D,
 * D]‖ ≤ (L−1) β^{L−2}‖D‖².
 */
public final class CurvatureBound {

  private CurvatureBound() {}

  /** β of layers that are fetched, in order, from 1 to {@code depth}. */
  public static double largestNorm(IntFunction<LinearNetwork.Layer> layers, int depth) {
    double largest = 0;
    DMatrixRMaj before = null;
    for (int l = 1; l <= depth; l++) {
      DMatrixRMaj weight = layers.apply(l).weight();
      if (before == null || !Arrays.equals(before.data, weight.data)) { // often all are equal
        largest = Math.max(largest, NormOps_DDRM.inducedP2(weight));
      }
      before = weight;
    }
    return largest;
  }

  /** The bound (A.3) on the norm of the gradient of one layer. */
  public static double gradientNorm(double largestNorm, int depth, double loss) {
    return Math.pow(largestNorm, depth - 1) * Math.sqrt(2 * loss);
  }

  /** The bound (A.4) on the largest eigenvalue of the Hessian; infinite where it overflows. */
  public static double sharpness(double largestNorm, int depth, double loss) {
    double second =
        depth < 2 ? 0 : (depth - 1) * Math.pow(largestNorm, depth - 2) * Math.sqrt(2 * loss);
    return depth * Math.pow(largestNorm, 2 * depth - 2) + second;
  }

  /**
   * A learning rate that provably does not increase the loss: at most the inverse of the curvature
   * anywhere along the step, not only where it begins.
   *
   * <pre>
   *   β(η) = β + η β^{L−1} √(2R)        bounds max_l ‖W_l‖_2 along the step, by (A.3)
   *   η H(β(η)) ≤ 1   ⟹   R(t+1) ≤ R(t) − η/2 Σ_l ‖G_l‖_F²
   * </pre>
   *
   * @return the largest such rate of the form 2^{−k}/H(β); 0 where the bound overflows, 1 where it
   *     is 0 and nothing moves at any rate
   */
  public static double safeLearningRate(double largestNorm, int depth, double loss) {
    double curvature = sharpness(largestNorm, depth, loss);
    if (curvature == 0) {
      return 1;
    }
    double rate = 1 / curvature;
    double gradient = gradientNorm(largestNorm, depth, loss);
    while (rate > 0 && rate * sharpness(largestNorm + rate * gradient, depth, loss) > 1) {
      rate /= 2;
    }
    return rate;
  }
}
