package org.fathom4j.init;

import java.util.Locale;

/**
 * What a variance is divided by: the inputs or outputs of the matrix. Constants are saved by name.
 */
public enum Fan {
  /** Columns of W: keeps the mean square of activations through a linear layer. */
  IN("fan_in"),
  /** Rows of W: keeps the mean square of gradients. */
  OUT("fan_out"),
  /** (fan_in + fan_out)/2, Glorot and Bengio's compromise. */
  AVERAGE("(fan_in+fan_out)"),
  /** fan_out²: a standard deviation of 1/fan_out, Hardt and Ma's. */
  OUT_SQUARED("fan_out²"),
  /** Nothing: a fixed variance. */
  ONE("");

  private final String symbol;

  Fan(String symbol) {
    this.symbol = symbol;
  }

  double of(int nIn, int nOut) {
    StoredMatrix.requireSizes(nIn, nOut);
    return switch (this) {
      case IN -> nIn;
      case OUT -> nOut;
      case AVERAGE -> 0.5 * ((double) nIn + nOut);
      case OUT_SQUARED -> (double) nOut * nOut;
      case ONE -> 1;
    };
  }

  /** Denominator in a formula; for {@link #AVERAGE} the sum, so that the numerator doubles. */
  String symbol() {
    return symbol;
  }

  /** Refuses fans that an option {@code fan=in|out|average} does not offer. */
  static Fan requireOption(Fan fan) {
    if (fan != IN && fan != OUT && fan != AVERAGE) {
      throw new IllegalArgumentException("fan must be in, out or average, not " + fan + ".");
    }
    return fan;
  }

  /** The text of an option, {@code in}, {@code out} or {@code average}. */
  String option() {
    return name().toLowerCase(Locale.ROOT);
  }
}
