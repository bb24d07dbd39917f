package org.fathom4j.compare;

import java.util.Locale;

/** What a run amounts to, from best to worst; {@link Verdict} says how it is found out. */
public enum Outcome {
  /** Better than guessing, and better than at its start. */
  LEARNS,
  /** All numbers are finite and no better than before. */
  STALLS,
  /** Activations or gradients became too small for their type on the way through the depth. */
  UNDERFLOWS,
  /** Numbers stopped being finite, or the loss rose far above its start. */
  DIVERGES;

  /** The word in files, tables and pictures. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
