package org.fathom4j.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.fathom4j.compare.ComparisonSpec.Place;
import org.fathom4j.record.ComparisonDirectory;
import org.fathom4j.record.ComparisonRecord;
import org.fathom4j.record.ComparisonRow;
import org.fathom4j.record.DamagedRecordException;
import org.fathom4j.record.DepthProfileLog;
import org.fathom4j.record.DepthProfileRow;
import org.fathom4j.record.MetricLog;
import org.fathom4j.record.MetricRow;
import org.fathom4j.record.RunDirectory;
import org.fathom4j.record.RunRecord;
import org.fathom4j.record.RunStatus;
import org.fathom4j.train.ExperimentSpec;

/** The runs of a comparison that have ended, each with its verdict, and the cells they make. */
final class JudgedRuns {

  private static final List<String> JUDGED_BY = List.of("trainLoss", "trainAccuracy");

  private final ComparisonDirectory directory;
  private final ComparisonSpec spec;
  private final double chanceAccuracy;
  private final Map<String, SeedRun> judged = new HashMap<>(); // by the name of the run
  private Map<String, String> sha256; // of the data of the first of them

  /**
   * None yet.
   *
   * @param chanceAccuracy accuracy of guessing, a fraction
   */
  JudgedRuns(ComparisonDirectory directory, ComparisonSpec spec, double chanceAccuracy) {
    this.directory = directory;
    this.spec = spec;
    this.chanceAccuracy = chanceAccuracy;
  }

  boolean has(RunDirectory run) {
    return judged.containsKey(run.name());
  }

  int count() {
    return judged.size();
  }

  /**
   * Holds a run that has begun against what was asked for.
   *
   * @throws ForeignRunException if it is another experiment
   * @throws IOException if its specification cannot be read
   */
  void requireAskedFor(ExperimentSpec experiment, RunRecord found, RunDirectory run)
      throws IOException {
    ExperimentSpec made =
        ExperimentSpec.read(
            found.specification(),
            run.runJson(),
            "move " + run.path() + " elsewhere to have it made again");
    if (!experiment.equals(made)) {
      throw new ForeignRunException(
          run.runJson()
              + " belongs to another experiment than "
              + directory.comparisonJson()
              + " asks for. Move "
              + run.path()
              + " elsewhere to have it made again.");
    }
  }

  /**
   * Judges a run that is done or diverged.
   *
   * @throws DamagedRecordException if a file of its record is missing or cut short
   * @throws ForeignRunException if it was trained on other data than those before it
   * @throws IOException if it cannot be read
   */
  Verdict judge(RunDirectory run, long seed) throws IOException {
    RunRecord ended = RunRecord.read(run.runJson());
    requireScores(run, ended);
    List<MetricRow> metrics = metrics(run, ended);
    Verdict verdict =
        Verdict.of(
            ended,
            ended.specification().path("architecture").path("depth").intValue(),
            spec.base().architecture().precision(),
            metrics,
            profile(run, ended),
            chanceAccuracy);
    requireSameData(run, ended); // last, so that a damaged run does not say what the data are
    judged.put(
        run.name(), SeedRun.of(seed, run.name(), ended, verdict, Verdict.startingLoss(metrics)));
    return verdict;
  }

  private static void requireScores(RunDirectory run, RunRecord ended)
      throws DamagedRecordException {
    if (ended.status() == RunStatus.DONE
        && (ended.last() == null
            || JUDGED_BY.stream().anyMatch(score -> ended.last().metrics().get(score) == null))) {
      throw new DamagedRecordException(
          run.runJson()
              + " says done, but lacks "
              + String.join(" or ", JUDGED_BY)
              + " at its end.");
    }
  }

  private void requireSameData(RunDirectory run, RunRecord ended) throws IOException {
    if (sha256 == null) {
      sha256 = ended.data().sha256();
    } else if (!sha256.equals(ended.data().sha256())) {
      throw new ForeignRunException(
          "Run "
              + run.path()
              + " was trained on other files of "
              + ended.data().name()
              + " than the runs before it: their SHA-256 differ. Restore the files, and move the"
              + " runs that used the wrong ones elsewhere to have them made again.");
    }
  }

  private List<MetricRow> metrics(RunDirectory run, RunRecord ended) throws IOException {
    requireThere(run.metricsCsv());
    List<MetricRow> rows = MetricLog.read(run.metricsCsv());
    if (ended.status() == RunStatus.DONE) {
      int last = ended.last().iteration();
      if (rows.stream().noneMatch(row -> row.iteration() == last && row.split().equals("test"))) {
        throw cutShort(run.metricsCsv(), last);
      }
    }
    return rows;
  }

  private List<DepthProfileRow> profile(RunDirectory run, RunRecord ended) throws IOException {
    requireThere(run.depthProfileCsv());
    List<DepthProfileRow> rows = DepthProfileLog.read(run.depthProfileCsv());
    if (ended.status() == RunStatus.DONE) {
      int last = ended.last().iteration();
      if (rows.stream().noneMatch(row -> row.iteration() == last)) {
        throw cutShort(run.depthProfileCsv(), last);
      }
    }
    return rows;
  }

  private static void requireThere(Path file) throws DamagedRecordException {
    if (!Files.exists(file)) {
      throw new DamagedRecordException(file + " is gone, though its run has ended.");
    }
  }

  private static DamagedRecordException cutShort(Path file, int last) {
    return new DamagedRecordException(
        file + " is cut short: its run made " + last + " iterations, the last is not there.");
  }

  /** The cells that have runs, in the order of the grid, with the learning rates of the record. */
  List<Cell> cells(ComparisonRecord record) {
    List<Cell> cells = new ArrayList<>();
    for (Place place : spec.places()) {
      List<SeedRun> runs =
          spec.seeds(place).stream()
              .map(seed -> directory.run(place.initialization(), place.depth(), seed).name())
              .filter(judged::containsKey)
              .map(judged::get)
              .toList();
      if (!runs.isEmpty()) {
        ComparisonRecord.Rate rate =
            record.rate(place.initialization(), place.depth()).orElseThrow();
        cells.add(
            new Cell(
                place.initialization(), place.depth(), rate.learningRate(), rate.origin(), runs));
      }
    }
    return cells;
  }

  /** The rows of {@code comparison.csv}. */
  List<ComparisonRow> rows(ComparisonRecord record) {
    List<ComparisonRow> rows = new ArrayList<>();
    for (Cell cell : cells(record)) {
      for (SeedRun run : cell.runs()) {
        Map<String, Double> values = new LinkedHashMap<>();
        values.put("iterations", (double) run.iterations());
        run.startLoss().ifPresent(loss -> values.put("start_loss", loss));
        put(values, "train_loss", run.metrics().get("trainLoss"));
        put(values, "train_accuracy", run.metrics().get("trainAccuracy"));
        put(values, "test_loss", run.metrics().get("testLoss"));
        put(values, "test_accuracy", run.metrics().get("testAccuracy"));
        values.forEach(
            (metric, value) ->
                rows.add(
                    new ComparisonRow(
                        cell.initialization(),
                        cell.depth(),
                        cell.learningRate(),
                        run.seed(),
                        run.status().word(),
                        run.verdict().outcome().word(),
                        run.run(),
                        metric,
                        value)));
      }
    }
    return rows;
  }

  private static void put(Map<String, Double> values, String metric, Double value) {
    if (value != null) {
      values.put(metric, value);
    }
  }
}
