package org.fathom4j.compare;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.fathom4j.record.ComparisonDirectory;
import org.fathom4j.record.TrialLog;
import org.fathom4j.record.TrialRow;
import org.fathom4j.train.ExperimentSpec;
import org.fathom4j.train.TryoutInterruptedException;
import org.fathom4j.train.Tryouts;

/**
 * Learning rates that are searched for, cell by cell: the best of the comparison's first seed that
 * no other seed diverges with.
 *
 * <p>Trials are kept in the comparison's {@code trials.csv}, so that a search that was stopped goes
 * on.
 */
public final class TunedRates implements RateSource {

  /** What {@code --learning-rate} says to ask for it. */
  public static final String DESCRIPTION = "tuned";

  private final Tryouts tryouts;
  private final int budget;
  private final TuningProgress progress;

  /**
   * A source of learning rates.
   *
   * @param tryouts where trials are made
   * @param budget learning rates that may be tried for one cell
   * @param progress who watches
   */
  public TunedRates(Tryouts tryouts, int budget, TuningProgress progress) {
    this.tryouts = tryouts;
    this.budget = budget;
    this.progress = progress;
  }

  @Override
  public String description() {
    return DESCRIPTION;
  }

  @Override
  public Optional<TunedRate> known(ExperimentSpec cell) {
    return Optional.empty();
  }

  @Override
  public TunedRate find(ExperimentSpec cell, List<Long> otherSeeds, ComparisonDirectory directory)
      throws IOException, TryoutInterruptedException {
    try (TrialLog log = TrialLog.open(directory.trialsCsv())) {
      return new LearningRateTuner(tryouts, log, budget, progress).tune(cell, otherSeeds);
    }
  }

  @Override
  public Task<ArrayList<TrialRow>> search(
      ExperimentSpec cell, List<Long> otherSeeds, ComparisonDirectory directory)
      throws IOException {
    try (TrialLog log = TrialLog.open(directory.trialsCsv())) {
      return SearchTask.of(
          cell,
          otherSeeds,
          budget,
          log.rows(cell.architecture().initialization(), cell.architecture().depth()));
    }
  }
}
