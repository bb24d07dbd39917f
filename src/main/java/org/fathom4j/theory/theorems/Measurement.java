package org.fathom4j.theory.theorems;

import org.fathom4j.theory.linear.InvalidProblemException;

/**
 * A bound and the number held against it.
 *
 * @param bound what is promised
 * @param measured what was found
 * @param kept whether the promise is kept but for rounding
 */
record Measurement(double bound, double measured, boolean kept) {

  /** The part of the bound that the error of a run may be for the verdict to count. */
  private static final double LARGEST_ROUNDING = 1e-3;

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
    requireDecidable(bound, measured, rounding);
    return new Measurement(bound, measured, measured <= bound + rounding);
  }

  /** measured ≥ bound. */
  static Measurement atLeast(double bound, double measured, double rounding) {
    requireDecidable(bound, measured, rounding);
    return new Measurement(bound, measured, measured >= bound - rounding);
  }

  /** Near the bound, an error that is not small beside it leaves the question open. */
  private static void requireDecidable(double bound, double measured, double rounding) {
    if (Math.abs(measured - bound) <= rounding && rounding > LARGEST_ROUNDING * Math.abs(bound)) {
      throw new InvalidProblemException(
          String.format(
              "The measured value %.6g differs from the bound %.6g by no more than the error of"
                  + " the run, %.2g: it cannot be told which is the larger.",
              measured, bound, rounding));
    }
  }
}
