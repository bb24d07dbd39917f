package org.fathom4j.theory.theorems;

import java.util.Objects;

/**
 * One condition of a theorem, checked on a problem.
 *
 * <p>A condition that lies within its own rounding error cannot be decided, and counts as not
 * holding. Conditions on the given numbers themselves, such as Φ = Φᵀ, are decided exactly.
 *
 * @param text the condition, limits included
 * @param holds whether it certainly holds
 * @param value what was compared; NaN if it could not be computed
 */
public record Hypothesis(String text, boolean holds, double value) {

  public Hypothesis {
    Objects.requireNonNull(text);
  }

  /** value ≤ limit, whatever the rounding. */
  static Hypothesis atMost(String text, double value, double limit, double rounding) {
    return new Hypothesis(text, value + rounding <= limit, value);
  }

  /** value ≥ limit, whatever the rounding. */
  static Hypothesis atLeast(String text, double value, double limit, double rounding) {
    return new Hypothesis(text, value - rounding >= limit, value);
  }

  /** value &gt; 0, whatever the rounding. */
  static Hypothesis positive(String text, double value, double rounding) {
    return new Hypothesis(text, value > rounding && value < Double.POSITIVE_INFINITY, value);
  }

  /** value = 0 exactly. */
  static Hypothesis zero(String text, double value) {
    return new Hypothesis(text, value == 0, value);
  }
}
