package org.fathom4j.theory.theorems;

import java.util.Locale;

/** What a {@link Card} says of a theorem on one problem. */
public enum Verdict {
  /** All hypotheses hold, and the measured value keeps to the bound. */
  HOLDS,
  /**
   * All hypotheses hold, but the measured value breaks the bound by more than rounding explains.
   */
  VIOLATED,
  /** Some hypothesis does not hold, or rounding does not let it be decided: nothing is claimed. */
  DOES_NOT_APPLY;

  /** The word of the JSON results: {@code holds}, {@code violated}, {@code does-not-apply}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
