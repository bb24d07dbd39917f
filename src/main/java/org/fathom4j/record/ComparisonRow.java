package org.fathom4j.record;

import java.util.Objects;

/**
 * One row of {@code comparison.csv}: one number of one seed's run in one cell.
 *
 * @param initialization text as the catalogue of initializers reads it
 * @param depth L
 * @param learningRate η
 * @param seed of the run
 * @param status how the run ended, such as {@code done} or {@code diverged}
 * @param outcome what it amounts to: {@code learns}, {@code stalls}, {@code diverges} or {@code
 *     underflows}
 * @param run name of its directory under the comparison's {@code runs}
 * @param metric such as {@code train_accuracy}; every run has at least {@code iterations}
 * @param value the number; may be non-finite
 */
public record ComparisonRow(
    String initialization,
    int depth,
    double learningRate,
    long seed,
    String status,
    String outcome,
    String run,
    String metric,
    double value) {

  public ComparisonRow {
    Objects.requireNonNull(initialization, "A comparison's row belongs to an initialization.");
    Objects.requireNonNull(run, "A comparison's row belongs to a run.");
    CsvLog.word("status", status);
    CsvLog.word("outcome", outcome);
    CsvLog.word("metric", metric);
  }
}
