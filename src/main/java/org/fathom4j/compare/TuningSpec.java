package org.fathom4j.compare;

import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import org.fathom4j.train.ExperimentSpec;

/**
 * A search for learning rates: every initialization at every depth.
 *
 * @param base what all experiments share; its initialization, depth and learning rate are not
 *     looked at
 * @param initializations texts as {@link org.fathom4j.init.Initializers#split} gives them
 * @param depths L
 * @param budget learning rates that may be tried for one cell
 */
public record TuningSpec(
    ExperimentSpec base, List<String> initializations, List<Integer> depths, int budget) {

  public TuningSpec {
    Objects.requireNonNull(base, "A search needs an experiment.");
    initializations = List.copyOf(initializations);
    depths = List.copyOf(depths);
    if (initializations.isEmpty() || depths.isEmpty()) {
      throw new IllegalArgumentException(
          "A search needs at least one initialization and one depth.");
    }
    if (new HashSet<>(initializations).size() < initializations.size()
        || new HashSet<>(depths).size() < depths.size()) {
      throw new IllegalArgumentException(
          "A search has each initialization and each depth once, not "
              + initializations
              + " and "
              + depths
              + ".");
    }
    if (budget < 1) {
      throw new IllegalArgumentException(
          "--budget must be at least 1 learning rate, but is " + budget + ".");
    }
    for (String initialization : initializations) {
      for (int depth : depths) {
        base.with(initialization, depth);
      }
    }
  }

  /** The experiments, initialization by initialization. */
  public List<ExperimentSpec> cells() {
    return initializations.stream()
        .flatMap(initialization -> depths.stream().map(depth -> base.with(initialization, depth)))
        .toList();
  }
}
