package org.fathom4j.init;

import java.util.Optional;

/**
 * ReZero: Xavier's initialization, with each branch multiplied by a trainable scalar that starts at
 * zero.
 *
 * <pre>
 *   z_l = z_{l-1} + α_l U_l σ(V_l z_{l-1}),   α_l = 0
 *   V_0, V_l, U_l, A_l, U_{L+1} ~ N(0, 2/(fan_in + fan_out))
 *   c = 0
 * </pre>
 *
 * <p>The first update moves α_l, V_0 and U_{L+1}, the second also U_l and V_l. The scalars learn at
 * the full learning rate. {@link SkipInit} is the same idea with He's matrices.
 *
 * @see <a href="https://arxiv.org/abs/2003.04887">Bachlechner, Majumder, Mao, Cottrell &amp;
 *     McAuley 2020, ReZero is All You Need: Fast Convergence at Large Depth</a>
 */
public record ReZero() implements InitializationScheme {

  @Override
  public String name() {
    return "rezero";
  }

  @Override
  public WeightLaw embedding(NetworkShape shape) {
    return NormalLaw.of(1, Fan.AVERAGE);
  }

  @Override
  public WeightLaw inner(NetworkShape shape) {
    return NormalLaw.of(1, Fan.AVERAGE);
  }

  @Override
  public WeightLaw outer(NetworkShape shape) {
    return NormalLaw.of(1, Fan.AVERAGE);
  }

  @Override
  public WeightLaw linear(NetworkShape shape) {
    return NormalLaw.of(1, Fan.AVERAGE);
  }

  @Override
  public WeightLaw readout(NetworkShape shape) {
    return NormalLaw.of(1, Fan.AVERAGE);
  }

  @Override
  public Optional<BranchScalars> scalars(NetworkShape shape) {
    return Optional.of(new BranchScalars(0, false, 1));
  }
}
