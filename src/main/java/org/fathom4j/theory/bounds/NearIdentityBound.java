package org.fathom4j.theory.bounds;

import org.fathom4j.theory.linear.LinearNetwork;
import org.fathom4j.theory.linear.Target;

/**
 * Targets near the identity are learnt from the identity: no layer moves far, and the loss falls
 * exponentially.
 *
 * <pre>
 *   ‖Φ − I‖_F ≤ 1/(3e)   ⟹   max_l ‖W_l(t) − I‖_2 ≤ 1/(3L)
 *                              R(t) ≤ e^{−2L e^{−2/3} t} R(0)        under the gradient flow  (A.6)
 * </pre>
 *
 * <p>A version with all its constants of the first theorem of Bartlett, Helmbold and Long. Proof:
 * while no layer is farther than a/L from I, dR/dt ≤ −2L e^{−2a} R, so the layers' way is at most
 * √(2R(0)) e^{3a}/L; a = 1/3 allows the largest start.
 *
 * @param distance ‖Φ − I‖_F
 * @param depth L
 * @see <a href="https://arxiv.org/abs/1802.06093">Bartlett, Helmbold &amp; Long 2018</a>
 */
public record NearIdentityBound(double distance, int depth) {

  /** 1/(3e) = max_a a e^{−3a}. */
  public static final double LARGEST_DISTANCE = 1 / (3 * Math.E);

  /** The bound for a target. */
  public static NearIdentityBound of(Target target, int depth) {
    LinearNetwork.requireDepth(depth);
    return new NearIdentityBound(target.distanceFromIdentity(), depth);
  }

  /** Whether ‖Φ − I‖_F ≤ 1/(3e). */
  public boolean applies() {
    return distance <= LARGEST_DISTANCE;
  }

  /** 1/(3L), which ‖W_l(t) − I‖_2 does not exceed. */
  public double displacement() {
    return 1 / (3.0 * depth);
  }

  /** What R(t) does not exceed under the flow. */
  public double loss(double time) {
    return distance * distance / 2 * Math.exp(-2 * depth * Math.exp(-2.0 / 3) * time);
  }
}
