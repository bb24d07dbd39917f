package org.fathom4j.init;

import java.util.Map;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * IDInit: repeated identities, with a tiny one at the end of each branch; no randomness at all.
 *
 * <pre>
 *   V_0, V_l = τ (i ≡ j mod min(fan_in, fan_out))       U_l, A_l, U_{L+1} = ε (the same pattern)
 * </pre>
 *
 * <p>ε in place of zero keeps every unit alive. U_l has a mean here, along V_l, and so the growth
 * has a term linear in ε. With z isotropic and symmetric about zero, κ = 1/2 for ReLU and 1 for the
 * identity, and n_i the sizes of the min(D, M) classes into which the pattern sorts max(D, M)
 * units:
 *
 * <pre>
 *   c = 2κ τε max(D, M)/D + κ τ²ε² Σ n_i²/D        residual branches; ε + ε²/2 if D = M, τ = 1, ReLU
 *   c = 2ε + ε²                                    linear blocks
 * </pre>
 *
 * <p>exact for the first block; later ones see a stream that is no longer isotropic, which changes
 * the growth over the depth by a relative O((εL)²).
 *
 * <p>The small noise that the paper adds to the patterns is left out. Without it hidden units i and
 * i + D of a block with M &gt; D start equal and stay equal, so choose M ≤ D.
 *
 * @param tau τ, 1 in the paper
 * @param epsilon ε, 1e-6 in the paper
 * @see <a href="https://arxiv.org/abs/2503.04626">Pan et al. 2025, IDInit: A Universal and Stable
 *     Initialization Method for Neural Network Training</a>
 */
public record IdInit(@JsonProperty("tau") double tau, @JsonProperty("epsilon") double epsilon)
    implements InitializationScheme {

  /** The paper's τ. */
  static final double TAU = 1;

  /** The paper's ε. */
  static final double EPSILON = 1e-6;

  /** Squares of τε stay normal numbers within these bounds. */
  private static final double SMALLEST = 1e-50;

  private static final double LARGEST = 1e50;

  @JsonCreator
  public IdInit {
    requireWithinBounds("tau", tau);
    requireWithinBounds("epsilon", epsilon);
  }

  /** τ = 1, ε = 1e-6. */
  public IdInit() {
    this(TAU, EPSILON);
  }

  @Override
  public String name() {
    return "idinit";
  }

  @Override
  public Map<String, String> options() {
    return Map.of("tau", Numbers.text(tau), "epsilon", Numbers.text(epsilon));
  }

  @Override
  public WeightLaw embedding(NetworkShape shape) {
    return new RepeatedIdentityLaw(tau);
  }

  @Override
  public WeightLaw inner(NetworkShape shape) {
    return new RepeatedIdentityLaw(tau);
  }

  @Override
  public WeightLaw outer(NetworkShape shape) {
    return new RepeatedIdentityLaw(epsilon);
  }

  @Override
  public WeightLaw linear(NetworkShape shape) {
    return new RepeatedIdentityLaw(epsilon);
  }

  @Override
  public WeightLaw readout(NetworkShape shape) {
    return new RepeatedIdentityLaw(epsilon);
  }

  @Override
  public double excessGrowth(NetworkShape shape, Branch branch) {
    if (branch == Branch.LINEAR) {
      return 2 * epsilon + epsilon * epsilon;
    }
    int d = shape.width();
    int longer = Math.max(d, shape.hiddenWidth());
    int shorter = Math.min(d, shape.hiddenWidth());
    double product = tau * epsilon;
    double whole = longer / shorter;
    double rest = longer % shorter;
    double squaredClassSizes = rest * (whole + 1) * (whole + 1) + (shorter - rest) * whole * whole;
    return branch.passedPower()
        * (2 * product * longer / d + product * product * squaredClassSizes / d);
  }

  private static void requireWithinBounds(String option, double value) {
    if (!(value >= SMALLEST && value <= LARGEST)) {
      throw new IllegalArgumentException(
          option + " must be between 1e-50 and 1e50, not " + Numbers.text(value) + ".");
    }
  }
}
