package org.fathom4j.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.fathom4j.compare.ComparisonSpec.Place;
import org.fathom4j.record.ComparisonCsv;
import org.fathom4j.record.ComparisonDirectory;
import org.fathom4j.record.ComparisonRecord;
import org.fathom4j.record.ComparisonRow;
import org.fathom4j.record.DamagedRecordException;
import org.fathom4j.record.DepthCheckCsv;
import org.fathom4j.record.RunDirectory;
import org.fathom4j.record.RunRecord;
import org.fathom4j.record.RunStatus;
import org.fathom4j.train.Check;
import org.fathom4j.train.FileChecks;
import org.fathom4j.train.Verification;
import org.fathom4j.train.Verifier;

/**
 * Checks that a comparison is what its runs make of it: hashes its files, holds every run against
 * the question, and makes the rows of {@code comparison.csv} and {@code depth_check.csv} again from
 * the runs' records. Writes nothing.
 *
 * <p>Of the Markdown table, the report and the trials only the hashes are compared. Whether the
 * runs are what they say is for {@link Verifier}.
 */
public final class ComparisonVerifier {

  private final ComparisonDirectory directory;
  private final ComparisonRecord record;
  private final ComparisonSpec spec;
  private final JudgedRuns judged;
  private final Set<String> asked = new TreeSet<>(); // names of the runs of the grid
  private final Set<String> unknown = new TreeSet<>(); // those whose records are not here, or wrong

  private ComparisonVerifier(
      ComparisonDirectory directory, ComparisonRecord record, ComparisonSpec spec) {
    this.directory = directory;
    this.record = record;
    this.spec = spec;
    judged = new JudgedRuns(directory, spec, record.chanceAccuracy());
  }

  /** Verifies all but what each run says of itself. */
  public static Verification verify(ComparisonDirectory directory) {
    List<Check> checks = new ArrayList<>(FileChecks.of(directory));
    try {
      ComparisonRecord record = ComparisonRecord.read(directory.comparisonJson());
      ComparisonSpec spec = ComparisonSpec.of(record, directory.comparisonJson());
      ComparisonVerifier verifier = new ComparisonVerifier(directory, record, spec);
      checks.add(verifier.runs());
      checks.add(verifier.table());
      if (spec.depthCheck()) {
        checks.add(verifier.depthCheck());
      }
    } catch (DamagedRecordException e) {
      checks.add(Check.differs("record", e.getMessage()));
    } catch (IOException e) {
      checks.add(Check.notPossible("record", e.getMessage()));
    }
    return new Verification(directory.path(), checks);
  }

  /** Whether every run was made, so that a missing one was taken away. */
  private boolean done() {
    return record.status() == RunStatus.DONE;
  }

  /** Judges the runs that are here and of this question. */
  private Check runs() throws IOException {
    List<String> wrong = new ArrayList<>();
    List<String> unread = new ArrayList<>();
    List<String> absent = new ArrayList<>();
    for (Place place : spec.places()) {
      for (long seed : spec.seeds(place)) {
        RunDirectory run = directory.run(place.initialization(), place.depth(), seed);
        asked.add(run.name());
        if (!Files.exists(run.runJson())) {
          absent.add(run.name());
          unknown.add(run.name());
          continue;
        }
        try {
          judge(run, place, seed);
        } catch (DamagedRecordException | ForeignRunException e) {
          wrong.add(e.getMessage());
          unknown.add(run.name());
        } catch (IOException e) {
          unread.add(e.getMessage());
          unknown.add(run.name());
        }
      }
    }
    for (RunDirectory run : directory.runs()) {
      if (!asked.contains(run.name())) {
        wrong.add(run.name() + " is none of the runs that comparison.json asks for.");
      }
    }
    if (!wrong.isEmpty()) {
      return Check.differs("runs", String.join(" ", wrong));
    }
    if (!unread.isEmpty()) {
      return Check.notPossible("runs", String.join(" ", unread));
    }
    if (done() && !absent.isEmpty()) {
      return Check.notPossible(
          "runs",
          absent.size() == asked.size()
              ? "none of its " + asked.size() + " runs is here"
              : "not here: " + String.join(", ", absent));
    }
    if (judged.count() == 0) {
      return Check.nothing("runs", "none of its " + asked.size() + " runs has ended");
    }
    return Check.holds(
        "runs",
        String.format(
            "%d of %d have ended, each of an experiment that comparison.json asks for, on the same"
                + " data",
            judged.count(), asked.size()));
  }

