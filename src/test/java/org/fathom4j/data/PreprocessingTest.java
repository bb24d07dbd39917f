package org.fathom4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;

class PreprocessingTest {

  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      names = {"FLOAT", "DOUBLE"})
  void raw_is_the_pixel_divided_by_255(DataType type) {
    LabeledImages split = TestImages.split(7);
    INDArray x = features(split, Preprocessing.RAW, type);
    assertThat(x.dataType()).isEqualTo(type);
    for (int i = 0; i < 7; i++) {
      for (int j = 0; j < TestImages.INPUTS; j++) {
        double exact = split.pixel(i, j) / 255.0;
        assertThat(x.getDouble(i, j)).isEqualTo(type == DataType.FLOAT ? (float) exact : exact);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      names = {"FLOAT", "DOUBLE"})
  void unit_gives_every_image_the_norm_1_and_keeps_its_direction(DataType type) {
    LabeledImages split = TestImages.split(7);
    INDArray x = features(split, Preprocessing.UNIT, type);
    double ulps = 16 * (type == DataType.FLOAT ? Math.ulp(1f) : Math.ulp(1.0));
    for (int i = 0; i < 7; i++) {
      double squares = 0;
      for (int j = 0; j < TestImages.INPUTS; j++) {
        squares += (double) split.pixel(i, j) * split.pixel(i, j);
      }
      for (int j = 0; j < TestImages.INPUTS; j++) {
        assertThat(x.getDouble(i, j))
            .isCloseTo(split.pixel(i, j) / Math.sqrt(squares), within(ulps));
      }
    }
  }

  @Test
  void unit_leaves_a_black_image_black() {
    LabeledImages split =
        TestImages.of(1, 3, List.of("a", "b"), new int[] {0, 1}, 0, 0, 0, 0, 30, 40);
    INDArray x = features(split, Preprocessing.UNIT, DataType.DOUBLE);
    assertThat(x.getRow(0).toDoubleVector()).containsExactly(0, 0, 0);
    assertThat(x.getRow(1).toDoubleVector())
        .containsExactly(new double[] {0, 0.6, 0.8}, within(1e-15));
  }

  @Test
  void standard_gives_the_training_split_mean_0_and_deviation_1() {
    INDArray x = features(TestImages.split(50), Preprocessing.STANDARD, DataType.DOUBLE);
    assertThat(x.meanNumber().doubleValue()).isCloseTo(0, within(1e-14));
    assertThat(x.stdNumber(false).doubleValue()).isCloseTo(1, within(1e-14));
  }

  @Test
  void standard_takes_its_statistics_from_the_split_it_was_fitted_to() {
    LabeledImages training =
        TestImages.of(1, 2, List.of("a", "b"), new int[] {0, 1}, 0, 0, 255, 255);
    assertThat(Preprocessing.STANDARD.fit(training))
        .isEqualTo(new Preprocessing.Standardize(0.5, 0.5));
    LabeledImages test = TestImages.of(1, 2, List.of("a", "b"), new int[] {0}, 255, 51);
    DataSet batch =
        Minibatches.inOrder(test, 1, Preprocessing.STANDARD.fit(training), DataType.DOUBLE).next();
    assertThat(batch.getFeatures().toDoubleVector())
        .containsExactly(new double[] {1, -0.6}, within(1e-15));
  }

  @Test
  void standard_of_equal_pixels_is_refused_with_the_cure() {
    LabeledImages grey = TestImages.of(1, 2, List.of("a", "b"), new int[] {0}, 9, 9);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Preprocessing.STANDARD.fit(grey))
        .withMessageContaining("must differ. Use the input 'raw'.");
  }

  @Test
  void names_are_parsed_as_they_are_printed() {
    for (Preprocessing p : Preprocessing.values()) {
      assertThat(Preprocessing.parse(p.toString())).isEqualTo(p);
    }
    assertThat(Preprocessing.names()).containsExactly("raw", "unit", "standard");
  }

  @Test
  void an_unknown_name_is_answered_with_the_known_and_the_nearest() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Preprocessing.parse("standart"))
        .withMessage(
            "There is no input preprocessing 'standart'. Did you mean 'standard'? Known: raw, unit,"
                + " standard.");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Preprocessing.parse("whitened-zca"))
        .withMessageEndingWith("raw, unit, standard.");
  }

  private static INDArray features(LabeledImages split, Preprocessing input, DataType type) {
    return Minibatches.inOrder(split, split.size(), input.fit(split), type).next().getFeatures();
  }
}
