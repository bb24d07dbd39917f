package org.fathom4j.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What repeated measurements of one quantity gave.
 *
 * @param median of all; of an even number, the mean of the middle two
 * @param least the smallest
 * @param largest the largest
 * @param count how many there were
 */
public record Timing(double median, double least, double largest, int count) {

  private static final int FEWEST_WARM_UPS = 2;
  private static final int FEWEST_TIMED = 3;
  private static final int MOST_TIMED = 1000;

  /** Iterations that {@link #of(Runnable, double)} runs at the least. */
  static final int FEWEST = FEWEST_WARM_UPS + FEWEST_TIMED;

  /** The summary of at least one value. */
  static Timing of(List<Double> values) {
    if (values.isEmpty()) {
      throw new IllegalArgumentException("No measurement, no median.");
    }
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    int middle = sorted.length / 2;
    double median =
        sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    return new Timing(median, sorted[0], sorted[sorted.length - 1], sorted.length);
  }

  /**
   * Seconds that a piece of work takes, after it has run for half as long to warm up.
   *
   * @param seconds to measure for; at least three runs are timed, however long they take
   */
  public static Timing of(Runnable work, double seconds) {
    double warmUp = 0;
    for (int i = 0; i < FEWEST_WARM_UPS || warmUp < seconds / 2; i++) {
      warmUp += secondsOf(work);
    }
    List<Double> timed = new ArrayList<>();
    double sum = 0;
    while (timed.size() < FEWEST_TIMED || sum < seconds && timed.size() < MOST_TIMED) {
      double once = secondsOf(work);
      timed.add(once);
      sum += once;
    }
    return of(timed);
  }

  /** Seconds of one run. */
  static double secondsOf(Runnable work) {
    long start = System.nanoTime();
    work.run();
    return (System.nanoTime() - start) * 1e-9;
  }

  /** The summary of values given one by one. */
  static Timing of(double... values) {
    return of(Arrays.stream(values).boxed().toList());
  }
}
