package org.fathom4j.train;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.fathom4j.data.Dataset;
import org.fathom4j.data.LabeledImages;
import org.fathom4j.data.Minibatches;
import org.fathom4j.diagnostics.DepthProfile;
import org.fathom4j.diagnostics.Divergence;
import org.fathom4j.kernel.SystemMemory;
import org.fathom4j.network.LearningRateSchedule;
import org.fathom4j.network.ResidualNetwork;
import org.fathom4j.record.Checkpoint;
import org.fathom4j.record.CheckpointState;
import org.fathom4j.record.DepthProfileLog;
import org.fathom4j.record.DepthProfileRow;
import org.fathom4j.record.Measurement;
import org.fathom4j.record.MetricLog;
import org.fathom4j.record.ModelArchive;
import org.fathom4j.record.RandomState;
import org.fathom4j.record.RunDirectory;
import org.fathom4j.record.RunRecord;
import org.fathom4j.record.RunStatus;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.DataSetPreProcessor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Minibatch after minibatch, with everything that must be written down.
 *
 * <p>Row i of {@code metrics.csv}, split {@code batch}: the i-th minibatch's loss and gradient norm
 * before the i-th update. Splits {@code train} and {@code test}: whole splits after the i-th
 * update; training splits above {@value #LARGEST_EVALUATED} examples are represented by a
 * class-balanced part of that size until the end of the run, which evaluates all of it.
 */
final class TrainingLoop implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(TrainingLoop.class);
  private static final int LARGEST_EVALUATED = 10_000;
  private static final int PROFILED_LAYERS = 64;
  private static final double SECONDS_BETWEEN_CHECKPOINTS = 60;

  /** The median of so many updates does not move with the length of the run. */
  private static final int TIMES_KEPT = 1001;

  private final ExperimentSpec spec;
  private final Dataset dataset;
  private final MultiLayerNetwork net;
  private final RunDirectory directory;
  private final TrainingProgress progress;
  private final BooleanSupplier interrupted;
  private final Minibatches batches;
  private final DataSetPreProcessor input;
  private final DataType type;
  private final MetricLog metrics;
  private final DepthProfileLog depthProfiles;
  private final DepthProfile depthProfile;
  private final DivergenceGuard guard = new DivergenceGuard();
  private final Evaluator trainEvaluator;
  private final Evaluator testEvaluator;
  private final int total;
  private final LearningRateSchedule learningRate;
  private final double secondsBefore;
  private final long startNanos = System.nanoTime();
  private final List<Double> secondsOfIterations = new ArrayList<>();

  private RunRecord record;
  private int iteration;
  private int checkpointed; // updates that the newest checkpoint holds; 0 without one
  private Measurement best;
  private Measurement last;
  private double secondsAtCheckpoint;

  TrainingLoop(
      ExperimentSpec spec,
      Dataset dataset,
      MultiLayerNetwork net,
      RunDirectory directory,
      RunRecord record,
      Optional<CheckpointState> from,
      TrainingProgress progress,
      BooleanSupplier interrupted)
      throws IOException {
    this.spec = spec;
    this.dataset = dataset;
    this.net = net;
    this.directory = directory;
    this.record = record;
    this.progress = progress;
    this.interrupted = interrupted;
    LabeledImages train = dataset.train();
    Seeds seeds = Seeds.of(spec.seed());
    type = ResidualNetwork.dataType(spec.architecture().precision());
    input = spec.data().input().fit(train);
    batches =
        Minibatches.shuffled(train, spec.batchSizeOf(train.size()), input, type, seeds.order());
    total = spec.iterationsOf(train.size());
    learningRate =
        new LearningRateSchedule(
            spec.optimization().learningRate(), spec.optimization().schedule(), total);
    trainEvaluator = evaluator(representative(train, seeds));
    testEvaluator = evaluator(dataset.test());
    depthProfile = new DepthProfile(ResidualNetwork.residualLayers(net), PROFILED_LAYERS);
    if (from.isPresent()) {
      CheckpointState state = from.get();
      iteration = state.iteration();
      checkpointed = iteration;
      best = state.best();
      last = noLaterThan(iteration, record.last());
      secondsBefore = state.elapsedSeconds();
      batches.startEpoch(state.epoch());
      batches.skip(state.batchInEpoch());
      state.random().restore();
      metrics = MetricLog.reopen(directory.metricsCsv(), state.metricsBytes());
      depthProfiles =
          DepthProfileLog.reopen(directory.depthProfileCsv(), state.depthProfileBytes());
    } else {
      secondsBefore = 0;
      metrics = MetricLog.create(directory.metricsCsv());
      depthProfiles = DepthProfileLog.create(directory.depthProfileCsv());
    }
    secondsAtCheckpoint = secondsBefore;
    net.addListeners(guard);
  }

  /** A killed run may have measured beyond its last checkpoint. */
  private static Measurement noLaterThan(int iteration, Measurement measured) {
    return measured == null || measured.iteration() > iteration ? null : measured;
  }

  private Evaluator evaluator(LabeledImages split) {
    return new Evaluator(split, input, type, spec.architecture().loss());
  }

  private static LabeledImages representative(LabeledImages train, Seeds seeds) {
    return train.size() <= LARGEST_EVALUATED
        ? train
        : train.subset(LARGEST_EVALUATED, seeds.subset());
  }

  TrainingResult run() throws IOException {
    try {
      progress.started(directory.name(), iteration, total);
      while (iteration < total) {
        if (interrupted.getAsBoolean()) {
          return interrupted();
        }
        DataSet batch = nextBatch();
        Optional<Divergence> divergence = step(batch);
        if (divergence.isPresent()) {
          return diverged(divergence.get());
        }
        if (checkpointIsDue()) {
          checkpoint();
        }
      }
      return done();
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      recordFailure(e);
      throw e;
    } finally {
      progress.stopped();
    }
  }

  private DataSet nextBatch() {
    if (!batches.hasNext()) {
      batches.startEpoch(batches.epoch() + 1);
    }
    return batches.next();
  }

  /** One update, or where the numbers stopped being finite. */
  private Optional<Divergence> step(DataSet batch) throws IOException {
    boolean evaluates = evaluationIsDue(iteration + 1);
    int epoch = batches.epoch();
    double rate = learningRate.valueAt(iteration, epoch);
    if (evaluates) {
      depthProfile.begin();
    }
    long start = System.nanoTime();
    try {
      net.fit(batch);
    } catch (DivergenceGuard.Diverged e) {
      return Optional.of(
          Divergence.find(net, batch)
              .orElseThrow(
                  () ->
                      new IllegalStateException(
                          "Loss or gradients of iteration "
                              + (iteration + 1)
                              + " were not finite, but a replay of its minibatch is finite.",
                          e)));
    }
    note(System.nanoTime() - start);
    iteration++;
    if (evaluates) {
      for (DepthProfileRow row : depthProfile.end(iteration, batch.numExamples())) {
        depthProfiles.append(row);
      }
    }
    metrics.append(iteration, epoch, "batch", "loss", guard.loss());
    metrics.append(iteration, epoch, "batch", "gradient_norm", guard.gradientNorm());
    metrics.append(iteration, epoch, "batch", "learning_rate", rate);
    metrics.append(iteration, epoch, "batch", "seconds", seconds());
    progress.iterated(iteration, guard.loss());
    if (evaluates && iteration < total) {
      evaluate(trainEvaluator, epoch);
    }
    return Optional.empty();
  }

  private boolean evaluationIsDue(int atIteration) {
    return atIteration == total || atIteration % spec.evaluationInterval(total) == 0;
  }

  private void evaluate(Evaluator trainSplit, int epoch) throws IOException {
    Score train = trainSplit.evaluate(net);
    Score test = testEvaluator.evaluate(net);
    metrics.append(iteration, epoch, "train", "loss", train.loss());
    metrics.append(iteration, epoch, "train", "accuracy", train.accuracy());
    metrics.append(iteration, epoch, "test", "loss", test.loss());
    metrics.append(iteration, epoch, "test", "accuracy", test.accuracy());
    Map<String, Double> values = new LinkedHashMap<>();
    values.put("trainLoss", train.loss());
    values.put("trainAccuracy", train.accuracy());
    values.put("testLoss", test.loss());
    values.put("testAccuracy", test.accuracy());
    last = new Measurement(iteration, values);
    if (best == null || test.accuracy() > best.metrics().get("testAccuracy")) {
      best = last;
    }
    record = record.progressed(timing(null), best, last);
    record.write(directory.runJson());
    progress.evaluated(iteration, train, test);
  }

  private boolean checkpointIsDue() {
    if (iteration == total) {
      return false; // the model itself follows
    }
    return spec.checkpointEvery() > 0
        ? iteration % spec.checkpointEvery() == 0
        : seconds() - secondsAtCheckpoint >= SECONDS_BETWEEN_CHECKPOINTS;
  }

  private void checkpoint() throws IOException {
    CheckpointState state =
        new CheckpointState(
            iteration,
            batches.epoch(),
            batches.batchesDone(),
            RandomState.capture(),
            metrics.sync(),
            depthProfiles.sync(),
            seconds(),
            best);
    Checkpoint.write(directory.checkpoints(), net, state);
    secondsAtCheckpoint = seconds();
    checkpointed = iteration;
  }

  private TrainingResult done() throws IOException {
    evaluate(evaluator(dataset.train()), batches.epoch());
    saveModel();
    String why = "All " + total + " iterations are done.";
    record = record.ended(RunStatus.DONE, why, timing(Instant.now()), best, last);
    record.write(directory.runJson());
    return result(RunStatus.DONE, why, Optional.empty());
  }

  private TrainingResult interrupted() throws IOException {
    checkpoint();
    String why = "Interrupted after iteration " + iteration + "; --resume goes on.";
    record = record.ended(RunStatus.INTERRUPTED, why, timing(Instant.now()), best, last);
    record.write(directory.runJson());
    return result(RunStatus.INTERRUPTED, why, Optional.empty());
  }

  private TrainingResult diverged(Divergence found) throws IOException {
    saveModel();
    String why =
        String.format(
            "Iteration %d: in %s %s.",
            iteration + 1, spec.architecture().precision().typeName(), found.sentence());
    record =
        record.diverged(found.recordedAfter(iteration), why, timing(Instant.now()), best, last);
    record.write(directory.runJson());
    return result(RunStatus.DIVERGED, why, Optional.of(found));
  }

  /** The last parameters whose numbers were finite. */
  private void saveModel() throws IOException {
    metrics.sync();
    depthProfiles.sync();
    ModelArchive.write(directory.modelZip(), net, true);
  }

  /** The run's record says that it failed, if it can still be written. */
  private void recordFailure(Throwable failure) {
    String why = failure.getMessage() == null ? failure.toString() : failure.getMessage();
    try {
      record = record.ended(RunStatus.FAILED, why, timing(Instant.now()), best, last);
      record.write(directory.runJson());
    } catch (IOException | RuntimeException e) {
      failure.addSuppressed(e); // the first failure is what the user must see
    }
    if (checkpointed > 0) {
      LOG.warn(
          "The checkpoint after iteration {} is left as it was: fathom train --resume {} goes on"
              + " from there.",
          checkpointed,
          directory.path());
    }
  }

  private void note(long nanos) {
    if (secondsOfIterations.size() < TIMES_KEPT) {
      secondsOfIterations.add(nanos * 1e-9);
    }
  }

  private double medianSeconds() {
    if (secondsOfIterations.isEmpty()) {
      return Double.NaN;
    }
    List<Double> sorted = secondsOfIterations.stream().sorted().toList();
    return sorted.get(sorted.size() / 2);
  }

  private double seconds() {
    return secondsBefore + (System.nanoTime() - startNanos) * 1e-9;
  }

  private RunRecord.Timing timing(Instant ended) {
    double median = medianSeconds();
    return new RunRecord.Timing(
        record.timing().started(), ended, seconds(), Double.isNaN(median) ? null : median);
  }

  private TrainingResult result(RunStatus status, String why, Optional<Divergence> divergence) {
    boolean current = last != null && last.iteration() == iteration && divergence.isEmpty();
    return new TrainingResult(
        directory.path(),
        status,
        why,
        iteration,
        current ? Optional.of(score("train")) : Optional.empty(),
        current ? Optional.of(score("test")) : Optional.empty(),
        seconds(),
        medianSeconds(),
        net.numParams(),
        record.kernelInUse(),
        SystemMemory.peak().orElse(-1),
        divergence);
  }

  private Score score(String split) {
    return new Score(last.metrics().get(split + "Loss"), last.metrics().get(split + "Accuracy"));
  }

  @Override
  public void close() throws IOException {
    try {
      metrics.close();
    } finally {
      depthProfiles.close();
    }
  }
}
