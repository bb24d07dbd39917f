package org.fathom4j.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.fathom4j.record.Checksums;
import org.fathom4j.record.DamagedRecordException;
import org.fathom4j.record.RecordDirectory;
import org.fathom4j.record.RunStatus;

/** The files of a record beside its {@link Checksums}. */
public final class FileChecks {

  private FileChecks() {}

  /**
   * One check a file; one alone where there are no sums, which is no fault only where the record
   * does not say that it ended.
   */
  public static List<Check> of(RecordDirectory directory) {
    Optional<Checksums> sums;
    try {
      sums = Checksums.read(directory);
    } catch (DamagedRecordException e) {
      return List.of(Check.differs("files", e.getMessage()));
    } catch (IOException e) {
      return List.of(Check.notPossible("files", "SHA256SUMS cannot be read: " + e));
    }
    if (sums.isEmpty()) {
      return List.of(withoutSums(directory));
    }
    List<Check> checks = new ArrayList<>();
    sums.get()
        .sha256()
        .forEach((name, hash) -> checks.add(check(directory.path().resolve(name), hash)));
    for (Path file : directory.sealedFiles()) {
      String name = file.getFileName().toString();
      if (Files.exists(file) && !sums.get().sha256().containsKey(name)) {
        checks.add(Check.differs("file " + name, "is there, but SHA256SUMS does not name it"));
      }
    }
    return checks;
  }

  /** Nothing is missing while a run or comparison is at work, or where an error ended it. */
  private static Check withoutSums(RecordDirectory directory) {
    RunStatus status;
    try {
      status = directory.status();
    } catch (IOException e) { // said at length where the record is checked
      return Check.notPossible(
          "files", "there is no SHA256SUMS, and no record to say whether there should be one");
    }
    if (!status.isSealed()) {
      return Check.nothing(
          "files",
          "there is no SHA256SUMS, which is written at the end; the record says " + status.word());
    }
    return Check.notPossible(
        "files",
        "there is no SHA256SUMS, though the record says "
            + status.word()
            + ": nobody can say whether its files are unchanged. Restore SHA256SUMS from a copy of"
            + " the record; a run of an early version, which wrote none, can be made again with the"
            + " command in its run.json, and fathom compare --resume writes the tables and sums of a"
            + " comparison again");
  }

  private static Check check(Path file, String expected) {
    String name = "file " + file.getFileName();
    if (!Files.exists(file)) {
      return Check.differs(name, "is missing, but SHA256SUMS names it");
    }
    try {
      String found = Checksums.hash(file);
      return found.equals(expected)
          ? Check.holds(name, "SHA-256 " + expected)
          : Check.differs(name, "its SHA-256 is " + found + ", but SHA256SUMS says " + expected);
    } catch (IOException e) {
      return Check.notPossible(name, "cannot be read: " + e);
    }
  }
}
