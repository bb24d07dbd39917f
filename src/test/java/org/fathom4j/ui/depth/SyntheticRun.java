package org.fathom4j.ui.depth;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.fathom4j.record.Measurement;
import org.fathom4j.record.Provenance;
import org.fathom4j.record.RunDirectory;
import org.fathom4j.record.RunRecord;
import org.fathom4j.record.RunStatus;

/** A run directory as the trainer leaves it, with made-up numbers that follow simple laws. */
final class SyntheticRun {

  private static final int LAYERS = 64;

  private final RunDirectory directory;
  private final int depth;
  private RunRecord record;

  private SyntheticRun(RunDirectory directory, int depth, RunRecord record) {
    this.directory = directory;
    this.depth = depth;
    this.record = record;
  }

  /** A run that has begun. */
  static SyntheticRun begin(Path path, String initialization, int depth, Instant started)
      throws IOException {
    Files.createDirectories(path);
    ObjectNode specification = new ObjectMapper().createObjectNode().put("seed", 7);
    specification
        .putObject("architecture")
        .put("depth", depth)
        .put("width", 32)
        .put("hiddenWidth", 4)
        .put("activation", "IDENTITY")
        .put("block", "LINEAR")
        .put("initialization", initialization)
        .put("loss", "MSE")
        .put("precision", "FLOAT");
    specification
        .putObject("optimization")
        .put("method", "SGD")
        .put("learningRate", 0.01)
        .put("schedule", "constant")
        .put("iterations", 100_000)
        .put("batchSize", 50);
    RunDirectory directory = new RunDirectory(path);
    SyntheticRun run =
        new SyntheticRun(
            directory,
            depth,
            RunRecord.starting(
                directory.name(),
                List.of(),
                specification,
                new RunRecord.Data("fake", "made up", Map.of(), Map.of()),
                Map.of(),
                new RunRecord.Kernel("reference", "asked for", null, null),
                1,
                1234,
                started,
                new Provenance(
                    new Provenance.Git("abc", false),
                    Map.of(),
                    "Linux",
                    new Provenance.Cpu("model", 2),
                    List.of(),
                    new Provenance.Backend("CPU", "OPENBLAS", "1", "1"),
                    new Provenance.Memory(1, 2, null)),
                List.of()));
    run.record.write(directory.runJson());
    Files.writeString(directory.metricsCsv(), "iteration,epoch,split,metric,value\n");
    Files.writeString(directory.depthProfileCsv(), "iteration,layer,metric,value\n");
    return run;
  }

  RunDirectory directory() {
    return directory;
  }

  /** Loss 1/√iteration, spikes at multiples of 997; a second for every 10 iterations. */
  SyntheticRun train(int from, int to) throws IOException {
    try (BufferedWriter out =
        Files.newBufferedWriter(directory.metricsCsv(), StandardOpenOption.APPEND)) {
      for (int k = from; k <= to; k++) {
        double loss = k % 997 == 0 ? 50 : 1 / Math.sqrt(k);
        out.write(k + ",0,batch,loss," + loss + "\n");
        out.write(k + ",0,batch,gradient_norm," + 0.3 / k + "\n");
        out.write(k + ",0,batch,learning_rate,0.01\n");
        out.write(k + ",0,batch,seconds," + k / 10.0 + "\n");
      }
    }
    return this;
  }

  /** Whole splits after an iteration, and what the theory says. */
  SyntheticRun evaluate(int iteration) throws IOException {
    double loss = 1 / Math.sqrt(iteration);
    StringBuilder rows = new StringBuilder();
    for (String split : List.of("train", "test", "theory")) {
      rows.append(iteration).append(",0,").append(split).append(",loss,").append(loss).append('\n');
    }
    for (String split : List.of("train", "test")) {
      rows.append(iteration).append(",0,").append(split).append(",accuracy,");
      rows.append(1 - loss).append('\n');
    }
    Files.writeString(directory.metricsCsv(), rows, StandardOpenOption.APPEND);
    return this;
  }

  /** Norms at 64 layers; the activations' grow from 1 at layer 0 to the iteration at layer L. */
  SyntheticRun profile(int iteration) throws IOException {
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < LAYERS; i++) {
      int layer = (int) Math.round(i * (double) depth / (LAYERS - 1));
      double norm = Math.pow(iteration, (double) layer / depth);
      rows.append(row(iteration, layer, "activation_norm", norm));
      rows.append(row(iteration, layer, "gradient_norm", 1e-6 * Math.PI / norm));
      if (layer > 0) {
        rows.append(row(iteration, layer, "update_norm_A", iteration == 1 ? 0 : 1e-3 / norm));
      }
    }
    Files.writeString(directory.depthProfileCsv(), rows, StandardOpenOption.APPEND);
    return this;
  }

  private static String row(int iteration, int layer, String metric, double value) {
    return String.format(Locale.ROOT, "%d,%d,%s,%s%n", iteration, layer, metric, value)
        .replace("\r", "");
  }

  SyntheticRun end(int iteration) throws IOException {
    return write(
        record.ended(RunStatus.DONE, "All iterations were made.", timing(), null, last(iteration)));
  }

  SyntheticRun diverge(int iteration, int layer) throws IOException {
    return write(
        record.diverged(
            new RunRecord.Divergence(iteration, "forward", layer, "overflow"),
            "Iteration " + iteration + ": activations overflowed first at layer " + layer + ".",
            timing(),
            null,
            null));
  }

  private SyntheticRun write(RunRecord changed) throws IOException {
    record = changed;
    record.write(directory.runJson());
    return this;
  }

  private RunRecord.Timing timing() {
    Instant start = record.timing().started();
    return new RunRecord.Timing(start, start.plusSeconds(60), 60, 0.1);
  }

  private static Measurement last(int iteration) {
    return new Measurement(iteration, Map.of("trainLoss", 0.5));
  }
}
