package org.fathom4j.block;

import java.util.OptionalDouble;
import java.util.function.Supplier;
import org.fathom4j.kernel.ResidentStack;
import org.fathom4j.kernel.UpdateRule;

/**
 * A layer's parameters while they live in its kernel's own memory, and what of the network's arrays
 * is out of date meanwhile.
 */
final class Residency {

  private final ResidentStack stack;
  private final Supplier<BlockArrays> parameters;
  private final Supplier<BlockArrays> gradients;
  private boolean parametersAreStale; // those of the arrays
  private boolean stateIsStale; // likewise, the updater's
  private boolean gradientsAreStale;
  private boolean updateIsDue; // a gradient was computed that no update has used

  /**
   * Begins with the parameters of the network's arrays.
   *
   * @param parameters the arrays, asked for at each use
   * @param gradients likewise
   */
  Residency(
      ResidentStack stack, Supplier<BlockArrays> parameters, Supplier<BlockArrays> gradients) {
    this.stack = stack;
    this.parameters = parameters;
    this.gradients = gradients;
    write();
  }

  ResidentStack stack() {
    return stack;
  }

  /** The network's arrays hold new parameters. */
  void write() {
    stack.writeParameters(KernelPath.memory(parameters.get()));
    parametersAreStale = false;
  }

  /** Makes the arrays of parameters what the kernel's are. */
  void bringParameters() {
    if (parametersAreStale) {
      stack.readParameters(KernelPath.memory(parameters.get()));
      parametersAreStale = false;
    }
  }

  /** Whether the updater's state in the network's arrays is out of date. */
  boolean stateIsStale() {
    return stateIsStale;
  }

  /** Somebody has brought the updater's state. */
  void stateWasBrought() {
    stateIsStale = false;
  }

  /** Makes the arrays of gradients, or of updates, what the kernel's are. */
  void bringGradients() {
    if (gradientsAreStale) {
      stack.readGradients(KernelPath.memory(gradients.get()));
      gradientsAreStale = false;
    }
  }

  /** A backward pass has left new gradients. */
  void differentiated() {
    gradientsAreStale = true;
    updateIsDue = true;
  }

  /** Steps down the gradient where the parameters are. */
  void update(ResidentStack.Part part, UpdateRule rule, double examples, OptionalDouble decay) {
    stack.update(part, rule, examples, decay);
    parametersAreStale = true;
    stateIsStale = true;
    gradientsAreStale = true; // the updates have taken their place
    updateIsDue = false;
  }

  /**
   * Fails if an iteration ends that did not update: some other updater took the step, on arrays
   * that nobody looks at.
   */
  void requireUpdated(String layer) {
    if (updateIsDue) {
      throw new IllegalStateException(
          "The parameters of layer "
              + layer
              + " live with its kernel, but the network's updater, which knew that, was replaced."
              + " Call Residents.dismiss before setLearningRate, setUpdater and the like, and"
              + " Residents.settle after.");
    }
  }

  /** Gives the kernel's memory back. */
  void close() {
    stack.close();
  }
}
