package org.fathom4j.ui.depth;

import java.util.Arrays;
import java.util.List;

/**
 * A curve of any length in bounded memory: neighbours share a bucket, which keeps their mean,
 * smallest and largest value.
 *
 * <p>Buckets hold one value each until there are too many; then each two become one, as often as
 * needed. A bucket lies at the last of its iterations. Values that are not finite make a hole: the
 * bucket has no mean.
 */
final class Envelope {

  /** A bucket to look at. */
  record Bucket(int iteration, double mean, double low, double high, int values) {

    /** One value. */
    static Bucket of(int iteration, double value) {
      return Double.isFinite(value)
          ? new Bucket(iteration, value, value, value, 1)
          : new Bucket(
              iteration, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 1);
    }

    /** Both together, {@code next} after this one. */
    Bucket with(Bucket next) {
      int all = values + next.values;
      return new Bucket(
          next.iteration,
          (mean * values + next.mean * next.values) / all, // a hole stays one
          Math.min(low, next.low),
          Math.max(high, next.high),
          all);
    }

    /** Whether one of its values is not finite. */
    boolean isHole() {
      return Double.isNaN(mean);
    }
  }

  private final Bucket[] buckets;
  private int count;
  private int capacity = 1;

  /**
   * An empty curve.
   *
   * @param most buckets, an even number
   */
  Envelope(int most) {
    if (most < 2 || most % 2 != 0) {
      throw new IllegalArgumentException(
          "An envelope needs an even number of buckets, not " + most);
    }
    buckets = new Bucket[most];
  }

  /** Adds a value after all others. */
  void add(int iteration, double value) {
    Bucket one = Bucket.of(iteration, value);
    if (count > 0 && buckets[count - 1].values() < capacity) {
      buckets[count - 1] = buckets[count - 1].with(one);
      return;
    }
    if (count == buckets.length) {
      for (int i = 0; i < count / 2; i++) {
        buckets[i] = buckets[2 * i].with(buckets[2 * i + 1]);
      }
      count /= 2;
      capacity *= 2;
    }
    buckets[count++] = one;
  }

  /** The curve in at most so many buckets, equally full but for the last. */
  Bucket[] buckets(int most) {
    return coarser(Arrays.asList(buckets).subList(0, count), most);
  }

  /** Neighbours put together, as many into each as it takes for at most so many. */
  static Bucket[] coarser(List<Bucket> buckets, int most) {
    int together = (buckets.size() + most - 1) / most;
    if (together <= 1) {
      return buckets.toArray(Bucket[]::new);
    }
    Bucket[] fewer = new Bucket[(buckets.size() + together - 1) / together];
    for (int i = 0; i < buckets.size(); i++) {
      Bucket one = buckets.get(i);
      fewer[i / together] = i % together == 0 ? one : fewer[i / together].with(one);
    }
    return fewer;
  }
}
