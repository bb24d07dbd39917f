package org.fathom4j.theory.modes;

import java.util.Arrays;
import org.fathom4j.theory.descent.Descent;
import org.fathom4j.theory.descent.TrajectoryPoint;
import org.fathom4j.theory.linear.LinearNetwork;

/**
 * Gradient descent reduced, without approximation, to the singular or eigenvalues of the layers:
 * from some initializations the layers keep their singular vectors for ever, and a step costs O(d)
 * at any depth instead of O(L d³).
 *
 * <p>{@link ZeroAsymmetricModes} for any target, {@link IdentityModes} for normal targets, {@link
 * AlignedModes} for layers aligned with the target. {@link ReducedDynamics} chooses.
 */
public sealed interface Modes extends Descent
    permits ZeroAsymmetricModes, IdentityModes, AlignedModes {

  /** L. */
  int depth();

  /** The singular values of the product, descending. */
  double[] singularValues();

  /** max |D_l(t) − D_l(0)|, as in {@link TrajectoryPoint}. */
  double invariantDrift();

  /** The matrices of the present moment. */
  LinearNetwork network();

  /** The same moment, to go on from separately. */
  Modes copy();

  @Override
  default TrajectoryPoint point(long iteration) {
    return new TrajectoryPoint(
        iteration, loss(), Arrays.stream(singularValues()).boxed().toList(), invariantDrift());
  }
}
