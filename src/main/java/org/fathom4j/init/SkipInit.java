package org.fathom4j.init;

import java.util.Map;
import java.util.Optional;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * SkipInit: He's initialization, with each branch multiplied by a trainable scalar that starts at
 * zero or at 1/√L.
 *
 * <pre>
 *   z_l = z_{l-1} + α_l U_l σ(V_l z_{l-1}),   α_l = 0 or L^{-1/2}
 *   V_0, V_l, U_l, U_{L+1} ~ N(0, 2/fan_in)     A_l ~ N(0, 1/fan_in)
 *   c = 0, or 2/L (ReLU; growth to e²) and 1/L (linear blocks; to e)
 * </pre>
 *
 * <p>The scalars learn at the full learning rate; with α_l = 0 the first update moves them, V_0 and
 * U_{L+1}.
 *
 * @param alpha where α_l starts
 * @see <a href="https://arxiv.org/abs/2002.10444">De &amp; Smith 2020, Batch Normalization Biases
 *     Residual Blocks Towards the Identity Function in Deep Networks</a>
 */
public record SkipInit(@JsonProperty("alpha") Start alpha) implements InitializationScheme {

  /** Where the multipliers start; saved by name. */
  public enum Start {
    /** α_l = 0. */
    ZERO("zero"),
    /** α_l = 1/√L. */
    INVERSE_SQRT_DEPTH("inverse-sqrt-depth");

    private final String option;

    Start(String option) {
      this.option = option;
    }

    String option() {
      return option;
    }
  }

  @JsonCreator
  public SkipInit {
    if (alpha == null) {
      throw new IllegalArgumentException("alpha must be zero or inverse-sqrt-depth.");
    }
  }

  /** Multipliers that start at zero. */
  public SkipInit() {
    this(Start.ZERO);
  }

  @Override
  public String name() {
    return "skipinit";
  }

  @Override
  public Map<String, String> options() {
    return Map.of("alpha", alpha.option());
  }

  @Override
  public WeightLaw embedding(NetworkShape shape) {
    return NormalLaw.of(2, Fan.IN);
  }

  @Override
  public WeightLaw inner(NetworkShape shape) {
    return NormalLaw.of(2, Fan.IN);
  }

  @Override
  public WeightLaw outer(NetworkShape shape) {
    return NormalLaw.of(2, Fan.IN);
  }

  @Override
  public WeightLaw linear(NetworkShape shape) {
    return NormalLaw.of(1, Fan.IN);
  }

  @Override
  public WeightLaw readout(NetworkShape shape) {
    return NormalLaw.of(2, Fan.IN);
  }

  @Override
  public Optional<BranchScalars> scalars(NetworkShape shape) {
    double multiplier =
        switch (alpha) {
          case ZERO -> 0;
          case INVERSE_SQRT_DEPTH -> 1 / Math.sqrt(shape.depth());
        };
    return Optional.of(new BranchScalars(multiplier, false, 1));
  }
}
