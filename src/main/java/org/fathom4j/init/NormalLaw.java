package org.fathom4j.init;

import java.util.random.RandomGenerator;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Independent normal entries with mean zero: W_ij ~ N(0, Var).
 *
 * @param variance of each entry; not the standard deviation
 */
public record NormalLaw(@JsonProperty("variance") Variance variance) implements WeightLaw {

  @JsonCreator
  public NormalLaw {
    if (variance == null) {
      throw new IllegalArgumentException("A normal law needs a variance.");
    }
  }

  /** N(0, numerator/fan). */
  public static NormalLaw of(double numerator, Fan fan) {
    return new NormalLaw(new Variance(numerator, fan, 1));
  }

  /** N(0, numerator/(L fan)). */
  public static NormalLaw ofDepth(double numerator, Fan fan, int depth) {
    return new NormalLaw(new Variance(numerator, fan, depth));
  }

  @Override
  public void fill(int nIn, int nOut, RandomGenerator random, double[] weights) {
    int entries = StoredMatrix.entries(nIn, nOut, weights);
    double deviation = Math.sqrt(variance.of(nIn, nOut));
    for (int i = 0; i < entries; i++) {
      weights[i] = deviation * random.nextGaussian();
    }
  }

  @Override
  public double meanSquare(int nIn, int nOut) {
    return variance.of(nIn, nOut);
  }

  @Override
  public String formula() {
    return "N(0, " + variance.formula(1) + ")";
  }
}
