package org.fathom4j.theory.descent;

/**
 * A learning rate that provably does not increase the loss: at most the inverse of the curvature
 * anywhere along the step.
 *
 * <pre>
 *   β(η) = β + η β^{L−1} √(2R)        bounds max_l ‖W_l‖_2 along the step, by (A.3)
 *   η H(β(η)) ≤ 1                     H the bound (A.4)
 * </pre>
 *
 * <p>Then R(t+1) ≤ R(t) − η/2 Σ_l ‖G_l‖_F².
 */
public final class SafeStep {

  private SafeStep() {}

  /** The largest such rate of the form 2^{−k}/H(β); 0 where the bound overflows. */
  public static double learningRate(double largestNorm, int depth, double loss) {
    double rate = 1 / CurvatureBound.sharpness(largestNorm, depth, loss);
    double gradient = CurvatureBound.gradientNorm(largestNorm, depth, loss);
    while (rate > 0
        && rate * CurvatureBound.sharpness(largestNorm + rate * gradient, depth, loss) > 1) {
      rate /= 2;
    }
    return rate;
  }
}
