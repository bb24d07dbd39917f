package org.fathom4j.compare;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.fathom4j.init.Initializers;
import org.fathom4j.record.ComparisonDirectory;
import org.fathom4j.record.TrialRow;
import org.fathom4j.train.ExperimentSpec;
import org.fathom4j.train.TryoutInterruptedException;

/**
 * Where the learning rate of each cell of a comparison comes from.
 *
 * <p>A cell without a rate that learns is run with the smallest that was tried, so that the failure
 * and its cause can be seen.
 */
public interface RateSource {

  /** What was asked for, as the command line says it; kept in the comparison's record. */
  String description();

  /**
   * The learning rate of a cell if it can be told at once; asked for every cell before anything is
   * written.
   *
   * @param cell its experiment; its own learning rate is not looked at
   * @return empty if it takes trials to find it
   * @throws IllegalArgumentException if there can be none for this cell
   */
  Optional<TunedRate> known(ExperimentSpec cell);

  /**
   * Finds the learning rate of a cell that is not {@link #known}, when its turn has come.
   *
   * @param cell its experiment with the first seed; its own learning rate is not looked at
   * @param otherSeeds of the cell, that must survive the rate too
   * @param directory where to keep trials
   * @throws TryoutInterruptedException if the user asked for it; finished trials are kept
   */
  TunedRate find(ExperimentSpec cell, List<Long> otherSeeds, ComparisonDirectory directory)
      throws IOException, TryoutInterruptedException;

  /**
   * The search that {@link #find} makes, as a task for a worker; the trials that come back are
   * added to the comparison's {@code trials.csv}, where {@code find} then has its answer.
   *
   * @param cell its experiment with the first seed, whose rate is not {@link #known}
   * @param otherSeeds of the cell, that must survive the rate too
   * @param directory where trials were kept
   * @throws IOException if the trials cannot be read
   */
  Task<ArrayList<TrialRow>> search(
      ExperimentSpec cell, List<Long> otherSeeds, ComparisonDirectory directory) throws IOException;

  /** One learning rate for all cells. */
  static RateSource fixed(double learningRate) {
    return new KnownRates(Double.toString(learningRate)) {
      @Override
      Optional<TunedRate> of(String initialization, int depth) {
        return Optional.of(
            new TunedRate(initialization, depth, OptionalDouble.of(learningRate), true, List.of()));
      }
    };
  }

  /**
   * Rates that were found before, or written down by hand.
   *
   * @param description where they stand, such as the name of a file
   */
  static RateSource of(LearningRates rates, String description) {
    return new KnownRates(description) {
      @Override
      Optional<TunedRate> of(String initialization, int depth) {
        return rates.of(Initializers.spec(Initializers.parse(initialization)), depth);
      }
    };
  }
}
