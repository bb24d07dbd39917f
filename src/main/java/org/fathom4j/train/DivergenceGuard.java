package org.fathom4j.train;

import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Stops training before a non-finite gradient reaches the parameters, and keeps what it saw.
 *
 * <p>Listens between the backward pass and the updater: the parameters are then still those that
 * gave the loss, so that the cause can be found by a replay.
 */
public final class DivergenceGuard extends BaseTrainingListener {

  private double loss;
  private double gradientNorm;

  @Override
  public void onGradientCalculation(Model model) {
    MultiLayerNetwork net = (MultiLayerNetwork) model;
    loss = net.score() - net.calcRegularizationScore(true);
    gradientNorm = norm(net.getFlattenedGradients()) / net.getInputMiniBatchSize();
    if (!Double.isFinite(loss) || !Double.isFinite(gradientNorm)) {
      throw new Diverged();
    }
  }

  /** Of the last minibatch, before its update, without weight decay. */
  double loss() {
    return loss;
  }

  /** Of the mean loss of the last minibatch over all parameters. */
  double gradientNorm() {
    return gradientNorm;
  }

  /**
   * Squares of float gradients overflow from 1.8e19 on and underflow below 1e-23: then rescaled.
   */
  private static double norm(INDArray gradients) {
    double norm = gradients.norm2Number().doubleValue();
    if (norm > 1e-15 && norm < 1e15 || gradients.dataType() == DataType.DOUBLE) {
      return norm;
    }
    double largest = gradients.amaxNumber().doubleValue();
    if (largest == 0 || !Double.isFinite(largest)) {
      return Double.isNaN(norm) ? norm : largest;
    }
    return gradients.div(largest).norm2Number().doubleValue() * largest;
  }

  /** Leaves the framework's training step; caught by the trainer that made it. */
  static final class Diverged extends RuntimeException {

    private static final long serialVersionUID = 1L;

    Diverged() {
      super("loss or gradients are not finite", null, false, false);
    }
  }
}
