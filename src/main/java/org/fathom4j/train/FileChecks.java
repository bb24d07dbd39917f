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

/** The files of a record beside its {@link Checksums}. */
public final class FileChecks {

  private FileChecks() {}

  /** One check a file; one alone where there are no sums. */
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
      return List.of(
          Check.nothing(
              "files",
              "there is no SHA256SUMS, which a run gets when it is done, diverged or interrupted,"
                  + " and a comparison when it ends without an error; early versions wrote none"));
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
