package org.fathom4j.theory.descent;

/**
 * How strongly the loss of a linear network can bend.
 *
 * <pre>
 *   β = max_l ‖W_l‖_2
 *   ‖G_l‖_F ≤ β^{L−1} √(2R)                                                    (A.3)
 *   λ_max(∇²R) ≤ L β^{2L−2} + (L−1) β^{L−2} √(2R)                              (A.4)
 * </pre>
 *
 * <p>Proof of (A.4): ∇²R[D, D] = ‖DP[D]‖² + ⟨E, D²P[D, D]⟩ with ‖DP[D]‖ ≤ √L β^{L−1}‖D‖ and ‖D²P[D,
 * D]‖ ≤ (L−1) β^{L−2}‖D‖².
 */
public final class CurvatureBound {

  private CurvatureBound() {}

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
}
