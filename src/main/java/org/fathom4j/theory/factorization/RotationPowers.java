package org.fathom4j.theory.factorization;

import java.util.ArrayList;
import java.util.List;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.fathom4j.theory.linear.InvalidProblemException;
import org.fathom4j.theory.linear.NormalForm;

/**
 * The powers Q^t, t real, of a rotation of d-dimensional space: an orthogonal matrix with
 * determinant +1.
 *
 * <pre>
 *   Q = S B Sᵀ    B: rotations by θ_i in the planes of pairs of columns of S, 1 elsewhere
 *   Q^t = S B^t Sᵀ    B^t: the same planes, rotations by t θ_i,  −π &lt; θ_i ≤ π
 * </pre>
 *
 * <p>The real Schur form of an orthogonal matrix is B. Eigenvalues −1, of which there is an even
 * number, are taken in pairs as rotations by π; which −1 goes with which is a free choice, and all
 * other Q^t are unique for |t| ≤ 1.
 *
 * @see <a href="https://arxiv.org/abs/1611.04231">Hardt &amp; Ma 2017, proof of theorem 2.1</a>
 */
final class RotationPowers {

  /** How far eigenvalues may be from the unit circle: some 100 times what is seen at d = 200. */
  private static final double TOLERANCE = 1e-10;

  private final DMatrixRMaj basis;
  private final List<Plane> planes;

  /** A rotation by an angle from column {@code first} of S towards column {@code second}. */
  private record Plane(int first, int second, double angle) {}

  private RotationPowers(DMatrixRMaj basis, List<Plane> planes) {
    this.basis = basis;
    this.planes = planes;
  }

  /**
   * Decomposes.
   *
   * @param rotation Q, [d, d], orthogonal with determinant +1
   */
  static RotationPowers of(DMatrixRMaj rotation) {
    NormalForm form = NormalForm.of(rotation);
    List<Plane> planes = new ArrayList<>();
    int unpaired = -1; // column of an eigenvalue −1 without a partner
    int column = 0;
    for (NormalForm.Block block : form.blocks()) {
      if (!(Math.abs(Math.hypot(block.alpha(), block.beta()) - 1) <= TOLERANCE)) {
        throw noRotation(rotation, "the eigenvalue " + block.alpha() + " ± " + block.beta() + " i");
      }
      if (block.size() == 2) {
        planes.add(new Plane(column, column + 1, Math.atan2(block.beta(), block.alpha())));
      } else if (block.alpha() < 0) {
        if (unpaired < 0) {
          unpaired = column;
        } else {
          planes.add(new Plane(unpaired, column, Math.PI));
          unpaired = -1;
        }
      }
      column += block.size();
    }
    if (unpaired >= 0) {
      throw noRotation(rotation, "an odd number of eigenvalues −1");
    }
    return new RotationPowers(form.vectors(), planes);
  }

  private static InvalidProblemException noRotation(DMatrixRMaj matrix, String reason) {
    return new InvalidProblemException(
        String.format(
            "The %d×%d matrix is no rotation: it has %s.", matrix.numRows, matrix.numCols, reason));
  }

  /** max |θ_i|: ‖Q^t − I‖_2 = 2 sin(|t| max|θ_i| / 2) for |t| ≤ 1. */
  double largestAngle() {
    return planes.stream().mapToDouble(plane -> Math.abs(plane.angle())).max().orElse(0);
  }

  /** Q^t. */
  DMatrixRMaj power(double exponent) {
    DMatrixRMaj power = powerMinusIdentity(exponent);
    for (int i = 0; i < power.numRows; i++) {
      power.add(i, i, 1);
    }
    return power;
  }

  /** Q^t − I with all its digits, however small t is. */
  DMatrixRMaj powerMinusIdentity(double exponent) {
    DMatrixRMaj middle = new DMatrixRMaj(basis.numRows, basis.numRows);
    addBlocksMinusIdentity(middle, exponent);
    return fromBasis(middle);
  }

  /** X ← X + B^t − I. */
  void addBlocksMinusIdentity(DMatrixRMaj x, double exponent) {
    for (Plane plane : planes) {
      double half = Math.sin(exponent * plane.angle() / 2);
      double sine = Math.sin(exponent * plane.angle());
      x.add(plane.first(), plane.first(), -2 * half * half);
      x.add(plane.second(), plane.second(), -2 * half * half);
      x.add(plane.second(), plane.first(), sine);
      x.add(plane.first(), plane.second(), -sine);
    }
  }

  /** X ← B^s X B^{−t}, in O(d²). */
  void turn(DMatrixRMaj x, double left, double right) {
    for (Plane plane : planes) {
      double cosine = Math.cos(left * plane.angle());
      double sine = Math.sin(left * plane.angle());
      for (int j = 0; j < x.numCols; j++) {
        double first = x.get(plane.first(), j);
        double second = x.get(plane.second(), j);
        x.set(plane.first(), j, cosine * first - sine * second);
        x.set(plane.second(), j, sine * first + cosine * second);
      }
    }
    for (Plane plane : planes) {
      double cosine = Math.cos(right * plane.angle());
      double sine = Math.sin(right * plane.angle());
      for (int i = 0; i < x.numRows; i++) {
        double first = x.get(i, plane.first());
        double second = x.get(i, plane.second());
        x.set(i, plane.first(), cosine * first - sine * second);
        x.set(i, plane.second(), sine * first + cosine * second);
      }
    }
  }

  /** Sᵀ X S. */
  DMatrixRMaj intoBasis(DMatrixRMaj x) {
    DMatrixRMaj half = new DMatrixRMaj(basis.numRows, basis.numRows);
    DMatrixRMaj result = new DMatrixRMaj(basis.numRows, basis.numRows);
    CommonOps_DDRM.multTransA(basis, x, half);
    CommonOps_DDRM.mult(half, basis, result);
    return result;
  }

  /** S X Sᵀ. */
  DMatrixRMaj fromBasis(DMatrixRMaj x) {
    DMatrixRMaj half = new DMatrixRMaj(basis.numRows, basis.numRows);
    DMatrixRMaj result = new DMatrixRMaj(basis.numRows, basis.numRows);
    CommonOps_DDRM.mult(basis, x, half);
    CommonOps_DDRM.multTransB(half, basis, result);
    return result;
  }
}
