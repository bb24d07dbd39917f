package org.fathom4j.block;

import java.util.Map;
import java.util.Optional;
import org.fathom4j.kernel.Activation;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationReLU;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationSoftPlus;
import org.nd4j.linalg.activations.impl.ActivationTanH;

/** Which of the framework's activations the raw kernels know. */
final class Activations {

  private static final Map<IActivation, Activation> KNOWN =
      Map.of(
          new ActivationIdentity(), Activation.IDENTITY,
          new ActivationReLU(), Activation.RELU,
          new ActivationTanH(), Activation.TANH,
          new ActivationSigmoid(), Activation.SIGMOID,
          new ActivationSoftPlus(), Activation.SOFTPLUS);

  private Activations() {}

  /**
   * The same function as raw kernels know it.
   *
   * <p>Equal by value, for a ReLU with a cap or a slope is another function; and of the very class,
   * for a user's subclass is equal to its parent by the framework's {@code equals}.
   */
  static Optional<Activation> known(IActivation activation) {
    return KNOWN.entrySet().stream()
        .filter(known -> known.getKey().getClass() == activation.getClass())
        .filter(known -> known.getKey().equals(activation))
        .map(Map.Entry::getValue)
        .findFirst();
  }
}
