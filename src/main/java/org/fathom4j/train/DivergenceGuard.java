package org.fathom4j.train;

import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.fathom4j.diagnostics.Norms;

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
    gradientNorm = Norms.ofGradients(net) / net.getInputMiniBatchSize();
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

  /** Leaves the framework's training step; caught by the trainer that made it. */
  static final class Diverged extends RuntimeException {

    private static final long serialVersionUID = 1L;

    Diverged() {
      super("loss or gradients are not finite", null, false, false);
    }
  }
}
