package org.fathom4j.compare;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import org.fathom4j.network.NetworkSpec;
import org.fathom4j.record.TrialLog;
import org.fathom4j.train.ExperimentSpec;
import org.fathom4j.train.TryoutInterruptedException;
import org.fathom4j.train.Tryouts;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the learning rate of one initialization at one depth: that of the smallest loss on the
 * training split at the end of the experiment, of those that every seed survives.
 *
 * <p>Starts from what the theory suggests, see {@code LearningRateGuess}, and searches as {@code
 * RateSearch} says: short trials predict, long ones confirm; at most the updates of ten whole
 * experiments times the number of seeds. Equal experiments give equal answers.
 *
 * <pre>{@code
 * try (TrialLog log = TrialLog.open(directory.trialsCsv())) {
 *   LearningRateTuner tuner =
 *       new LearningRateTuner(tryouts, log, LearningRateTuner.DEFAULT_BUDGET, TuningProgress.SILENT);
 *   TunedRate rate = tuner.tune(spec);
 * }
 * }</pre>
 */
public final class LearningRateTuner {

  /** Rates a search may try: enough to find any that the grid holds, as many as the plain grid. */
  public static final int DEFAULT_BUDGET = 40;

  private static final Logger LOG = LoggerFactory.getLogger(LearningRateTuner.class);

  private final Tryouts tryouts;
  private final TrialLog log;
  private final int budget;
  private final TuningProgress progress;

  /**
   * A tuner.
   *
   * @param tryouts where trials are made
   * @param log the memory of the search: trials found there are not made again, so that a search
   *     that was stopped goes on. It must be of experiments that differ from those to be tuned in
   *     initialization and depth only
   * @param budget learning rates that may be tried for one experiment, at least 1
   * @param progress who watches
   */
  public LearningRateTuner(Tryouts tryouts, TrialLog log, int budget, TuningProgress progress) {
    if (budget < 1) {
      throw new IllegalArgumentException(
          "A search needs a budget of at least 1 learning rate, not " + budget + ".");
    }
    this.tryouts = tryouts;
    this.log = log;
    this.budget = budget;
    this.progress = progress;
  }

  /**
   * Searches for one experiment, with its own seed alone; see {@link #tune(ExperimentSpec, List)}.
   */
  public TunedRate tune(ExperimentSpec cell) throws IOException, TryoutInterruptedException {
    return tune(cell, List.of());
  }

  /**
   * Searches for one experiment.
   *
   * @param cell the experiment, whose seed finds the best rate; its own learning rate is not looked
   *     at
   * @param otherSeeds that must not diverge with the rate, whatever their loss
   * @throws IllegalArgumentException if the experiment asks for the impossible
   * @throws IOException if data cannot be read, trials cannot be written down, or memory does not
   *     suffice
   * @throws TryoutInterruptedException if the user asked for it; finished trials are in the log
   */
  public TunedRate tune(ExperimentSpec cell, List<Long> otherSeeds)
      throws IOException, TryoutInterruptedException {
    String initialization = cell.architecture().initialization();
    int depth = cell.architecture().depth();
    int iterations = tryouts.iterations(cell);
    NetworkSpec network = tryouts.network(cell);
    progress.started(initialization, depth, iterations);
    RecordedTrials trials =
        new RecordedTrials(
            tryouts, cell, log, trial -> progress.ended(initialization, depth, trial));
    SortedMap<Long, Trials> others = new TreeMap<>();
    for (long seed : otherSeeds) {
      ExperimentSpec other = cell.named(cell.name(), seed);
      others.put(
          seed,
          new RecordedTrials(
              tryouts,
              other,
              log,
              trial -> progress.said(initialization, depth, sentence(seed, trial))));
    }
    RateSearch search =
        new RateSearch(
            trials,
            others,
            iterations,
            budget,
            sentence -> {
              LOG.info("{} at depth {}: {}", initialization, depth, sentence);
              progress.said(initialization, depth, sentence);
            });
    RateSearch.Found found =
        search.search(
            LearningRateGuess.of(
                network, cell.data().input(), cell.optimizerOf(tryouts.data(cell).train().size())));
    TunedRate tuned =
        new TunedRate(initialization, depth, found.rate(), found.interior(), found.trials());
    progress.found(tuned);
    return tuned;
  }

  private static String sentence(long seed, Trial trial) {
    return trial.status() == Trial.Status.DIVERGED
        ? String.format(
            Locale.ROOT,
            "seed %d, %.3g: diverged after %d iterations",
            seed,
            trial.learningRate(),
            trial.iterations())
        : String.format(
            Locale.ROOT,
            "seed %d, %.3g: loss %.4g after %d iterations",
            seed,
            trial.learningRate(),
            trial.loss(),
            trial.iterations());
  }
}
