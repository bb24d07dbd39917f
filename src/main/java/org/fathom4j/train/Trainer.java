package org.fathom4j.train;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BooleanSupplier;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.fathom4j.data.Dataset;
import org.fathom4j.data.DatasetRequest;
import org.fathom4j.data.Datasets;
import org.fathom4j.kernel.Kernels;
import org.fathom4j.kernel.MemoryPlan;
import org.fathom4j.network.ResidualNetwork;
import org.fathom4j.record.Checkpoint;
import org.fathom4j.record.CheckpointState;
import org.fathom4j.record.Checksums;
import org.fathom4j.record.Provenance;
import org.fathom4j.record.RunDirectory;
import org.fathom4j.record.RunLock;
import org.fathom4j.record.RunRecord;
import org.fathom4j.record.RunStatus;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one experiment: data, network, training loop, record.
 *
 * <p>Everything that can be wrong with a specification shows before the run directory is made.
 */
public final class Trainer {

  private static final Logger LOG = LoggerFactory.getLogger(Trainer.class);
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final List<String> REFERENCES =
      List.of(
          "Lei Wu, Qingcan Wang, Chao Ma: Global Convergence of Gradient Descent for Deep Linear"
              + " Residual Networks, NeurIPS 2019, https://arxiv.org/abs/1911.00645",
          "Han Xiao, Kashif Rasul, Roland Vollgraf: Fashion-MNIST, 2017,"
              + " https://arxiv.org/abs/1708.07747");

  private final Path runsDirectory;
  private final Path home;
  private final List<String> commandLine;
  private final TrainingProgress progress;
  private final BooleanSupplier interrupted;
  private final TrainingObserver.Factory observation;

  /**
   * A trainer whose runs nobody looks into.
   *
   * @param runsDirectory where new runs go
   * @param home the directory that holds {@code datasets/}
   * @param commandLine what the user typed, for the record
   * @param progress who watches
   * @param interrupted asked after every iteration; true ends the run with a checkpoint
   */
  public Trainer(
      Path runsDirectory,
      Path home,
      List<String> commandLine,
      TrainingProgress progress,
      BooleanSupplier interrupted) {
    this(runsDirectory, home, commandLine, progress, interrupted, TrainingObserver.Factory.NONE);
  }

  /**
   * A trainer whose runs somebody looks into.
   *
   * @param observation begun for every run
   */
  public Trainer(
      Path runsDirectory,
      Path home,
      List<String> commandLine,
      TrainingProgress progress,
      BooleanSupplier interrupted,
      TrainingObserver.Factory observation) {
    this.observation = observation;
    this.runsDirectory = runsDirectory;
    this.home = home;
    this.commandLine = List.copyOf(commandLine);
    this.progress = progress;
    this.interrupted = interrupted;
  }

  /**
   * Trains a new network in a new run directory.
   *
   * @throws IllegalArgumentException if the specification asks for the impossible; nothing was
   *     written
   * @throws IOException if data cannot be read or records cannot be written
   */
  public TrainingResult run(ExperimentSpec spec) throws IOException {
    return run(spec, () -> RunDirectory.create(runsDirectory, spec.name()));
  }

  /**
   * Trains a new network in a run directory of the caller's choice, as comparisons do.
   *
   * @param directory made when missing; must hold no run
   * @throws IllegalArgumentException if the specification asks for the impossible; nothing was
   *     written
   * @throws IOException if data cannot be read or records cannot be written
   */
  public TrainingResult run(ExperimentSpec spec, RunDirectory directory) throws IOException {
    return run(
        spec,
        () -> {
          Files.createDirectories(directory.path());
          return directory;
        });
  }

  /** Where a run goes; made when everything that could be wrong with it was looked at. */
  @FunctionalInterface
  private interface Place {
    RunDirectory make() throws IOException;
  }

