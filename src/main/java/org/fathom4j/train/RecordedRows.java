package org.fathom4j.train;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import org.fathom4j.network.LearningRateSchedule;
import org.fathom4j.record.DepthProfileLog;
import org.fathom4j.record.DepthProfileRow;
import org.fathom4j.record.Measurement;
import org.fathom4j.record.MetricLog;
import org.fathom4j.record.MetricRow;
import org.fathom4j.record.RunDirectory;
import org.fathom4j.record.RunRecord;
import org.fathom4j.record.RunStatus;

/**
 * What a run measured, as its CSV files have it, and whether they can be a run of its specification
 * at all: which rows there are, the learning rates, the measurements {@code run.json} repeats.
 *
 * <p>A run that runs, failed or was killed may lack its newest rows, which waited in a buffer.
 */
final class RecordedRows {

  private static final List<String> OF_A_BATCH =
      List.of("loss", "gradient_norm", "learning_rate", "seconds");
  private static final List<String> OF_A_SPLIT = List.of("loss", "accuracy");

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

  private final RunRecord record;
  private final List<MetricRow> metrics;
  private final List<DepthProfileRow> profile;
  private final boolean complete;
  private final int iterations;

  private RecordedRows(RunRecord record, List<MetricRow> metrics, List<DepthProfileRow> profile) {
    this.record = record;
    this.metrics = metrics;
    this.profile = profile;
    complete = record.status() != RunStatus.INCOMPLETE && record.status() != RunStatus.FAILED;
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
      return new RecordedRows(record, List.of(), List.of()); // it has only just begun
    }
    return new RecordedRows(
        record, MetricLog.read(run.metricsCsv()), DepthProfileLog.read(run.depthProfileCsv()));
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

  /** Holds {@code metrics.csv} against the specification and {@code run.json}. */
  Check checkMetrics(ExperimentSpec spec, int examples) {
    int total = spec.iterationsOf(examples);
    Optional<String> problem =
        lengthProblem(total)
            .or(() -> rowProblem(spec, examples, total))
            .or(this::measurementProblem);
    return problem
        .map(text -> Check.differs("metrics", text))
        .orElseGet(
            () ->
                Check.holds(
                    "metrics",
                    String.format(
                        "the %d rows of metrics.csv are those of %d iterations of this"
                            + " specification, with its learning rates and the measurements that"
                            + " run.json repeats",
                        metrics.size(), iterations)));
  }

  private Optional<String> lengthProblem(int total) {
    if (record.status() == RunStatus.DONE && iterations != total) {
      return Optional.of(
          String.format(
              "run.json says done, and its specification asks for %d iterations, but metrics.csv"
                  + " ends with iteration %d",
              total, iterations));
    }
    if (record.status() == RunStatus.DIVERGED
        && iterations != record.divergence().iteration() - 1) {
      return Optional.of(
          String.format(
              "run.json says that iteration %d diverged, but metrics.csv ends with iteration %d",
              record.divergence().iteration(), iterations));
    }
    return record.status() != RunStatus.DONE && iterations >= total
        ? Optional.of(
            String.format(
                "the specification asks for %d iterations, run.json says %s, but metrics.csv ends"
                    + " with iteration %d",
                total, record.status().word(), iterations))
        : Optional.empty();
  }

  private Optional<String> rowProblem(ExperimentSpec spec, int examples, int total) {
    int batch = spec.batchSizeOf(examples);
    int perEpoch = (examples + batch - 1) / batch;
    LearningRateSchedule rate = MeasuredTraining.learningRate(spec, total);
    int next = 0;
    for (int i = 1; next < metrics.size() || complete && i <= iterations; i++) {
      int epoch = (i - 1) / perEpoch;
      for (Place wanted : places(i, epoch, MeasuredTraining.evaluatesAt(i, spec, total))) {
        if (next == metrics.size()) {
          return complete ? Optional.of("metrics.csv ends before the " + wanted) : Optional.empty();
        }
        MetricRow row = metrics.get(next);
        next++;
        if (!Place.of(row).equals(wanted)) {
          return Optional.of(
              String.format(
                  "line %d of metrics.csv is the %s in epoch %d, but the specification makes it the"
                      + " %s in epoch %d",
                  next + 1, Place.of(row), row.epoch(), wanted, epoch));
        }
        double expectedRate = rate.valueAt(i - 1, epoch);
        if (row.metric().equals("learning_rate") && row.value() != expectedRate) {
          return Optional.of(
              String.format(
                  "line %d of metrics.csv has the learning rate %s, but the specification makes it"
                      + " %s",
                  next + 1, row.value(), expectedRate));
        }
      }
    }
    return Optional.empty();
  }

