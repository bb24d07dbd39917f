package org.fathom4j.theory.descent;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.fathom4j.theory.linear.InvalidProblemException;

/** Runs a {@link Descent} and says how it ended. */
public final class DescentLoop {

  private DescentLoop() {}

  /**
   * Descends from where {@code descent} stands, which counts as iteration 0, and leaves it where it
   * ended.
   *
   * <p>The loss is looked at before every update: N(ε) = min{t : R(t) ≤ ε} counts updates.
   */
  public static Trajectory run(Descent descent, DescentSpec spec) {
    List<TrajectoryPoint> points = new ArrayList<>();
    Iterator<Long> asked = spec.at().iterator();
    long next = asked.hasNext() ? asked.next() : Long.MAX_VALUE;
    double startLoss = descent.loss();
    double loss = startLoss;
    long reached = -1; // first iteration of the present run of R ≤ ε
    double lossWhenReached = 0;
    for (long t = 0; ; t++) {
      if (Status.isBlownUp(loss, startLoss)) {
        return new Trajectory(points, Status.DIVERGED, t, loss);
      }
      if (t == next) {
        points.add(descent.point(t));
        next = asked.hasNext() ? asked.next() : Long.MAX_VALUE;
      }
      if (loss <= spec.epsilon() && spec.epsilon() > 0) {
        if (reached < 0) {
          reached = t;
          lossWhenReached = loss;
        }
        if (t - reached >= spec.confirmations()) {
          return new Trajectory(points, Status.CONVERGED, reached, lossWhenReached);
        }
      } else {
        reached = -1;
      }
      if (t >= spec.iterations()) {
        return new Trajectory(points, Status.STOPPED, t, loss);
      }
      double rate = spec.learningRate().orElseGet(descent::safeLearningRate);
      if (!(rate > 0)) {
        throw new InvalidProblemException(
            String.format(
                "At iteration %d, with loss %s, no learning rate is provably safe in double"
                    + " precision: the bound (A.4) on the curvature overflows. Give a learning rate.",
                t, loss));
      }
      descent.step(rate, spec.momentum());
      loss = descent.loss();
    }
  }
}
