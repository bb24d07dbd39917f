package org.fathom4j.theory.factorization;

import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.NormOps_DDRM;
import org.fathom4j.theory.linear.LinearNetwork;
import org.fathom4j.theory.linear.SingularValues;
import org.fathom4j.theory.linear.Target;

/**
 * A matrix written as a product of many matrices near the identity.
 *
 * @param network the factors W_1, …, W_L, W_l = I + A_l
 * @param gamma γ = max{|log σ_max|, |log σ_min|} of the target; infinite if it is singular
 * @param maxNorm max_l ‖A_l‖_2
 * @param bound what the construction promises of {@code maxNorm}; infinite if the target is
 *     singular
 * @param reconstructionError ‖W_L ⋯ W_1 − Φ‖_F, or of Φ′ if padded
 * @param padded whether det Φ &lt; 0, so that Φ′ = [[Φ, 0], [0, −1]] was factored instead: no path
 *     of invertible matrices leads from I to Φ
 */
public record Factorization(
    LinearNetwork network,
    double gamma,
    double maxNorm,
    double bound,
    double reconstructionError,
    boolean padded) {

  /**
   * γ = max{|log σ_max|, |log σ_min|}.
   *
   * @param values singular values, descending
   */
  public static double gamma(double[] values) {
    return Math.max(Math.abs(Math.log(values[0])), Math.abs(Math.log(values[values.length - 1])));
  }

  /** Whether {@code maxNorm} keeps to the bound, but for rounding. */
  public boolean withinBound() {
    return maxNorm <= bound * (1 + 1e-12) + 1e-15;
  }

  /**
   * A matrix as the constructions need it: Φ = U diag(k) Vᵀ with det U Vᵀ = +1, padded if need be.
   */
  record Prepared(
      DMatrixRMaj matrix, double[] values, DMatrixRMaj left, DMatrixRMaj right, boolean padded) {

    static Prepared of(Target target, int depth) {
      LinearNetwork.requireDepth(depth);
      Prepared plain = of(target.matrix(), false);
      return determinant(plain.left, plain.right) > 0 ? plain : of(padded(target.matrix()), true);
    }

    /** Singular values and vectors; of a singular matrix with det U Vᵀ = +1. */
    static Prepared of(DMatrixRMaj matrix, boolean padded) {
      SingularValues svd = SingularValues.of(matrix);
      Prepared prepared = new Prepared(matrix, svd.values(), svd.left(), svd.right(), padded);
      if (prepared.isSingular() && determinant(svd.left(), svd.right()) < 0) {
        prepared.flipLast(svd.left()); // the sign of a vector of singular value 0 is free
      }
      return prepared;
    }

    /** Whether the least singular value is 0 but for rounding. */
    boolean isSingular() {
      int d = values.length;
      return values[d - 1] <= d * Math.ulp(values[0]);
    }

    double gamma() {
      return isSingular() ? Double.POSITIVE_INFINITY : Factorization.gamma(values);
    }

    /** Turns the last column round. */
    void flipLast(DMatrixRMaj vectors) {
      int last = vectors.numCols - 1;
      for (int i = 0; i < vectors.numRows; i++) {
        vectors.set(i, last, -vectors.get(i, last));
      }
    }

    private static double determinant(DMatrixRMaj left, DMatrixRMaj right) {
      return CommonOps_DDRM.det(left) * CommonOps_DDRM.det(right);
    }

    private static DMatrixRMaj padded(DMatrixRMaj matrix) {
      int d = matrix.numRows;
      DMatrixRMaj larger = new DMatrixRMaj(d + 1, d + 1);
      CommonOps_DDRM.insert(matrix, larger, 0, 0);
      larger.set(d, d, -1);
      return larger;
    }

    Factorization result(LinearNetwork network, double maxNorm, double bound) {
      DMatrixRMaj difference = network.product();
      CommonOps_DDRM.subtractEquals(difference, matrix);
      return new Factorization(
          network, gamma(), maxNorm, bound, NormOps_DDRM.normF(difference), padded);
    }
  }
}
