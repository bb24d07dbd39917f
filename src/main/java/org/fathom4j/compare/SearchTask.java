package org.fathom4j.compare;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.fathom4j.record.TrialLog;
import org.fathom4j.record.TrialRow;
import org.fathom4j.train.ExperimentSpec;
import org.fathom4j.train.TryoutInterruptedException;
import org.fathom4j.train.Tryouts;

/**
 * The search for the learning rate of one cell. What comes back are its trials: whoever has them in
 * his {@link TrialLog} finds the same rate without training.
 *
 * @param specification the cell's experiment, in the words of {@code run.json}
 * @param otherSeeds that must survive the rate
 * @param budget learning rates that may be tried
 * @param recorded trials of this cell that were made before
 */
record SearchTask(String specification, List<Long> otherSeeds, int budget, List<TrialRow> recorded)
    implements Task<ArrayList<TrialRow>> {

  SearchTask {
    otherSeeds = List.copyOf(otherSeeds);
    recorded = List.copyOf(recorded);
  }

  static SearchTask of(
      ExperimentSpec cell, List<Long> otherSeeds, int budget, List<TrialRow> recorded) {
    return new SearchTask(TrainingTask.json(cell), otherSeeds, budget, recorded);
  }

  /** The trials that were not made before. */
  @Override
  public ArrayList<TrialRow> run(Workplace here) throws IOException, TryoutInterruptedException {
    try (TrialLog log = TrialLog.open(here.scratch().resolve("trials.csv"))) {
      for (TrialRow row : recorded) {
        log.append(row);
      }
      Tryouts tryouts = new Tryouts(here.home(), here.interrupted());
      new LearningRateTuner(tryouts, log, budget, TuningProgress.SILENT)
          .tune(TrainingTask.experiment(specification), otherSeeds);
      List<TrialRow> all = log.rows();
      return new ArrayList<>(all.subList(recorded.size(), all.size()));
    }
  }
}
