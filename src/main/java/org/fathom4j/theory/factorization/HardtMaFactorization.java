package org.fathom4j.theory.factorization;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.NormOps_DDRM;
import org.fathom4j.theory.linear.InvalidProblemException;
import org.fathom4j.theory.linear.LinearNetwork;
import org.fathom4j.theory.linear.Target;

/**
 * Every invertible matrix is a product of L matrices I + A_l with ‖A_l‖_2 = O(1/L): the
 * construction of theorem 2.1.
 *
 * <pre>
 *   Φ = U diag(k) Vᵀ,  det U = det V = +1;    γ = max{|log σ_max|, |log σ_min|}
 *   q = max(1, ⌊πL/(4π + 3γ)⌋),  p = L − 4q
 *   W_1 … W_{2q} = (Vᵀ)^{1/2q},   then p times diag(k^{1/p}),   then 2q times U^{1/2q}
 *   max_l ‖A_l‖_2 = max{2 sin(θ/4q), |k_i^{1/p} − 1|} ≤ (4π + 3γ)/L,   θ ≤ π the largest angle
 * </pre>
 *
 * <p>The paper asks for L ≥ 3γ and reads p and q as real numbers. With whole ones the bound is
 * proved for L ≥ γ + 4.2 ({@link #leastDepth}), and the construction takes at least five layers, or
 * four where all singular values are 1. Where det Φ &lt; 0, Φ′ = [[Φ, 0], [0, −1]] is factored, as
 * the paper does. {@link BalancedFactorization} stays two to three times nearer to the identity.
 *
 * <p>The signs of the singular vectors are as the decomposition gives them; the angles and {@code
 * maxNorm}, though not the bound, depend on them.
 *
 * @see <a href="https://arxiv.org/abs/1611.04231">Hardt &amp; Ma 2017, Identity Matters in Deep
 *     Learning, theorem 2.1</a>
 */
public final class HardtMaFactorization {

  private static final double GUARANTEED = 4.2;

  private HardtMaFactorization() {}

  /**
   * How many layers take what part.
   *
   * @param quarter q: 2q layers for V and 2q for U
   * @param diagonal p: layers for the singular values
   */
  public record Split(int quarter, int diagonal) {

    static Split of(double gamma, int depth) {
      int quarter = Math.max(1, (int) Math.floor(Math.PI * depth / (4 * Math.PI + 3 * gamma)));
      return new Split(quarter, depth - 4 * quarter);
    }
  }

  /**
   * Factors a target.
   *
   * @param depth L
   * @throws InvalidProblemException if Φ is singular, or the depth does not suffice for the
   *     construction
   */
  public static Factorization of(Target target, int depth) {
    Factorization.Prepared prepared = Factorization.Prepared.of(target, depth);
    double gamma = prepared.gamma();
    if (prepared.isSingular()) {
      throw new InvalidProblemException(
          String.format(
              "The target %s has the singular value %.1e beside %.1e: to double precision it is"
                  + " singular, and no product of matrices I + A with ‖A‖ < 1 is. The balanced factorization takes singular"
                  + " targets.",
              target.name(),
              prepared.values()[prepared.values().length - 1],
              prepared.values()[0]));
    }
    Split split = Split.of(gamma, depth);
    if (split.diagonal() < 0 || split.diagonal() == 0 && gamma > 1e-12) {
      throw new InvalidProblemException(
          String.format(
              "Depth %d is too small for Hardt and Ma's construction: it takes 4 layers for the"
                  + " rotations and at least one for the singular values of %s (γ = %.3g). Take"
                  + " depth %d or more, or the balanced factorization.",
              depth, target.name(), gamma, gamma > 1e-12 ? 5 : 4));
    }
    if (CommonOps_DDRM.det(prepared.left()) < 0) {
      prepared.flipLast(prepared.left());
      prepared.flipLast(prepared.right());
    }
    DMatrixRMaj transposed = CommonOps_DDRM.transpose(prepared.right(), null);
    double part = 1.0 / (2 * split.quarter());
    DMatrixRMaj first = RotationPowers.of(transposed).powerMinusIdentity(part);
    DMatrixRMaj last = RotationPowers.of(prepared.left()).powerMinusIdentity(part);
    DMatrixRMaj middle = new DMatrixRMaj(first.numRows, first.numRows);
    if (split.diagonal() > 0) {
      for (int i = 0; i < middle.numRows; i++) {
        middle.set(i, i, Math.expm1(Math.log(prepared.values()[i]) / split.diagonal()));
      }
    }
    List<LinearNetwork.Layer> layers = new ArrayList<>(depth);
    layers.addAll(Collections.nCopies(2 * split.quarter(), new LinearNetwork.Layer(first, true)));
    layers.addAll(Collections.nCopies(split.diagonal(), new LinearNetwork.Layer(middle, true)));
    layers.addAll(Collections.nCopies(2 * split.quarter(), new LinearNetwork.Layer(last, true)));
    double maxNorm =
        Math.max(
            Math.max(NormOps_DDRM.inducedP2(first), NormOps_DDRM.inducedP2(last)),
            NormOps_DDRM.inducedP2(middle));
    return prepared.result(new LinearNetwork(List.copyOf(layers)), maxNorm, bound(gamma, depth));
  }

  /** (4π + 3γ)/L. */
  public static double bound(double gamma, int depth) {
    return (4 * Math.PI + 3 * gamma) / depth;
  }

  /** 3γ, the least L of the paper's hypothesis. */
  public static double leastDepthOfThePaper(double gamma) {
    return 3 * gamma;
  }

  /** γ + 4.2: from this L on the bound is proved for whole numbers of factors. */
  public static double leastDepth(double gamma) {
    return gamma + GUARANTEED;
  }
}
