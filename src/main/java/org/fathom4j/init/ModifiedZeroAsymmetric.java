package org.fathom4j.init;

import java.util.Map;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * mZAS: every V_l normal, every U_l and the readout zero, so that z_L = z_0 and f = 0 at the start.
 *
 * <pre>
 *   (V_l)_ij ~ N(0, 1/D), l = 0…L        U_l = 0, l = 1…L+1
 *   A_l = 0,  U_{L+1} = 0                 (linear blocks: ZAS, equation (3.1))
 *   c = 0
 * </pre>
 *
 * <p>For V_0, [D, d], the variance 1/D is 1/fan_out, so that E‖z_0‖² = ‖x‖²; for V_l, [M, D], it is
 * 1/fan_in. The first update moves U_{L+1} alone, the second U_l and V_0, the third V_l.
 *
 * <p>Linear blocks start as the paper's zero-asymmetric initialization: identities before a zero
 * layer, which here is the readout.
 *
 * @param sd standard deviation of U_l, A_l and U_{L+1}: exactly zero for mZAS; a small one is the
 *     perturbed start for which the paper's theorem also holds
 * @see <a href="https://arxiv.org/abs/1911.00645">Wu, Wang &amp; Ma 2019, Global Convergence of
 *     Gradient Descent for Deep Linear Residual Networks, equation (6.2)</a>
 */
public record ModifiedZeroAsymmetric(@JsonProperty("sd") double sd)
    implements InitializationScheme {

  @JsonCreator
  public ModifiedZeroAsymmetric {
    Numbers.requireNonNegative("sd", sd);
    if (sd > 0 && sd * sd == 0) {
      throw new IllegalArgumentException(
          "sd=" + Numbers.text(sd) + " has a variance that underflows; use 0 or more than 1e-150.");
    }
    if (Double.isInfinite(sd * sd)) {
      throw new IllegalArgumentException(
          "sd=" + Numbers.text(sd) + " has a variance that overflows; use less than 1e150.");
    }
  }

  /** Exact zeros. */
  public ModifiedZeroAsymmetric() {
    this(0);
  }

  @Override
  public String name() {
    return "mzas";
  }

  @Override
  public Map<String, String> options() {
    return Map.of("sd", Numbers.text(sd));
  }

  @Override
  public WeightLaw embedding(NetworkShape shape) {
    return NormalLaw.of(1, Fan.OUT);
  }

  @Override
  public WeightLaw inner(NetworkShape shape) {
    return NormalLaw.of(1, Fan.IN);
  }

  @Override
  public WeightLaw outer(NetworkShape shape) {
    return nearlyZero();
  }

  @Override
  public WeightLaw linear(NetworkShape shape) {
    return nearlyZero();
  }

  @Override
  public WeightLaw readout(NetworkShape shape) {
    return nearlyZero();
  }

  private WeightLaw nearlyZero() {
    return sd == 0 ? new ZeroLaw() : NormalLaw.of(sd * sd, Fan.ONE);
  }
}
