package org.fathom4j.compare;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.fathom4j.data.Dataset;
import org.fathom4j.record.Provenance;
import org.fathom4j.record.RunDirectory;
import org.fathom4j.record.RunLock;
import org.fathom4j.record.RunRecord;
import org.fathom4j.record.RunStatus;
import org.fathom4j.record.TrialLog;
import org.fathom4j.record.TuningRecord;
import org.fathom4j.train.ExperimentSpec;
import org.fathom4j.train.TryoutInterruptedException;
import org.fathom4j.train.Tryouts;

/**
 * A search for learning rates over many cells, in a directory of its own.
 *
 * <p>{@code tuning.json} says what was asked for, {@code trials.csv} grows with every trial, {@code
 * learning-rates.json} with every cell. What was stopped or killed goes on where it was: no trial
 * that ended is made again.
 */
public final class Tuning {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final Path runsDirectory;
  private final Path home;
  private final List<String> commandLine;
  private final TuningProgress progress;
  private final Tryouts tryouts;

  /**
   * A search.
   *
   * @param runsDirectory where its directory goes
   * @param home the directory that holds {@code datasets/}
   * @param commandLine what the user typed, for the record
   * @param progress who watches
   * @param interrupted asked before every iteration; true ends the search, to be resumed
   */
  public Tuning(
      Path runsDirectory,
      Path home,
      List<String> commandLine,
      TuningProgress progress,
      BooleanSupplier interrupted) {
    this.runsDirectory = runsDirectory;
    this.home = home;
    this.commandLine = List.copyOf(commandLine);
    this.progress = progress;
    this.tryouts = new Tryouts(home, interrupted);
  }

  /**
   * Searches in a new directory.
   *
   * @throws IllegalArgumentException if a cell asks for the impossible; nothing was written
   * @throws IOException if data cannot be read, records cannot be written, or a cell does not fit
   *     into memory
   */
  @SuppressWarnings("try") // the lock is held, not used
  public TuningResult run(TuningSpec spec) throws IOException {
    requirePossible(spec);
    RunDirectory directory = RunDirectory.create(runsDirectory, spec.base().name());
    try (RunLock lock = directory.lock()) {
      TuningRecord record =
          TuningRecord.starting(
              commandLine,
              MAPPER.valueToTree(spec),
              recorded(tryouts.data(spec.base())),
              Provenance.capture(home));
      return search(spec, directory, record);
    }
  }

  /**
   * Goes on with a search that was stopped or killed.
   *
   * @throws IllegalArgumentException if it ended by itself, so that there is nothing to resume
   * @throws IOException if its records or its data cannot be read
   */
  @SuppressWarnings("try") // the lock is held, not used
  public TuningResult resume(RunDirectory directory) throws IOException {
    try (RunLock lock = directory.lock()) {
      TuningRecord record = TuningRecord.read(directory.tuningJson());
      if (record.status() == RunStatus.DONE) {
        throw new IllegalArgumentException(
            String.format(
                "The search %s is done: there is nothing to resume. Its result is %s.",
                directory.path(), directory.learningRatesJson()));
      }
      TuningSpec spec = specification(record, directory);
      requirePossible(spec);
      if (!record.data().sha256().equals(tryouts.data(spec.base()).sha256())) {
        throw new IOException(
            String.format(
                "The search %s was made on other files of %s: their SHA-256 differ from those in"
                    + " tuning.json. Restore the files, or start a new search.",
                directory.path(), record.data().name()));
      }
      return search(spec, directory, record.resumed());
    }
  }

  private void requirePossible(TuningSpec spec) throws IOException {
    for (ExperimentSpec cell : spec.cells()) {
      tryouts.requireWeightsFit(cell);
    }
  }

  private TuningResult search(TuningSpec spec, RunDirectory directory, TuningRecord record)
      throws IOException {
    record.write(directory.tuningJson());
    List<TunedRate> found = new ArrayList<>();
    RunStatus status = RunStatus.DONE;
    String why = "All cells are done.";
    try (TrialLog log = TrialLog.open(directory.trialsCsv())) {
      LearningRateTuner tuner = new LearningRateTuner(tryouts, log, spec.budget(), progress);
      for (ExperimentSpec cell : spec.cells()) {
        found.add(tuner.tune(cell));
        new LearningRates(found).write(directory.learningRatesJson());
      }
    } catch (TryoutInterruptedException e) {
      status = RunStatus.INTERRUPTED;
      why = "Interrupted with " + found.size() + " of " + spec.cells().size() + " cells done.";
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      recordFailure(directory, record, e);
      throw e;
    }
    record.ended(status, why).write(directory.tuningJson());
    return new TuningResult(directory.path(), status, new LearningRates(found));
  }

  /** The record says that the search failed, if it can still be written. */
  private static void recordFailure(
      RunDirectory directory, TuningRecord record, Throwable failure) {
    String why = failure.getMessage() == null ? failure.toString() : failure.getMessage();
    try {
      record.ended(RunStatus.FAILED, why).write(directory.tuningJson());
    } catch (IOException | RuntimeException e) {
      failure.addSuppressed(e); // the first failure is what the user must see
    }
  }

  private RunRecord.Data recorded(Dataset dataset) {
    Map<String, Integer> samples = new LinkedHashMap<>();
    samples.put("train", dataset.train().size());
    samples.put("test", dataset.test().size());
    return new RunRecord.Data(dataset.name(), dataset.source(home), dataset.sha256(), samples);
  }

  private static TuningSpec specification(TuningRecord record, RunDirectory directory)
      throws IOException {
    try {
      return MAPPER.treeToValue(record.specification(), TuningSpec.class);
    } catch (JsonProcessingException e) {
      throw new IOException(
          directory.tuningJson()
              + " holds no specification that this version understands: "
              + e.getOriginalMessage()
              + " Start a new search.",
          e);
    }
  }
}
