package org.fathom4j.record;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** How a run stands; its lower-case word is what {@code run.json} and {@code --json} say. */
public enum RunStatus {
  /** Running, or killed before it could say why it stopped. */
  INCOMPLETE,
  /** Ran all its iterations. */
  DONE,
  /** Loss, activations, gradients or parameters stopped being finite: an outcome, not an error. */
  DIVERGED,
  /** Input or output, data, or memory failed. */
  FAILED,
  /** Stopped by the user, after a checkpoint was written. */
  INTERRUPTED;

  /** Whether a record that says so has {@link Checksums}: it stopped, and not by an error. */
  public boolean isSealed() {
    return this == DONE || this == DIVERGED || this == INTERRUPTED;
  }

  /** The word in files, such as {@code done}. */
  @JsonValue
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
