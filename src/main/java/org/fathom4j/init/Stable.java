package org.fathom4j.init;

import java.util.Locale;
import java.util.Map;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Stable ResNet: branches scaled by 1/√L, so that the stream grows by a bounded factor at any
 * depth.
 *
 * <pre>
 *   V_0, V_l, U_{L+1} ~ N(0, 1/fan_in)      U_l ~ N(0, 1/(L fan_in))      A_l ~ N(0, 1/(L fan_in))
 *   c = 1/(2L) (ReLU), growth to √e;  c = 1/L (linear blocks), to e
 * </pre>
 *
 * <p>The paper multiplies the branch by the constant 1/√L in every forward pass; here the factor is
 * in the variance of U_l, which is the same network at the start; gradient descent then moves U_l
 * as it would in the paper's form at a learning rate L times larger. {@link Scaling#BOTH} puts it
 * into V_l as well: V_l, U_l ~ N(0, 1/(L fan_in)), c = 1/(2L²), growth to 1 + 1/(2L).
 *
 * @param scaling which matrices of a residual branch carry the factor 1/√L
 * @see <a href="https://arxiv.org/abs/2010.12859">Hayou, Clerico, He, Deligiannidis, Doucet &amp;
 *     Rousseau 2021, Stable ResNet, uniform scaling</a>
 */
public record Stable(@JsonProperty("scaling") Scaling scaling) implements InitializationScheme {

  /** Where the factor 1/√L goes; saved by name. */
  public enum Scaling {
    /** Into U_l alone. */
    OUTER,
    /** Into U_l and V_l. */
    BOTH;

    String option() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @JsonCreator
  public Stable {
    if (scaling == null) {
      throw new IllegalArgumentException("scaling must be outer or both.");
    }
  }

  /** The branch as a whole scaled by 1/√L. */
  public Stable() {
    this(Scaling.OUTER);
  }

  @Override
  public String name() {
    return "stable";
  }

  @Override
  public Map<String, String> options() {
    return Map.of("scaling", scaling.option());
  }

  @Override
  public WeightLaw embedding(NetworkShape shape) {
    return NormalLaw.of(1, Fan.IN);
  }

  @Override
  public WeightLaw inner(NetworkShape shape) {
    return scaling == Scaling.BOTH ? small(shape) : NormalLaw.of(1, Fan.IN);
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

  private static WeightLaw small(NetworkShape shape) {
    return NormalLaw.ofDepth(1, Fan.IN, shape.depth());
  }
}
