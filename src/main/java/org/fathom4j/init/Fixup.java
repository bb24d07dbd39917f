package org.fathom4j.init;

import java.util.Optional;

/**
 * Fixup for branches of two layers: the last layer zero, the first He's shrunk with the depth, and
 * trainable scalars in place of normalization.
 *
 * <pre>
 *   z_l = z_{l-1} + α_l (U_l (σ(V_l (z_{l-1} + b1_l) + b2_l) + b3_l))
 *   V_l ~ L^{-1/2} · He = N(0, 2/(L fan_in))    U_l = 0    U_{L+1} = 0    V_0 ~ N(0, 2/fan_in)
 *   α_l = 1,  b1_l = b2_l = b3_l = 0
 *   c = 0
 * </pre>
 *
 * <p>L^{-1/2} is the paper's L^{-1/(2m-2)} with m = 2 layers a branch (some pages print the
 * exponent without its sign). The authors' code divides He's variance by fan_out where this law, as
 * the paper's reference to He, by fan_in; they agree if M = D. The scalars learn at a tenth of the
 * learning rate, as in that code. Because ‖σ(V_l z)‖² ~ 1/L, one step of a fixed learning rate
 * changes f by an amount that does not depend on L.
 *
 * <p>What does not apply here: the readout has no bias to zero and the embedding none to add, and
 * no activation follows the sum, so the paper's scalar before it is left out. A linear block has
 * one layer a branch, the last, so A_l = 0, and no biases; it keeps α_l = 1.
 *
 * @see <a href="https://arxiv.org/abs/1901.09321">Zhang, Dauphin &amp; Ma 2019, Fixup
 *     Initialization: Residual Learning Without Normalization, rules 1 to 3</a>
 */
public record Fixup() implements InitializationScheme {

  /** The authors' factor on the learning rate of scalars. */
  static final double SCALAR_LEARNING_RATE_MULTIPLIER = 0.1;

  @Override
  public String name() {
    return "fixup";
  }

  @Override
  public WeightLaw embedding(NetworkShape shape) {
    return NormalLaw.of(2, Fan.IN);
  }

  @Override
  public WeightLaw inner(NetworkShape shape) {
    return NormalLaw.ofDepth(2, Fan.IN, shape.depth());
  }

  @Override
  public WeightLaw outer(NetworkShape shape) {
    return new ZeroLaw();
  }

  @Override
  public WeightLaw linear(NetworkShape shape) {
    return new ZeroLaw();
  }

  @Override
  public WeightLaw readout(NetworkShape shape) {
    return new ZeroLaw();
  }

  @Override
  public Optional<BranchScalars> scalars(NetworkShape shape) {
    return Optional.of(new BranchScalars(1, true, SCALAR_LEARNING_RATE_MULTIPLIER));
  }
}
