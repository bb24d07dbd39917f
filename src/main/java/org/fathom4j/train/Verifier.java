package org.fathom4j.train;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.fathom4j.data.Dataset;
import org.fathom4j.data.DatasetCheck;
import org.fathom4j.data.Datasets;
import org.fathom4j.data.FileCheck;
import org.fathom4j.network.DepthSummary;
import org.fathom4j.record.DamagedRecordException;
import org.fathom4j.record.RunDirectory;
import org.fathom4j.record.RunRecord;

/**
 * Checks that a run is what its record says: hashes its files and its data, holds the parts of the
 * record against each other, evaluates its model, and makes its first updates again, to the bit.
 *
 * <p>The hashes find every change made by someone who does not make them anew. The rest finds, also
 * where hashes were made anew, a specification that does not lead to the measurements, and a model
 * that does not score as recorded. Writes nothing.
 */
public final class Verifier {

  /** Updates that are made again unless the caller says otherwise: seconds at depth 100. */
  public static final int USUAL_ITERATIONS = 20;

  private final Path home;
  private final Optional<Path> dataDirectory;
  private final TrainingProgress progress;

  /**
   * A verifier.
   *
   * @param home the directory that holds {@code datasets/}
   * @param dataDirectory where data that have files lie here; empty if where the record says, or in
   *     the usual places if it does not
   * @param progress who watches the updates that are made again
   */
  public Verifier(Path home, Optional<Path> dataDirectory, TrainingProgress progress) {
    this.home = home;
    this.dataDirectory = dataDirectory;
    this.progress = progress;
  }

  /**
   * Verifies one run.
   *
   * @param iterations updates to make again, at most; those of the whole run if it has fewer
   * @throws IllegalArgumentException if {@code iterations} is not positive
   */
  public Verification verify(RunDirectory run, int iterations) {
    if (iterations < 1) {
      throw new IllegalArgumentException(
          "--iterations must be at least 1, but is " + iterations + ".");
    }
    Examination examination = new Examination(run, iterations);
    examination.examine();
    return new Verification(run.path(), examination.checks);
  }

  /** The checks of one run, in order; each goes as far as those before it allow. */
  private final class Examination {

    private final RunDirectory run;
    private final int wanted;
    private final List<Check> checks = new ArrayList<>();
    private RunRecord record;
    private ExperimentSpec spec;
    private Dataset dataset;

    Examination(RunDirectory run, int wanted) {
      this.run = run;
      this.wanted = wanted;
    }

    void examine() {
      checks.addAll(FileChecks.of(run));
      if (!readRecord() || !readSpecification()) {
        return;
      }
      if (!checkData()) {
        checks.add(Check.notPossible("replay", "there is no replay without the data"));
        return;
      }
      try {
        checkSpecification();
        Optional<RecordedRows> rows = checkRows();
        Subject subject = new Subject(run, record, spec, dataset, home);
        checks.add(new ModelCheck(subject).check(rows));
        checks.add(
            rows.map(r -> new Replay(subject, r, progress).check(wanted))
                .orElseGet(
                    () -> Check.notPossible("replay", "its rows to compare with are damaged")));
      } catch (IllegalArgumentException e) { // of a specification that was changed
        checks.add(
            Check.differs("specification", "asks for what no run can be: " + e.getMessage()));
      }
    }

    private boolean readRecord() {
      try {
        record = RunRecord.read(run.runJson());
        return true;
      } catch (DamagedRecordException e) {
        checks.add(Check.differs("record", e.getMessage()));
      } catch (IOException e) {
        checks.add(Check.notPossible("record", e.getMessage()));
      }
      return false;
    }

    private boolean readSpecification() {
      if (record.specification().has("laboratory")) {
        checks.add(
            Check.nothing(
                "replay",
                "it is a descent of the linear laboratory; its command in run.json repeats it"));
        return false;
      }
      try {
        spec = Trainer.specification(record, run);
        if (dataDirectory.isPresent() && hasFiles(spec.data().name())) {
          spec = spec.withDataIn(dataDirectory.get().toString());
        }
        return true;
      } catch (IOException e) {
        checks.add(Check.differs("specification", e.getMessage()));
        return false;
      }
    }

