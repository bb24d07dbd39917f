package org.fathom4j.theory.bounds;

import org.fathom4j.theory.linear.LinearNetwork;
import org.fathom4j.theory.linear.Target;

/**
 * Near the identity there are no critical points but the minima: the gradient is as large as the
 * loss says.
 *
 * <pre>
 *   τ = max_l ‖A_l‖_2 &lt; 1   ⟹   Σ_l ‖G_l‖_F² ≥ 2 L (1 − τ)^{2L−2} R
 * </pre>
 *
 * <p>This is Hardt and Ma's (2.3) for R = ½‖P − Φ‖_F², half of their f, and inputs with Σ_x = I;
 * the sum over the layers gives the factor L. Descent from the identity need not stay where τ &lt;
 * 1.
 *
 * @param tau τ
 * @param bound the right side; 0 where τ ≥ 1 and nothing is said
 * @param squaredNorm the left side
 * @see <a href="https://arxiv.org/abs/1611.04231">Hardt &amp; Ma 2017, theorem 2.2, equation
 *     (2.3)</a>
 */
public record GradientBound(double tau, double bound, double squaredNorm) {

  /** The bound for a network and a target. */
  public static GradientBound of(LinearNetwork network, Target target) {
    LinearNetwork.Gradients gradients = network.gradients(target);
    double tau = network.largestDeviation();
    int depth = network.depth();
    double bound = tau < 1 ? 2 * depth * Math.pow(1 - tau, 2.0 * depth - 2) * gradients.loss() : 0;
    return new GradientBound(tau, bound, gradients.squaredNorm());
  }

  /** Whether τ &lt; 1. */
  public boolean applies() {
    return tau < 1;
  }

  /** Whether the gradient keeps to the bound, but for rounding. */
  public boolean holds() {
    return squaredNorm >= bound * (1 - 1e-12);
  }
}