  /** Takes a run into account if it has ended, and says what is wrong with it as a part of this. */
  private void judge(RunDirectory run, Place place, long seed) throws IOException {
    Optional<ComparisonRecord.Rate> rate = record.rate(place.initialization(), place.depth());
    if (rate.isEmpty()) {
      throw new ForeignRunException("comparison.json has no learning rate of " + run.name() + ".");
    }
    RunRecord found = RunRecord.read(run.runJson());
    judged.requireAskedFor(spec.experiment(place, seed, rate.get().learningRate()), found, run);
    if (found.status() == RunStatus.DONE || found.status() == RunStatus.DIVERGED) {
      judged.judge(run, seed);
    } else if (done()) {
      throw new ForeignRunException(
          run.name()
              + " is "
              + found.status().word()
              + ", but comparison.json says that the comparison is done.");
    }
  }

  /**
   * Holds {@code comparison.csv} against the runs that are here. Before a comparison is done, a run
   * that has ended may lack its rows: they are written after it, and {@code --resume} adds them.
   */
  private Check table() {
    Path file = directory.comparisonCsv();
    String name = file.getFileName().toString();
    if (!Files.exists(file)) {
      return done()
          ? Check.differs(name, "is missing, but the comparison is done")
          : Check.nothing(name, "the comparison is not done, and has none yet");
    }
    List<ComparisonRow> rows;
    try {
      rows = ComparisonCsv.read(file);
    } catch (DamagedRecordException e) {
      return Check.differs(name, e.getMessage());
    } catch (IOException e) {
      return Check.notPossible(name, "cannot be read: " + e);
    }
    Set<String> named = rows.stream().map(ComparisonRow::run).collect(Collectors.toSet());
    List<ComparisonRow> found = rows.stream().filter(row -> !unknown.contains(row.run())).toList();
    List<ComparisonRow> made =
        judged.rows(record).stream().filter(row -> done() || named.contains(row.run())).toList();
    return firstDifference(name, found, made)
        .orElseGet(
            () ->
                found.size() == rows.size()
                    ? Check.holds(name, rows.size() + " rows, as the runs make them")
                    : Check.notPossible(name, "has rows of runs that cannot be compared"));
  }

  /** The first row that is not what the runs make it. */
  private static Optional<Check> firstDifference(String name, List<?> found, List<?> made) {
    for (int i = 0; i < Math.max(found.size(), made.size()); i++) {
      String has = i < found.size() ? found.get(i).toString() : "no further row";
      String should = i < made.size() ? made.get(i).toString() : "no further row";
      if (!has.equals(should)) {
        return Optional.of(Check.differs(name, "has " + has + ", the runs make it " + should));
      }
    }
    return Optional.empty();
  }

  /** Holds {@code depth_check.csv} against the runs. */
  private Check depthCheck() {
    Path file = directory.depthCheckCsv();
    String name = file.getFileName().toString();
    if (!done()) {
      return Check.nothing(name, "is written when the comparison is done");
    }
    if (!unknown.isEmpty()) {
      return Check.notPossible(name, "not all of its runs can be compared");
    }
    if (!Files.exists(file)) {
      return Check.differs(name, "is missing, but the comparison is done");
    }
    try {
      return firstDifference(
              name, DepthCheckCsv.read(file), DepthChecks.rows(DepthChecks.of(directory, spec)))
          .orElseGet(() -> Check.holds(name, "as the runs make it"));
    } catch (DamagedRecordException e) {
      return Check.differs(name, e.getMessage());
    } catch (IOException e) {
      return Check.notPossible(name, "cannot be read: " + e);
    }
  }
}
