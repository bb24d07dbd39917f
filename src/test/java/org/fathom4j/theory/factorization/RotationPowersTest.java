package org.fathom4j.theory.factorization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.fathom4j.theory.NumberAssertions.assertClose;

import java.util.ArrayList;
import java.util.List;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.NormOps_DDRM;
import org.fathom4j.theory.linear.InvalidProblemException;
import org.fathom4j.theory.linear.PortableRandom;
import org.fathom4j.theory.linear.Target;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RotationPowersTest {

  /** A rotation with what makes it hard. */
  record Case(String name, DMatrixRMaj rotation, double largestAngle) {

    @Override
    public String toString() {
      return name;
    }
  }

  static List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    for (int d : new int[] {1, 2, 3, 4, 7, 30}) {
      cases.add(new Case("identity of " + d, CommonOps_DDRM.identity(d), 0));
    }
    cases.add(angles("one of 90 degrees", 2, Math.PI / 2));
    cases.add(angles("backwards", 3, -2.5));
    cases.add(angles("half a turn", 2, Math.PI));
    cases.add(angles("three half turns and a fixed axis", 7, Math.PI, Math.PI, Math.PI));
    cases.add(angles("half a turn but for rounding", 5, Math.PI, Math.nextDown(Math.PI)));
    cases.add(angles("half a turn but for 1e-9", 4, Math.PI - 1e-9, 1e-9 - Math.PI));
    cases.add(angles("angles of 1e-8", 4, 1e-8, 2e-8));
    cases.add(angles("angles from 1e-15 to 3", 13, 3, 0.3, 1e-3, 1e-7, 1e-12, 1e-15));
    cases.add(angles("five equal angles", 10, 0.7, 0.7, 0.7, 0.7, 0.7));
    cases.add(angles("angles equal but for 1e-12", 6, 0.7, 0.7 + 1e-12, -0.7));
    cases.add(angles("supplementary angles", 8, 0.4, Math.PI - 0.4, Math.PI, 0));
    // Where the sharpest QR iteration of Hipparchus does not converge:
    cases.add(angles("no angle at all but for rounding", 60, new double[0]));
    for (int d : new int[] {2, 5, 9, 33}) {
      DMatrixRMaj random = orthogonal(d, 400 + d);
      if (CommonOps_DDRM.det(random) < 0) {
        CommonOps_DDRM.changeSign(random);
        if (d % 2 == 0) {
          flipColumn(random);
          CommonOps_DDRM.changeSign(random);
        }
      }
      cases.add(new Case("random of " + d, random, Double.NaN));
    }
    DMatrixRMaj cycle = new DMatrixRMaj(5, 5);
    for (int i = 0; i < 5; i++) {
      cycle.set(i, (i + 1) % 5, 1);
    }
    cases.add(new Case("a cycle of five", cycle, 4 * Math.PI / 5));
    return cases;
  }

  private static Case angles(String name, int d, double... angles) {
    DMatrixRMaj blocks = CommonOps_DDRM.identity(d);
    double largest = 0;
    for (int i = 0; i < angles.length; i++) {
      blocks.set(2 * i, 2 * i, Math.cos(angles[i]));
      blocks.set(2 * i, 2 * i + 1, -Math.sin(angles[i]));
      blocks.set(2 * i + 1, 2 * i, Math.sin(angles[i]));
      blocks.set(2 * i + 1, 2 * i + 1, Math.cos(angles[i]));
      largest = Math.max(largest, Math.abs(angles[i]));
    }
    DMatrixRMaj basis = orthogonal(d, 77 + d);
    DMatrixRMaj half = new DMatrixRMaj(d, d);
    DMatrixRMaj rotation = new DMatrixRMaj(d, d);
    CommonOps_DDRM.mult(basis, blocks, half);
    CommonOps_DDRM.multTransB(half, basis, rotation);
    return new Case(name, rotation, largest);
  }

  /** Left singular vectors of a random matrix. */
  static DMatrixRMaj orthogonal(int d, long seed) {
    return Target.gaussian(d, seed).leftSingularVectors();
  }

  private static void flipColumn(DMatrixRMaj matrix) {
    for (int i = 0; i < matrix.numRows; i++) {
      matrix.set(i, 0, -matrix.get(i, 0));
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void powersComposeAndInvert(Case rotation) {
    RotationPowers powers = RotationPowers.of(rotation.rotation());
    int d = rotation.rotation().numRows;
    double tolerance = 1e-12;
    assertClose(powers.power(1), rotation.rotation(), tolerance);
    assertClose(powers.power(0), CommonOps_DDRM.identity(d), tolerance);
    assertClose(powers.power(-1), CommonOps_DDRM.transpose(rotation.rotation(), null), tolerance);
    DMatrixRMaj product = new DMatrixRMaj(d, d);
    CommonOps_DDRM.mult(powers.power(0.375), powers.power(0.625), product);
    assertClose(product, rotation.rotation(), tolerance);
    DMatrixRMaj root = powers.power(1.0 / 7);
    DMatrixRMaj seventh = CommonOps_DDRM.identity(d);
    for (int i = 0; i < 7; i++) {
      CommonOps_DDRM.mult(root, seventh.copy(), seventh);
    }
    assertClose(seventh, rotation.rotation(), tolerance);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aRootIsAsFarFromTheIdentityAsItsLargestAngleSays(Case rotation) {
    RotationPowers powers = RotationPowers.of(rotation.rotation());
    if (!Double.isNaN(rotation.largestAngle())) {
      assertThat(powers.largestAngle()).isCloseTo(rotation.largestAngle(), within(1e-13));
    }
    double angle = powers.largestAngle() / 100;
    assertThat(NormOps_DDRM.inducedP2(powers.powerMinusIdentity(0.01)))
        .isCloseTo(2 * Math.sin(angle / 2), within(1e-14));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void turningInTheBasisIsMultiplyingByPowers(Case rotation) {
    RotationPowers powers = RotationPowers.of(rotation.rotation());
    int d = rotation.rotation().numRows;
    DMatrixRMaj x = new PortableRandom(5).normalMatrix(d, d);
    DMatrixRMaj turned = powers.intoBasis(x);
    powers.turn(turned, 0.3, 0.2);
    DMatrixRMaj half = new DMatrixRMaj(d, d);
    DMatrixRMaj expected = new DMatrixRMaj(d, d);
    CommonOps_DDRM.mult(powers.power(0.3), x, half);
    CommonOps_DDRM.mult(half, powers.power(-0.2), expected);
    assertClose(powers.fromBasis(turned), expected, 1e-12);
  }

  @Test
  void whatIsNoRotationIsRefused() {
    assertThatThrownBy(() -> RotationPowers.of(CommonOps_DDRM.diag(1, -1, 1)))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessage("The 3×3 matrix is no rotation: it has an odd number of eigenvalues −1.");
    assertThatThrownBy(() -> RotationPowers.of(CommonOps_DDRM.diag(1, 2)))
        .hasMessageContaining("is no rotation: it has the eigenvalue 2.0");
    assertThatThrownBy(() -> RotationPowers.of(new DMatrixRMaj(new double[][] {{1, 1e-6}, {0, 1}})))
        .hasMessageContaining("is not normal");
  }
}
