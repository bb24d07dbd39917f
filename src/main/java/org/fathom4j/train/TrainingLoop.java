package org.fathom4j.train;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.fathom4j.data.Dataset;
import org.fathom4j.diagnostics.Divergence;
import org.fathom4j.kernel.SystemMemory;
import org.fathom4j.record.Checkpoint;
import org.fathom4j.record.CheckpointState;
import org.fathom4j.record.DepthProfileLog;
import org.fathom4j.record.DepthProfileRow;
import org.fathom4j.record.Measurement;
import org.fathom4j.record.MetricLog;
import org.fathom4j.record.MetricRow;
import org.fathom4j.record.ModelArchive;
import org.fathom4j.record.RandomState;
import org.fathom4j.record.RunDirectory;
import org.fathom4j.record.RunRecord;
import org.fathom4j.record.RunStatus;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A {@link MeasuredTraining} with everything that must be written down. */
final class TrainingLoop implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(TrainingLoop.class);
  private static final double SECONDS_BETWEEN_CHECKPOINTS = 60;

  /** The median of so many updates does not move with the length of the run. */
  private static final int TIMES_KEPT = 1001;

  private final ExperimentSpec spec;
  private final MeasuredTraining training;
  private final RunDirectory directory;
  private final TrainingProgress progress;
  private final BooleanSupplier interrupted;
  private final HarmlessObserver observer;
  private final MetricLog metrics;
  private final DepthProfileLog depthProfiles;
  private final double secondsBefore;
  private final long startNanos = System.nanoTime();
  private final List<Double> secondsOfIterations = new ArrayList<>();

  private RunRecord record;
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
      BooleanSupplier interrupted,
      TrainingObserver.Factory observation)
      throws IOException {
    this.spec = spec;
    this.directory = directory;
    this.record = record;
    this.progress = progress;
    this.interrupted = interrupted;
    training = new MeasuredTraining(spec, dataset, net);
    try {
      if (from.isPresent()) {
        CheckpointState state = from.get();
        training.goOnFrom(state);
        checkpointed = state.iteration();
        best = state.best();
        last = noLaterThan(checkpointed, record.last());
        secondsBefore = state.elapsedSeconds();
        metrics = MetricLog.reopen(directory.metricsCsv(), state.metricsBytes());
        depthProfiles =
            DepthProfileLog.reopen(directory.depthProfileCsv(), state.depthProfileBytes());
      } else {
        secondsBefore = 0;
        metrics = MetricLog.create(directory.metricsCsv());
        depthProfiles = DepthProfileLog.create(directory.depthProfileCsv());
      }
    } catch (IOException | RuntimeException e) {
      training.end();
      throw e;
    }
    secondsAtCheckpoint = secondsBefore;
    observer = HarmlessObserver.begin(observation, directory, net, training.iteration());
    training.alsoProfile(observer::samples);
  }

  /** A killed run may have measured beyond its last checkpoint. */
  private static Measurement noLaterThan(int iteration, Measurement measured) {
    return measured == null || measured.iteration() > iteration ? null : measured;
  }

  TrainingResult run() throws IOException {
    try {
      progress.started(directory.name(), training.iteration(), training.total());
      while (training.iteration() < training.total()) {
        if (interrupted.getAsBoolean()) {
          return interrupted();
        }
        Optional<Divergence> divergence = step();
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

  /** One update, or where the numbers stopped being finite. */
  private Optional<Divergence> step() throws IOException {
    Optional<Divergence> divergence = training.update();
    if (divergence.isPresent()) {
      return divergence;
    }
    note(training.seconds());
    for (DepthProfileRow row : training.profileRows()) {
      depthProfiles.append(row);
    }
    append(training.batchRows());
    metrics.append(training.iteration(), training.epoch(), "batch", "seconds", seconds());
    observer.updated(
        new TrainingObserver.Update(
            training.iteration(),
            training.epoch(),
            training.loss(),
            training.learningRate(),
            training.examples(),
            seconds(),
            training.profile()));
    progress.iterated(training.iteration(), training.loss());
    if (training.evaluationIsDue() && training.iteration() < training.total()) {
      evaluate();
    }
    return Optional.empty();
  }

  private void append(List<MetricRow> rows) throws IOException {
    for (MetricRow row : rows) {
      metrics.append(row);
    }
  }

  private void evaluate() throws IOException {
    Evaluation evaluation = training.evaluate();
    append(evaluation.rows());
    last = evaluation.measurement();
    best = evaluation.orBetter(best);
    record = record.progressed(timing(null), best, last);
    record.write(directory.runJson());
    progress.evaluated(evaluation.iteration(), evaluation.train(), evaluation.test());
  }

  private boolean checkpointIsDue() {
    int iteration = training.iteration();
    if (iteration == training.total()) {
      return false; // the model itself follows
    }
    return spec.checkpointEvery() > 0
        ? iteration % spec.checkpointEvery() == 0
        : seconds() - secondsAtCheckpoint >= SECONDS_BETWEEN_CHECKPOINTS;
  }

  private void checkpoint() throws IOException {
    CheckpointState state =
        new CheckpointState(
            training.iteration(),
            training.epoch(),
            training.batchesDone(),
            RandomState.capture(),
            metrics.sync(),
            depthProfiles.sync(),
            seconds(),
            best);
    Checkpoint.write(directory.checkpoints(), training.network(), state);
    secondsAtCheckpoint = seconds();
    checkpointed = training.iteration();
  }

  private TrainingResult done() throws IOException {
    evaluate();
    saveModel();
    String why = "All " + training.total() + " iterations are done.";
    record = record.ended(RunStatus.DONE, why, timing(Instant.now()), best, last);
    record.write(directory.runJson());
    return result(RunStatus.DONE, why, Optional.empty());
  }

  private TrainingResult interrupted() throws IOException {
    checkpoint();
    String why = "Interrupted after iteration " + training.iteration() + "; --resume goes on.";
    record = record.ended(RunStatus.INTERRUPTED, why, timing(Instant.now()), best, last);
    record.write(directory.runJson());
    return result(RunStatus.INTERRUPTED, why, Optional.empty());
  }

  private TrainingResult diverged(Divergence found) throws IOException {
    saveModel();
    String why =
        String.format(
            "Iteration %d: in %s %s.",
            training.iteration() + 1, spec.architecture().precision().typeName(), found.sentence());
    record =
        record.diverged(
            found.recordedAfter(training.iteration()), why, timing(Instant.now()), best, last);
    record.write(directory.runJson());
    return result(RunStatus.DIVERGED, why, Optional.of(found));
  }

  /** The last parameters whose numbers were finite. */
  private void saveModel() throws IOException {
    metrics.sync();
    depthProfiles.sync();
    ModelArchive.write(directory.modelZip(), training.network(), true);
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

  private void note(double secondsOfUpdate) {
    if (secondsOfIterations.size() < TIMES_KEPT) {
      secondsOfIterations.add(secondsOfUpdate);
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
    boolean current =
        last != null && last.iteration() == training.iteration() && divergence.isEmpty();
    return new TrainingResult(
        directory.path(),
        status,
        why,
        training.iteration(),
        current ? Optional.of(score("train")) : Optional.empty(),
        current ? Optional.of(score("test")) : Optional.empty(),
        seconds(),
        medianSeconds(),
        record.parameters(),
        record.kernelInUse(),
        SystemMemory.peak().orElse(-1),
        divergence);
  }

  private Score score(String split) {
    return new Score(last.metrics().get(split + "Loss"), last.metrics().get(split + "Accuracy"));
  }

  @Override
  public void close() throws IOException {
    observer.close();
    training.end();
    try {
      metrics.close();
    } finally {
      depthProfiles.close();
    }
  }
}
