package org.fathom4j.init;

import java.util.Map;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Xavier Glorot's initialization with normal entries, for every matrix: the standard one, which
 * knows nothing of the residual sum.
 *
 * <pre>
 *   V_0, V_l, U_l, A_l, U_{L+1} ~ N(0, 2/(fan_in + fan_out))
 *   c = 2DM/(D+M)², 1/2 if M = D (ReLU);  c = 1 (linear blocks)
 * </pre>
 *
 * <p>E‖z_l‖² grows by 1 + c a block: with M = D it leaves float32 at block 219. The variance is
 * that of {@link XavierUniform}.
 *
 * @param fan average for Glorot and Bengio's law; in or out for a variance of 1/fan_in or
 *     1/fan_out, other laws that go by the name of Xavier
 * @see <a href="https://proceedings.mlr.press/v9/glorot10a.html">Glorot &amp; Bengio 2010,
 *     Understanding the difficulty of training deep feedforward neural networks, equation (12)</a>
 */
public record XavierNormal(@JsonProperty("fan") Fan fan) implements InitializationScheme {

  @JsonCreator
  public XavierNormal {
    Fan.requireOption(fan);
  }

  /** Glorot and Bengio's: the average of both fans. */
  public XavierNormal() {
    this(Fan.AVERAGE);
  }

  @Override
  public String name() {
    return "xavier";
  }

  @Override
  public Map<String, String> options() {
    return Map.of("fan", fan.option());
  }

  @Override
  public WeightLaw embedding(NetworkShape shape) {
    return law();
  }

  @Override
  public WeightLaw inner(NetworkShape shape) {
    return law();
  }

  @Override
  public WeightLaw outer(NetworkShape shape) {
    return law();
  }

  @Override
  public WeightLaw linear(NetworkShape shape) {
    return law();
  }

  @Override
  public WeightLaw readout(NetworkShape shape) {
    return law();
  }

  private WeightLaw law() {
    return NormalLaw.of(1, fan);
  }
}
