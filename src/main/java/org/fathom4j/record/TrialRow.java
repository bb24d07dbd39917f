package org.fathom4j.record;

import java.io.Serializable;
import java.util.Objects;

/**
 * A row of {@code trials.csv}: how far one learning rate was trained, and how well it did there.
 *
 * @param initialization text as the catalogue of initializers writes it
 * @param depth L
 * @param seed of the experiment, any but 0
 * @param learningRate η; 0 for the network before its first update
 * @param iterations updates made
 * @param status {@code start} before the first update, {@code done} if it got as far as it was
 *     asked to, {@code diverged}
 * @param loss on the whole training split; infinite where it diverged
 */
public record TrialRow(
    String initialization,
    int depth,
    long seed,
    double learningRate,
    int iterations,
    String status,
    double loss)
    implements Serializable {

  public TrialRow {
    Objects.requireNonNull(initialization, "A trial belongs to an initialization.");
    CsvLog.word("status", status);
    if (depth < 1 || iterations < 0) {
      throw new IllegalArgumentException(
          "A trial has a depth of at least 1 and no negative number of iterations, not "
              + depth
              + " and "
              + iterations
              + ".");
    }
    if (seed == 0) {
      throw new IllegalArgumentException("A trial has a seed, any but 0.");
    }
    if (!(learningRate >= 0) || Double.isInfinite(learningRate)) {
      throw new IllegalArgumentException(
          "A trial has a finite learning rate, at least 0, not " + learningRate + ".");
    }
    if (Double.isNaN(loss)) {
      throw new IllegalArgumentException("The loss of a trial is a number, or infinite.");
    }
  }
}
