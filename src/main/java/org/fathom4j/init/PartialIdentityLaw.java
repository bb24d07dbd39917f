package org.fathom4j.init;

import java.util.random.RandomGenerator;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * A constant on the main diagonal, zeros elsewhere: W_ii = s for i &lt; min(nIn, nOut).
 *
 * @param scale s; 1 is the identity, padded or cut
 */
public record PartialIdentityLaw(@JsonProperty("scale") double scale) implements WeightLaw {

  @JsonCreator
  public PartialIdentityLaw {
    Numbers.requirePositive("scale", scale);
  }

  @Override
  public void fill(int nIn, int nOut, RandomGenerator random, double[] weights) {
    StoredMatrix.clear(nIn, nOut, weights);
    for (int i = 0; i < Math.min(nIn, nOut); i++) {
      weights[i * nOut + i] = scale;
    }
  }

  /** s² min(nIn, nOut)/(nIn nOut) = s²/max(nIn, nOut). */
  @Override
  public double meanSquare(int nIn, int nOut) {
    StoredMatrix.requireSizes(nIn, nOut);
    return scale * scale / Math.max(nIn, nOut);
  }

  @Override
  public String formula() {
    return scale == 1 ? "identity" : Numbers.text(scale) + " identity";
  }
}
