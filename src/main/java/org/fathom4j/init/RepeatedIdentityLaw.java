package org.fathom4j.init;

import java.util.random.RandomGenerator;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Identity matrices side by side until the longer side is full, the last one cut.
 *
 * <pre>
 *   W_ij = τ  if i ≡ j (mod min(nIn, nOut)),  else 0
 * </pre>
 *
 * <p>Where nOut &gt; nIn, rows i and i + nIn are equal. The authors also offer a small noise that
 * tells them apart; this law is the pattern alone.
 *
 * @param scale τ
 * @see <a href="https://arxiv.org/abs/2503.04626">Pan et al. 2025, IDInit: A Universal and Stable
 *     Initialization Method for Neural Network Training</a>
 */
public record RepeatedIdentityLaw(@JsonProperty("scale") double scale) implements WeightLaw {

  @JsonCreator
  public RepeatedIdentityLaw {
    Numbers.requirePositive("scale", scale);
  }

  @Override
  public void fill(int nIn, int nOut, RandomGenerator random, double[] weights) {
    StoredMatrix.clear(nIn, nOut, weights);
    int period = Math.min(nIn, nOut);
    for (int k = 0; k < Math.max(nIn, nOut); k++) {
      int input = nIn == period ? k % period : k;
      int output = nOut == period ? k % period : k;
      weights[input * nOut + output] = scale;
    }
  }

  /** τ² max(nIn, nOut)/(nIn nOut) = τ²/min(nIn, nOut). */
  @Override
  public double meanSquare(int nIn, int nOut) {
    StoredMatrix.requireSizes(nIn, nOut);
    return scale * scale / Math.min(nIn, nOut);
  }

  @Override
  public String formula() {
    return (scale == 1 ? "" : Numbers.text(scale) + " ") + "repeated identity";
  }
}
