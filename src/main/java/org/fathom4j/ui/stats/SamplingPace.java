package org.fathom4j.ui.stats;

import java.util.Arrays;
import java.util.function.LongSupplier;

/**
 * When to look into a training: at its first iteration, then as often as a fixed share of the time
 * allows.
 *
 * <p>A look costs what its iteration takes longer than iterations nearby: what the observer
 * computes, and what the network measures for it. All looks together, but for the first, which
 * loads classes, take at most {@value #SHARE} of the training's time and {@value #CREDIT_NANOS}
 * nanoseconds, so that something is to be seen soon. Looks are at least {@link #stride} iterations
 * apart, which doubles whenever the file of samples is full.
 */
final class SamplingPace {

  /** Of the wall time; short iterations vary, and of a look's cost up to half may hide in that. */
  static final double SHARE = 0.005;

  static final long CREDIT_NANOS = 150_000_000;

  /** More than so many a second nobody can follow. */
  static final long NANOS_BETWEEN_LOOKS = 200_000_000;

  /** An iteration that was evaluated or saved as well takes longer for other reasons. */
  private static final int MOST_TIMES_MEASURED = 8;

  private static final int REMEMBERED = 9;

  private final LongSupplier nanoTime;
  private final long[] durations = new long[REMEMBERED]; // of iterations nobody looked at
  private int known;
  private boolean asked;
  private boolean looking;
  private boolean looked;
  private long lastAsked;
  private long lastLooked;
  private long measured; // by the observer, in the iteration it looks at
  private long began;
  private double spent;
  private long stride = 1;
  private long nextIteration = Long.MIN_VALUE;

  /**
   * A pace.
   *
   * @param nanoTime a clock, such as {@link System#nanoTime}
   */
  SamplingPace(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Whether to look at an iteration; to be asked before each one. */
  boolean isDue(int iteration) {
    long now = nanoTime.getAsLong();
    if (asked) {
      account(now - lastAsked);
    }
    asked = true;
    lastAsked = now;
    looking =
        !looked
            || iteration >= nextIteration
                && now - lastLooked >= NANOS_BETWEEN_LOOKS
                && spent <= CREDIT_NANOS + SHARE * (now - began);
    return looking;
  }

  /** The iteration before has taken so long, from question to question. */
  private void account(long duration) {
    if (!looking) {
      durations[known++ % REMEMBERED] = duration;
    } else if (!looked) {
      looked = true;
      began = nanoTime.getAsLong();
    } else {
      long longer = duration - usual(duration);
      spent += Math.max(measured, Math.min(longer, MOST_TIMES_MEASURED * measured));
    }
    looking = false;
  }

  /** The median of what was seen lately. */
  private long usual(long otherwise) {
    int count = Math.min(known, REMEMBERED);
    if (count == 0) {
      return otherwise;
    }
    long[] sorted = Arrays.copyOf(durations, count);
    Arrays.sort(sorted);
    return sorted[count / 2];
  }

  /** An iteration was looked at, which took the observer so long. */
  void looked(int iteration, long nanosTaken) {
    measured = nanosTaken;
    nextIteration = iteration + stride;
    lastLooked = nanoTime.getAsLong();
  }

  /** From now on half as many looks are wanted. */
  void slowDown() {
    stride *= 2;
  }

  /** Iterations between two looks, at least. */
  long stride() {
    return stride;
  }
}
