package org.fathom4j.network;

import java.util.Objects;

/**
 * How parameters are updated.
 *
 * @param method the update rule
 * @param learningRate η at the start, after warm-up
 * @param schedule how η changes over the run
 * @param momentum of Nesterov's method; ignored by the others
 * @param weightDecay λ in w ← w − ηλw, on matrices, not on branch scalars
 * @param iterations length of the run, which a schedule needs to know
 */
public record OptimizerSpec(
    Method method,
    double learningRate,
    Schedule schedule,
    double momentum,
    double weightDecay,
    int iterations) {

  /** The update rules. */
  public enum Method {
    /** w ← w − η g. */
    SGD,
    /** Nesterov's accelerated gradient. */
    NESTEROVS,
    /** Adam with β = (0.9, 0.999), ε = 1e-8. */
    ADAM
  }

  public OptimizerSpec {
    Objects.requireNonNull(method, "An optimizer needs a method.");
    Objects.requireNonNull(schedule, "An optimizer needs a schedule.");
    if (!(learningRate > 0) || Double.isInfinite(learningRate)) {
      throw new IllegalArgumentException(
          "The learning rate must be positive and finite, but is " + learningRate + ".");
    }
    if (!(momentum >= 0 && momentum < 1)) {
      throw new IllegalArgumentException(
          "Momentum must be at least 0 and less than 1, but is " + momentum + ".");
    }
    if (!(weightDecay >= 0) || Double.isInfinite(weightDecay)) {
      throw new IllegalArgumentException(
          "Weight decay must be at least 0 and finite, but is " + weightDecay + ".");
    }
    if (iterations < 1) {
      throw new IllegalArgumentException(
          "A run needs at least 1 iteration, but has " + iterations + ".");
    }
  }
}
