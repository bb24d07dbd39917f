package org.fathom4j.theory.linear;

import java.util.Arrays;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.NormOps_DDRM;
import org.ejml.dense.row.SingularOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.SingularValueDecomposition_F64;

/**
 * The singular value decomposition of a matrix, A = U diag(σ) Vᵀ.
 *
 * @param values σ, descending
 * @param left U, singular vectors in columns, in the order of the values
 * @param right V, likewise
 */
public record SingularValues(double[] values, DMatrixRMaj left, DMatrixRMaj right) {

  /** Decomposes; the matrix is not changed. */
  public static SingularValues of(DMatrixRMaj matrix) {
    SingularValueDecomposition_F64<DMatrixRMaj> svd =
        DecompositionFactory_DDRM.svd(matrix.numRows, matrix.numCols, true, true, false);
    if (!svd.decompose(matrix.copy())) {
      throw new InvalidProblemException(
          String.format(
              "The singular values of a %d×%d matrix of norm %s could not be computed.",
              matrix.numRows, matrix.numCols, NormOps_DDRM.normF(matrix)));
    }
    DMatrixRMaj left = svd.getU(null, false);
    DMatrixRMaj right = svd.getV(null, false);
    double[] values = Arrays.copyOf(svd.getSingularValues(), svd.numberOfSingularValues());
    SingularOps_DDRM.descendingOrder(left, false, values, values.length, right, false);
    return new SingularValues(values, left, right);
  }

  /** U diag(x) Vᵀ for any numbers x. */
  public static DMatrixRMaj compose(DMatrixRMaj left, double[] values, DMatrixRMaj right) {
    DMatrixRMaj scaled = left.copy();
    CommonOps_DDRM.multCols(scaled, values);
    DMatrixRMaj product = new DMatrixRMaj(left.numRows, right.numRows);
    CommonOps_DDRM.multTransB(scaled, right, product);
    return product;
  }
}