  @SuppressWarnings("try") // the lock is held, not used
  private TrainingResult run(ExperimentSpec spec, Place place) throws IOException {
    Dataset dataset = load(spec, home);
    MemoryNeed memory = MemoryNeed.of(spec, dataset);
    MultiLayerNetwork net = create(spec, dataset);
    MemoryPlan plan = memory.plan(net);
    ResidualNetwork.useMemoryPlan(net, plan.kind());
    RunRecord.Kernel kernel = KernelWords.of(net, plan);
    RunDirectory directory = place.make();
    try (RunLock lock = directory.lock()) {
      RunRecord record = startingRecord(spec, dataset, net, kernel, directory);
      record.write(directory.runJson());
      LOG.info("Run {} uses {}", directory.path(), record.kernel().reason());
      return train(spec, dataset, net, directory, record, Optional.empty());
    }
  }

  /**
   * Looks for what is wrong with a specification, as far as that shows without its network; writes
   * nothing.
   *
   * @return its data
   * @throws IllegalArgumentException if it asks for the impossible
   * @throws IOException if data cannot be read, or the weights do not fit into memory
   */
  public Dataset check(ExperimentSpec spec) throws IOException {
    Dataset dataset = load(spec, home);
    MemoryNeed.of(spec, dataset);
    return dataset;
  }

  /**
   * Tells what a run would take; writes nothing.
   *
   * @throws IllegalArgumentException if the specification asks for the impossible
   * @throws IOException if data cannot be read, or memory does not suffice
   */
  public Forecast forecast(ExperimentSpec spec) throws IOException {
    Dataset dataset = load(spec, home);
    useDefaultPrecision(spec);
    return Forecast.of(spec, dataset);
  }

  /**
   * Takes up a run that was interrupted or killed, in its own directory, to the bits it would have
   * had.
   *
   * @param directory of the run
   * @throws IllegalArgumentException if the run ended by itself, so that there is nothing to resume
   * @throws IOException if its record, its checkpoints or its data cannot be read
   */
  @SuppressWarnings("try") // the lock is held, not used
  public TrainingResult resume(RunDirectory directory) throws IOException {
    try (RunLock lock = directory.lock()) {
      RunRecord record = RunRecord.read(directory.runJson());
      if (record.status() == RunStatus.DONE || record.status() == RunStatus.DIVERGED) {
        throw new IllegalArgumentException(
            String.format(
                "Run %s is %s: there is nothing to resume. Start a new run instead.",
                directory.path(), record.status().word()));
      }
      ExperimentSpec spec = specification(record, directory);
      Dataset dataset = load(spec, home);
      requireSameData(record, dataset, directory);
      MemoryNeed memory = MemoryNeed.of(spec, dataset);
      Optional<Checkpoint> checkpoint = Checkpoint.latest(directory.checkpoints());
      MultiLayerNetwork net =
          checkpoint.isPresent()
              ? adopted(checkpoint.get().network(), spec)
              : create(spec, dataset);
      MemoryPlan plan = memory.planAgain(net, record.kernelInUse());
      ResidualNetwork.useMemoryPlan(net, plan.kind());
      RunRecord.Kernel kernel = KernelWords.of(net, plan);
      warnOfDifferences(record, net, kernel);
      int from = checkpoint.map(c -> c.state().iteration()).orElse(0);
      Checksums.unseal(directory);
      if (checkpoint.isEmpty()) {
        // Rows that a process wrote before it was killed without a checkpoint: made again.
        Files.deleteIfExists(directory.metricsCsv());
        Files.deleteIfExists(directory.depthProfileCsv());
      }
      RunRecord resumed =
          record.resumed(new RunRecord.Resumption(Instant.now(), from, commandLine, kernel));
      resumed.write(directory.runJson());
      LOG.info("Resuming {} after iteration {}", directory.path(), from);
      return train(spec, dataset, net, directory, resumed, checkpoint.map(Checkpoint::state));
    }
  }

  private TrainingResult train(
      ExperimentSpec spec,
      Dataset dataset,
      MultiLayerNetwork net,
      RunDirectory directory,
      RunRecord record,
      Optional<CheckpointState> from)
      throws IOException {
    TrainingResult result;
    try (TrainingLoop loop =
        new TrainingLoop(
            spec, dataset, net, directory, record, from, progress, interrupted, observation)) {
      result = loop.run();
    }
    Checksums.seal(directory);
    return result;
  }

