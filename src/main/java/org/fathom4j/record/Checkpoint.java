package org.fathom4j.record;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A run between two iterations: {@code checkpoints/checkpoint-<iteration, nine digits>.zip}, a
 * {@link ModelArchive} with updater state and a {@link CheckpointState}.
 *
 * <p>{@code kill -9} at any instant leaves a readable checkpoint once the first was written: a new
 * one gets its name only when it is whole and on disk, and the one before it is kept. The directory
 * belongs to whoever holds the run's {@link RunLock}.
 *
 * @param file where it is
 * @param network with updater state, iteration and epoch count
 * @param state the rest
 */
public record Checkpoint(Path file, MultiLayerNetwork network, CheckpointState state) {

  private static final Logger LOG = LoggerFactory.getLogger(Checkpoint.class);
  private static final Pattern NAME = Pattern.compile("checkpoint-\\d{9,10}\\.zip");

  /**
   * Writes a checkpoint and removes all but it and the newest before it.
   *
   * <p>The caller syncs the CSV logs first: {@code state} holds their lengths. Checkpoints of later
   * iterations, left when an older one was resumed, are removed.
   *
   * @param directory made when missing
   * @return the file
   * @throws IOException naming the file and the cure; earlier checkpoints are then untouched
   */
  public static Path write(Path directory, MultiLayerNetwork network, CheckpointState state)
      throws IOException {
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw AtomicFile.cannotWrite(directory, e);
    }
    Path file =
        directory.resolve(String.format(Locale.ROOT, "checkpoint-%09d.zip", state.iteration()));
    JsonNode extra = RecordJson.MAPPER.valueToTree(state);
    ModelArchive.write(file, network, true, Optional.of(extra));
    prune(directory, file);
    return file;
  }

  private static void prune(Path directory, Path written) throws IOException {
    List<Path> others = new ArrayList<>(newestFirst(directory));
    int position = others.indexOf(written);
    others.remove(written);
    if (position < others.size()) {
      others.remove(position); // the newest before the one just written
    }
    for (Path other : others) {
      Files.deleteIfExists(other);
    }
  }

  /**
   * Reads the newest checkpoint that can be read, and removes what a killed process left
   * half-written.
   *
   * <p>A damaged one is passed over with a warning that names it and the one used instead.
   *
   * @return empty when no checkpoint was ever written
   * @throws DamagedRecordException when there are checkpoints but none can be read
   */
  public static Optional<Checkpoint> latest(Path directory) throws IOException {
    AtomicFile.removeLeftovers(directory, "checkpoint-*");
    List<ModelArchiveException> damaged = new ArrayList<>();
    for (Path file : newestFirst(directory)) {
      try {
        Checkpoint checkpoint = read(file);
        for (ModelArchiveException problem : damaged) {
          LOG.warn("{} Using {} instead.", problem.getMessage(), file);
        }
        return Optional.of(checkpoint);
      } catch (ModelArchiveException e) {
        damaged.add(e);
      }
    }
    if (damaged.isEmpty()) {
      return Optional.empty();
    }
    IOException none =
        new DamagedRecordException(
            "No checkpoint in "
                + directory
                + " can be read: "
                + damaged.stream().map(Throwable::getMessage).collect(Collectors.joining(" "))
                + " Start a new run.");
    damaged.forEach(none::addSuppressed);
    throw none;
  }

  /**
   * Reads one checkpoint.
   *
   * @throws ModelArchiveException when it is damaged, or a model that is no checkpoint
   */
  public static Checkpoint read(Path file) throws IOException {
    ModelArchive.Content<MultiLayerNetwork> content =
        ModelArchive.readContent(file, ModelArchive.DEFAULT_LARGEST_ENTRY_BYTES);
    JsonNode extra =
        content
            .extra()
            .orElseThrow(
                () ->
                    new ModelArchiveException(
                        file,
                        "it is a model, but no checkpoint: its entry fathom.json is missing",
                        "Give a file from a run's checkpoints directory."));
    if (!content.hasUpdaterState() && content.network().getUpdater().getStateViewArray() != null) {
      throw new ModelArchiveException(
          file,
          "it lacks the state of its updater, so training cannot go on to the same bits",
          "Use an intact checkpoint.");
    }
    try {
      CheckpointState state = RecordJson.MAPPER.treeToValue(extra, CheckpointState.class);
      return new Checkpoint(file, content.network(), state);
    } catch (JsonProcessingException e) {
      throw new ModelArchiveException(
          file,
          "its entry fathom.json is no state of a run (" + e.getOriginalMessage() + ")",
          "Use an intact checkpoint.",
          e);
    }
  }

  private static List<Path> newestFirst(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(file -> NAME.matcher(file.getFileName().toString()).matches())
          .sorted(
              Comparator.comparingLong(
                      (Path file) ->
                          Long.parseLong(file.getFileName().toString().replaceAll("\\D", "")))
                  .reversed())
          .toList();
    }
  }
}
