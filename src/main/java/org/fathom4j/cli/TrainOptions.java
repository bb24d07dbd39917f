package org.fathom4j.cli;

import java.lang.reflect.Member;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import org.fathom4j.data.Preprocessing;
import org.fathom4j.network.Loss;
import org.fathom4j.network.NetworkSpec;
import org.fathom4j.network.OptimizerSpec;
import org.fathom4j.train.ExperimentSpec;
import org.nd4j.linalg.activations.Activation;
import picocli.CommandLine.Help;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;

/**
 * The options that decide a run; their defaults are those of {@code models/mzas-100.args}.
 *
 * <p>Mixins, not picocli's argument groups: an option said a second time starts such a group anew,
 * and all that was said in it before is back at its default.
 */
final class TrainOptions {

  @Mixin final Data data = new Data();

  @Mixin final Cell cell = new Cell();

  @Mixin final Network network = new Network();

  @Mixin final Rate rate = new Rate();

  @Mixin final Training training = new Training();

  @Mixin final Run run = new Run();

  /** What to learn. */
  static final class Data {

    @Option(
        names = "--data",
        paramLabel = "NAME",
        defaultValue = "fashion-mnist-1k",
        completionCandidates = Candidates.DataSets.class,
        description = "Data set: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    String name;

    @Option(
        names = "--data-dir",
        paramLabel = "DIR",
        description =
            "Where the full data set's four IDX files lie (default: datasets/NAME, then the"
                + " system's package).")
    Path directory;

    @Option(
        names = "--train-samples",
        paramLabel = "N",
        description = "Class-balanced part of the training split (default: all).")
    Integer trainSamples;

    @Option(
        names = "--test-samples",
        paramLabel = "N",
        description = "Class-balanced part of the test split (default: all).")
    Integer testSamples;

    @Option(
        names = "--input",
        paramLabel = "SCALING",
        defaultValue = "unit",
        completionCandidates = Candidates.Inputs.class,
        description =
            "raw: pixels in [0,1]; unit: each image at norm 1; standard: training mean and deviation"
                + " removed (default: ${DEFAULT-VALUE}).")
    String input;
  }

  /** Which network of a family. */
  static final class Cell {

    @Option(
        names = "--depth",
        paramLabel = "L",
        defaultValue = "100",
        description = "Residual blocks (default: ${DEFAULT-VALUE}).")
    int depth;

    @Option(
        names = "--init",
        paramLabel = "NAME[:key=value,…]",
        defaultValue = "mzas",
        completionCandidates = Candidates.InitializerNames.class,
        description =
            "Initializer, see fathom init list: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    String initialization;
  }

  /** The family: all of the network but depth and initialization. */
  static final class Network {

    @Option(
        names = "--width",
        paramLabel = "D",
        defaultValue = "64",
        description = "Width of the residual stream (default: ${DEFAULT-VALUE}).")
    int width;

    @Option(
        names = "--hidden-width",
        paramLabel = "M",
        defaultValue = "16",
        description = "Hidden width of a block (default: ${DEFAULT-VALUE}).")
    int hiddenWidth;

    @Option(
        names = "--activation",
        paramLabel = "ACTIVATION",
        defaultValue = "relu",
        completionCandidates = Candidates.Activations.class,
        description =
            "σ: relu, tanh, identity, or another of Deeplearning4j's (default: ${DEFAULT-VALUE}).")
    String activation;

    @Option(
        names = "--block",
        paramLabel = "KIND",
        defaultValue = "nonlinear",
        completionCandidates = Candidates.Blocks.class,
        description = "nonlinear: z + Uσ(Vz); linear: z + Az (default: ${DEFAULT-VALUE}).")
    String block;

    @Option(
        names = "--loss",
        paramLabel = "LOSS",
        defaultValue = "mse",
        completionCandidates = Candidates.Losses.class,
        description =
            "mse: ½‖ŷ − y‖²; mcxent: softmax cross-entropy; both averaged over examples (default: ${DEFAULT-VALUE}).")
    String loss;

    @Option(
        names = "--layers",
        paramLabel = "FORM",
        defaultValue = "stack",
        completionCandidates = Candidates.Layers.class,
        description =
            "stack: all blocks in one layer of Deeplearning4j; blocks: one layer a block (default: ${DEFAULT-VALUE}).")
    String layers;

