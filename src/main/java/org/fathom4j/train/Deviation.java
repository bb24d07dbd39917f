package org.fathom4j.train;

import java.util.Locale;

/**
 * Numbers of a record beside the same numbers made again: how many differ, where first, by what.
 */
final class Deviation {

  private final String what;
  private long compared;
  private long different;
  private String first;
  private double largest;

  /**
   * Nothing compared yet.
   *
   * @param what the numbers are of, such as {@code metrics.csv}
   */
  Deviation(String what) {
    this.what = what;
  }

  /** Compares the bits of two numbers; a NaN is any NaN, for files hold the word alone. */
  void compare(Object place, double recorded, double replayed) {
    compared++;
    if (Double.doubleToLongBits(recorded) != Double.doubleToLongBits(replayed)) {
      note(place + " is " + recorded + " in the record, " + replayed + " here");
      largest = Math.max(largest, relative(recorded, replayed));
    }
  }

  /** A number without its counterpart. */
  void unpaired(Object place, String where) {
    compared++;
    note(place + " is " + where);
  }

  private void note(String difference) {
    different++;
    if (first == null) {
      first = difference;
    }
  }

  private static double relative(double one, double other) {
    double difference = Math.abs(one - other) / Math.max(Math.abs(one), Math.abs(other));
    return Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference;
  }

  boolean isNone() {
    return different == 0;
  }

  /** How many are the same, or how many are not. */
  @Override
  public String toString() {
    if (isNone()) {
      return String.format(Locale.ROOT, "%,d numbers of %s", compared, what);
    }
    return String.format(
        Locale.ROOT,
        "%,d of %,d numbers of %s, first: %s%s",
        different,
        compared,
        what,
        first,
        largest > 0
            ? String.format(Locale.ROOT, "; largest relative difference %.3g", largest)
            : "");
  }
}
