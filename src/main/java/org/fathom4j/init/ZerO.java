package org.fathom4j.init;

/**
 * ZerO: zeros, identities and Hadamard matrices, no randomness at all.
 *
 * <pre>
 *   V_0, V_l = identity, or H/√p where nOut &gt; nIn        U_l = 0    A_l = 0    U_{L+1} = 0
 *   c = 0
 * </pre>
 *
 * <p>Not to be confused with zeros everywhere, which never train, nor with {@link ZeroResidual}.
 * Linear blocks start as in {@link ModifiedZeroAsymmetric}, under a deterministic embedding.
 *
 * @see HadamardLaw
 * @see <a href="https://arxiv.org/abs/2110.12661">Zhao, Schäfer &amp; Anandkumar 2022, ZerO
 *     Initialization: Initializing Neural Networks with only Zeros and Ones</a>
 */
public record ZerO() implements InitializationScheme {

  @Override
  public String name() {
    return "zero";
  }

  @Override
  public WeightLaw embedding(NetworkShape shape) {
    return new HadamardLaw();
  }

  @Override
  public WeightLaw inner(NetworkShape shape) {
    return new HadamardLaw();
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
}
