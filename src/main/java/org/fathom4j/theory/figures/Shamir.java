package org.fathom4j.theory.figures;

import java.util.ArrayList;
import java.util.List;
import org.fathom4j.theory.descent.Status;
import org.fathom4j.theory.descent.Trajectory;
import org.fathom4j.theory.flow.GradientFlow;
import org.fathom4j.theory.linear.InvalidProblemException;
import org.fathom4j.theory.linear.LinearNetwork;
import org.fathom4j.theory.linear.Target;
import org.fathom4j.theory.modes.AlignedModes;
import org.fathom4j.theory.modes.Sharpness;
import org.hipparchus.special.Erf;

/**
 * How long one-dimensional residual networks wait at their saddle: the time of the gradient flow
 * from a start near the identity to the target −1.
 *
 * <pre>
 *   R = ½(w_L ⋯ w_1 + 1)²,   w_i(0) = 1 + sd · Q((i − ½)/L)         Q the quantiles of N(0, 1)
 * </pre>
 *
 * <p>The flow conserves w_i² − w_k², so the sign changes only when the least |w| crosses 0, at a
 * speed that is a product of L − 1 small numbers: with probability near 1 the wait is exponential
 * in L. The quantiles make one typical start, without random numbers. ZAS needs a time of order
 * L^{-1/2} instead ({@link Sharpness#escapeTimeAtLargeDepth}).
 *
 * @see <a href="https://arxiv.org/abs/1809.08587">Shamir, Exponential Convergence Time of Gradient
 *     Descent for One-Dimensional Deep Linear Neural Networks, 2018</a>
 */
public final class Shamir {

  /** The loss that counts as escaped. */
  public static final double EPSILON = 0.01;

  /** Flows are not followed longer. */
  public static final double LATEST = 1e6;

  private static final double TARGET = -1;

  private Shamir() {}

  /**
   * An escape.
   *
   * @param depth L
   * @param sd the standard deviation of the start around 1
   * @param time until R ≤ 0.01; infinite if that was not reached by {@link #LATEST}
   */
  public record Escape(int depth, double sd, double time) {}

  /** The escape of one start. */
  public static Escape escape(int depth, double sd) {
    LinearNetwork.requireDepth(depth);
    if (!(sd >= 0) || Double.isInfinite(sd)) {
      throw new InvalidProblemException(
          "The standard deviation is " + sd + "; it must be finite and not negative.");
    }
    double[] weights = new double[depth];
    for (int i = 0; i < depth; i++) {
      weights[i] = startWeight(i + 1, depth, sd);
    }
    LinearNetwork start = AlignedModes.chain(TARGET, weights).network();
    Trajectory trajectory =
        new GradientFlow(start, Target.minusIdentity(1)).timeToReach(EPSILON, LATEST);
    return new Escape(
        depth,
        sd,
        trajectory.status() == Status.CONVERGED ? trajectory.end() : Double.POSITIVE_INFINITY);
  }

  /** For each depth the escapes from sd = 0.1 and from sd = 1/L. */
  public static List<Escape> escapes(List<Integer> depths) {
    List<Escape> rows = new ArrayList<>();
    for (int depth : depths) {
      rows.add(escape(depth, 0.1));
      if (depth != 10) { // there both are one
        rows.add(escape(depth, 1.0 / depth));
      }
    }
    return rows;
  }

  /** w_i(0) of L weights, i from 1. */
  public static double startWeight(int i, int depth, double sd) {
    return 1 + sd * quantile((i - 0.5) / depth);
  }

  private static double quantile(double probability) {
    return Math.sqrt(2) * Erf.erfInv(2 * probability - 1);
  }
}
