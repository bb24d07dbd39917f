package org.fathom4j.theory;

/**
 * A bound and the number held against it.
 *
 * @param bound what is promised
 * @param measured what was found
 * @param kept whether the promise is kept but for rounding
 */
record Measurement(double bound, double measured, boolean kept) {

  Measurement {
    if (Double.isNaN(bound) || Double.isNaN(measured)) {
      throw new InvalidProblemException(
          String.format(
              "The theorem's bound is %s and the measured value %s: the problem is beyond double"
                  + " precision. Take a smaller target, depth or learning rate.",
              bound, measured));
    }
  }

  /** measured ≤ bound. */
  static Measurement atMost(double bound, double measured, double rounding) {
    return new Measurement(bound, measured, measured <= bound + rounding);
  }

  /** measured ≥ bound. */
  static Measurement atLeast(double bound, double measured, double rounding) {
    return new Measurement(bound, measured, measured >= bound - rounding);
  }
}
