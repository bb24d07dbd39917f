package org.fathom4j.compare;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import org.fathom4j.record.AtomicFile;
import org.fathom4j.record.Checksums;
import org.fathom4j.record.RunDirectory;
import org.fathom4j.record.RunLock;

/**
 * All that a run has left, as bytes that can travel.
 *
 * @param runJson its record
 * @param metricsCsv its metrics
 * @param depthProfileCsv its depth profiles
 * @param modelZip its trained network; null if nobody asked for it
 * @param sha256Sums the hashes of these files, from where they were written
 */
record FinishedRun(
    byte[] runJson, byte[] metricsCsv, byte[] depthProfileCsv, byte[] modelZip, byte[] sha256Sums)
    implements Serializable {

  /** What a run that has ended left in its directory. */
  static FinishedRun read(RunDirectory directory) throws IOException {
    return new FinishedRun(
        Files.readAllBytes(directory.runJson()),
        Files.readAllBytes(directory.metricsCsv()),
        Files.readAllBytes(directory.depthProfileCsv()),
        Files.exists(directory.modelZip()) ? Files.readAllBytes(directory.modelZip()) : null,
        Files.readAllBytes(directory.sha256Sums()));
  }

  /**
   * Puts it where the run belongs, in place of what an unfinished one left there.
   *
   * @throws IOException if it cannot be written, or somebody else is at work on this run
   */
  @SuppressWarnings("try") // the lock is held, not used
  void store(RunDirectory directory) throws IOException {
    Files.createDirectories(directory.path());
    try (RunLock lock = directory.lock()) {
      Checksums.unseal(directory);
      // Without a record the directory counts for nothing: it goes first and comes back last.
      Files.deleteIfExists(directory.runJson());
      directory.removeModel();
      write(directory.metricsCsv(), metricsCsv);
      write(directory.depthProfileCsv(), depthProfileCsv);
      if (modelZip != null) {
        write(directory.modelZip(), modelZip);
      }
      write(directory.sha256Sums(), sha256Sums);
      write(directory.runJson(), runJson);
    }
  }

  private static void write(Path file, byte[] bytes) throws IOException {
    AtomicFile.write(file, out -> out.write(bytes));
  }
}
