package org.fathom4j.theory.descent;

import java.util.Locale;

/** How a trajectory ended. */
public enum Status {
  /** The loss reached what was asked for. */
  CONVERGED,
  /** The loss grew beyond a million times the larger of 1 and its start, or is no finite number. */
  DIVERGED,
  /** The iterations or the time that were asked for were over. */
  STOPPED;

  /** A loss above this many times the larger of 1 and R(0) is divergence (theory B.6). */
  private static final double BLOW_UP = 1e6;

  /** Whether a loss is divergence, as NaN and infinity are. */
  public static boolean isBlownUp(double loss, double startLoss) {
    return !Double.isFinite(loss) || loss > BLOW_UP * Math.max(1, startLoss);
  }

  /** The word of the JSON results: {@code converged}, {@code diverged}, {@code stopped}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
