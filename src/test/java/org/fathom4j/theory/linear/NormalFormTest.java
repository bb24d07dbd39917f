package org.fathom4j.theory.linear;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.fathom4j.theory.NumberAssertions.assertClose;

import java.util.ArrayList;
import java.util.List;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NormalFormTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "2 0                                | two real, distinct",
        "1 0; 1 0; 1 0                      | the identity",
        "-1 0; -1 0; 1 0; 0 0               | repeated, negative, zero",
        "0.5 0.866                          | a rotation",
        "0.5 0.866; 0.5 0.866; 0.5 0        | the same rotation twice, and its real part",
        "0.5 0.866; 0.5 0.5; 0.5 0; -0.5 0.866 | the same real parts",
        "1 1e-9; 2 3                   | a rotation by a billionth",
        "1 1e-8; 1 2e-8; 1 3e-8             | several tiny rotations",
        "-1 1e-6; -1 2e-6; -1 3e-6; 1 0     | several that are nearly half a turn",
        "0 1; 0 2; 0 3; 0 0                 | skew",
        "0 0                                | zero",
        "0.3 0.1; 0.3 0.1; 0.3 0.1; 7 0     | three times the same pair",
        "1 0; 1.000000001 0; 2 1; 2 1.000000001 | nearly the same"
      })
  void aNormalMatrixIsPutTogetherFromItsForm(String blocks, String what) {
    List<NormalForm.Block> expected = new ArrayList<>();
    int d = 0;
    for (String block : blocks.split(";")) {
      String[] numbers = block.strip().split(" ");
      expected.add(
          new NormalForm.Block(Double.parseDouble(numbers[0]), Double.parseDouble(numbers[1])));
      d += expected.get(expected.size() - 1).size();
    }
    DMatrixRMaj q = SingularValues.of(new PortableRandom(d).normalMatrix(d, d)).left();
    DMatrixRMaj matrix = new NormalForm(q, expected).matrix();
    NormalForm form = NormalForm.of(matrix);
    assertClose(form.matrix(), matrix, 1e-13);
    DMatrixRMaj gram = new DMatrixRMaj(d, d);
    CommonOps_DDRM.multTransA(form.vectors(), form.vectors(), gram);
    assertClose(gram, CommonOps_DDRM.identity(d), 1e-14);
    assertThat(form.blocks().stream().mapToInt(NormalForm.Block::size).sum()).isEqualTo(d);
    assertThat(form.blocks()).allMatch(block -> block.beta() >= 0);
  }

  @Test
  void orthogonalMatricesHaveEigenvaluesOnTheUnitCircle() {
    DMatrixRMaj q = SingularValues.of(new PortableRandom(3).normalMatrix(9, 9)).right();
    for (NormalForm.Block block : NormalForm.of(q).blocks()) {
      assertThat(Math.hypot(block.alpha(), block.beta())).isCloseTo(1, within(1e-14));
    }
  }

  @Test
  void whatIsNotNormalIsRefused() {
    assertThatThrownBy(() -> NormalForm.of(new DMatrixRMaj(new double[][] {{1, 1}, {0, 1}})))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessageContaining("The 2×2 matrix is not normal");
  }
}
