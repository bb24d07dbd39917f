package org.fathom4j.theory.bounds;

import java.util.Arrays;
import org.fathom4j.theory.linear.InvalidProblemException;
import org.fathom4j.theory.linear.LinearNetwork;
import org.fathom4j.theory.linear.Target;

/**
 * Symmetric positive definite targets are learnt from the identity in a number of updates that does
 * not grow with depth but through η.
 *
 * <pre>
 *   η ≤ 1 / max{2L − 1,  L max(1, λ_max)^{2−2/L}}   ⟹
 *   every eigenvalue θ_i of the layers moves monotonically from 1 to λ_i^{1/L}, R never grows, and
 *   N(ε) ≤ ⌈3/2 κ ln(‖Φ − I‖_F / √(2ε))⌉,   κ = 1/(η L min(1, λ_min)^{2−2/L})                    (A.7)
 * </pre>
 *
 * <p>A version with all its constants of the second theorem of Bartlett, Helmbold and Long.
 *
 * @param least λ_min
 * @param largest λ_max
 * @param symmetric whether the target is symmetric
 * @param distance ‖Φ − I‖_F
 * @param depth L
 * @see <a href="https://arxiv.org/abs/1802.06093">Bartlett, Helmbold &amp; Long 2018</a>
 */
public record PositiveDefiniteBound(
    double least, double largest, boolean symmetric, double distance, int depth) {

  /** The bound for a target; of one that is not symmetric only {@link #applies} makes sense. */
  public static PositiveDefiniteBound of(Target target, int depth) {
    LinearNetwork.requireDepth(depth);
    boolean symmetric = target.isSymmetric();
    double[] eigenvalues = symmetric ? target.eigenvalues().values() : new double[] {Double.NaN};
    return new PositiveDefiniteBound(
        Arrays.stream(eigenvalues).min().orElseThrow(),
        Arrays.stream(eigenvalues).max().orElseThrow(),
        symmetric,
        target.distanceFromIdentity(),
        depth);
  }

  /** Whether the target is symmetric and all its eigenvalues are positive. */
  public boolean applies() {
    return symmetric && least > 0;
  }

  /** 1 / max{2L − 1, L max(1, λ_max)^{2−2/L}}: the largest η of the theorem. */
  public double largestLearningRate() {
    return 1 / Math.max(2.0 * depth - 1, depth * Math.pow(Math.max(1, largest), 2 - 2.0 / depth));
  }

  /** κ. */
  public double condition(double learningRate) {
    return 1 / (learningRate * depth * Math.pow(Math.min(1, least), 2 - 2.0 / depth));
  }

  /** What N(ε), the number of updates until R ≤ ε, does not exceed, before it is rounded up. */
  public double iterations(double learningRate, double epsilon) {
    if (!(epsilon > 0)) {
      throw new InvalidProblemException("ε is " + epsilon + "; the loss to reach is positive.");
    }
    return 1.5 * condition(learningRate) * Math.max(0, Math.log(distance / Math.sqrt(2 * epsilon)));
  }
}
