package org.fathom4j.init;

import java.util.random.RandomGenerator;

/** Every entry is exactly zero. */
public record ZeroLaw() implements WeightLaw {

  @Override
  public void fill(int nIn, int nOut, RandomGenerator random, double[] weights) {
    StoredMatrix.clear(nIn, nOut, weights);
  }

  @Override
  public double meanSquare(int nIn, int nOut) {
    StoredMatrix.requireSizes(nIn, nOut);
    return 0;
  }

  @Override
  public String formula() {
    return "0";
  }
}
