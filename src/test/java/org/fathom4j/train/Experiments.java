package org.fathom4j.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.Stream;
import org.fathom4j.data.Dataset;
import org.fathom4j.data.DatasetRequest;
import org.fathom4j.data.Datasets;
import org.fathom4j.data.Preprocessing;
import org.fathom4j.network.Loss;
import org.fathom4j.network.NetworkSpec.Block;
import org.fathom4j.network.NetworkSpec.Layers;
import org.fathom4j.network.NetworkSpec.Precision;
import org.fathom4j.network.OptimizerSpec.Method;
import org.fathom4j.record.ModelArchive;
import org.fathom4j.record.RunDirectory;
import org.fathom4j.train.ExperimentSpec.Architecture;
import org.fathom4j.train.ExperimentSpec.DataSpec;
import org.fathom4j.train.ExperimentSpec.Optimization;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Small experiments on the made-up data, 64 → 12, hidden 5, 6 blocks → 10; and what they left. */
final class Experiments {

  /** The directory of the project, which holds {@code datasets/}. */
  static final Path HOME = Path.of("").toAbsolutePath();

  private Experiments() {}

  /** A specification to vary; a field left alone keeps the value it has here. */
  static final class Draft {
    String name = "test";
    long seed = 3;
    DataSpec data = new DataSpec("fake", null, null, null, Preprocessing.UNIT);
    int depth = 6;
    int width = 12;
    int hiddenWidth = 5;
    Activation activation = Activation.RELU;
    Block block = Block.NONLINEAR;
    String initialization = "mzas";
    Loss loss = Loss.MSE;
    Layers layers = Layers.STACK;
    Precision precision = Precision.FLOAT;
    Method method = Method.SGD;
    double learningRate = 0.5;
    String schedule = "constant";
    double weightDecay;
    Integer iterations = 12;
    Integer epochs;
    int batchSize = 64;
    String kernel = "auto";
    int evaluateEvery = 4;
    int checkpointEvery;

    ExperimentSpec spec() {
      return new ExperimentSpec(
          name,
          seed,
          data,
          new Architecture(
              depth,
              width,
              hiddenWidth,
              activation,
              block,
              initialization,
              loss,
              layers,
              precision),
          new Optimization(
              method,
              learningRate,
              schedule,
              0.9,
              weightDecay,
              epochs == null ? iterations : null,
              epochs,
              batchSize),
          kernel,
          evaluateEvery,
          checkpointEvery);
    }
  }

  static ExperimentSpec fake() {
    return fake(draft -> draft);
  }

  static ExperimentSpec fake(Function<Draft, Draft> variation) {
    return variation.apply(new Draft()).spec();
  }

  static Trainer trainer(Path runs) {
    return trainer(runs, TrainingProgress.SILENT);
  }

  static Trainer trainer(Path runs, TrainingProgress progress) {
    return new Trainer(runs, HOME, List.of("train", "--data", "fake"), progress, () -> false);
  }

  static Dataset dataset() {
    try {
      return Datasets.load(
          new DatasetRequest(
              "fake", Optional.empty(), OptionalInt.empty(), OptionalInt.empty(), 1, HOME));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs an experiment in a directory of its own under {@code runs}. */
  static RunDirectory run(Path runs, ExperimentSpec spec) throws IOException {
    return new RunDirectory(trainer(runs).run(spec).run());
  }

  /** The same bits, without the time that saving takes. */
  static ExperimentSpec withoutCheckpoints(ExperimentSpec spec) {
    return new ExperimentSpec(
        spec.name(),
        spec.seed(),
        spec.data(),
        spec.architecture(),
        spec.optimization(),
        spec.kernel(),
        spec.evaluateEvery(),
        0);
  }

  /** Goes on without anybody watching. */
  static TrainingResult resume(RunDirectory run) throws IOException {
    return trainer(run.path().getParent()).resume(run);
  }

  /** The only run under a directory. */
  static RunDirectory only(Path runs) throws IOException {
    try (Stream<Path> entries = Files.list(runs)) {
      List<Path> all = entries.toList();
      if (all.size() != 1) {
        throw new AssertionError("Expected one run, found " + all);
      }
      return new RunDirectory(all.get(0));
    }
  }

  /** All rows but the times. */
  static List<String> metrics(RunDirectory run) throws IOException {
    return Files.readAllLines(run.metricsCsv()).stream()
        .filter(row -> !row.contains(",seconds,"))
        .toList();
  }

  /** Bits of the parameters and of the updater's state, as the archive holds them. */
  static List<List<Long>> bits(RunDirectory run) throws IOException {
    var net = ModelArchive.read(run.modelZip());
    INDArray state = net.getUpdater().getStateViewArray();
    return List.of(bits(net.params()), state == null ? List.of() : bits(state));
  }

  private static List<Long> bits(INDArray array) {
    return Arrays.stream(array.dup('c').data().asDouble())
        .mapToObj(Double::doubleToRawLongBits)
        .toList();
  }

  /** What a double experiment sets for the whole process. */
  static void restoreDefaultTypes() {
    Nd4j.setDefaultDataTypes(DataType.FLOAT, DataType.FLOAT);
  }
}
