package org.fathom4j.theory.modes;

import java.util.Arrays;
import java.util.Optional;
import org.fathom4j.theory.descent.DescentLoop;
import org.fathom4j.theory.descent.DescentSpec;
import org.fathom4j.theory.descent.Status;
import org.fathom4j.theory.descent.Trajectory;
import org.fathom4j.theory.linear.Initialization;
import org.fathom4j.theory.linear.InvalidProblemException;
import org.fathom4j.theory.linear.LinearNetwork;
import org.fathom4j.theory.linear.Target;

/**
 * Exact gradient descent in O(d) a step at any depth, for the initializations that allow it.
 *
 * <pre>{@code
 * Modes modes = ReducedDynamics.of(Initialization.zas(), target, 1_000_000).orElseThrow();
 * Trajectory trajectory = DescentLoop.run(modes, DescentSpec.withRate(1e-6, 2000).until(1e-10));
 * ReducedDynamics.count(new double[] {1}, 1_000_000, 1e-6, 1e-10, 10_000).iterations();     // 1266
 * }</pre>
 */
public final class ReducedDynamics {

  /**
   * Above the stable rate an orbit is chaotic and hits small losses by accident: there R must stay
   * small for so many further updates before it counts.
   */
  public static final int CONFIRMATIONS_ABOVE_STABLE_RATE = 100;

  private ReducedDynamics() {}

  /**
   * The reduction, if there is one: ZAS with its zero on top for any target, multiples of the
   * identity for normal targets, balanced for any target, and every initialization in one
   * dimension.
   */
  public static Optional<Modes> of(Initialization initialization, Target target, int depth) {
    if (initialization instanceof Initialization.ZeroAsymmetric zas
        && (zas.zeroLayer() == 0 || zas.zeroLayer() == depth)) {
      return Optional.of(new ZeroAsymmetricModes(target, depth));
    }
    if (initialization instanceof Initialization.ScaledIdentity identity
        && identity.scale() >= 0
        && target.isNormal()) {
      return Optional.of(new IdentityModes(target, depth, identity.scale()));
    }
    if (initialization instanceof Initialization.Balanced balanced) {
      return Optional.of(AlignedModes.balanced(target, depth, balanced.start()));
    }
    if (target.dimension() == 1) {
      LinearNetwork network = initialization.network(target, depth);
      double[] weights = new double[depth];
      Arrays.setAll(weights, l -> network.weight(l + 1).get(0, 0));
      return Optional.of(AlignedModes.chain(target.matrix().get(0, 0), weights));
    }
    return Optional.empty();
  }

  /**
   * How many updates ZAS takes to a loss.
   *
   * @param status converged, diverged, or stopped at the most iterations allowed
   * @param iterations N(ε) = min{t : R(t) ≤ ε} if converged, otherwise where it ended
   * @param loss R there
   * @param stableLearningRate 2/K of the largest singular value
   * @param stable whether the learning rate was at most that; if not, a count tells little
   */
  public record Count(
      Status status, long iterations, double loss, double stableLearningRate, boolean stable) {}

  /**
   * Counts the updates of ZAS to R ≤ ε.
   *
   * @param sigma the singular values of the target
   * @param epsilon positive
   */
  public static Count count(
      double[] sigma, int depth, double learningRate, double epsilon, long mostIterations) {
    double stableRate = Sharpness.ofLargest(sigma, depth).stableLearningRate();
    boolean stable = learningRate <= stableRate;
    if (!(epsilon > 0)) {
      throw new InvalidProblemException("ε is " + epsilon + "; the loss to reach is positive.");
    }
    DescentSpec spec =
        DescentSpec.withRate(learningRate, mostIterations)
            .until(epsilon)
            .confirmedBy(stable ? 0 : CONFIRMATIONS_ABOVE_STABLE_RATE);
    Trajectory trajectory = DescentLoop.run(new ZeroAsymmetricModes(sigma, depth), spec);
    return new Count(
        trajectory.status(), (long) trajectory.end(), trajectory.finalLoss(), stableRate, stable);
  }
}