  /** The data of an experiment. */
  static Dataset load(ExperimentSpec spec, Path home) throws IOException {
    ExperimentSpec.DataSpec data = spec.data();
    return Datasets.load(
        new DatasetRequest(
            data.name(),
            Optional.ofNullable(data.directory()).map(Path::of),
            optional(data.trainSamples()),
            optional(data.testSamples()),
            Seeds.of(spec.seed()).subset(),
            home));
  }

  private static OptionalInt optional(Integer value) {
    return value == null ? OptionalInt.empty() : OptionalInt.of(value);
  }

  /** A new network, with the kernel that was asked for. */
  static MultiLayerNetwork create(ExperimentSpec spec, Dataset dataset) {
    useDefaultPrecision(spec);
    MultiLayerNetwork net =
        ResidualNetwork.create(
            spec.networkFor(dataset),
            spec.optimizerOf(dataset.train().size()),
            Seeds.of(spec.seed()).weights());
    spec.requestedKernel().ifPresent(kernel -> ResidualNetwork.useKernel(net, kernel));
    return net;
  }

  /** A network that was read, with the kernel that was asked for. */
  static MultiLayerNetwork adopted(MultiLayerNetwork net, ExperimentSpec spec) {
    useDefaultPrecision(spec);
    ResidualNetwork.adopt(net);
    spec.requestedKernel().ifPresent(kernel -> ResidualNetwork.useKernel(net, kernel));
    return net;
  }

  /** ND4J makes some temporaries in its default type, whatever the network's. */
  private static void useDefaultPrecision(ExperimentSpec spec) {
    var type = ResidualNetwork.dataType(spec.architecture().precision());
    Nd4j.setDefaultDataTypes(type, type);
  }

  private RunRecord startingRecord(
      ExperimentSpec spec,
      Dataset dataset,
      MultiLayerNetwork net,
      RunRecord.Kernel kernel,
      RunDirectory directory) {
    Map<String, Integer> samples = new LinkedHashMap<>();
    samples.put("train", dataset.train().size());
    samples.put("test", dataset.test().size());
    return RunRecord.starting(
        directory.name(),
        commandLine,
        MAPPER.valueToTree(spec),
        new RunRecord.Data(dataset.name(), dataset.source(home), dataset.sha256(), samples),
        Seeds.of(spec.seed()).byUse(),
        kernel,
        threads(net),
        net.numParams(),
        Instant.now(),
        Provenance.capture(home),
        REFERENCES);
  }

  /** Threads that sum: of the kernel that computes the stack. */
  static int threads(MultiLayerNetwork net) {
    return Kernels.threads(ResidualNetwork.kernelChoice(net).name())
        .orElseGet(() -> Math.max(1, Nd4j.getEnvironment().maxThreads()));
  }

  /** What a record says was asked for. */
  static ExperimentSpec specification(RunRecord record, RunDirectory directory) throws IOException {
    return ExperimentSpec.read(record.specification(), directory.runJson(), "start a new run");
  }

  private static void requireSameData(RunRecord record, Dataset dataset, RunDirectory directory)
      throws IOException {
    if (!record.data().sha256().equals(dataset.sha256())) {
      throw new IOException(
          String.format(
              "Run %s was trained on other files of %s: their SHA-256 differ from those in"
                  + " run.json. Restore the files, or start a new run.",
              directory.path(), dataset.name()));
    }
  }

  /** What decides the last bits, and need not be on this machine what it was on the first. */
  private static void warnOfDifferences(
      RunRecord record, MultiLayerNetwork net, RunRecord.Kernel kernel) {
    if (record.threads() != threads(net)) {
      LOG.warn(
          "This run was started with {} threads and goes on with {}: results may differ in the last"
              + " bits.",
          record.threads(),
          threads(net));
    }
    RunRecord.Kernel before = record.kernelInUse();
    if (!KernelWords.agree(before, kernel)) {
      LOG.warn(
          "This run was computed with kernel {} ({}) and goes on with {} ({}): results may differ in"
              + " the last bits.",
          before.name(),
          before.reason(),
          kernel.name(),
          kernel.reason());
    }
  }
}