    private static boolean hasFiles(String name) {
      return Datasets.catalogue().stream().anyMatch(d -> d.name().equals(name) && d.hasFiles());
    }

    private boolean checkData() {
      try {
        dataset = Trainer.load(spec, home);
      } catch (IllegalArgumentException e) {
        checks.add(Check.differs("specification", "asks for other data: " + e.getMessage()));
        return false;
      } catch (IOException e) {
        checks.add(unreadableData(e));
        return false;
      }
      TreeSet<String> files = new TreeSet<>(record.data().sha256().keySet());
      files.addAll(dataset.sha256().keySet());
      files.removeIf(
          file ->
              dataset.sha256().containsKey(file)
                  && dataset.sha256().get(file).equals(record.data().sha256().get(file)));
      checks.add(
          files.isEmpty()
              ? Check.holds(
                  "data",
                  String.format(
                      "SHA-256 of %s of %s, as run.json has them",
                      String.join(", ", dataset.sha256().keySet()), dataset.name()))
              : Check.differs(
                  "data",
                  String.format(
                      "SHA-256 of %s of %s is not what run.json has",
                      String.join(", ", files), dataset.name())));
      return true;
    }

    /** Files of another content differ; files that are not here cannot be compared. */
    private Check unreadableData(IOException failure) {
      try {
        DatasetCheck found =
            Datasets.check(
                spec.data().name(),
                Optional.ofNullable(spec.data().directory()).map(Path::of),
                home);
        Optional<FileCheck> wrong =
            found.files().stream()
                .filter(
                    file ->
                        file.status() == FileCheck.Status.DAMAGED
                            || file.status() == FileCheck.Status.DIFFERENT)
                .findFirst();
        if (wrong.isPresent()) {
          return Check.differs("data", wrong.get().detail());
        }
      } catch (IOException e) {
        failure.addSuppressed(e); // no file at all
      }
      return Check.notPossible("data", failure.getMessage());
    }

    /** What the record derives from its specification. */
    private void checkSpecification() {
      List<String> problems = new ArrayList<>();
      note(problems, "the name of the data", record.data().name(), spec.data().name());
      Map<String, Integer> samples = new HashMap<>();
      samples.put("train", dataset.train().size());
      samples.put("test", dataset.test().size());
      note(problems, "the numbers of samples", new HashMap<>(record.data().samples()), samples);
      note(
          problems,
          "the seeds",
          new HashMap<>(record.seeds()),
          new HashMap<>(Seeds.of(spec.seed()).byUse()));
      spec.requestedKernel()
          .ifPresent(
              kernel -> note(problems, "the kernel", record.kernel().name(), kernel.option()));
      int examples = dataset.train().size();
      DepthSummary summary =
          DepthSummary.of(
              spec.networkFor(dataset), spec.optimizerOf(examples), spec.batchSizeOf(examples));
      note(problems, "the number of parameters", record.parameters(), summary.parameters());
      checks.add(
          problems.isEmpty()
              ? Check.holds(
                  "specification",
                  String.format(
                      Locale.ROOT,
                      "has the data, seeds and %,d parameters that run.json tells",
                      record.parameters()))
              : Check.differs("specification", String.join("; ", problems)));
    }

    private void note(List<String> problems, String what, Object recorded, Object derived) {
      if (!recorded.equals(derived)) {
        problems.add(
            what + ": run.json has " + recorded + ", its specification makes it " + derived);
      }
    }

    private Optional<RecordedRows> checkRows() {
      RecordedRows rows;
      try {
        rows = RecordedRows.read(run, record);
      } catch (IOException e) {
        checks.add(Check.differs("metrics", e.getMessage()));
        return Optional.empty();
      }
      RowChecks rowChecks = new RowChecks(record, spec, dataset.train().size(), rows);
      checks.add(rowChecks.ofMetrics());
      checks.add(rowChecks.ofProfile());
      return Optional.of(rows);
    }
  }
}
