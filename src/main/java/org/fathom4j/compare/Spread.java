package org.fathom4j.compare;

import java.util.Arrays;
import java.util.OptionalDouble;
import org.apache.commons.math3.distribution.TDistribution;
import org.apache.commons.math3.stat.descriptive.moment.Mean;
import org.apache.commons.math3.stat.descriptive.moment.StandardDeviation;

/**
 * Mean and spread of one number over seeds.
 *
 * <pre>
 *   sd² = Σ (x_i − mean)² / (n − 1)        interval = mean ± t_{n−1, 0.975} sd / √n
 * </pre>
 *
 * <p>The interval is Student's: it holds the expectation over all seeds in 95 of 100 comparisons if
 * the number is normally distributed over seeds.
 *
 * @param count n
 * @param mean of the values
 * @param sd standard deviation; empty for a single value
 * @param halfWidth of the 95 % interval around the mean; empty for a single value
 */
public record Spread(int count, double mean, OptionalDouble sd, OptionalDouble halfWidth) {

  private static final double UPPER_QUANTILE = 0.975;

  /**
   * The spread of values, at least one.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Spread of(double... values) {
    if (values.length == 0) {
      throw new IllegalArgumentException("There is no mean of no values.");
    }
    double mean = new Mean().evaluate(values);
    if (values.length == 1) {
      return new Spread(1, mean, OptionalDouble.empty(), OptionalDouble.empty());
    }
    // Exactly 0 for equal values, whatever the rounding of their mean.
    boolean equal = Arrays.stream(values).allMatch(value -> value == values[0]);
    double sd = equal ? 0 : new StandardDeviation().evaluate(values);
    double t =
        new TDistribution(null, values.length - 1.0).inverseCumulativeProbability(UPPER_QUANTILE);
    return new Spread(
        values.length,
        equal ? values[0] : mean,
        OptionalDouble.of(sd),
        OptionalDouble.of(t * sd / Math.sqrt(values.length)));
  }
}