    @Option(
        names = "--dtype",
        paramLabel = "TYPE",
        defaultValue = "float",
        completionCandidates = Candidates.Precisions.class,
        description = "Numbers: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    String precision;
  }

  /** How fast to train. */
  static final class Rate {

    @Option(
        names = "--learning-rate",
        paramLabel = "η",
        defaultValue = "0.1",
        description = "Learning rate (default: ${DEFAULT-VALUE}).")
    double learningRate;
  }

  /** How to train, but for the learning rate. */
  static final class Training {

    @Option(
        names = "--optimizer",
        paramLabel = "OPTIMIZER",
        defaultValue = "sgd",
        completionCandidates = Candidates.Optimizers.class,
        description = "Update rule: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    String method;

    @Option(
        names = "--learning-rate-schedule",
        paramLabel = "SCHEDULE",
        defaultValue = "constant",
        completionCandidates = Candidates.Schedules.class,
        description =
            "constant, linear or cosine, with options as in linear:end=0.02,warmup=100 (default:"
                + " ${DEFAULT-VALUE}).")
    String schedule;

    @Option(
        names = "--momentum",
        paramLabel = "µ",
        defaultValue = "0.9",
        description = "Momentum of nesterovs (default: ${DEFAULT-VALUE}).")
    double momentum;

    @Option(
        names = "--weight-decay",
        paramLabel = "λ",
        defaultValue = "0",
        description = "w ← w − ηλw on matrices (default: ${DEFAULT-VALUE}).")
    double weightDecay;

    @Option(
        names = "--iterations",
        paramLabel = "N",
        description = "Length of the run in updates (default: 1000).")
    void setIterations(int iterations) {
      this.iterations = iterations;
      epochs = null; // said later than the argument file's
    }

    Integer iterations;

    @Option(
        names = "--epochs",
        paramLabel = "N",
        description =
            "Length of the run in passes over the training split, in place of --iterations"
                + "; whichever of the two comes last counts (default: --iterations says it).")
    void setEpochs(int epochs) {
      this.epochs = epochs;
      iterations = null;
    }

    Integer epochs;

    @Option(
        names = "--batch-size",
        paramLabel = "N|full",
        defaultValue = "100",
        description = "Examples a minibatch (default: ${DEFAULT-VALUE}).")
    String batchSize;
  }

  /** The run itself. */
  static final class Run {

    @Option(
        names = "--kernel",
        paramLabel = "KERNEL",
        defaultValue = "auto",
        completionCandidates = Candidates.Kernels.class,
        description =
            "What computes the blocks: ${COMPLETION-CANDIDATES}; cuda needs an NVIDIA GPU of compute"
                + " capability 7.5 or newer, auto takes it where it can and says why (default:"
                + " ${DEFAULT-VALUE}).")
    String kernel;

    @Option(
        names = "--seed",
        paramLabel = "S",
        defaultValue = "1",
        description = "Source of all randomness, any number but 0 (default: ${DEFAULT-VALUE}).")
    long seed;

    @Option(
        names = "--name",
        paramLabel = "TEXT",
        description =
            "End of the directory's name (default: the initializer and the depth; of tune and"
                + " compare nothing).")
    String name;

    @Option(
        names = "--evaluate-every",
        paramLabel = "N",
        defaultValue = "0",
        description =
            "Iterations between evaluations and depth profiles; 0: about twenty a run (default:"
                + " ${DEFAULT-VALUE}).")
    int evaluateEvery;

    @Option(
        names = "--checkpoint-every",
        paramLabel = "N",
        defaultValue = "0",
        description =
            "Iterations between checkpoints; 0: about one a minute (default: ${DEFAULT-VALUE}).")
    int checkpointEvery;
  }

  /** Headings of the help, and where the options under each are declared. */
  private static final Map<String, List<Class<?>>> PARTS = new LinkedHashMap<>();

  static {
    PARTS.put("Data", List.of(Data.class));
    PARTS.put("Network", List.of(Cell.class, GridOptions.Cells.class, Network.class));
    PARTS.put("Training", List.of(Rate.class, Training.class));
    PARTS.put("Run", List.of(Run.class));
  }

  private static final int DEFAULT_ITERATIONS = 1000;

