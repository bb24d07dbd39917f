package org.fathom4j.theory.theorems;

import java.util.Objects;
import java.util.OptionalDouble;
import org.fathom4j.theory.linear.InvalidProblemException;
import org.fathom4j.theory.linear.LinearNetwork;
import org.fathom4j.theory.linear.Target;

/**
 * The problem that a theorem is asked about.
 *
 * @param target Φ
 * @param start the network at time 0, of the target's shape
 * @param learningRate η; empty for the one that the theorem proposes. The theorems on the gradient
 *     flow do not look at it
 */
public record Setting(Target target, LinearNetwork start, OptionalDouble learningRate) {

  public Setting {
    Objects.requireNonNull(learningRate);
    start.requireShape(target);
    if (learningRate.isPresent()
        && !(learningRate.getAsDouble() > 0 && Double.isFinite(learningRate.getAsDouble()))) {
      throw new InvalidProblemException(
          "The learning rate is "
              + learningRate.getAsDouble()
              + "; it must be positive and finite.");
    }
  }

  /** A problem with the learning rate that the theorem proposes. */
  public static Setting of(Target target, LinearNetwork start) {
    return new Setting(target, start, OptionalDouble.empty());
  }

  /** The same with a learning rate. */
  public Setting withRate(double rate) {
    return new Setting(target, start, OptionalDouble.of(rate));
  }

  int depth() {
    return start.depth();
  }

  int dimension() {
    return target.dimension();
  }
}
