package org.fathom4j.bench;

import java.util.Optional;
import org.fathom4j.init.ModifiedZeroAsymmetric;
import org.fathom4j.init.NetworkShape;
import org.fathom4j.kernel.Activation;
import org.fathom4j.kernel.BlockKind;
import org.fathom4j.kernel.BranchForm;
import org.fathom4j.kernel.Precision;
import org.fathom4j.kernel.StackShape;
import org.fathom4j.network.DepthSummary;
import org.fathom4j.network.Loss;
import org.fathom4j.network.NetworkSpec;
import org.fathom4j.network.OptimizerSpec;
import org.fathom4j.network.Schedule;

/**
 * What to time: z + Uσ(Vz) with ReLU, or z + Az, L blocks, and how long.
 *
 * @param depth L
 * @param width D
 * @param hiddenWidth M; linear blocks have none, and D stands in its place
 * @param batchSize N
 * @param block nonlinear or linear
 * @param precision float or double
 * @param kernel the only kernel to time; empty for all that can run here
 * @param seconds to measure each figure for, after half as long to warm up
 */
public record BenchSpec(
    int depth,
    int width,
    int hiddenWidth,
    int batchSize,
    NetworkSpec.Block block,
    NetworkSpec.Precision precision,
    Optional<String> kernel,
    double seconds) {

  /** Of every random number in a bench. */
  static final long SEED = 20191107;

  /** Inputs and classes of the whole network: those of Fashion-MNIST. */
  static final int INPUTS = 784;

  static final int CLASSES = 10;

  /** So small that as many updates as an hour holds leave the weights near their start. */
  public static final double LEARNING_RATE = 1e-12;

  public BenchSpec {
    requirePositive("--depth", depth);
    requirePositive("--width", width);
    requirePositive("--hidden-width", hiddenWidth);
    requirePositive("--batch-size", batchSize);
    if (!(seconds > 0) || Double.isInfinite(seconds)) {
      throw new IllegalArgumentException(
          "--seconds must be positive and finite, but is " + seconds + ".");
    }
    if (block == NetworkSpec.Block.LINEAR) {
      hiddenWidth = width;
    }
  }

  private static void requirePositive(String option, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(option + " must be at least 1, but is " + value + ".");
    }
  }

  /** The same at another depth. */
  BenchSpec atDepth(int otherDepth) {
    return new BenchSpec(
        otherDepth, width, hiddenWidth, batchSize, block, precision, kernel, seconds);
  }

  /** The stack as a kernel sees it. */
  StackShape stack() {
    boolean linear = block == NetworkSpec.Block.LINEAR;
    return new StackShape(
        linear ? BlockKind.LINEAR : BlockKind.NONLINEAR,
        BranchForm.PLAIN,
        depth,
        width,
        hiddenWidth,
        linear ? Activation.IDENTITY : Activation.RELU,
        precision == NetworkSpec.Precision.FLOAT ? Precision.FLOAT : Precision.DOUBLE);
  }

  /**
   * The stack between embedding and readout. The second matrix of a branch has variance 1/(M L), so
   * that no activation grows or vanishes with depth.
   */
  NetworkSpec network() {
    boolean linear = block == NetworkSpec.Block.LINEAR;
    return new NetworkSpec(
        new NetworkShape(INPUTS, width, hiddenWidth, depth, CLASSES),
        block,
        linear
            ? org.nd4j.linalg.activations.Activation.IDENTITY
            : org.nd4j.linalg.activations.Activation.RELU,
        new ModifiedZeroAsymmetric(StackNumbers.outerDeviation(stack())),
        Loss.MSE,
        NetworkSpec.Layers.STACK,
        precision);
  }

  /** Plain stochastic gradient descent. */
  OptimizerSpec optimizer() {
    return new OptimizerSpec(
        OptimizerSpec.Method.SGD, learningRate(), Schedule.CONSTANT, 0, 0, Integer.MAX_VALUE);
  }

  /** η of the mean over examples. */
  double learningRate() {
    return LEARNING_RATE / depth;
  }

  /**
   * Floating-point operations of one forward and backward pass of the stack, 12·N·D·M·L; linear
   * 6·N·D²·L.
   */
  public double flop() {
    return summary().flopPerIteration();
  }

  /** What the whole network takes. */
  DepthSummary summary() {
    return DepthSummary.of(network(), optimizer(), batchSize);
  }
}
