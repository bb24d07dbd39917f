package org.fathom4j.record;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/**
 * The content of {@code tuning.json}: what a search for learning rates was asked for, what it ran
 * on, how it stands.
 *
 * <p>Written whole, before the work and after it. Components are the file's keys, in this order; a
 * null component is a key that is not there.
 *
 * @param format version of this layout, {@link #FORMAT}
 * @param status how the search stands; never {@code diverged}, which is what single trials do
 * @param why why it stopped, in a sentence; null until it did
 * @param commandLine the words after {@code fathom}, argument files expanded
 * @param specification of all cells, as the room that searches writes and reads it
 * @param data what is trained on
 * @param started first start
 * @param ended when it stopped; null while it runs
 * @param provenance program, machine and libraries
 */
public record TuningRecord(
    int format,
    RunStatus status,
    String why,
    List<String> commandLine,
    JsonNode specification,
    RunRecord.Data data,
    Instant started,
    Instant ended,
    Provenance provenance) {

  /** The layout this version writes and reads. */
  public static final int FORMAT = 1;

  public TuningRecord {
    if (format != FORMAT) {
      throw new IllegalArgumentException(
          "tuning record format is " + format + ", but this version reads " + FORMAT);
    }
    Objects.requireNonNull(status, "A tuning record needs status.");
    commandLine =
        List.copyOf(Objects.requireNonNull(commandLine, "A tuning record needs commandLine."));
    Objects.requireNonNull(specification, "A tuning record needs specification.");
    Objects.requireNonNull(data, "A tuning record needs data.");
    Objects.requireNonNull(started, "A tuning record needs started.");
    Objects.requireNonNull(provenance, "A tuning record needs provenance.");
  }

  /** A search about to start. */
  public static TuningRecord starting(
      List<String> commandLine,
      JsonNode specification,
      RunRecord.Data data,
      Provenance provenance) {
    return new TuningRecord(
        FORMAT,
        RunStatus.INCOMPLETE,
        null,
        commandLine,
        specification,
        data,
        Instant.now(),
        null,
        provenance);
  }

  /** The search goes on. */
  public TuningRecord resumed() {
    return with(RunStatus.INCOMPLETE, null, null);
  }

  /** The search stopped. */
  public TuningRecord ended(RunStatus newStatus, String reason) {
    return with(
        newStatus, Objects.requireNonNull(reason, "A search that ended tells why."), Instant.now());
  }

  private TuningRecord with(RunStatus newStatus, String newWhy, Instant newEnded) {
    return new TuningRecord(
        format, newStatus, newWhy, commandLine, specification, data, started, newEnded, provenance);
  }

  /** Writes or replaces the file atomically. */
  public void write(Path tuningJson) throws IOException {
    byte[] bytes = RecordJson.pretty(this);
    AtomicFile.write(tuningJson, out -> out.write(bytes));
  }

  /**
   * Reads a record back.
   *
   * @throws IOException naming the file and what is wrong with it
   */
  public static TuningRecord read(Path tuningJson) throws IOException {
    try {
      JsonNode tree = RecordJson.MAPPER.readTree(Files.readAllBytes(tuningJson));
      int format = tree.path("format").asInt(0);
      if (format != FORMAT) {
        throw new IOException(
            tuningJson
                + (format > FORMAT
                    ? " was written by a newer version: its format is "
                        + format
                        + ", this version reads "
                        + FORMAT
                        + ". Use the version that made it."
                    : " is not the record of a search for learning rates: it has no format "
                        + FORMAT
                        + ". Restore it from a copy, or start a new search."));
      }
      return RecordJson.MAPPER.treeToValue(tree, TuningRecord.class);
    } catch (NoSuchFileException e) {
      throw new IOException("There is no " + tuningJson + ".", e);
    } catch (JsonProcessingException e) {
      throw new IOException(
          tuningJson
              + " is damaged: "
              + e.getOriginalMessage()
              + ". The program writes it whole, so it was changed by other means: restore it from a"
              + " copy, or start a new search.",
          e);
    }
  }
}
