package org.fathom4j.theory.linear;

import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.NormOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;

/**
 * The eigenvalues of the symmetric part of a matrix, (A + Aᵀ)/2 = Q diag(λ) Qᵀ: of A itself, if it
 * is symmetric.
 *
 * @param values λ, in no particular order
 * @param vectors Q, eigenvectors in columns, in the order of the values
 */
public record Eigenvalues(double[] values, DMatrixRMaj vectors) {

  /** Decomposes the symmetric part of a square matrix, which is not changed. */
  public static Eigenvalues of(DMatrixRMaj matrix) {
    int d = matrix.numRows;
    DMatrixRMaj symmetric = CommonOps_DDRM.transpose(matrix, null);
    CommonOps_DDRM.addEquals(symmetric, matrix);
    CommonOps_DDRM.scale(0.5, symmetric);
    EigenDecomposition_F64<DMatrixRMaj> eigen = DecompositionFactory_DDRM.eig(d, true, true);
    if (!eigen.decompose(symmetric)) {
      throw new InvalidProblemException(
          String.format(
              "The eigenvalues of the symmetric part of a %d×%d matrix of norm %s could not be"
                  + " computed.",
              d, d, NormOps_DDRM.normF(matrix)));
    }
    double[] values = new double[d];
    DMatrixRMaj vectors = new DMatrixRMaj(d, d);
    for (int k = 0; k < d; k++) {
      values[k] = eigen.getEigenvalue(k).getReal();
      CommonOps_DDRM.insert(eigen.getEigenVector(k), vectors, 0, k);
    }
    return new Eigenvalues(values, vectors);
  }
}
