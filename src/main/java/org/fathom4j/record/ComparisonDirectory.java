package org.fathom4j.record;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Where a comparison keeps what it leaves: {@code runs/<yyyyMMdd>-<HHmmss>-compare[-<name>]/}, with
 * a run directory for each seed of each cell under {@code runs}.
 *
 * @param path the directory itself
 */
public record ComparisonDirectory(Path path) implements RecordDirectory {

  /** What a comparison calls a damaged run that it made again. */
  private static final Pattern SET_ASIDE = Pattern.compile(".*\\.damaged-\\d+");

  public ComparisonDirectory {
    Objects.requireNonNull(path, "path");
  }

  /**
   * Makes a new, empty comparison directory named after the local time.
   *
   * @param runsDirectory made when missing
   * @param name end of its name, any text; none if blank
   * @throws IOException naming the directory when it cannot be made
   */
  public static ComparisonDirectory create(Path runsDirectory, String name) throws IOException {
    String end = name.isBlank() ? "compare" : "compare-" + name;
    return new ComparisonDirectory(RunDirectory.create(runsDirectory, end).path());
  }

  /**
   * Finds an existing comparison by its path or by its name in {@code runsDirectory}.
   *
   * @throws NoSuchRunException when neither is a directory with a {@code comparison.json}
   */
  public static ComparisonDirectory open(String comparison, Path runsDirectory)
      throws NoSuchRunException {
    Optional<ComparisonDirectory> found = find(comparison, runsDirectory);
    if (found.isPresent()) {
      return found.get();
    }
    throw new NoSuchRunException(
        "No comparison '"
            + comparison
            + "', neither as a directory nor in "
            + runsDirectory
            + ": there is no comparison.json.");
  }

  /** As {@link #open}, but empty when there is none. */
  public static Optional<ComparisonDirectory> find(String comparison, Path runsDirectory) {
    if (comparison.isBlank()) {
      return Optional.empty();
    }
    try {
      return Stream.of(Path.of(comparison), runsDirectory.resolve(comparison))
          .map(ComparisonDirectory::new)
          .filter(directory -> Files.isRegularFile(directory.comparisonJson()))
          .findFirst();
    } catch (InvalidPathException e) {
      return Optional.empty(); // no path, so nothing that is there
    }
  }

  /**
   * Takes the right to write here, and removes what a killed process left half-written.
   *
   * @throws IOException when another process has it
   */
  public RunLock lock() throws IOException {
    return new RunDirectory(path).lock();
  }

  /** The directory's own name. */
  public String name() {
    return new RunDirectory(path).name();
  }

  /** The {@link ComparisonRecord}. */
  public Path comparisonJson() {
    return path.resolve("comparison.json");
  }

  /** The {@link ComparisonCsv}. */
  public Path comparisonCsv() {
    return path.resolve("comparison.csv");
  }

  /** The {@link DepthCheckCsv}; there only for a depth check. */
  public Path depthCheckCsv() {
    return path.resolve("depth_check.csv");
  }

  /** The {@link TrialLog}; there only if learning rates were tuned. */
  public Path trialsCsv() {
    return path.resolve("trials.csv");
  }

  /** The table in Markdown. */
  public Path markdown() {
    return path.resolve("comparison.md");
  }

  /** The report, a page that needs no other file. */
  public Path reportHtml() {
    return path.resolve("report.html");
  }

  @Override
  public RunStatus status() throws IOException {
    return ComparisonRecord.read(comparisonJson()).status();
  }

  /** All of these; its runs have sums of their own. */
  @Override
  public List<Path> sealedFiles() {
    return List.of(
        comparisonJson(), comparisonCsv(), depthCheckCsv(), trialsCsv(), markdown(), reportHtml());
  }

  /** Directory of the pictures. */
  public Path plots() {
    return path.resolve("plots");
  }

  /** The run of one seed in one cell, such as {@code runs/mzas-100-1}. */
  public RunDirectory run(String initialization, int depth, long seed) {
    return run(RunDirectory.fileName(initialization + "-" + depth + "-" + seed));
  }

  /** A run by its name in this comparison. */
  public RunDirectory run(String name) {
    return new RunDirectory(path.resolve("runs").resolve(name));
  }

  /** All runs that have a record, by name; not the damaged ones that were set aside. */
  public List<RunDirectory> runs() throws IOException {
    Path runs = path.resolve("runs");
    if (!Files.isDirectory(runs)) {
      return List.of();
    }
    try (Stream<Path> entries = Files.list(runs)) {
      return entries
          .map(RunDirectory::new)
          .filter(run -> Files.isRegularFile(run.runJson()))
          .filter(run -> !SET_ASIDE.matcher(run.name()).matches())
          .sorted(Comparator.comparing(RunDirectory::name))
          .toList();
    }
  }
}
