package org.fathom4j.compare;

import java.util.Locale;
import java.util.Objects;

/**
 * One learning rate that was tried, and what became of it.
 *
 * @param learningRate η
 * @param iterations updates made
 * @param status how it ended
 * @param loss on the training split at the end; infinite if it diverged
 */
public record Trial(double learningRate, int iterations, Status status, double loss) {

  /** How a trial ended. */
  public enum Status {
    /** It ran as long as it was asked to. */
    DONE,
    /** Numbers stopped being finite, or the loss rose far above its start: infeasible. */
    DIVERGED,
    /** Others of the same length were better; it was not continued. */
    STOPPED;

    /** The word in files and in JSON. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public Trial {
    Objects.requireNonNull(status, "A trial needs a status.");
    if (!(learningRate > 0) || Double.isInfinite(learningRate)) {
      throw new IllegalArgumentException(
          "A trial needs a learning rate above 0, not " + learningRate + ".");
    }
    if (iterations < 0) {
      throw new IllegalArgumentException("A trial cannot make " + iterations + " iterations.");
    }
  }
}
