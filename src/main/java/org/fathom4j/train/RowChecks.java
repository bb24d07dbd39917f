package org.fathom4j.train;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import org.fathom4j.network.LearningRateSchedule;
import org.fathom4j.record.DepthProfileRow;
import org.fathom4j.record.Measurement;
import org.fathom4j.record.MetricRow;
import org.fathom4j.record.RunRecord;
import org.fathom4j.record.RunStatus;

/**
 * Whether the rows of a run can be those of its specification at all: which there are, the learning
 * rates, the measurements that {@code run.json} repeats.
 */
final class RowChecks {

  private static final List<String> OF_A_BATCH =
      List.of("loss", "gradient_norm", "learning_rate", "seconds");
  private static final List<String> OF_A_SPLIT = List.of("loss", "accuracy");

  private final RunRecord record;
  private final ExperimentSpec spec;
  private final int examples;
  private final int total;
  private final List<MetricRow> metrics;
  private final List<DepthProfileRow> profile;
  private final boolean complete;
  private final int iterations;

  /**
   * Checks of one run.
   *
   * @param examples to train on
   */
  RowChecks(RunRecord record, ExperimentSpec spec, int examples, RecordedRows rows) {
    this.record = record;
    this.spec = spec;
    this.examples = examples;
    total = spec.iterationsOf(examples);
    metrics = rows.metrics();
    profile = rows.profile();
    complete = rows.areComplete();
    iterations = rows.iterations();
  }

  /** Holds {@code metrics.csv} against the specification and {@code run.json}. */
  Check ofMetrics() {
    Optional<String> problem = lengthProblem().or(this::rowProblem).or(this::measurementProblem);
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

  private Optional<String> lengthProblem() {
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

  private Optional<String> rowProblem() {
    int batch = spec.batchSizeOf(examples);
    int perEpoch = (examples + batch - 1) / batch;
    LearningRateSchedule rate = MeasuredTraining.learningRate(spec, total);
    int next = 0;
    for (int i = 1; next < metrics.size() || complete && i <= iterations; i++) {
      int epoch = (i - 1) / perEpoch;
      for (RecordedRows.Place wanted :
          places(i, epoch, MeasuredTraining.evaluatesAt(i, spec, total))) {
        if (next == metrics.size()) {
          return complete ? Optional.of("metrics.csv ends before the " + wanted) : Optional.empty();
        }
        MetricRow row = metrics.get(next);
        next++;
        if (!RecordedRows.Place.of(row).equals(wanted)) {
          return Optional.of(
              String.format(
                  "line %d of metrics.csv is the %s in epoch %d, but the specification makes it the"
                      + " %s in epoch %d",
                  next + 1, RecordedRows.Place.of(row), row.epoch(), wanted, epoch));
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
  private static List<RecordedRows.Place> places(int iteration, int epoch, boolean evaluated) {
    List<RecordedRows.Place> places = new ArrayList<>();
    OF_A_BATCH.forEach(
        metric -> places.add(new RecordedRows.Place(iteration, epoch, "batch", metric)));
    if (evaluated) {
      OF_A_SPLIT.forEach(
          metric -> places.add(new RecordedRows.Place(iteration, epoch, "train", metric)));
      OF_A_SPLIT.forEach(
          metric -> places.add(new RecordedRows.Place(iteration, epoch, "test", metric)));
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
  Check ofProfile() {
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
