package org.fathom4j.laboratory;

import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.fathom4j.theory.Descent;
import org.fathom4j.theory.DescentLoop;
import org.fathom4j.theory.DescentSpec;
import org.fathom4j.theory.Initialization;
import org.fathom4j.theory.Status;
import org.fathom4j.theory.Target;
import org.fathom4j.theory.Trajectory;
import org.fathom4j.theory.TrajectoryPoint;

/**
 * The same gradient descent by several engines, and how far they part.
 *
 * <pre>
 *   difference of two losses = |R_a − R_b| / max(R_a, R_b, 1e-8 R(0))
 * </pre>
 *
 * <p>Relative to the loss down to 1e-8 of its start. Below, R = ½‖E‖² of an error E that is itself
 * no larger than 1e-4 of what it was: the rounding δ of the product, some 1e-14, shows in R as
 * ‖E‖δ, and at R = 0 two right answers differ by all of it.
 *
 * @param engines what each of them saw, in the order of {@link Engine}
 * @param largestDifference of any two engines at any of the points that both reached; empty for a
 *     single engine, and if they have no point in common
 */
public record SideBySide(Map<Engine, Trajectory> engines, OptionalDouble largestDifference) {

  /** Losses below this part of R(0) are compared as if they were that large. */
  static final double SMALLEST_COMPARED = 1e-8;

  public SideBySide {
    engines = Collections.unmodifiableMap(new EnumMap<>(engines));
  }

  /** Descends by all engines that apply. */
  public static SideBySide run(
      Initialization initialization, Target target, int depth, DescentSpec spec) {
    List<Engine> applicable =
        List.of(Engine.values()).stream()
            .filter(
                engine ->
                    engine != Engine.REDUCED
                        || engine.start(initialization, target, depth).isPresent())
            .toList();
    return run(initialization, target, depth, spec, applicable);
  }

  /**
   * Descends by some engines.
   *
   * @throws IllegalArgumentException if the reduction is asked for and there is none, or if no
   *     engine is
   */
  public static SideBySide run(
      Initialization initialization,
      Target target,
      int depth,
      DescentSpec spec,
      Collection<Engine> engines) {
    if (engines.isEmpty()) {
      throw new IllegalArgumentException(
          "No engine is asked for; there are " + String.join(", ", Engine.words()) + ".");
    }
    Map<Engine, Trajectory> trajectories = new EnumMap<>(Engine.class);
    double startLoss = 0;
    for (Engine engine : engines) {
      Optional<Descent> descent = engine.start(initialization, target, depth);
      if (descent.isEmpty()) {
        throw new IllegalArgumentException(
            String.format(
                "The initialization %s has no exact reduction for the target %s, which is %s. zas"
                    + " and balanced have one for every target, identity for normal ones, anything"
                    + " in one dimension. Use --engine %s or %s.",
                initialization.text(),
                target.name(),
                target.isNormal() ? "normal" : "not normal",
                Engine.MATRICES.word(),
                Engine.DL4J.word()));
      }
      startLoss = descent.get().loss();
      trajectories.put(engine, DescentLoop.run(descent.get(), spec));
    }
    return new SideBySide(trajectories, largestDifference(trajectories.values(), startLoss));
  }

  private static OptionalDouble largestDifference(
      Collection<Trajectory> trajectories, double startLoss) {
    double largest = Double.NEGATIVE_INFINITY;
    for (Trajectory a : trajectories) {
      for (Trajectory b : trajectories) {
        if (a != b) {
          largest = Math.max(largest, difference(a, b, SMALLEST_COMPARED * startLoss));
        }
      }
    }
    return largest < 0 ? OptionalDouble.empty() : OptionalDouble.of(largest);
  }

  private static double difference(Trajectory a, Trajectory b, double smallest) {
    Map<Double, Double> losses = new HashMap<>();
    a.points().forEach(point -> losses.put(point.time(), point.loss()));
    double largest = Double.NEGATIVE_INFINITY;
    for (TrajectoryPoint point : b.points()) {
      Double other = losses.get(point.time());
      if (other != null) {
        double distance = Math.abs(other - point.loss());
        double scale = Math.max(smallest, Math.max(other, point.loss()));
        largest = Math.max(largest, distance == 0 ? 0 : distance / scale);
      }
    }
    return largest;
  }

  /** Whether any engine diverged. */
  public boolean diverged() {
    return engines.values().stream().anyMatch(t -> t.status() == Status.DIVERGED);
  }
}
