package org.fathom4j.init;

/**
 * Hardt and Ma's small Gaussian: a standard deviation of 1/fan_out in every residual branch,
 * whatever the depth.
 *
 * <pre>
 *   V_l, U_l, A_l ~ N(0, 1/fan_out²)     V_0 ~ N(0, 2/(fan_in + fan_out))     U_{L+1} ~ N(0, 1/fan_in)
 *   c = 1/(2DM) (ReLU);  c = 1/D (linear blocks)
 * </pre>
 *
 * <p>Growth over the depth is e^{L/(2DM)}: harmless as long as L is well below 2DM. The paper's
 * kernels have the standard deviation 1/(k²c), k the kernel size and c the output channels; this is
 * the dense layer, k = 1. The paper's final projection is random and stays untrained; the readout
 * here starts from the same law and is trained.
 *
 * @see <a href="https://arxiv.org/abs/1611.04231">Hardt &amp; Ma 2017, Identity Matters in Deep
 *     Learning, section 4</a>
 */
public record HardtMa() implements InitializationScheme {

  @Override
  public String name() {
    return "hardt-ma";
  }

  @Override
  public WeightLaw embedding(NetworkShape shape) {
    return NormalLaw.of(1, Fan.AVERAGE);
  }

  @Override
  public WeightLaw inner(NetworkShape shape) {
    return NormalLaw.of(1, Fan.OUT_SQUARED);
  }

  @Override
  public WeightLaw outer(NetworkShape shape) {
    return NormalLaw.of(1, Fan.OUT_SQUARED);
  }

  @Override
  public WeightLaw linear(NetworkShape shape) {
    return NormalLaw.of(1, Fan.OUT_SQUARED);
  }

  @Override
  public WeightLaw readout(NetworkShape shape) {
    return NormalLaw.of(1, Fan.IN);
  }
}
