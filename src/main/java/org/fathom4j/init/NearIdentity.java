package org.fathom4j.init;

import java.util.Map;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Small random branches whose sum over the depth is of order one: each block is near the identity.
 *
 * <pre>
 *   V_l ~ N(0, 1/fan_in)    U_l ~ N(0, s²/(L fan_in))    A_l ~ N(0, s²/(L fan_in))
 *   V_0 ~ N(0, 1/fan_out)   U_{L+1} ~ N(0, 1/fan_in)
 *   c = s²/(2L) (ReLU), growth to e^{s²/2};  c = s²/L (linear blocks), to e^{s²}
 * </pre>
 *
 * <p>V_0 as in mZAS, so that E‖z_0‖² = ‖x‖². For linear blocks A_l is the paper's U_l. The scale of
 * residual branches is that of {@link Stable}; what differs is the embedding.
 *
 * @param scale s, 1 in the paper
 * @see <a href="https://arxiv.org/abs/1911.00645">Wu, Wang &amp; Ma 2019, Global Convergence of
 *     Gradient Descent for Deep Linear Residual Networks, equation (5.1)</a>
 */
public record NearIdentity(@JsonProperty("scale") double scale) implements InitializationScheme {

  /** Squares and their products with the depth stay normal numbers within these bounds. */
  private static final double SMALLEST_SCALE = 1e-100;

  private static final double LARGEST_SCALE = 1e100;

  @JsonCreator
  public NearIdentity {
    if (!(scale >= SMALLEST_SCALE && scale <= LARGEST_SCALE)) {
      throw new IllegalArgumentException(
          "scale must be between 1e-100 and 1e100, not " + Numbers.text(scale) + ".");
    }
  }

  /** The paper's scale, 1. */
  public NearIdentity() {
    this(1);
  }

  @Override
  public String name() {
    return "near-identity";
  }

  @Override
  public Map<String, String> options() {
    return Map.of("scale", Numbers.text(scale));
  }

  @Override
  public WeightLaw embedding(NetworkShape shape) {
    return NormalLaw.of(1, Fan.OUT);
  }

  @Override
  public WeightLaw inner(NetworkShape shape) {
    return NormalLaw.of(1, Fan.IN);
  }

  @Override
  public WeightLaw outer(NetworkShape shape) {
    return small(shape);
  }

  @Override
  public WeightLaw linear(NetworkShape shape) {
    return small(shape);
  }

  @Override
  public WeightLaw readout(NetworkShape shape) {
    return NormalLaw.of(1, Fan.IN);
  }

  private WeightLaw small(NetworkShape shape) {
    return NormalLaw.ofDepth(scale * scale, Fan.IN, shape.depth());
  }
}
