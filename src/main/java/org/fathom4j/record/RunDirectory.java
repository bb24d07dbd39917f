package org.fathom4j.record;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.text.Normalizer;
import java.time.Clock;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Where a run keeps what it leaves: {@code runs/<yyyyMMdd>-<HHmmss>-<name>/}.
 *
 * <p>The value holds names only. Whoever writes takes {@link #lock()} first; reading needs none.
 *
 * @param path the directory itself
 */
public record RunDirectory(Path path) implements RecordDirectory {

  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT);
  private static final int LONGEST_NAME = 80;
  private static final int LAST_SUFFIX = 999;
  private static final int RUNS_TO_SUGGEST = 5;

  public RunDirectory {
    Objects.requireNonNull(path, "path");
  }

  /**
   * Makes a new, empty run directory named after the local time.
   *
   * @param runsDirectory made when missing
   * @param name any text; what is not a letter, digit, dot, underscore or hyphen of ASCII becomes a
   *     hyphen
   * @throws IOException naming the directory when it cannot be made
   */
  public static RunDirectory create(Path runsDirectory, String name) throws IOException {
    return create(runsDirectory, name, Clock.systemDefaultZone());
  }

  static RunDirectory create(Path runsDirectory, String name, Clock clock) throws IOException {
    String base = ZonedDateTime.now(clock).format(STAMP) + "-" + fileName(name);
    try {
      Files.createDirectories(runsDirectory);
      // mkdir is atomic: of two processes in the same second one gets the name, the other the next.
      for (int suffix = 1; suffix <= LAST_SUFFIX; suffix++) {
        Path path = runsDirectory.resolve(suffix == 1 ? base : base + "-" + suffix);
        try {
          return new RunDirectory(Files.createDirectory(path));
        } catch (FileAlreadyExistsException e) {
          continue;
        }
      }
    } catch (IOException e) {
      throw new IOException(
          "Cannot make a run directory in "
              + runsDirectory
              + ": "
              + e
              + ". Choose a writable place with --runs-dir.",
          e);
    }
    throw new IOException(
        "Cannot make a run directory: "
            + runsDirectory.resolve(base)
            + " and "
            + (LAST_SUFFIX - 1)
            + " names after it are taken. Choose another --name or --runs-dir.");
  }

  /**
   * Finds an existing run by its path or by its name in {@code runsDirectory}.
   *
   * @throws NoSuchRunException when neither is a directory with a {@code run.json}
   */
  public static RunDirectory open(String run, Path runsDirectory) throws NoSuchRunException {
    return open(run, runsDirectory, "run.json");
  }

  /**
   * Finds the directory of an existing search for learning rates, as {@link #open(String, Path)}
   * does a run's.
   *
   * @throws NoSuchRunException when there is no such directory with a {@code tuning.json}
   */
  public static RunDirectory openTuning(String run, Path runsDirectory) throws NoSuchRunException {
    return open(run, runsDirectory, "tuning.json");
  }

  private static RunDirectory open(String run, Path runsDirectory, String recordName)
      throws NoSuchRunException {
    if (run.isBlank()) {
      throw new NoSuchRunException(
          "The name of a run is empty. Give a directory or a name in " + runsDirectory + ".");
    }
    Path byPath;
    Path byName;
    try {
      byPath = Path.of(run);
      byName = runsDirectory.resolve(run);
    } catch (InvalidPathException e) {
      throw new NoSuchRunException("'" + run + "' cannot be the name of a run: " + e.getMessage());
    }
    for (Path candidate : List.of(byPath, byName)) {
      RunDirectory directory = new RunDirectory(candidate);
      if (Files.isRegularFile(candidate.resolve(recordName))) {
        return directory;
      }
    }
    for (Path candidate : List.of(byPath, byName)) {
      if (Files.isDirectory(candidate)) {
        throw new NoSuchRunException(
            candidate
                + " is no run directory: it holds no "
                + recordName
                + "."
                + suggestions(runsDirectory, recordName));
      }
    }
    throw new NoSuchRunException(
        "No run '"
            + run
            + "', neither as a directory nor in "
            + runsDirectory
            + "."
            + suggestions(runsDirectory, recordName));
  }

  private static String suggestions(Path runsDirectory, String recordName) {
    try (Stream<Path> entries = Files.list(runsDirectory)) {
      List<Path> runs =
          entries
              .filter(entry -> Files.isRegularFile(entry.resolve(recordName)))
              .sorted(Comparator.comparing(Path::getFileName).reversed())
              .limit(RUNS_TO_SUGGEST)
              .toList();
      return runs.isEmpty()
          ? " There are no runs in " + runsDirectory + "."
          : runs.stream()
              .map(run -> run.getFileName().toString())
              .collect(Collectors.joining(", ", " The latest there: ", "."));
    } catch (IOException e) {
      return " The directory " + runsDirectory + " cannot be listed (--runs-dir names another).";
    }
  }

  static String fileName(String name) {
    String ascii =
        Normalizer.normalize(name, Normalizer.Form.NFKD)
            .replaceAll("\\p{M}+", "")
            .replaceAll("[^A-Za-z0-9._-]+", "-")
            .replaceAll("-{2,}", "-");
    if (ascii.length() > LONGEST_NAME) {
      ascii = ascii.substring(0, LONGEST_NAME);
    }
    ascii = ascii.replaceAll("^[-.]+|[-.]+$", "");
    return ascii.isEmpty() ? "run" : ascii;
  }

  /**
   * Takes the right to write here, and removes what a killed process left half-written.
   *
   * @throws IOException when another process has it, naming the run
   */
  public RunLock lock() throws IOException {
    return RunLock.acquire(this);
  }

  /**
   * Removes the trained network and all checkpoints: most of what a run takes on disk. Its {@link
   * Checksums} forget the network first.
   */
  public void removeModel() throws IOException {
    Optional<Checksums> sums = Checksums.read(this);
    if (sums.isPresent()) {
      sums.get().without(modelZip()).write(this);
    }
    Files.deleteIfExists(modelZip());
    if (Files.isDirectory(checkpoints())) {
      try (Stream<Path> files = Files.list(checkpoints())) {
        for (Path file : files.toList()) {
          Files.deleteIfExists(file);
        }
      }
      Files.deleteIfExists(checkpoints());
    }
  }

  /** The directory's own name, such as {@code 20250131-235959-mzas}. */
  public String name() {
    return path.toAbsolutePath().normalize().getFileName().toString();
  }

  /** The {@link RunRecord}. */
  public Path runJson() {
    return path.resolve("run.json");
  }

  /** The {@link TuningRecord}. */
  public Path tuningJson() {
    return path.resolve("tuning.json");
  }

  /** The {@link TrialLog}. */
  public Path trialsCsv() {
    return path.resolve("trials.csv");
  }

  /** What a search for learning rates found, in the words of {@code fathom tune --json}. */
  public Path learningRatesJson() {
    return path.resolve("learning-rates.json");
  }

  /** The {@link MetricLog}. */
  public Path metricsCsv() {
    return path.resolve("metrics.csv");
  }

  /** The {@link DepthProfileLog}. */
  public Path depthProfileCsv() {
    return path.resolve("depth_profile.csv");
  }

  /** The {@link StatsLog}; there only when the run was monitored. */
  public Path statsDb() {
    return path.resolve("stats.db");
  }

  /** The trained network, a {@link ModelArchive}. */
  public Path modelZip() {
    return path.resolve("model.zip");
  }

  @Override
  public RunStatus status() throws IOException {
    return RunRecord.read(runJson()).status();
  }

  @Override
  public List<Path> sealedFiles() {
    return List.of(runJson(), metricsCsv(), depthProfileCsv(), modelZip());
  }

  /** Directory of {@link Checkpoint}s. */
  public Path checkpoints() {
    return path.resolve("checkpoints");
  }

  /** Directory of the pictures. */
  public Path plots() {
    return path.resolve("plots");
  }
}
