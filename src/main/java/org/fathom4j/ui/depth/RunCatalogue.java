package org.fathom4j.ui.depth;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.fathom4j.record.ComparisonDirectory;
import org.fathom4j.record.ComparisonRecord;
import org.fathom4j.record.RegularFile;
import org.fathom4j.record.RunDirectory;
import org.fathom4j.record.RunRecord;

/**
 * The runs and comparisons below a directory, as they are when asked: those of {@code runs/} and
 * the runs of each comparison there.
 *
 * <p>Nothing outside the directory is ever read: symbolic links below it are passed over, and an id
 * that the listing would not tell finds nothing. A record is parsed again only when its file has
 * changed. A damaged one is listed with what is wrong with it and harms no other. For any number of
 * threads.
 */
public final class RunCatalogue {

  /** What no record reaches: a comparison's of a thousand cells has 200 kB. */
  private static final long LARGEST_RECORD = 8 << 20;

  /** A listing this young serves again: a page asks several things at once. */
  private static final long LISTING_NANOS = 250_000_000;

  /**
   * A run as it stands on disk.
   *
   * @param id names it in addresses: letters, digits, dot, underscore, hyphen and tilde only
   * @param name of its directory
   * @param comparison id of the comparison it belongs to; null for a run of its own
   * @param directory where it is
   * @param record its record; null if that is damaged
   * @param problem what is wrong with its record, in a sentence; null if nothing
   * @param written when its record or one of its logs last changed
   */
  public record Run(
      String id,
      String name,
      String comparison,
      RunDirectory directory,
      RunRecord record,
      String problem,
      Instant written) {

    public Run {
      Objects.requireNonNull(id, "A run of the catalogue needs its id.");
      Objects.requireNonNull(directory, "A run of the catalogue needs its directory.");
      if ((record == null) == (problem == null)) {
        throw new IllegalArgumentException(
            "A run has either a record or a problem with it: " + record + ", " + problem);
      }
    }

    /** Start of the run as it tells it, or else the newest change: what runs are ordered by. */
    Instant age() {
      return record == null ? written : record.timing().started();
    }
  }

  /**
   * A comparison as it stands on disk, with or without its runs.
   *
   * @param id names it in addresses, as a run's does
   * @param name of its directory
   * @param directory where it is
   * @param record its record; null if there is none or it is damaged
   * @param problem what is wrong with its record; null if nothing, or if there is none
   * @param table whether there is a {@code comparison.csv}
   * @param report whether there is a {@code report.html}
   * @param written when one of these last changed
   */
  public record Comparison(
      String id,
      String name,
      ComparisonDirectory directory,
      ComparisonRecord record,
      String problem,
      boolean table,
      boolean report,
      Instant written) {

    Instant age() {
      return record == null ? written : record.timing().started();
    }
  }

  /** One look at the directory. */
  private record Listing(List<Run> runs, List<Comparison> comparisons, long nanos) {}

  /** A parsed file, and by what we see that it has changed. */
  private record Parsed(FileTime time, long size, Object key, Object value, String problem) {

    boolean isOf(BasicFileAttributes file) {
      return time.equals(file.lastModifiedTime())
          && size == file.size()
          && Objects.equals(key, file.fileKey());
    }
  }

  @FunctionalInterface
  private interface Reader {
    Object read(Path file) throws IOException;
  }

  private final Path root;
  private final Map<Path, Parsed> parsed = new ConcurrentHashMap<>();
  private volatile Listing newest;

  /**
   * A catalogue of a directory, which need not be there yet.
   *
   * @param runsDirectory such as {@code runs}
   */
  public RunCatalogue(Path runsDirectory) {
    root = Objects.requireNonNull(runsDirectory, "runsDirectory").toAbsolutePath().normalize();
  }

  /** The directory that is listed, absolute. */
  public Path directory() {
    return root;
  }

  /**
   * All runs, the newest first.
   *
   * @throws UncheckedIOException when the directory is there but cannot be listed
   */
  public List<Run> runs() {
    return listing().runs();
  }

  /**
   * All comparisons, the newest first.
   *
   * @throws UncheckedIOException when the directory is there but cannot be listed
   */
  public List<Comparison> comparisons() {
    return listing().comparisons();
  }

  /** A run by its id; empty when there is none now. */
  public Optional<Run> find(String id) {
    return path(id)
        .flatMap(
            names ->
                switch (names.size()) {
                  case 1 -> run(names, null);
                  case 3 -> names.get(1).equals("runs") ? runOfComparison(names) : Optional.empty();
                  default -> Optional.empty();
                });
  }

  /** A comparison by its id; empty when there is none now. */
  public Optional<Comparison> findComparison(String id) {
    return path(id).filter(names -> names.size() == 1).flatMap(this::comparison);
  }

  private static Optional<List<String>> path(String id) {
    return PathId.names(id);
  }

  private Optional<Run> runOfComparison(List<String> names) {
    return comparison(names.subList(0, 1)).flatMap(comparison -> run(names, comparison.id()));
  }

