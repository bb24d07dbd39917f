package org.fathom4j.train;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.fathom4j.record.Measurement;
import org.fathom4j.record.MetricRow;

/**
 * Scores of both splits after an iteration, and their names in records.
 *
 * @param iteration updates made before
 * @param epoch passes over the training split completed
 * @param train of the training split, or of the part that represents it
 * @param test of the test split
 */
record Evaluation(int iteration, int epoch, Score train, Score test) {

  /** Rows of {@code metrics.csv}. */
  List<MetricRow> rows() {
    return List.of(
        row("train", "loss", train.loss()),
        row("train", "accuracy", train.accuracy()),
        row("test", "loss", test.loss()),
        row("test", "accuracy", test.accuracy()));
  }

  private MetricRow row(String split, String metric, double value) {
    return new MetricRow(iteration, epoch, split, metric, value);
  }

  /** Keys {@code best} and {@code final} of {@code run.json}. */
  Measurement measurement() {
    Map<String, Double> values = new LinkedHashMap<>();
    values.put("trainLoss", train.loss());
    values.put("trainAccuracy", train.accuracy());
    values.put("testLoss", test.loss());
    values.put("testAccuracy", test.accuracy());
    return new Measurement(iteration, values);
  }

  /** The better of two by test accuracy, the earlier of equals. */
  Measurement orBetter(Measurement best) {
    return best == null || test.accuracy() > best.metrics().get("testAccuracy")
        ? measurement()
        : best;
  }
}
