package org.fathom4j.theory;

import java.util.ArrayList;
import java.util.List;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.NormOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;

/**
 * The real canonical form of a normal matrix: N = Q B Qᵀ with Q orthogonal and B block diagonal,
 * blocks [α] for real eigenvalues and [α −β; β α] for pairs α ± iβ, β > 0.
 *
 * <p>Symmetric, skew-symmetric and orthogonal matrices are normal. The symmetric part S = (N +
 * Nᵀ)/2 and the square KᵀK of the skew part commute, so a generic combination S + cKᵀK has their
 * joint eigenspaces; in one of them K turns any vector v into β times its partner. No eigenvector
 * is computed from a nonsymmetric problem, so repeated eigenvalues do no harm. Two eigenvalues
 * nearer to each other than 1e-8‖N‖ may be mixed, which puts QBQᵀ off by some 1e-11‖N‖.
 *
 * @param vectors Q, [d, d], the columns of a block side by side
 * @param blocks in the order of their columns
 */
record NormalForm(DMatrixRMaj vectors, List<Block> blocks) {

  /** How far ‖QBQᵀ − N‖_F may be from 0, as a part of ‖N‖_F. */
  private static final double TOLERANCE = 1e-10;

  /** ‖Kv‖ below this part of ‖N‖_F is rounding: the eigenvalue is real. */
  private static final double ROUNDING = 1e-13;

  /**
   * Three irrational numbers: no spectrum makes all three combinations degenerate but by intent.
   */
  private static final double[] COMBINATIONS = {
    0.618_033_988_749_895, 1.414_213_562_373_095, 0.271_828_182_845_905
  };

  /** A real eigenvalue α (β = 0, one column) or a pair α ± iβ (β > 0, two columns). */
  record Block(double alpha, double beta) {

    int size() {
      return beta == 0 ? 1 : 2;
    }
  }

  /**
   * Decomposes.
   *
   * @param matrix normal, [d, d]
   * @throws InvalidProblemException if it is not normal
   */
  static NormalForm of(DMatrixRMaj matrix) {
    double norm = NormOps_DDRM.normF(matrix);
    NormalForm best = null;
    double leastError = Double.POSITIVE_INFINITY;
    for (double combination : COMBINATIONS) {
      NormalForm form = of(matrix, norm, norm == 0 ? 1 : combination / norm);
      DMatrixRMaj difference = form.matrix();
      CommonOps_DDRM.subtractEquals(difference, matrix);
      double error = NormOps_DDRM.normF(difference);
      if (error < leastError) {
        leastError = error;
        best = form;
      }
    }
    if (best == null || leastError > TOLERANCE * norm) {
      throw new InvalidProblemException(
          String.format(
              "The %d×%d matrix is not normal (NNᵀ ≠ NᵀN): its canonical form misses it by %.1e.",
              matrix.numRows, matrix.numCols, leastError));
    }
    return best;
  }

  private static NormalForm of(DMatrixRMaj matrix, double norm, double combination) {
    int d = matrix.numRows;
    DMatrixRMaj transposed = CommonOps_DDRM.transpose(matrix, null);
    DMatrixRMaj skew = new DMatrixRMaj(d, d);
    CommonOps_DDRM.add(0.5, matrix, -0.5, transposed, skew);
    DMatrixRMaj generic = new DMatrixRMaj(d, d);
    CommonOps_DDRM.add(0.5, matrix, 0.5, transposed, generic);
    CommonOps_DDRM.multAddTransA(combination, skew, skew, generic);
    EigenDecomposition_F64<DMatrixRMaj> eigen = DecompositionFactory_DDRM.eig(d, true, true);
    eigen.decompose(generic);
    DMatrixRMaj vectors = new DMatrixRMaj(d, d);
    List<Block> blocks = new ArrayList<>();
    int found = 0;
    for (int k = 0; k < d && found < d; k++) {
      DMatrixRMaj v = eigen.getEigenVector(k).copy();
      if (!orthonormalize(v, vectors, found)) {
        continue; // the partner of an earlier one
      }
      DMatrixRMaj partner = new DMatrixRMaj(d, 1);
      CommonOps_DDRM.mult(skew, v, partner);
      double beta = NormOps_DDRM.normF(partner);
      set(vectors, found++, v);
      if (beta > ROUNDING * norm && found < d && orthonormalize(partner, vectors, found)) {
        set(vectors, found++, partner);
        blocks.add(new Block((form(v, matrix, v) + form(partner, matrix, partner)) / 2, beta));
      } else {
        blocks.add(new Block(form(v, matrix, v), 0));
      }
    }
    return new NormalForm(vectors, blocks);
  }

  /** B or, of other blocks in the same places, a function of N: Q f(B) Qᵀ. */
  DMatrixRMaj with(List<Block> others) {
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
  DMatrixRMaj matrix() {
    return with(blocks);
  }

  /**
   * Takes the first {@code count} columns out of v, twice for safety, and norms it; false if
   * nothing is left.
   */
  private static boolean orthonormalize(DMatrixRMaj v, DMatrixRMaj columns, int count) {
    double before = NormOps_DDRM.normF(v);
    if (before == 0) {
      return false;
    }
    for (int pass = 0; pass < 2; pass++) {
      for (int k = 0; k < count; k++) {
        double overlap = 0;
        for (int i = 0; i < v.numRows; i++) {
          overlap += columns.get(i, k) * v.data[i];
        }
        for (int i = 0; i < v.numRows; i++) {
          v.data[i] -= overlap * columns.get(i, k);
        }
      }
    }
    double after = NormOps_DDRM.normF(v);
    if (after < 1e-6 * before) {
      return false;
    }
    CommonOps_DDRM.scale(1 / after, v);
    return true;
  }

  private static void set(DMatrixRMaj columns, int k, DMatrixRMaj v) {
    for (int i = 0; i < v.numRows; i++) {
      columns.set(i, k, v.data[i]);
    }
  }

  private static double form(DMatrixRMaj x, DMatrixRMaj matrix, DMatrixRMaj y) {
    DMatrixRMaj image = new DMatrixRMaj(x.numRows, 1);
    CommonOps_DDRM.mult(matrix, y, image);
    return CommonOps_DDRM.dot(x, image);
  }
}
