package org.fathom4j.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.fathom4j.data.Dataset;
import org.fathom4j.data.Preprocessing;
import org.fathom4j.init.Initializers;
import org.fathom4j.init.NetworkShape;
import org.fathom4j.kernel.KernelName;
import org.fathom4j.network.Loss;
import org.fathom4j.network.NetworkSpec;
import org.fathom4j.network.OptimizerSpec;
import org.fathom4j.network.Schedule;
import org.nd4j.linalg.activations.Activation;

/**
 * Everything that decides a run. Equal specifications on the same machine and thread count give
 * equal bits.
 *
 * <p>Plain values only, so that {@code run.json} holds it and {@code --resume} reads it back.
 *
 * @param name part of the run directory's name
 * @param seed source of every random number, any but 0
 * @param data what to learn
 * @param architecture the network
 * @param optimization how to train it
 * @param kernel {@code auto} or the name of a kernel
 * @param evaluateEvery iterations between evaluations of both splits; 0 chooses some twenty a run
 * @param checkpointEvery iterations between checkpoints; 0 means about one a minute
 */
public record ExperimentSpec(
    String name,
    long seed,
    DataSpec data,
    Architecture architecture,
    Optimization optimization,
    String kernel,
    int evaluateEvery,
    int checkpointEvery) {

  /** The kernel option that leaves the choice to the program. */
  public static final String AUTO = "auto";

  private static final int EVALUATIONS = 20;
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /**
   * What to learn.
   *
   * @param name of the data set
   * @param directory where its files lie; null for the usual places
   * @param trainSamples of a class-balanced part of the training split; null for all
   * @param testSamples of a class-balanced part of the test split; null for all
   * @param input how pixels become inputs
   */
  public record DataSpec(
      String name,
      String directory,
      Integer trainSamples,
      Integer testSamples,
      Preprocessing input) {

    public DataSpec {
      Objects.requireNonNull(name, "An experiment needs the name of a data set.");
      Objects.requireNonNull(input, "An experiment needs a scaling of its input.");
    }
  }

  /**
   * The network between pixels and classes.
   *
   * @param depth L
   * @param width D
   * @param hiddenWidth M
   * @param activation σ
   * @param block nonlinear or linear
   * @param initialization text as {@link Initializers#parse} reads it
   * @param loss what training makes small
   * @param layers one stack or one layer a block
   * @param precision float or double
   */
  public record Architecture(
      int depth,
      int width,
      int hiddenWidth,
      Activation activation,
      NetworkSpec.Block block,
      String initialization,
      Loss loss,
      NetworkSpec.Layers layers,
      NetworkSpec.Precision precision) {

    public Architecture {
      Objects.requireNonNull(activation, "An experiment needs an activation.");
      Objects.requireNonNull(block, "An experiment needs a kind of block.");
      Objects.requireNonNull(initialization, "An experiment needs an initialization.");
      Objects.requireNonNull(loss, "An experiment needs a loss.");
      Objects.requireNonNull(layers, "An experiment needs a form of its layers.");
      Objects.requireNonNull(precision, "An experiment needs a precision.");
      new NetworkShape(1, width, hiddenWidth, depth, 1);
      Initializers.parse(initialization);
    }
  }

  /**
   * How to train.
   *
   * @param method the update rule
   * @param learningRate η
   * @param schedule text as {@link Schedule#parse} reads it
   * @param momentum of Nesterov's method
   * @param weightDecay λ
   * @param iterations length of the run; null if epochs say it
   * @param epochs length of the run; null if iterations say it
   * @param batchSize examples a minibatch; 0 for the whole training split
   */
  public record Optimization(
      OptimizerSpec.Method method,
      double learningRate,
      String schedule,
      double momentum,
      double weightDecay,
      Integer iterations,
      Integer epochs,
      int batchSize) {

    public Optimization {
      Objects.requireNonNull(method, "An experiment needs a method of optimization.");
      Objects.requireNonNull(schedule, "An experiment needs a learning-rate schedule.");
      if ((iterations == null) == (epochs == null)) {
        throw new IllegalArgumentException(
            "The length of a run is either --iterations or --epochs, not both.");
      }
      if (epochs != null && epochs < 1) {
        throw new IllegalArgumentException("--epochs must be at least 1, but is " + epochs + ".");
      }
      if (batchSize < 0) {
        throw new IllegalArgumentException(
            "--batch-size must be at least 1, or full, but is " + batchSize + ".");
      }
      new OptimizerSpec(
          method,
          learningRate,
          Schedule.parse(schedule),
          momentum,
          weightDecay,
          iterations == null ? 1 : iterations);
    }
  }

  public ExperimentSpec {
    Objects.requireNonNull(name, "An experiment needs a name.");
    Objects.requireNonNull(data, "An experiment needs data.");
    Objects.requireNonNull(architecture, "An experiment needs an architecture.");
    Objects.requireNonNull(optimization, "An experiment needs an optimization.");
    Objects.requireNonNull(kernel, "An experiment needs a kernel, or auto.");
    if (seed == 0) {
      throw new IllegalArgumentException(
          "--seed 0 is no seed: ND4J draws from the clock then. Use any other number.");
    }
    if (evaluateEvery < 0 || checkpointEvery < 0) {
      throw new IllegalArgumentException(
          "--evaluate-every and --checkpoint-every must not be negative, but are "
              + evaluateEvery
              + " and "
              + checkpointEvery
              + ".");
    }
    kernel(kernel);
  }

  /**
   * The specification in a record.
   *
   * @param file the record, for the message
   * @param otherwise what to do if nobody has the version that made it
   * @throws IOException if this version does not understand it
   */
  public static ExperimentSpec read(JsonNode specification, Path file, String otherwise)
      throws IOException {
    ExperimentSpec spec;
    try {
      spec = MAPPER.treeToValue(specification, ExperimentSpec.class);
    } catch (JsonProcessingException e) {
      throw notUnderstood(file, e.getOriginalMessage(), otherwise, e);
    }
    if (spec == null) {
      throw notUnderstood(file, "it is null", otherwise, null);
    }
    return spec;
  }

  private static IOException notUnderstood(
      Path file, String problem, String otherwise, Exception cause) {
    return new IOException(
        file
            + " holds no specification that this version understands: "
            + problem
            + (problem.endsWith(".") ? "" : ".")
            + " Use the version that made it, or "
            + otherwise
            + ".",
        cause);
  }

  /** The same experiment with another network. */
  public ExperimentSpec with(String initialization, int depth) {
    Architecture a = architecture;
    return new ExperimentSpec(
        name,
        seed,
        data,
        new Architecture(
            depth,
            a.width(),
            a.hiddenWidth(),
            a.activation(),
            a.block(),
            initialization,
            a.loss(),
            a.layers(),
            a.precision()),
        optimization,
        kernel,
        evaluateEvery,
        checkpointEvery);
  }

  /** The same experiment with another η. */
  public ExperimentSpec withLearningRate(double learningRate) {
    Optimization o = optimization;
    return new ExperimentSpec(
        name,
        seed,
        data,
        architecture,
        new Optimization(
            o.method(),
            learningRate,
            o.schedule(),
            o.momentum(),
            o.weightDecay(),
            o.iterations(),
            o.epochs(),
            o.batchSize()),
        kernel,
        evaluateEvery,
        checkpointEvery);
  }

  /** The first few iterations of the same experiment, each of them evaluated and profiled. */
  public ExperimentSpec forDepthCheck(int iterations) {
    Optimization o = optimization;
    return new ExperimentSpec(
        name,
        seed,
        data,
        architecture,
        new Optimization(
            o.method(),
            o.learningRate(),
            o.schedule(),
            o.momentum(),
            o.weightDecay(),
            iterations,
            null,
            o.batchSize()),
        kernel,
        1,
        checkpointEvery);
  }

  /** The same experiment with its data in another place. */
  ExperimentSpec withDataIn(String directory) {
    return new ExperimentSpec(
        name,
        seed,
        new DataSpec(data.name(), directory, data.trainSamples(), data.testSamples(), data.input()),
        architecture,
        optimization,
        kernel,
        evaluateEvery,
        checkpointEvery);
  }

  /** The same experiment with another name and seed. */
  public ExperimentSpec named(String newName, long newSeed) {
    return new ExperimentSpec(
        newName, newSeed, data, architecture, optimization, kernel, evaluateEvery, checkpointEvery);
  }

  private static Optional<KernelName> kernel(String option) {
    if (option.equals(AUTO)) {
      return Optional.empty();
    }
    return Optional.of(
        KernelName.of(option)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "There is no kernel \""
                            + option
                            + "\" in this version; allowed are "
                            + String.join(", ", kernels())
                            + ".")));
  }

  /** The kernel options of this version. */
  public static List<String> kernels() {
    return Stream.concat(
            Stream.of(AUTO), Arrays.stream(KernelName.values()).map(KernelName::option))
        .toList();
  }

  /** The kernel asked for, if one was. */
  Optional<KernelName> requestedKernel() {
    return kernel(kernel);
  }

  /** The network for this data. */
  public NetworkSpec networkFor(Dataset dataset) {
    Architecture a = architecture;
    NetworkShape shape =
        new NetworkShape(
            dataset.train().inputs(),
            a.width(),
            a.hiddenWidth(),
            a.depth(),
            dataset.train().classes());
    return new NetworkSpec(
        shape,
        a.block(),
        a.activation(),
        Initializers.parse(a.initialization()),
        a.loss(),
        a.layers(),
        a.precision());
  }

  /** Examples a minibatch of a training split of this size. */
  public int batchSizeOf(int trainingExamples) {
    int size = optimization.batchSize();
    return size == 0 ? trainingExamples : Math.min(size, trainingExamples);
  }

  /** Updates of the whole run on a training split of this size. */
  public int iterationsOf(int trainingExamples) {
    if (optimization.iterations() != null) {
      return optimization.iterations();
    }
    int batch = batchSizeOf(trainingExamples);
    int perEpoch = (trainingExamples + batch - 1) / batch;
    long all = (long) perEpoch * optimization.epochs();
    if (all > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "--epochs %d are %,d iterations, more than a run can have.",
              optimization.epochs(),
              all));
    }
    return (int) all;
  }

  /** The optimizer for a training split of this size. */
  public OptimizerSpec optimizerOf(int trainingExamples) {
    return new OptimizerSpec(
        optimization.method(),
        optimization.learningRate(),
        Schedule.parse(optimization.schedule()),
        optimization.momentum(),
        optimization.weightDecay(),
        iterationsOf(trainingExamples));
  }

  /** Iterations between evaluations, the default filled in. */
  int evaluationInterval(int iterations) {
    return evaluateEvery > 0 ? evaluateEvery : Math.max(1, iterations / EVALUATIONS);
  }
}
