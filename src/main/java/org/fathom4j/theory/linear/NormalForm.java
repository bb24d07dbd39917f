package org.fathom4j.theory.linear;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.NormOps_DDRM;
import org.hipparchus.exception.MathIllegalStateException;
import org.hipparchus.linear.Array2DRowRealMatrix;
import org.hipparchus.linear.RealMatrix;
import org.hipparchus.linear.SchurTransformer;

/**
 * The real canonical form of a normal matrix: N = Q B Qᵀ with Q orthogonal and B block diagonal,
 * blocks [α] for real eigenvalues and [α −β; β α] for pairs α ± iβ, β > 0.
 *
 * <p>Symmetric, skew-symmetric and orthogonal matrices are normal. B is the real Schur form, which
 * for a normal matrix has no other entries; the QR iteration is backward stable, so that repeated
 * and nearly equal eigenvalues do no harm. Symmetric matrices take the symmetric iteration.
 *
 * @param vectors Q, [d, d], the columns of a block side by side
 * @param blocks in the order of their columns
 */
public record NormalForm(DMatrixRMaj vectors, List<Block> blocks) {

  /** How far ‖QBQᵀ − N‖_F may be from 0, as a part of ‖N‖_F. */
  private static final double TOLERANCE = 1e-10;

  /** What is smaller than this part of ‖N‖_F is rounding. */
  private static final double ROUNDING = 1e-13;

  /**
   * Where the QR iteration may cut off a subdiagonal entry, as a part of ‖N‖: with the sharpest,
   * Hipparchus 4.0 does not converge on matrices of dimension 50 with few distinct eigenvalues,
   * such as the identity but for rounding.
   */
  private static final double[] DEFLATION = {0x1.0p-52, 4e-15, 1e-13};

  /** A real eigenvalue α (β = 0, one column) or a pair α ± iβ (β > 0, two columns). */
  public record Block(double alpha, double beta) {

    /** Columns: 1 or 2. */
    public int size() {
      return beta == 0 ? 1 : 2;
    }
  }

  /**
   * Decomposes.
   *
   * @param matrix normal, [d, d]
   * @throws InvalidProblemException if it is not normal
   */
  public static NormalForm of(DMatrixRMaj matrix) {
    double norm = NormOps_DDRM.normF(matrix);
    NormalForm form = isSymmetric(matrix, norm) ? ofSymmetric(matrix) : ofSchur(matrix, norm);
    DMatrixRMaj difference = form.matrix();
    CommonOps_DDRM.subtractEquals(difference, matrix);
    double error = NormOps_DDRM.normF(difference);
    if (!(error <= TOLERANCE * norm)) {
      throw new InvalidProblemException(
          String.format(
              "The %d×%d matrix is not normal (NNᵀ ≠ NᵀN): its canonical form misses it by %.1e.",
              matrix.numRows, matrix.numCols, error));
    }
    return form;
  }

  private static boolean isSymmetric(DMatrixRMaj matrix, double norm) {
    DMatrixRMaj difference = CommonOps_DDRM.transpose(matrix, null);
    CommonOps_DDRM.subtractEquals(difference, matrix);
    return NormOps_DDRM.normF(difference) <= ROUNDING * norm;
  }

  private static NormalForm ofSymmetric(DMatrixRMaj matrix) {
    Eigenvalues eigen = Eigenvalues.of(matrix);
    return new NormalForm(
        eigen.vectors(), Arrays.stream(eigen.values()).mapToObj(a -> new Block(a, 0)).toList());
  }

  private static NormalForm ofSchur(DMatrixRMaj matrix, double norm) {
    SchurTransformer transformer = schur(matrix);
    RealMatrix form = transformer.getT();
    DMatrixRMaj vectors = new DMatrixRMaj(transformer.getP().getData());
    List<Block> blocks = new ArrayList<>();
    int k = 0;
    while (k < matrix.numRows) {
      double below = subdiagonal(form, k);
      if (below > ROUNDING * norm && below >= subdiagonal(form, k + 1)) {
        double alpha = (form.getEntry(k, k) + form.getEntry(k + 1, k + 1)) / 2;
        double beta = (form.getEntry(k + 1, k) - form.getEntry(k, k + 1)) / 2;
        if (beta < 0) {
          swapColumns(vectors, k);
        }
        blocks.add(new Block(alpha, Math.abs(beta)));
        k += 2;
      } else {
        blocks.add(new Block(form.getEntry(k, k), 0));
        k++;
      }
    }
    return new NormalForm(vectors, blocks);
  }

  private static SchurTransformer schur(DMatrixRMaj matrix) {
    RealMatrix copy = new Array2DRowRealMatrix(matrix.numRows, matrix.numCols);
    for (int i = 0; i < matrix.numRows; i++) {
      for (int j = 0; j < matrix.numCols; j++) {
        copy.setEntry(i, j, matrix.get(i, j));
      }
    }
    MathIllegalStateException failure = null;
    for (double deflation : DEFLATION) {
      try {
        return new SchurTransformer(copy, deflation);
      } catch (MathIllegalStateException e) {
        failure = e;
      }
    }
    throw new InvalidProblemException(
        String.format(
            "The Schur form of a %d×%d matrix could not be computed.",
            matrix.numRows, matrix.numCols),
        failure);
  }

  private static double subdiagonal(RealMatrix form, int column) {
    return column + 1 < form.getRowDimension() ? Math.abs(form.getEntry(column + 1, column)) : 0;
  }

  private static void swapColumns(DMatrixRMaj matrix, int column) {
    for (int i = 0; i < matrix.numRows; i++) {
      double first = matrix.get(i, column);
      matrix.set(i, column, matrix.get(i, column + 1));
      matrix.set(i, column + 1, first);
    }
  }

  /** B or, of other blocks in the same places, a function of N: Q f(B) Qᵀ. */
  public DMatrixRMaj with(List<Block> others) {
    int d = vectors.numRows;
    DMatrixRMaj middle = new DMatrixRMaj(d, d);
    int k = 0;
    for (int i = 0; i < others.size(); i++) {
      Block block = others.get(i);
      middle.set(k, k, block.alpha());
      if (blocks.get(i).size() == 2) {
        middle.set(k + 1, k + 1, block.alpha());
        middle.set(k + 1, k, block.beta());
        middle.set(k, k + 1, -block.beta());
      }
      k += blocks.get(i).size();
    }
    DMatrixRMaj turned = new DMatrixRMaj(d, d);
    DMatrixRMaj result = new DMatrixRMaj(d, d);
    CommonOps_DDRM.mult(vectors, middle, turned);
    CommonOps_DDRM.multTransB(turned, vectors, result);
    return result;
  }

  /** N. */
  public DMatrixRMaj matrix() {
    return with(blocks);
  }
}
