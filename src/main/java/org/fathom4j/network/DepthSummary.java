package org.fathom4j.network;

import org.fathom4j.init.NetworkShape;
import org.fathom4j.kernel.BranchForm;

/**
 * What a network of this depth takes, before it is built.
 *
 * @param network what it is of
 * @param examples N, examples a minibatch
 * @param embeddingParameters D·d
 * @param blockParameters those of all L blocks, scalars included
 * @param readoutParameters classes·D
 * @param weightBytes parameters, their gradients and the updater's state
 * @param blockStateBytes of the updater's state, what belongs to the blocks
 * @param activationBytes z and h of all blocks, N·L·(D + M) numbers; what a kernel keeps of them,
 *     and works with, its {@link org.fathom4j.kernel.MemoryPlan} says
 * @param flopPerIteration floating-point operations of the stack, forward and backward
 */
public record DepthSummary(
    NetworkSpec network,
    int examples,
    long embeddingParameters,
    long blockParameters,
    long readoutParameters,
    long weightBytes,
    long blockStateBytes,
    long activationBytes,
    double flopPerIteration) {

  /** The summary of a network trained on minibatches of {@code examples}. */
  public static DepthSummary of(NetworkSpec network, OptimizerSpec optimizer, int examples) {
    NetworkShape s = network.shape();
    boolean linear = network.block() == NetworkSpec.Block.LINEAR;
    long d = s.width();
    long m = s.hiddenWidth();
    long depth = s.depth();
    long scalars =
        network
            .initialization()
            .scalars(s)
            .map(x -> x.biases() && !linear ? BranchForm.SCALED_AND_BIASED : BranchForm.SCALED)
            .orElse(BranchForm.PLAIN)
            .scalarsPerBlock();
    long perBlock = (linear ? d * d : 2 * d * m) + scalars;
    long embedding = d * s.inputs();
    long readout = d * s.classes();
    long parameters = embedding + depth * perBlock + readout;
    int states =
        switch (optimizer.method()) {
          case SGD -> 0;
          case NESTEROVS -> 1;
          case ADAM -> 2;
        };
    int bytes = network.precision().bytes();
    double flop = (linear ? 6.0 * d * d : 12.0 * d * m) * depth * examples;
    return new DepthSummary(
        network,
        examples,
        embedding,
        depth * perBlock,
        readout,
        (2 + states) * parameters * bytes,
        states * depth * perBlock * bytes,
        depth * examples * (linear ? d : d + m) * bytes,
        flop);
  }

  /** All trainable numbers. */
  public long parameters() {
    return embeddingParameters + blockParameters + readoutParameters;
  }

  /** Weights and activations, without the data and the program itself. */
  public long bytes() {
    return weightBytes + activationBytes;
  }
}
