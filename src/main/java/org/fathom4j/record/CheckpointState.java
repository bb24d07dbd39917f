package org.fathom4j.record;

import java.util.Objects;

/**
 * What a run needs, besides its network, to go on to the same bits.
 *
 * @param iteration updates made
 * @param epoch passes over the training split completed
 * @param batchInEpoch minibatches of the next pass already used
 * @param random the training thread's generator
 * @param metricsBytes length of {@code metrics.csv} that belongs to it, from {@link
 *     MetricLog#sync()}
 * @param depthProfileBytes the same of {@code depth_profile.csv}
 * @param elapsedSeconds at work so far
 * @param best best measurement so far; null before the first
 */
public record CheckpointState(
    int iteration,
    int epoch,
    int batchInEpoch,
    RandomState random,
    long metricsBytes,
    long depthProfileBytes,
    double elapsedSeconds,
    Measurement best) {

  public CheckpointState {
    requireNotNegative("iteration", iteration);
    requireNotNegative("epoch", epoch);
    requireNotNegative("batchInEpoch", batchInEpoch);
    Objects.requireNonNull(random, "A checkpoint needs the state of the random generator.");
    requireNotNegative("metricsBytes", metricsBytes);
    requireNotNegative("depthProfileBytes", depthProfileBytes);
    if (!(elapsedSeconds >= 0)) {
      throw new IllegalArgumentException("elapsedSeconds is negative or NaN: " + elapsedSeconds);
    }
  }

  private static void requireNotNegative(String what, long value) {
    if (value < 0) {
      throw new IllegalArgumentException(what + " is negative: " + value);
    }
  }
}
