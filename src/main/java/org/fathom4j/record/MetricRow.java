package org.fathom4j.record;

/**
 * One row of {@code metrics.csv}.
 *
 * @param iteration updates made when it was measured
 * @param epoch passes over the training split completed
 * @param split {@code batch} for the minibatch of this iteration, {@code train} or {@code test} for
 *     a whole split
 * @param metric such as {@code loss} (as the run's specification defines it), {@code accuracy} (a
 *     fraction), {@code gradient_norm}, {@code learning_rate} or {@code seconds}
 * @param value the number; may be non-finite
 */
public record MetricRow(int iteration, int epoch, String split, String metric, double value) {

  public MetricRow {
    if (iteration < 0 || epoch < 0) {
      throw new IllegalArgumentException(
          "iteration and epoch must not be negative: " + iteration + ", " + epoch);
    }
    CsvLog.word("split", split);
    CsvLog.word("metric", metric);
  }
}
