package org.fathom4j.theory.linear;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.fathom4j.theory.NumberAssertions.assertClose;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.fathom4j.theory.Golden;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TargetTest {

  @Test
  void rowsAreSeparatedBySemicolons() {
    assertThat(Target.parse(" 0.8, -1.3; 1.1,0.6").matrix().data)
        .containsExactly(0.8, -1.3, 1.1, 0.6);
    assertThat(Target.parse("-1").matrix().data).containsExactly(-1);
  }

  @Test
  void aNamedTargetIsTheMatrixOfItsName() {
    assertThat(Target.parse("minus-identity:2").matrix().data).containsExactly(-1, -0.0, -0.0, -1);
    assertThat(Target.parse("diagonal:2,1,-0.7").matrix().data)
        .containsExactly(2, 0, 0, 0, 1, 0, 0, 0, -0.7);
    assertThat(Target.parse("rotation:60:2").matrix().data)
        .containsExactly(new double[] {1, -Math.sqrt(3), Math.sqrt(3), 1}, within(1e-15));
    assertThat(Target.parse("rotation:180").matrix().data)
        .containsExactly(new double[] {-1, 0, 0, -1}, within(2e-16));
    assertThat(Target.parse("gaussian:3:-7").matrix().data)
        .containsExactly(new PortableRandom(-7).normalMatrix(3, 3).data);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"minus-identity:3", "gaussian:4:9", "rotation:30.0:1.5", "diagonal:2.0,1.0,-0.7"})
  void aTargetIsParsedFromItsName(String name) {
    assertThat(Target.parse(name).name()).isEqualTo(name);
  }

  @Test
  void aFileHasARowALine(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("phi.csv");
    Files.writeString(file, "# a comment\n1, 2\n\n3,4\n");
    assertThat(Target.parse(file.toString()).matrix().data).containsExactly(1, 2, 3, 4);
  }

  @Test
  void theSingularValuesOfTheGaussianTargetAgreeWithTheGoldenValues() {
    double[] golden = Golden.numbers(Golden.get("targets").get("gauss100_seed100").get("sigma"));
    // A backward stable decomposition errs by some ulps of the largest value, 20.
    assertThat(Target.gaussian(100, 100).singularValues()).containsExactly(golden, within(1e-12));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gaussian:7:1",
        "minus-identity:3",
        "diagonal:0,3,-2,0",
        "1,2,0,1;0,1,1,0;1,3,1,1;2,4,0,2",
        "0"
      })
  void theDecompositionGivesTheTargetBack(String text) {
    Target target = Target.parse(text);
    double[] sigma = target.singularValues();
    int d = target.dimension();
    assertThat(sigma).isSortedAccordingTo((a, b) -> Double.compare(b, a)).hasSize(d);
    DMatrixRMaj scaled = new DMatrixRMaj(d, d);
    DMatrixRMaj product = new DMatrixRMaj(d, d);
    CommonOps_DDRM.mult(target.leftSingularVectors(), CommonOps_DDRM.diag(sigma), scaled);
    CommonOps_DDRM.multTransB(scaled, target.rightSingularVectors(), product);
    assertClose(product, target.matrix(), 1e-14 * Math.max(1, sigma[0]));
  }

  @ParameterizedTest
  @CsvSource({
    "'0.8,-1.3;1.1,0.6', false, false",
    "rotation:37:1.2,           true,  false",
    "'diagonal:2,1,-0.7',  true,  true",
    "gaussian:5:3,              false, false",
    "'1,2;2,-5',                true,  true",
    "'0,0;0,0',                 true,  true"
  })
  void normalAndSymmetricTargetsAreRecognized(String text, boolean normal, boolean symmetric) {
    assertThat(Target.parse(text).isNormal()).isEqualTo(normal);
    assertThat(Target.parse(text).isSymmetric()).isEqualTo(symmetric);
  }

  @Test
  void theMatrixHandedOutIsACopy() {
    Target target = Target.parse("1,2;3,4");
    target.matrix().set(0, 0, 9);
    target.singularValues()[0] = 9;
    assertThat(target.matrix().get(0, 0)).isEqualTo(1);
    assertThat(target.singularValues()[0]).isLessThan(6);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1,2;3            | has 2 numbers in its first row but 1 in row 2",
        "1,2,3;4,5,6      | is 2×3, but a target is square",
        "1,x;3,4          | Entry 2 in row 1 of the target '1,x;3,4' is 'x', which is no number",
        "1,;3,4           | Entry 2 in row 1 of",
        "1,NaN;3,4        | has the entry NaN in row 1, column 2; entries are finite",
        "NaN              | has the entry NaN in row 1, column 1",
        "1e999            | has the entry Infinity",
        "''               | which is no number. A target is one of: 0.8,-1.3;1.1,0.6, FILE.csv",
        "minus-identty:2  | Did you mean 'minus-identity'?",
        "gauss:2:1        | There is no target 'gauss'. Did you mean 'gaussian'?",
        "minus-identity   | has 0 values after its name",
        "minus-identity:0 | has dimension 0; allowed are 1 to 10000",
        "minus-identity:x | D is 'x', which is not a whole number",
        "minus-identity:2.5 | D is '2.5', which is not a whole number",
        "minus-identity:99999999 | allowed are 1 to 10000",
        "gaussian:3       | has 1 values after its name",
        "gaussian:3:x     | SEED is 'x'",
        "gaussian:-3:1    | has dimension -3",
        "rotation:north   | DEGREES is 'north', which is not a number",
        "rotation:NaN     | has the entry NaN",
        "rotation:1:2:3   | has 3 values",
        "diagonal:1,,2    | Entry 2 in the target diagonal:1,,2 is ''",
        "no-such-file.csv | The target's file no-such-file.csv cannot be read"
      })
  void whatIsNoTargetIsRefused(String text, String message) {
    assertThatThrownBy(() -> Target.parse(text))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessageContaining(message);
  }

  @Test
  void aFileWithoutNumbersIsRefused(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("phi.csv");
    Files.writeString(file, "# nothing\n");
    assertThatThrownBy(() -> Target.parse(file.toString())).hasMessageContaining("has no rows");
    Files.writeString(file, "# a\n1,2\n\n3,four\n");
    assertThatThrownBy(() -> Target.parse(file.toString()))
        .hasMessageContaining("Entry 2 in line 4 of")
        .hasMessageContaining("'four'");
  }
}
