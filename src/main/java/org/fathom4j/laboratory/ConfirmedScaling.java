package org.fathom4j.laboratory;

import java.util.Collections;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.fathom4j.theory.descent.DescentSpec;
import org.fathom4j.theory.descent.GradientDescent;
import org.fathom4j.theory.figures.DepthScaling;
import org.fathom4j.theory.linear.Initialization;
import org.fathom4j.theory.linear.Target;

/**
 * Figure 2 for one target: the counts of the exact reduction, some of them counted again with full
 * matrices at the same learning rate.
 *
 * <p>The reduction leaves nothing out, so that both counts are <em>equal</em>: rounding changes R
 * by some 1e-9 of it where R = 1e-10, and an update by far more.
 *
 * @param target Φ
 * @param scaling what the reduction counted
 * @param matrices N(ε) of full matrices by depth, for the depths that were confirmed; empty if ε
 *     was not reached in twice the updates of the reduction
 */
public record ConfirmedScaling(
    Target target, DepthScaling scaling, Map<Integer, OptionalLong> matrices) {

  public ConfirmedScaling {
    matrices = Collections.unmodifiableMap(new TreeMap<>(matrices));
  }

  /**
   * Counts some rows again.
   *
   * @param scaling of this target
   * @param epsilon the loss of its counts
   * @param confirmed which rows; {@link #seconds} says how long one takes
   */
  public static ConfirmedScaling of(
      Target target, DepthScaling scaling, double epsilon, Predicate<DepthScaling.Row> confirmed) {
    Map<Integer, OptionalLong> matrices = new TreeMap<>();
    for (DepthScaling.Row row : scaling.rows()) {
      if (confirmed.test(row)) {
        matrices.put(row.depth(), count(target, row, epsilon));
      }
    }
    return new ConfirmedScaling(target, scaling, matrices);
  }

  private static OptionalLong count(Target target, DepthScaling.Row row, double epsilon) {
    return GradientDescent.run(
            Initialization.zas().network(target, row.depth()),
            target,
            DescentSpec.withRate(row.learningRate(), 2 * row.iterations()).until(epsilon))
        .iterationsToConverge();
  }

  /** Roughly how long full matrices take to count a row. */
  public static double seconds(Target target, DepthScaling.Row row) {
    return Engine.MATRICES.seconds(target.dimension(), row.depth(), row.iterations());
  }

  /** Whether full matrices counted a row, and as the reduction did. */
  public boolean agrees(DepthScaling.Row row) {
    return OptionalLong.of(row.iterations()).equals(matrices.get(row.depth()));
  }

  /** Whether all rows that were confirmed agree. */
  public boolean agrees() {
    return scaling.rows().stream()
        .allMatch(row -> !matrices.containsKey(row.depth()) || agrees(row));
  }
}
