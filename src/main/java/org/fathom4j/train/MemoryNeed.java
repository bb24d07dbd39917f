package org.fathom4j.train;

import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.fathom4j.data.Dataset;
import org.fathom4j.kernel.InsufficientMemoryException;
import org.fathom4j.kernel.MemoryPlan;
import org.fathom4j.kernel.SystemMemory;
import org.fathom4j.network.DepthSummary;
import org.fathom4j.network.ResidualNetwork;

/** Compares what a run takes with what the machine has, before it starts. */
final class MemoryNeed {

  private static final double GIB = 1L << 30;

  private MemoryNeed() {}

  /**
   * Fails if the weights of a network do not fit into the memory that is available; to be asked
   * before it is built.
   *
   * @throws IOException saying how much is needed, and which options make it less
   */
  static void requireWeightsFit(ExperimentSpec spec, Dataset dataset) throws IOException {
    DepthSummary need = summary(spec, dataset);
    OptionalLong available = SystemMemory.available();
    if (available.isPresent() && need.weightBytes() > available.getAsLong()) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "This network needs %.1f GiB for weights, their gradients and the optimizer, but %.1f"
                  + " GiB are available. Reduce --depth, --width or --hidden-width.",
              need.weightBytes() / GIB,
              available.getAsLong() / GIB));
    }
  }

  /**
   * Fails if what the blocks keep of a minibatch does not fit into the memory that is left; to be
   * asked when the network, or a shallower one like it, is built.
   *
   * @return the kernel's plan; empty for kernels that have no choice
   * @throws IOException saying how much is needed, which plan would fit, and which options make it
   *     less
   */
  static Optional<MemoryPlan> requireActivationsFit(
      MultiLayerNetwork net, ExperimentSpec spec, Dataset dataset) throws IOException {
    DepthSummary need = summary(spec, dataset);
    try {
      Optional<MemoryPlan> plan =
          ResidualNetwork.memoryPlan(net, spec.architecture().depth(), need.examples());
      if (plan.isPresent()) {
        return plan;
      }
    } catch (InsufficientMemoryException e) {
      throw new IOException(e.getMessage(), e);
    }
    OptionalLong available = SystemMemory.available();
    if (available.isPresent() && need.activationBytes() > available.getAsLong()) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "The activations of %d examples need %.1f GiB, but %.1f GiB are available. Reduce"
                  + " --batch-size, --depth, --width or --hidden-width, or use the fused kernel,"
                  + " which can keep less.",
              need.examples(),
              need.activationBytes() / GIB,
              available.getAsLong() / GIB));
    }
    return Optional.empty();
  }

  private static DepthSummary summary(ExperimentSpec spec, Dataset dataset) {
    int examples = dataset.train().size();
    return DepthSummary.of(
        spec.networkFor(dataset), spec.optimizerOf(examples), spec.batchSizeOf(examples));
  }
}
