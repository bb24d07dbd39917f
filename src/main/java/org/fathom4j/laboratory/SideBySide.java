package org.fathom4j.laboratory;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.DoubleStream;
import org.fathom4j.theory.descent.Descent;
import org.fathom4j.theory.descent.DescentLoop;
import org.fathom4j.theory.descent.DescentSpec;
import org.fathom4j.theory.descent.Status;
import org.fathom4j.theory.descent.Trajectory;
import org.fathom4j.theory.linear.Initialization;
import org.fathom4j.theory.linear.Target;

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
 * @param largestDifference of any two engines at any iteration that both reached, recorded or not;
 *     empty for a single engine
 */
public record SideBySide(Map<Engine, Trajectory> engines, OptionalDouble largestDifference) {

  /** Losses below this part of R(0) are compared as if they were that large. */
  static final double SMALLEST_COMPARED = 1e-8;

  public SideBySide {
    engines = Collections.unmodifiableMap(new EnumMap<>(engines));
  }

  /** The engines that apply to a problem: all, or all but the reduction. */
  public static List<Engine> applicable(Initialization initialization, Target target, int depth) {
    List<Engine> engines = new ArrayList<>(List.of(Engine.values()));
    if (Engine.REDUCED.start(initialization, target, depth).isEmpty()) {
      engines.remove(Engine.REDUCED);
    }
    return engines;
  }

  /** Descends by all engines that apply. */
  public static SideBySide run(
      Initialization initialization, Target target, int depth, DescentSpec spec) {
    return run(initialization, target, depth, spec, applicable(initialization, target, depth));
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
    Map<Engine, DoubleStream.Builder> losses = new EnumMap<>(Engine.class);
    for (Engine engine : engines) {
      Descent descent =
          engine
              .start(initialization, target, depth)
              .orElseThrow(() -> withoutReduction(initialization, target));
      if (engines.size() > 1) {
        DoubleStream.Builder own = DoubleStream.builder();
        losses.put(engine, own);
        descent = new ObservedDescent(descent, (iteration, loss) -> own.add(loss));
      }
      trajectories.put(engine, DescentLoop.run(descent, spec));
    }
    return new SideBySide(
        trajectories,
        largestDifference(losses.values().stream().map(own -> own.build().toArray()).toList()));
  }

  private static IllegalArgumentException withoutReduction(
      Initialization initialization, Target target) {
    return new IllegalArgumentException(
        String.format(
            "The initialization %s has no exact reduction for the target %s, which is %s. zas and"
                + " balanced have one for every target, identity for normal ones, anything in one"
                + " dimension. Use --engine %s or %s.",
            initialization.text(),
            target.name(),
            target.isNormal() ? "normal" : "not normal",
            Engine.MATRICES.word(),
            Engine.DL4J.word()));
  }

  private static OptionalDouble largestDifference(List<double[]> engines) {
    if (engines.size() < 2) {
      return OptionalDouble.empty();
    }
    double largest = 0;
    for (int a = 0; a < engines.size(); a++) {
      for (int b = 0; b < a; b++) {
        largest = Math.max(largest, largestDifference(engines.get(a), engines.get(b)));
      }
    }
    return OptionalDouble.of(largest);
  }

  /** Over all iterations at which both are finite. */
  private static double largestDifference(double[] a, double[] b) {
    double smallest = SMALLEST_COMPARED * a[0];
    double largest = 0;
    for (int t = 0; t < Math.min(a.length, b.length); t++) {
      double distance = Math.abs(a[t] - b[t]);
      if (distance > 0 && Double.isFinite(distance)) {
        largest = Math.max(largest, distance / Math.max(smallest, Math.max(a[t], b[t])));
      }
    }
    return largest;
  }

  /** Whether any engine diverged. */
  public boolean diverged() {
    return engines.values().stream().anyMatch(t -> t.status() == Status.DIVERGED);
  }
}
