package org.fathom4j.init;

import java.util.random.RandomGenerator;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Independent uniform entries with mean zero: W_ij ~ U(-b, b) with b = √(3 Var).
 *
 * @param variance of each entry, a third of the bound's square
 */
public record UniformLaw(@JsonProperty("variance") Variance variance) implements WeightLaw {

  /** Var U(-b, b) = b²/3. */
  private static final double SQUARED_BOUND_PER_VARIANCE = 3;

  @JsonCreator
  public UniformLaw {
    if (variance == null) {
      throw new IllegalArgumentException("A uniform law needs a variance.");
    }
  }

  /** Variance numerator/fan. */
  public static UniformLaw of(double numerator, Fan fan) {
    return new UniformLaw(new Variance(numerator, fan, 1));
  }

  /** b, the largest absolute value an entry may take. */
  public double bound(int nIn, int nOut) {
    return Math.sqrt(SQUARED_BOUND_PER_VARIANCE * variance.of(nIn, nOut));
  }

  @Override
  public void fill(int nIn, int nOut, RandomGenerator random, double[] weights) {
    int entries = StoredMatrix.entries(nIn, nOut, weights);
    double bound = bound(nIn, nOut);
    for (int i = 0; i < entries; i++) {
      weights[i] = bound * (2 * random.nextDouble() - 1);
    }
  }

  @Override
  public double meanSquare(int nIn, int nOut) {
    return variance.of(nIn, nOut);
  }

  @Override
  public String formula() {
    return "U(±√(" + variance.formula(SQUARED_BOUND_PER_VARIANCE) + "))";
  }
}
