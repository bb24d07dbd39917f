package org.fathom4j.init;

import java.util.Map;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Kaiming He's initialization for every matrix: keeps the mean square through ReLU layers, of which
 * a residual sum adds one a block.
 *
 * <pre>
 *   V_0, V_l, U_l, U_{L+1} ~ N(0, 2/fan_in)     A_l ~ N(0, 1/fan_in)
 *   c = 2 (ReLU, any M);  c = 1 (linear blocks)
 * </pre>
 *
 * <p>With c = 2, E‖z_l‖² leaves float32 at block 81. The 2 makes up for the half that ReLU takes; a
 * linear block has no ReLU, and so its law has 1.
 *
 * @param fan in for the forward pass, out for the backward pass, or their average
 * @see <a href="https://arxiv.org/abs/1502.01852">He, Zhang, Ren &amp; Sun 2015, Delving Deep into
 *     Rectifiers, equations (10) and (14)</a>
 */
public record He(@JsonProperty("fan") Fan fan) implements InitializationScheme {

  @JsonCreator
  public He {
    Fan.requireOption(fan);
  }

  /** The forward law, 2/fan_in. */
  public He() {
    this(Fan.IN);
  }

  @Override
  public String name() {
    return "he";
  }

  @Override
  public Map<String, String> options() {
    return Map.of("fan", fan.option());
  }

  @Override
  public WeightLaw embedding(NetworkShape shape) {
    return rectified();
  }

  @Override
  public WeightLaw inner(NetworkShape shape) {
    return rectified();
  }

  @Override
  public WeightLaw outer(NetworkShape shape) {
    return rectified();
  }

  @Override
  public WeightLaw linear(NetworkShape shape) {
    return NormalLaw.of(1, fan);
  }

  @Override
  public WeightLaw readout(NetworkShape shape) {
    return rectified();
  }

  private WeightLaw rectified() {
    return NormalLaw.of(2, fan);
  }
}