  /** The rows of one iteration, in order. */
  private static List<Place> places(int iteration, int epoch, boolean evaluated) {
    List<Place> places = new ArrayList<>();
    OF_A_BATCH.forEach(metric -> places.add(new Place(iteration, epoch, "batch", metric)));
    if (evaluated) {
      OF_A_SPLIT.forEach(metric -> places.add(new Place(iteration, epoch, "train", metric)));
      OF_A_SPLIT.forEach(metric -> places.add(new Place(iteration, epoch, "test", metric)));
    }
    return places;
  }

  /** The measurements of run.json are those of metrics.csv. */
  private Optional<String> measurementProblem() {
    Measurement best = null;
    Measurement last = null;
    for (Evaluation evaluation : evaluations()) {
      best = evaluation.orBetter(best);
      last = evaluation.measurement();
    }
    if (!complete) {
      return Optional.empty(); // run.json may know of an evaluation whose rows wait in a buffer
    }
    // A resumed run knows its newest evaluation only if that was before its checkpoint.
    boolean mayBeUnknown = record.last() == null && !record.resumptions().isEmpty();
    if (!Objects.equals(record.last(), last)
        && !(mayBeUnknown && record.status() != RunStatus.DONE)) {
      return Optional.of(contradiction("final", record.last(), last));
    }
    return Objects.equals(record.best(), best)
        ? Optional.empty()
        : Optional.of(contradiction("best", record.best(), best));
  }

  private static String contradiction(String key, Measurement recorded, Measurement measured) {
    return String.format(
        "key \"%s\" of run.json is %s, but the rows of metrics.csv make it %s",
        key, words(recorded), words(measured));
  }

  private static String words(Measurement measurement) {
    return measurement == null
        ? "absent"
        : measurement.metrics() + " of iteration " + measurement.iteration();
  }

  /** In the order they were made; the rows are known to be where they belong. */
  private List<Evaluation> evaluations() {
    List<Evaluation> found = new ArrayList<>();
    List<MetricRow> splits = metrics.stream().filter(row -> !row.split().equals("batch")).toList();
    for (int i = 0; i + 3 < splits.size(); i += 4) {
      found.add(
          new Evaluation(
              splits.get(i).iteration(),
              splits.get(i).epoch(),
              new Score(splits.get(i).value(), splits.get(i + 1).value()),
              new Score(splits.get(i + 2).value(), splits.get(i + 3).value())));
    }
    return found;
  }

  /** Holds {@code depth_profile.csv} against the specification. */
  Check checkProfile(ExperimentSpec spec, int examples) {
    int total = spec.iterationsOf(examples);
    TreeSet<Integer> found = new TreeSet<>();
    profile.forEach(row -> found.add(row.iteration()));
    TreeSet<Integer> expected = new TreeSet<>();
    for (int i = 1; i <= iterations; i++) {
      if (MeasuredTraining.evaluatesAt(i, spec, total)) {
        expected.add(i);
      }
    }
    if (complete && !found.equals(expected)) {
      return Check.differs(
          "depth profile",
          "depth_profile.csv has the iterations "
              + found
              + ", but the specification profiles "
              + expected);
    }
    Optional<DepthProfileRow> deepest =
        profile.stream().max((a, b) -> Integer.compare(a.layer(), b.layer()));
    int depth = spec.architecture().depth();
    if (deepest.isPresent() && deepest.get().layer() != depth) {
      return Check.differs(
          "depth profile",
          String.format(
              "depth_profile.csv goes to layer %d, but the specification has depth %d",
              deepest.get().layer(), depth));
    }
    return profile.isEmpty()
        ? Check.nothing("depth profile", "no iteration of this run was profiled")
        : Check.holds(
            "depth profile",
            String.format(
                "the %d rows of depth_profile.csv are of %d iterations that the specification"
                    + " profiles",
                profile.size(), found.size()));
  }
}
