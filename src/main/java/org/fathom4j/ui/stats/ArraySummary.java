package org.fathom4j.ui.stats;

/**
 * A distribution in a few numbers.
 *
 * @param mean of all values; NaN if any is not finite, as the next two
 * @param deviation their standard deviation, √(Σ(x − mean)²/n)
 * @param magnitude mean of |x|
 * @param smallest of the finite values; 0 if there is none
 * @param largest of the finite values; 0 if there is none
 * @param counts of the finite values in bins of equal width from smallest to largest
 */
record ArraySummary(
    double mean,
    double deviation,
    double magnitude,
    double smallest,
    double largest,
    int[] counts) {

  static final int BINS = 20;

  /** The summary of at least one value. */
  static ArraySummary of(double[] values) {
    double sum = 0;
    double magnitudes = 0;
    double smallest = Double.POSITIVE_INFINITY;
    double largest = Double.NEGATIVE_INFINITY;
    for (double value : values) {
      sum += value;
      magnitudes += Math.abs(value);
      if (Double.isFinite(value)) {
        smallest = Math.min(smallest, value);
        largest = Math.max(largest, value);
      }
    }
    boolean finite = Double.isFinite(magnitudes);
    double mean = finite ? sum / values.length : Double.NaN;
    if (smallest > largest) {
      smallest = 0;
      largest = 0;
    }
    double squares = 0;
    int[] counts = new int[BINS];
    double perWidth = largest > smallest ? BINS / (largest - smallest) : 0;
    for (double value : values) {
      squares += (value - mean) * (value - mean);
      if (Double.isFinite(value)) {
        counts[Math.min(BINS - 1, (int) ((value - smallest) * perWidth))]++;
      }
    }
    return new ArraySummary(
        mean,
        Math.sqrt(squares / values.length),
        finite ? magnitudes / values.length : Double.NaN,
        smallest,
        largest,
        counts);
  }
}
