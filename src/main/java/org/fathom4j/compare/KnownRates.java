package org.fathom4j.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.fathom4j.record.ComparisonDirectory;
import org.fathom4j.record.TrialRow;
import org.fathom4j.train.ExperimentSpec;

/** Learning rates that need no trials. */
abstract class KnownRates implements RateSource {

  private final String description;

  KnownRates(String description) {
    this.description = description;
  }

  /** The rate of a cell, if there is one. */
  abstract Optional<TunedRate> of(String initialization, int depth);

  @Override
  public final String description() {
    return description;
  }

  @Override
  public final Optional<TunedRate> known(ExperimentSpec cell) {
    String initialization = cell.architecture().initialization();
    int depth = cell.architecture().depth();
    Optional<TunedRate> found = of(initialization, depth);
    if (found.isEmpty()) {
      throw new IllegalArgumentException(
          description
              + " has no learning rate of "
              + initialization
              + " at depth "
              + depth
              + ". Add it there, or leave the cell out.");
    }
    return found;
  }

  @Override
  public final TunedRate find(
      ExperimentSpec cell, List<Long> otherSeeds, ComparisonDirectory directory) {
    return known(cell).orElseThrow();
  }

  @Override
  public final Task<ArrayList<TrialRow>> search(
      ExperimentSpec cell, List<Long> otherSeeds, ComparisonDirectory directory) {
    throw new IllegalStateException(description + " needs no search.");
  }
}
