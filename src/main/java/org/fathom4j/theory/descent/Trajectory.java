package org.fathom4j.theory.descent;

import java.util.List;
import java.util.OptionalLong;

/**
 * The course of a training.
 *
 * @param points the moments that were asked for and reached, in order
 * @param status how it ended
 * @param end the number of updates, or the time, at which it ended: of a converged one the first
 *     with R ≤ ε
 * @param finalLoss R there
 */
public record Trajectory(
    List<TrajectoryPoint> points, Status status, double end, double finalLoss) {

  public Trajectory {
    points = List.copyOf(points);
  }

  /** The least number of updates with R ≤ ε, if it was reached. */
  public OptionalLong iterationsToConverge() {
    return status == Status.CONVERGED ? OptionalLong.of((long) end) : OptionalLong.empty();
  }
}
