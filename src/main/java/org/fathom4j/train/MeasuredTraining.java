package org.fathom4j.train;

import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.fathom4j.data.Dataset;
import org.fathom4j.data.LabeledImages;
import org.fathom4j.data.Minibatches;
import org.fathom4j.diagnostics.DepthProfile;
import org.fathom4j.diagnostics.Divergence;
import org.fathom4j.network.LearningRateSchedule;
import org.fathom4j.network.ResidualNetwork;
import org.fathom4j.record.CheckpointState;
import org.fathom4j.record.DepthProfileRow;
import org.fathom4j.record.MetricRow;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.DataSetPreProcessor;

/**
 * Minibatch after minibatch, and what is measured of each: the numbers of a run, without its files.
 *
 * <p>Row i of {@code metrics.csv}, split {@code batch}: the i-th minibatch's loss and gradient norm
 * before the i-th update. Splits {@code train} and {@code test}: whole splits after the i-th
 * update; training splits above {@value #LARGEST_EVALUATED} examples are represented by a
 * class-balanced part of that size until the end of the run, which evaluates all of it.
 */
final class MeasuredTraining {

  private static final int LARGEST_EVALUATED = 10_000;
  private static final int PROFILED_LAYERS = 64;

  private final ExperimentSpec spec;
  private final Dataset dataset;
  private final MultiLayerNetwork net;
  private final Minibatches batches;
  private final DataSetPreProcessor input;
  private final DataType type;
  private final DepthProfile depthProfile;
  private final DivergenceGuard guard = new DivergenceGuard();
  private final Evaluator trainEvaluator;
  private final Evaluator testEvaluator;
  private final int total;
  private final LearningRateSchedule learningRate;

  private IntPredicate alsoProfiled = next -> false;
  private int iteration;
  private int examples;
  private double rate;
  private double seconds;
  private List<DepthProfileRow> profile = List.of();

  MeasuredTraining(ExperimentSpec spec, Dataset dataset, MultiLayerNetwork net) {
    this.spec = spec;
    this.dataset = dataset;
    this.net = net;
    LabeledImages train = dataset.train();
    Seeds seeds = Seeds.of(spec.seed());
    type = ResidualNetwork.dataType(spec.architecture().precision());
    input = spec.data().input().fit(train);
    batches =
        Minibatches.shuffled(train, spec.batchSizeOf(train.size()), input, type, seeds.order());
    total = spec.iterationsOf(train.size());
    learningRate = learningRate(spec, total);
    trainEvaluator = evaluator(representative(train, seeds));
    testEvaluator = evaluator(dataset.test());
    depthProfile = new DepthProfile(ResidualNetwork.residualLayers(net), PROFILED_LAYERS);
    net.addListeners(guard);
    ResidualNetwork.settle(net);
  }

  static LearningRateSchedule learningRate(ExperimentSpec spec, int total) {
    return new LearningRateSchedule(
        spec.optimization().learningRate(), spec.optimization().schedule(), total);
  }

  private Evaluator evaluator(LabeledImages split) {
    return new Evaluator(split, input, type, spec.architecture().loss());
  }

  private static LabeledImages representative(LabeledImages train, Seeds seeds) {
    return train.size() <= LARGEST_EVALUATED
        ? train
        : train.subset(LARGEST_EVALUATED, seeds.subset());
  }

  /** Goes to where a checkpoint was written; the network is the checkpoint's. */
  void goOnFrom(CheckpointState state) {
    iteration = state.iteration();
    batches.startEpoch(state.epoch());
    batches.skip(state.batchInEpoch());
    state.random().restore();
  }

  /**
   * Norms along depth are measured at further iterations, for whoever looks on.
   *
   * @param wanted asked before every iteration for its number, from 1
   */
  void alsoProfile(IntPredicate wanted) {
    alsoProfiled = wanted;
  }

  /** Updates made. */
  int iteration() {
    return iteration;
  }

  /** Updates of the whole run. */
  int total() {
    return total;
  }

  /** Passes over the training split completed. */
  int epoch() {
    return batches.epoch();
  }

  /** Minibatches of this pass already used. */
  int batchesDone() {
    return batches.batchesDone();
  }

  /** The network, its arrays of parameters as they are now. */
  MultiLayerNetwork network() {
    ResidualNetwork.bringParameters(net);
    return net;
  }

  /** One update, or where the numbers stopped being finite. */
  Optional<Divergence> update() {
    if (!batches.hasNext()) {
      batches.startEpoch(batches.epoch() + 1);
    }
    DataSet batch = batches.next();
    // Asked even where the record wants a profile: the question starts the observation.
    boolean profiles = alsoProfiled.test(iteration + 1) | evaluatesAt(iteration + 1, spec, total);
    rate = learningRate.valueAt(iteration, batches.epoch());
    if (profiles) {
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
    seconds = (System.nanoTime() - start) * 1e-9;
    iteration++;
    examples = batch.numExamples();
    profile = profiles ? depthProfile.end(iteration, examples) : List.of();
    return Optional.empty();
  }

  /** Gives back what the training took on a device. */
  void end() {
    ResidualNetwork.release(net);
  }

  /** Loss of the last minibatch before its update. */
  double loss() {
    return guard.loss();
  }

  /** Time of the last update. */
  double seconds() {
    return seconds;
  }

  /** Rows of {@code metrics.csv} about the last minibatch. */
  List<MetricRow> batchRows() {
    return List.of(
        batchRow("loss", guard.loss()),
        batchRow("gradient_norm", guard.gradientNorm()),
        batchRow("learning_rate", rate));
  }

  private MetricRow batchRow(String metric, double value) {
    return new MetricRow(iteration, epoch(), "batch", metric, value);
  }

  /** Examples in the last minibatch. */
  int examples() {
    return examples;
  }

  /** The learning rate of the last update. */
  double learningRate() {
    return rate;
  }

  /** Norms along depth at the last update, if it was profiled. */
  List<DepthProfileRow> profile() {
    return profile;
  }

  /** Rows of {@code depth_profile.csv} about the last update; empty when none were due. */
  List<DepthProfileRow> profileRows() {
    return evaluationIsDue() ? profile : List.of();
  }

  /** Whether the network is to be evaluated as it is now. */
  boolean evaluationIsDue() {
    return evaluatesAt(iteration, spec, total);
  }

  /** Whether a run is evaluated and profiled after so many updates. */
  static boolean evaluatesAt(int iteration, ExperimentSpec spec, int total) {
    return iteration == total || iteration % spec.evaluationInterval(total) == 0;
  }

  /** Scores of both splits now; at the end of the run, of the whole training split. */
  Evaluation evaluate() {
    Evaluator train = iteration == total ? evaluator(dataset.train()) : trainEvaluator;
    return new Evaluation(iteration, epoch(), train.evaluate(net), testEvaluator.evaluate(net));
  }
}
