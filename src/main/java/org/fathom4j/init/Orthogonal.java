package org.fathom4j.init;

import java.util.Map;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Random (semi-)orthogonal matrices: isometries for a plain linear network, not for a residual sum.
 *
 * <pre>
 *   V_l, U_l, A_l = g Q        V_0, U_{L+1} = Q        Q Haar, QQᵀ = I or QᵀQ = I
 *   c = g⁴ min(D/M, M/D)/2 (ReLU);  c = g² (linear blocks)
 * </pre>
 *
 * <p>z + UVz with orthogonal factors is no isometry: the stream grows as Xavier's does.
 *
 * @param gain g, of the matrices in residual branches
 * @see <a href="https://arxiv.org/abs/1312.6120">Saxe, McClelland &amp; Ganguli 2014, Exact
 *     solutions to the nonlinear dynamics of learning in deep linear neural networks</a>
 */
public record Orthogonal(@JsonProperty("gain") double gain) implements InitializationScheme {

  /** Fourth powers stay normal numbers within these bounds. */
  private static final double SMALLEST_GAIN = 1e-50;

  private static final double LARGEST_GAIN = 1e50;

  @JsonCreator
  public Orthogonal {
    if (!(gain >= SMALLEST_GAIN && gain <= LARGEST_GAIN)) {
      throw new IllegalArgumentException(
          "gain must be between 1e-50 and 1e50, not " + Numbers.text(gain) + ".");
    }
  }

  /** Gain 1. */
  public Orthogonal() {
    this(1);
  }

  @Override
  public String name() {
    return "orthogonal";
  }

  @Override
  public Map<String, String> options() {
    return Map.of("gain", Numbers.text(gain));
  }

  @Override
  public WeightLaw embedding(NetworkShape shape) {
    return new OrthogonalLaw(1);
  }

  @Override
  public WeightLaw inner(NetworkShape shape) {
    return new OrthogonalLaw(gain);
  }

  @Override
  public WeightLaw outer(NetworkShape shape) {
    return new OrthogonalLaw(gain);
  }

  @Override
  public WeightLaw linear(NetworkShape shape) {
    return new OrthogonalLaw(gain);
  }

  @Override
  public WeightLaw readout(NetworkShape shape) {
    return new OrthogonalLaw(1);
  }
}
