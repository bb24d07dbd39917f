package org.fathom4j.theory.factorization;

import java.util.ArrayList;
import java.util.List;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.NormOps_DDRM;
import org.fathom4j.theory.linear.LinearNetwork;
import org.fathom4j.theory.linear.Target;

/**
 * Balanced factors: the same singular values in all, and every neighbour in balance.
 *
 * <pre>
 *   A = Q P             polar: Q a rotation, P ≥ 0
 *   T = Q^{1/L},  Z = P^{1/L}
 *   W_l = T^l Z T^{−(l−1)},  l = 1, …, L                                            (D.1)
 *   W_L ⋯ W_1 = T^L Z^L = A,   D_l = W_{l+1}ᵀ W_{l+1} − W_l W_lᵀ = 0,   σ(W_l) = σ(A)^{1/L}
 *   ‖W_l − I‖_2 = ‖T Z − I‖_2 ≤ 2 sin(π/2L) + e^{γ/L} − 1 ≤ (π + 1.72 γ)/L, the last for L ≥ γ
 * </pre>
 *
 * <p>Unique where A is invertible and Q has no eigenvalue −1. Where det A &lt; 0, Φ′ = [[A, 0], [0,
 * −1]] is factored. A singular A has factors too, of which at least one singular value is 0, but no
 * bound. Stored as W_l − I with all digits. Cost: two matrix multiplications a layer.
 *
 * @see <a href="https://arxiv.org/abs/1802.06093">Bartlett, Helmbold &amp; Long 2018, where the
 *     power projection refactors so (the factors in the other order)</a>
 */
public final class BalancedFactorization {

  private BalancedFactorization() {}

  /**
   * Factors a target.
   *
   * @param depth L, at least 1
   */
  public static Factorization of(Target target, int depth) {
    Factorization.Prepared prepared = Factorization.Prepared.of(target, depth);
    LinearNetwork network = network(prepared, depth);
    double maxNorm = NormOps_DDRM.inducedP2(network.layer(1).matrix()); // the same for all l
    return prepared.result(network, maxNorm, bound(prepared.gamma(), depth));
  }

  /** 2 sin(π/2L) + e^{γ/L} − 1. */
  public static double bound(double gamma, int depth) {
    return 2 * Math.sin(Math.PI / (2.0 * depth)) + Math.expm1(gamma / depth);
  }

  /**
   * The factors of a matrix whose determinant is not negative.
   *
   * @param matrix A, [d, d]
   */
  public static LinearNetwork network(DMatrixRMaj matrix, int depth) {
    return network(Factorization.Prepared.of(matrix, false), depth);
  }

  private static LinearNetwork network(Factorization.Prepared prepared, int depth) {
    int d = prepared.values().length;
    DMatrixRMaj rotation = new DMatrixRMaj(d, d);
    CommonOps_DDRM.multTransB(prepared.left(), prepared.right(), rotation);
    RotationPowers powers = RotationPowers.of(rotation);
    DMatrixRMaj stretch = powers.intoBasis(rootMinusIdentity(prepared, depth));
    List<LinearNetwork.Layer> layers = new ArrayList<>(depth);
    for (int l = 1; l <= depth; l++) {
      // T^l Z T^{-(l-1)} - I = T^l (Z - I) T^{-(l-1)} + (T - I)
      DMatrixRMaj deviation = stretch.copy();
      powers.turn(deviation, (double) l / depth, (l - 1.0) / depth);
      powers.addBlocksMinusIdentity(deviation, 1.0 / depth);
      layers.add(new LinearNetwork.Layer(powers.fromBasis(deviation), true));
    }
    return new LinearNetwork(List.copyOf(layers));
  }

  /** P^{1/L} − I = V diag(k^{1/L} − 1) Vᵀ, exactly symmetric. */
  private static DMatrixRMaj rootMinusIdentity(Factorization.Prepared prepared, int depth) {
    int d = prepared.values().length;
    DMatrixRMaj scaled = prepared.right().copy();
    for (int j = 0; j < d; j++) {
      double deviation = Math.expm1(Math.log(prepared.values()[j]) / depth);
      for (int i = 0; i < d; i++) {
        scaled.set(i, j, scaled.get(i, j) * deviation);
      }
    }
    DMatrixRMaj root = new DMatrixRMaj(d, d);
    CommonOps_DDRM.multTransB(scaled, prepared.right(), root);
    for (int i = 0; i < d; i++) {
      for (int j = 0; j < i; j++) {
        double mean = (root.get(i, j) + root.get(j, i)) / 2;
        root.set(i, j, mean);
        root.set(j, i, mean);
      }
    }
    return root;
  }
}
