package org.fathom4j.init;

/**
 * Identity initialization: Xavier's, but every residual branch ends in zeros, so that z_L = z_0.
 *
 * <pre>
 *   U_l = 0,  A_l = 0        V_0, V_l, U_{L+1} ~ N(0, 2/(fan_in + fan_out))
 *   c = 0
 * </pre>
 *
 * <p>Unlike in {@link ModifiedZeroAsymmetric} the readout is not zero: the first update already
 * moves U_l and V_0, the second V_l.
 *
 * @see <a href="https://arxiv.org/abs/1611.04231">Hardt &amp; Ma 2017, Identity Matters in Deep
 *     Learning, section 2 (A_l near 0)</a>
 * @see <a href="https://arxiv.org/abs/1706.02677">Goyal et al. 2017, Accurate, Large Minibatch SGD,
 *     section 5.1 (the last scale γ of each branch zero)</a>
 */
public record ZeroResidual() implements InitializationScheme {

  @Override
  public String name() {
    return "identity";
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
    return new ZeroLaw();
  }

  @Override
  public WeightLaw linear(NetworkShape shape) {
    return new ZeroLaw();
  }

  @Override
  public WeightLaw readout(NetworkShape shape) {
    return NormalLaw.of(1, Fan.AVERAGE);
  }
}
