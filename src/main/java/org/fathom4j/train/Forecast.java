package org.fathom4j.train;

import java.io.IOException;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.fathom4j.data.Dataset;
import org.fathom4j.data.Minibatches;
import org.fathom4j.init.NetworkShape;
import org.fathom4j.kernel.MemoryPlan;
import org.fathom4j.network.DepthSummary;
import org.fathom4j.network.NetworkSpec;
import org.fathom4j.network.OptimizerSpec;
import org.fathom4j.network.ResidualNetwork;
import org.fathom4j.record.RunRecord;
import org.nd4j.linalg.dataset.DataSet;

/**
 * What a run would take, before it is made.
 *
 * @param dataset name of the data
 * @param trainingExamples in the training split
 * @param summary layers, parameters, memory
 * @param kernel what would compute the stack and why, and what it would keep of a minibatch
 * @param iterations updates of the whole run
 * @param secondsPerIteration predicted from updates of shallower networks, timed on this machine
 */
public record Forecast(
    String dataset,
    int trainingExamples,
    DepthSummary summary,
    RunRecord.Kernel kernel,
    int iterations,
    double secondsPerIteration) {

  private static final int SHALLOW = 100;
  private static final int DEEPER = 1000;
  private static final int UPDATES = 15;
  private static final double PATIENCE_SECONDS = 3;

  /**
   * Times a few updates of networks of depth 100 and 1,000 and goes on along the line through them.
   */
  static Forecast of(ExperimentSpec spec, Dataset dataset) throws IOException {
    MemoryNeed memory = MemoryNeed.of(spec, dataset);
    int examples = dataset.train().size();
    NetworkSpec network = spec.networkFor(dataset);
    OptimizerSpec optimizer = spec.optimizerOf(examples);
    int depth = network.shape().depth();
    DataSet batch =
        Minibatches.inOrder(
                dataset.train(),
                spec.batchSizeOf(examples),
                spec.data().input().fit(dataset.train()),
                ResidualNetwork.dataType(network.precision()))
            .next();
    MultiLayerNetwork shallow = network(spec, network, optimizer, Math.min(depth, SHALLOW));
    MemoryPlan plan = memory.plan(shallow);
    double seconds;
    if (depth > SHALLOW) {
      int deeper = Math.min(depth, DEEPER);
      // The deeper one first: Java compiles meanwhile, and the line's lower end is not timed cold.
      double secondsDeeper = secondsOf(network(spec, network, optimizer, deeper), batch);
      double perBlock =
          Math.max(0, (secondsDeeper - secondsOf(shallow, batch)) / (deeper - SHALLOW));
      seconds = secondsDeeper + (depth - deeper) * perBlock;
    } else {
      seconds = secondsOf(shallow, batch);
    }
    return new Forecast(
        dataset.name(),
        examples,
        DepthSummary.of(network, optimizer, spec.batchSizeOf(examples)),
        KernelWords.of(shallow, plan),
        optimizer.iterations(),
        seconds);
  }

  private static MultiLayerNetwork network(
      ExperimentSpec spec, NetworkSpec network, OptimizerSpec optimizer, int depth) {
    NetworkShape s = network.shape();
    NetworkSpec shallower =
        new NetworkSpec(
            new NetworkShape(s.inputs(), s.width(), s.hiddenWidth(), depth, s.classes()),
            network.block(),
            network.activation(),
            network.initialization(),
            network.loss(),
            network.layers(),
            network.precision());
    MultiLayerNetwork net =
        ResidualNetwork.create(shallower, optimizer, Seeds.of(spec.seed()).weights());
    spec.requestedKernel().ifPresent(kernel -> ResidualNetwork.useKernel(net, kernel));
    return net;
  }

  /** The fastest of some updates, once Java has compiled what they run. */
  private static double secondsOf(MultiLayerNetwork net, DataSet batch) {
    ResidualNetwork.settle(net);
    try {
      return secondsOfSettled(net, batch);
    } finally {
      ResidualNetwork.release(net);
    }
  }

  private static double secondsOfSettled(MultiLayerNetwork net, DataSet batch) {
    double best = Double.POSITIVE_INFINITY;
    long begin = System.nanoTime();
    for (int i = 0; i < 2 * UPDATES; i++) {
      long start = System.nanoTime();
      net.fit(batch);
      best = Math.min(best, (System.nanoTime() - start) * 1e-9);
      if (i > 1 && (System.nanoTime() - begin) * 1e-9 > PATIENCE_SECONDS) {
        break;
      }
    }
    return best;
  }

  /** What the stack keeps between forward and backward pass. */
  public long activationBytes() {
    return kernel.activationBytes();
  }

  /** Predicted length of the run, evaluations and checkpoints not counted. */
  public double seconds() {
    return iterations * secondsPerIteration;
  }
}
