package org.fathom4j.theory.linear;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.fathom4j.theory.NumberAssertions.assertClose;

import java.util.Arrays;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EigenvaluesTest {

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 40})
  void theSymmetricPartIsTheProductOfItsEigenvectorsAndValues(int d) {
    DMatrixRMaj matrix = new PortableRandom(d).normalMatrix(d, d);
    DMatrixRMaj before = matrix.copy();
    Eigenvalues eigen = Eigenvalues.of(matrix);
    DMatrixRMaj symmetric = CommonOps_DDRM.transpose(matrix, null);
    CommonOps_DDRM.addEquals(symmetric, matrix);
    CommonOps_DDRM.scale(0.5, symmetric);
    assertClose(
        SingularValues.compose(eigen.vectors(), eigen.values(), eigen.vectors()),
        symmetric,
        1e-14 * d);
    DMatrixRMaj gram = new DMatrixRMaj(d, d);
    CommonOps_DDRM.multTransA(eigen.vectors(), eigen.vectors(), gram);
    assertClose(gram, CommonOps_DDRM.identity(d), 1e-14 * d);
    assertClose(matrix, before, 0);
  }

  @Test
  void aRotationHasTheEigenvaluesOfItsCosine() {
    double[] values = Eigenvalues.of(Target.rotation(60, 3).matrix()).values();
    assertThat(values).containsExactly(new double[] {1.5, 1.5}, within(1e-15));
  }

  @Test
  void repeatedAndZeroEigenvaluesAreFound() {
    double[] values = Eigenvalues.of(new DMatrixRMaj(new double[][] {{1, 1}, {1, 1}})).values();
    Arrays.sort(values);
    assertThat(values).containsExactly(new double[] {0, 2}, within(1e-15));
  }
}
