package org.fathom4j.network;

import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;

/** What training makes small, averaged over the examples of a minibatch. */
public enum Loss {
  /** ½‖ŷ − y‖², on the readout itself. */
  MSE(Activation.IDENTITY),

  /** Cross-entropy −Σ y ln softmax(ŷ). */
  MCXENT(Activation.SOFTMAX);

  private final Activation outputActivation;

  Loss(Activation outputActivation) {
    this.outputActivation = outputActivation;
  }

  /** What the output layer applies to the readout. */
  Activation outputActivation() {
    return outputActivation;
  }

  ILossFunction function() {
    return this == MSE ? new HalfSquaredError() : new LossMCXENT();
  }
}
