package org.fathom4j.train;

import java.io.IOException;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.fathom4j.record.DepthProfileLog;
import org.fathom4j.record.DepthProfileRow;
import org.fathom4j.record.MetricLog;
import org.fathom4j.record.MetricRow;
import org.fathom4j.record.RunDirectory;
import org.fathom4j.record.RunRecord;
import org.fathom4j.record.RunStatus;

/**
 * What a run measured, as its CSV files have it.
 *
 * <p>A run that runs, failed or was killed may lack its newest rows, which waited in a buffer.
 */
final class RecordedRows {

  /** Where a number of {@code metrics.csv} stands. */
  record Place(int iteration, int epoch, String split, String metric) {

    static Place of(MetricRow row) {
      return new Place(row.iteration(), row.epoch(), row.split(), row.metric());
    }

    @Override
    public String toString() {
      return split + " " + metric + " of iteration " + iteration;
    }
  }

  /** Where a number of {@code depth_profile.csv} stands. */
  record ProfilePlace(int iteration, int layer, String metric) {

    static ProfilePlace of(DepthProfileRow row) {
      return new ProfilePlace(row.iteration(), row.layer(), row.metric());
    }

    @Override
    public String toString() {
      return metric + " of layer " + layer + " in iteration " + iteration;
    }
  }

  private final List<MetricRow> metrics;
  private final List<DepthProfileRow> profile;
  private final boolean complete;
  private final int iterations;

  private RecordedRows(RunStatus status, List<MetricRow> metrics, List<DepthProfileRow> profile) {
    this.metrics = metrics;
    this.profile = profile;
    complete = status != RunStatus.INCOMPLETE && status != RunStatus.FAILED;
    int newest = metrics.isEmpty() ? 0 : metrics.get(metrics.size() - 1).iteration();
    iterations = complete ? newest : Math.max(0, newest - 1);
  }

  /**
   * Reads both files.
   *
   * @throws IOException if one is missing or damaged, naming it
   */
  static RecordedRows read(RunDirectory run, RunRecord record) throws IOException {
    if (record.status() == RunStatus.INCOMPLETE && !Files.exists(run.metricsCsv())) {
      return new RecordedRows(record.status(), List.of(), List.of()); // it has only just begun
    }
    return new RecordedRows(
        record.status(),
        MetricLog.read(run.metricsCsv()),
        DepthProfileLog.read(run.depthProfileCsv()));
  }

  /** The rows of {@code metrics.csv}. */
  List<MetricRow> metrics() {
    return metrics;
  }

  /** The rows of {@code depth_profile.csv}. */
  List<DepthProfileRow> profile() {
    return profile;
  }

  /** Updates all of whose rows are there. */
  int iterations() {
    return iterations;
  }

  /** Whether every row is there that the run measured. */
  boolean areComplete() {
    return complete;
  }

  /** Numbers of {@code metrics.csv} of the first updates, but times. */
  Map<Place, Double> metricsUpTo(int iteration) {
    Map<Place, Double> values = new LinkedHashMap<>();
    for (MetricRow row : metrics) {
      if (row.iteration() <= iteration && !row.metric().equals("seconds")) {
        values.put(Place.of(row), row.value());
      }
    }
    return values;
  }

  /** Numbers of {@code depth_profile.csv} of the first updates. */
  Map<ProfilePlace, Double> profileUpTo(int iteration) {
    Map<ProfilePlace, Double> values = new LinkedHashMap<>();
    for (DepthProfileRow row : profile) {
      if (row.iteration() <= iteration) {
        values.put(ProfilePlace.of(row), row.value());
      }
    }
    return values;
  }
}
