package org.fathom4j.ui.stats;

import java.util.function.LongSupplier;

/**
 * When to look into a training: at its first iteration, then as often as a fixed share of the time
 * allows.
 *
 * <p>Two bounds: looking takes at most {@value #SHARE} of the training's time, measured at the last
 * look; and looks are at least {@link #stride} iterations apart, which doubles whenever the file of
 * samples is full.
 */
final class SamplingPace {

  /** Of the wall time. The issue allows two percent; what we cannot measure is in the other one. */
  static final double SHARE = 0.01;

  private static final long NANOS_AFTER_FIRST = 300_000_000;

  private final LongSupplier nanoTime;
  private long stride = 1;
  private long nextIteration = Long.MIN_VALUE;
  private long earliest = Long.MIN_VALUE;
  private boolean started;

  /**
   * A pace.
   *
   * @param nanoTime a clock, such as {@link System#nanoTime}
   */
  SamplingPace(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Whether to look at an iteration. */
  boolean isDue(int iteration) {
    return !started || iteration >= nextIteration && nanoTime.getAsLong() - earliest >= 0;
  }

  /** An iteration was looked at. The first look loads classes: what it took says nothing. */
  void looked(int iteration, long nanosTaken) {
    long pause = started ? (long) (nanosTaken / SHARE) : NANOS_AFTER_FIRST;
    started = true;
    nextIteration = iteration + stride;
    earliest = nanoTime.getAsLong() + pause;
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
