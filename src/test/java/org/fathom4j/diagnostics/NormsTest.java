package org.fathom4j.diagnostics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class NormsTest {

  private static INDArray threeAndFour(DataType type, double scale) {
    return Nd4j.createFromArray(new double[] {3 * scale, 0, -4 * scale}).castTo(type);
  }

  @ParameterizedTest
  @ValueSource(doubles = {1, 1e-10, 1e15, 1e18, 1e30, 2e37, 1e-18, 1e-30, 1e-36})
  void float_numbers_whose_squares_are_no_floats_have_a_norm(double scale) {
    // Three roundings of float.
    assertThat(Norms.of(threeAndFour(DataType.FLOAT, scale)))
        .isCloseTo(5 * scale, within(5 * scale * 3e-7));
  }

  @ParameterizedTest
  @ValueSource(doubles = {1, 1e150, 1e200, 1e307, 1e-150, 1e-200, 1e-300})
  void double_numbers_whose_squares_are_no_doubles_have_a_norm(double scale) {
    assertThat(Norms.of(threeAndFour(DataType.DOUBLE, scale)))
        .isCloseTo(5 * scale, within(5 * scale * 1e-15));
  }

  @Test
  void a_norm_beyond_the_range_is_the_largest_number_and_not_infinity() {
    INDArray array = Nd4j.valueArrayOf(new long[] {3, 2}, 1e308, DataType.DOUBLE);

    assertThat(Norms.of(array)).isEqualTo(Double.MAX_VALUE);
  }

  @Test
  void zeros_have_norm_zero() {
    assertThat(Norms.of(Nd4j.zeros(DataType.FLOAT, 3, 2))).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"FLOAT", "DOUBLE"})
  void infinity_and_nan_show(String type) {
    DataType dataType = DataType.valueOf(type);
    INDArray infinite = threeAndFour(dataType, 1).putScalar(1, Double.NEGATIVE_INFINITY);
    INDArray nan = threeAndFour(dataType, 1e30).putScalar(1, Double.NaN);

    assertThat(Norms.of(infinite)).isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(Norms.of(nan)).isNaN();
    assertThat(Norms.of(threeAndFour(dataType, 1).putScalar(1, Double.NaN))).isNaN();
  }

  @Test
  void the_array_is_not_modified() {
    INDArray array = threeAndFour(DataType.DOUBLE, 1e200);
    Norms.of(array);

    assertThat(array).isEqualTo(threeAndFour(DataType.DOUBLE, 1e200));
  }
}