  private Listing listing() {
    Listing last = newest;
    if (last != null && System.nanoTime() - last.nanos() < LISTING_NANOS) {
      return last;
    }
    List<Run> runs = new ArrayList<>();
    List<Comparison> comparisons = new ArrayList<>();
    for (String name : directories(root)) {
      List<String> names = List.of(name);
      run(names, null).ifPresent(runs::add);
      Optional<Comparison> comparison = comparison(names);
      if (comparison.isPresent()) {
        comparisons.add(comparison.get());
        for (RunDirectory directory : runsOf(comparison.get())) {
          run(List.of(name, "runs", directory.name()), comparison.get().id()).ifPresent(runs::add);
        }
      }
    }
    runs.sort(Comparator.comparing(Run::age).reversed().thenComparing(Run::id));
    comparisons.sort(
        Comparator.comparing(Comparison::age).reversed().thenComparing(Comparison::id));
    forgetAllBut(runs, comparisons);
    Listing listing = new Listing(List.copyOf(runs), List.copyOf(comparisons), System.nanoTime());
    newest = listing;
    return listing;
  }

  private void forgetAllBut(List<Run> runs, List<Comparison> comparisons) {
    Set<Path> there = new HashSet<>();
    runs.forEach(run -> there.add(run.directory().runJson()));
    comparisons.forEach(comparison -> there.add(comparison.directory().comparisonJson()));
    parsed.keySet().retainAll(there);
  }

  private static List<String> directories(Path directory) {
    List<String> names = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      for (Path entry : entries) {
        if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
          names.add(entry.getFileName().toString());
        }
      }
    } catch (NoSuchFileException | NotDirectoryException e) {
      return List.of(); // not yet made, or gone since
    } catch (IOException e) {
      throw new UncheckedIOException(
          "Cannot list "
              + directory
              + ": "
              + e
              + ". Make it readable, or choose another directory with --runs-dir.",
          e);
    }
    return names;
  }

  private static List<RunDirectory> runsOf(Comparison comparison) {
    Path runs = comparison.directory().path().resolve("runs");
    if (!Files.isDirectory(runs, LinkOption.NOFOLLOW_LINKS)) {
      return List.of();
    }
    try {
      return comparison.directory().runs();
    } catch (IOException | UncheckedIOException e) {
      return List.of(); // removed while it was listed
    }
  }

  /** The place of these names below the root; empty where a link stands in the way. */
  private Optional<Path> place(List<String> names) {
    Path path = root;
    for (String name : names) {
      try {
        Path next = path.resolve(name);
        if (!path.equals(next.getParent()) || !next.getFileName().toString().equals(name)) {
          return Optional.empty();
        }
        path = next;
      } catch (InvalidPathException e) {
        return Optional.empty();
      }
      if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
        return Optional.empty();
      }
    }
    return Optional.of(path);
  }

  private Optional<Run> run(List<String> names, String comparison) {
    Optional<RunDirectory> directory = place(names).map(RunDirectory::new);
    if (directory.isEmpty()) {
      return Optional.empty();
    }
    Optional<Parsed> record = parsed(directory.get().runJson(), RunRecord::read);
    if (record.isEmpty()) {
      return Optional.empty();
    }
    RunDirectory run = directory.get();
    return Optional.of(
        new Run(
            PathId.of(names),
            names.get(names.size() - 1),
            comparison,
            run,
            (RunRecord) record.get().value(),
            record.get().problem(),
            newest(run.runJson(), run.metricsCsv(), run.depthProfileCsv(), run.statsDb())));
  }

  private Optional<Comparison> comparison(List<String> names) {
    Optional<ComparisonDirectory> found = place(names).map(ComparisonDirectory::new);
    if (found.isEmpty()) {
      return Optional.empty();
    }
    ComparisonDirectory directory = found.get();
    Optional<Parsed> record = parsed(directory.comparisonJson(), ComparisonRecord::read);
    boolean table = isFile(directory.comparisonCsv());
    boolean report = isFile(directory.reportHtml());
    if (record.isEmpty() && !table && !report) {
      return Optional.empty();
    }
    return Optional.of(
        new Comparison(
            PathId.of(names),
            names.get(0),
            directory,
            (ComparisonRecord) record.map(Parsed::value).orElse(null),
            record.map(Parsed::problem).orElse(null),
            table,
            report,
            newest(directory.comparisonJson(), directory.comparisonCsv(), directory.reportHtml())));
  }

  /** A file as it was parsed last if it has not changed since; empty if it is no file of ours. */
  private Optional<Parsed> parsed(Path file, Reader reader) {
    Optional<BasicFileAttributes> attributes = RegularFile.attributes(file);
    if (attributes.isEmpty()) {
      return Optional.empty();
    }
    BasicFileAttributes now = attributes.get();
    Parsed known = parsed.get(file);
    if (known != null && known.isOf(now)) {
      return Optional.of(known);
    }
    Object value = null;
    String problem = null;
    if (now.size() > LARGEST_RECORD) {
      problem =
          file
              + " has "
              + now.size()
              + " bytes, more than any record of ours: remove it, or restore it from a copy.";
    } else {
      try {
        value = reader.read(file);
      } catch (IOException e) {
        if (RegularFile.attributes(file).isEmpty()) {
          return Optional.empty(); // removed meanwhile
        }
        problem = String.valueOf(e.getMessage());
      }
    }
    Parsed fresh = new Parsed(now.lastModifiedTime(), now.size(), now.fileKey(), value, problem);
    parsed.put(file, fresh);
    return Optional.of(fresh);
  }

  private static boolean isFile(Path file) {
    return RegularFile.attributes(file).isPresent();
  }

  private static Instant newest(Path... files) {
    return Stream.of(files)
        .map(RegularFile::attributes)
        .flatMap(Optional::stream)
        .map(attributes -> attributes.lastModifiedTime().toInstant())
        .max(Comparator.naturalOrder())
        .orElse(Instant.EPOCH);
  }
}