  /** The options in the help, each part under its heading, those of the command itself last. */
  static String list(Help help) {
    StringBuilder list = new StringBuilder();
    PARTS.forEach(
        (heading, parts) -> {
          list.append(String.format("%n%s%n", heading));
          list.append(help.optionListExcludingGroups(options(help, option -> isOf(parts, option))));
        });
    List<OptionSpec> others =
        options(help, option -> PARTS.values().stream().noneMatch(parts -> isOf(parts, option)));
    return list.append(help.optionListExcludingGroups(others)).toString();
  }

  private static List<OptionSpec> options(Help help, Predicate<OptionSpec> wanted) {
    return help.commandSpec().options().stream().filter(wanted).toList();
  }

  private static boolean isOf(List<Class<?>> parts, OptionSpec option) {
    return option.userObject() instanceof Member member
        && parts.contains(member.getDeclaringClass());
  }

  /** The specification these options make. */
  ExperimentSpec experiment() {
    Numbers.requireAtLeast(1, "--depth", cell.depth);
    String name = run.name == null ? defaultName() : run.name;
    return experiment(name, data, cell, network, rate.learningRate, training, run);
  }

  /** The specification of one network of a family. */
  static ExperimentSpec experiment(
      String name,
      Data data,
      Cell cell,
      Network network,
      double learningRate,
      Training training,
      Run run) {
    requirePossible(network, learningRate, training, run);
    boolean byDefault = training.iterations == null && training.epochs == null;
    return new ExperimentSpec(
        name,
        run.seed,
        new ExperimentSpec.DataSpec(
            data.name,
            // absolute: --resume may be called from another directory
            data.directory == null ? null : data.directory.toAbsolutePath().normalize().toString(),
            data.trainSamples,
            data.testSamples,
            Preprocessing.parse(data.input)),
        new ExperimentSpec.Architecture(
            cell.depth,
            network.width,
            network.hiddenWidth,
            Names.constant("--activation", Activation.class, network.activation),
            Names.constant("--block", NetworkSpec.Block.class, network.block),
            cell.initialization,
            Names.constant("--loss", Loss.class, network.loss),
            Names.constant("--layers", NetworkSpec.Layers.class, network.layers),
            Names.constant("--dtype", NetworkSpec.Precision.class, network.precision)),
        new ExperimentSpec.Optimization(
            Names.constant("--optimizer", OptimizerSpec.Method.class, training.method),
            learningRate,
            training.schedule,
            training.momentum,
            training.weightDecay,
            byDefault ? Integer.valueOf(DEFAULT_ITERATIONS) : training.iterations,
            training.epochs,
            batchSize(training)),
        run.kernel.toLowerCase(Locale.ROOT),
        run.evaluateEvery,
        run.checkpointEvery);
  }

  /** The rooms behind refuse the impossible too, but do not know what the options are called. */
  private static void requirePossible(
      Network network, double learningRate, Training training, Run run) {
    Numbers.requireAtLeast(1, "--width", network.width);
    Numbers.requireAtLeast(1, "--hidden-width", network.hiddenWidth);
    Numbers.requireAtLeast(0, "--evaluate-every", run.evaluateEvery);
    Numbers.requireAtLeast(0, "--checkpoint-every", run.checkpointEvery);
    if (training.iterations != null) {
      Numbers.requireAtLeast(1, "--iterations", training.iterations);
    }
    Numbers.require(
        learningRate > 0 && Double.isFinite(learningRate),
        "--learning-rate",
        "positive and finite",
        learningRate);
    Numbers.require(
        training.momentum >= 0 && training.momentum < 1,
        "--momentum",
        "at least 0 and less than 1",
        training.momentum);
    Numbers.require(
        training.weightDecay >= 0 && Double.isFinite(training.weightDecay),
        "--weight-decay",
        "at least 0 and finite",
        training.weightDecay);
  }

  private String defaultName() {
    String scheme = cell.initialization.split(":", 2)[0];
    return scheme + "-" + cell.depth;
  }

  private static int batchSize(Training training) {
    if (training.batchSize.equalsIgnoreCase("full")) {
      return 0;
    }
    try {
      int size = Integer.parseInt(training.batchSize);
      if (size >= 1) {
        return size;
      }
    } catch (NumberFormatException e) {
      // said below, with the same words as for numbers below 1
    }
    throw new IllegalArgumentException(
        "--batch-size must be at least 1, or full, but is \"" + training.batchSize + "\".");
  }
}
