package org.fathom4j.kernel;

import java.util.Objects;
import java.util.OptionalDouble;

/**
 * Neighbouring parameters that follow one rule.
 *
 * @param from index of the first, in parameters and gradient
 * @param length how many there are
 * @param firstState index of the first one's v (Nesterov) or m (Adam) in the state; else ignored
 * @param secondState index of the first one's v (Adam) in the state; else ignored
 * @param rule what becomes of the gradient
 * @param examples what the summed gradient is divided by, N of the minibatch; 1 for a mean
 * @param decay λ of u ← u + λp, after the rule; empty for none
 */
public record UpdateRange(
    long from,
    long length,
    long firstState,
    long secondState,
    UpdateRule rule,
    double examples,
    OptionalDouble decay) {

  public UpdateRange {
    Objects.requireNonNull(rule, "A range of parameters needs an update rule.");
    Objects.requireNonNull(decay, "A range without decay has an empty one.");
    if (from < 0 || length < 1 || from + length < 0) {
      throw new IllegalArgumentException(
          "There is no range of " + length + " parameters from " + from + " on.");
    }
    if (!(examples > 0)) {
      throw new IllegalArgumentException(
          "Gradients are divided by the examples they sum over, at least 1, not by "
              + examples
              + ".");
    }
  }

  /** Index of the first parameter that belongs to it no more. */
  public long end() {
    return from + length;
  }
}
