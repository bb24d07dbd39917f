package org.fathom4j.compare;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.fathom4j.record.TrialLog;
import org.fathom4j.record.TrialRow;
import org.fathom4j.train.ExperimentSpec;
import org.fathom4j.train.TryoutInterruptedException;
import org.fathom4j.train.Tryouts;

/**
 * Trials that are written down as they end, and not made twice: what an earlier search with the
 * same network and seed wrote is its answer.
 */
final class RecordedTrials implements Trials {

  private static final String START = "start";

  private final Tryouts tryouts;
  private final ExperimentSpec cell;
  private final TrialLog log;
  private final Consumer<Trial> ended;
  private final List<TrialRow> recorded;
  private TrainedTrials trained;
  private double startLoss = Double.NaN;

  /**
   * Trials of one network.
   *
   * @param ended told of each trial that was made, not of those that were made before
   */
  RecordedTrials(Tryouts tryouts, ExperimentSpec cell, TrialLog log, Consumer<Trial> ended) {
    this.tryouts = tryouts;
    this.cell = cell;
    this.log = log;
    this.ended = ended;
    recorded =
        log.rows(cell.architecture().initialization(), cell.architecture().depth()).stream()
            .filter(row -> row.seed() == cell.seed())
            .toList();
  }

  @Override
  public double startLoss(double rate) throws IOException {
    if (!Double.isNaN(startLoss)) {
      return startLoss;
    }
    Optional<TrialRow> known =
        recorded.stream().filter(row -> row.status().equals(START)).findFirst();
    if (known.isPresent()) {
      startLoss = known.get().loss();
      return startLoss;
    }
    trained = new TrainedTrials(tryouts, cell);
    startLoss = trained.startLoss(rate);
    append(0, 0, START, startLoss);
    return startLoss;
  }

  @Override
  public Trial run(double rate, int iterations) throws IOException, TryoutInterruptedException {
    for (TrialRow row : recorded) {
      boolean diverged = row.status().equals(Trial.Status.DIVERGED.word());
      if (row.learningRate() == rate
          && !row.status().equals(START)
          && (row.iterations() == iterations || diverged && row.iterations() < iterations)) {
        return new Trial(
            rate,
            row.iterations(),
            diverged ? Trial.Status.DIVERGED : Trial.Status.DONE,
            row.loss());
      }
    }
    if (trained == null) {
      trained = new TrainedTrials(tryouts, cell);
      trained.startsWith(startLoss);
    }
    Trial trial = trained.run(rate, iterations);
    append(rate, trial.iterations(), trial.status().word(), trial.loss());
    ended.accept(trial);
    return trial;
  }

  @Override
  public void forget() {
    if (trained != null) {
      trained.forget();
    }
  }

  private void append(double rate, int iterations, String status, double loss) throws IOException {
    log.append(
        new TrialRow(
            cell.architecture().initialization(),
            cell.architecture().depth(),
            cell.seed(),
            rate,
            iterations,
            status,
            loss));
  }
}
