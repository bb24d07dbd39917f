package org.fathom4j.theory.memorization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.fathom4j.data.DataException;
import org.fathom4j.data.DatasetRequest;
import org.fathom4j.data.Datasets;
import org.fathom4j.data.LabeledImages;
import org.fathom4j.theory.Golden;
import org.fathom4j.theory.linear.InvalidProblemException;
import org.fathom4j.theory.linear.PortableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class MemorizerTest {

  private static final double EXACT = 1e-6;

  private static int[] randomLabels(int n, int classes, long seed) {
    PortableRandom random = new PortableRandom(seed);
    return IntStream.generate(() -> (int) (classes * random.nextUniform())).limit(n).toArray();
  }

  private static DMatrixRMaj gaussian(int n, int d, long seed) {
    return new PortableRandom(seed).normalMatrix(n, d);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 3", "2, 3", "3, 7", "7, 10", "8, 2", "20, 10", "21, 10", "64, 10", "300, 10", "500, 1"
  })
  void anyHiddenWidthMemorizesRandomLabels(int hiddenWidth, int classes) {
    int n = 300;
    DMatrixRMaj points = gaussian(n, 20, 1);
    int[] labels = randomLabels(n, classes, 2);
    Memorizer network = Memorizer.of(points, labels, classes, hiddenWidth, 3);
    Memorization result = network.verify(points, labels);
    assertThat(result.accuracy()).isEqualTo(1);
    assertThat(result.maxError()).isLessThan(EXACT);
    assertThat(result.margins()).hasSize(result.layers()).allMatch(m -> m > 0 && m <= 1);
    assertThat(result.minMargin()).isEqualTo(network.minMargin());
    assertThat(result.layers()).isEqualTo((n + hiddenWidth - 1) / hiddenWidth);
    assertThat(result.points()).isEqualTo(n);
    assertThat(result.duplicates()).isZero();
    assertThat(result.contradictions()).isEmpty();
    for (int i = 0; i < n; i += 37) { // one point by itself: the same output
      double[] y = network.output(row(points, i));
      double error = 0;
      for (int j = 0; j < classes; j++) {
        error = Math.max(error, Math.abs(y[j] - (j == labels[i] ? 1 : 0)));
      }
      assertThat(result.errors().get(i)).isEqualTo(error).isLessThan(EXACT);
    }
  }

  private static double[] row(DMatrixRMaj points, int i) {
    return Arrays.copyOfRange(points.data, i * points.numCols, (i + 1) * points.numCols);
  }

  /** The training images of a data set, pixels in [0, 1], one a row. */
  private static DMatrixRMaj points(LabeledImages images) {
    DMatrixRMaj points = new DMatrixRMaj(images.size(), images.inputs());
    for (int i = 0; i < images.size(); i++) {
      for (int j = 0; j < images.inputs(); j++) {
        points.set(i, j, images.pixel(i, j) / 255.0);
      }
    }
    return points;
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 16, 64})
  void aThousandImagesAreMemorizedWithTheirLabelsAndWithRandomOnes(int hiddenWidth)
      throws DataException {
    LabeledImages images = Datasets.load(DatasetRequest.of(Datasets.DEFAULT)).train();
    DMatrixRMaj points = points(images);
    int[] labels = IntStream.range(0, images.size()).map(images::label).toArray();
    for (int[] wanted : List.of(labels, randomLabels(images.size(), 10, 7))) {
      Memorization result = Memorizer.of(points, wanted, 10, hiddenWidth, 1).verify(points, wanted);
      assertThat(result.accuracy()).isEqualTo(1);
      assertThat(result.maxError()).isLessThan(EXACT);
    }
  }

  @Test
  @Tag("slow")
  void sixtyThousandImagesAreMemorizedWithRandomLabels() throws DataException {
    assumeTrue(
        Datasets.present(Datasets.home()).contains("fashion-mnist"),
        "needs fashion-mnist: ./fathom data fetch fashion-mnist");
    DMatrixRMaj points = points(Datasets.load(DatasetRequest.of("fashion-mnist")).train());
    int[] labels = randomLabels(60_000, 10, 7);
    Memorization result = Memorizer.of(points, labels, 10, 32, 1).verify(points, labels);
    assertThat(result.accuracy()).isEqualTo(1);
    assertThat(result.points()).isEqualTo(60_000);
    assertThat(result.maxError()).isLessThan(EXACT);
  }

  @Test
  void pointsMovedByAThousandthOfTheMarginKeepTheirLabels() {
    int n = 200;
    DMatrixRMaj points = gaussian(n, 12, 4);
    int[] labels = randomLabels(n, 10, 5);
    Memorizer network = Memorizer.of(points, labels, 10, 12, 1); // A_0 = I
    PortableRandom random = new PortableRandom(6);
    for (int i = 0; i < n; i++) {
      double[] x = row(points, i);
      for (int j = 0; j < x.length; j++) {
        x[j] *= 1 + 1e-3 * network.minMargin() * (2 * random.nextUniform() - 1);
      }
      double[] y = network.output(x);
      int largest = IntStream.range(0, 10).reduce((a, b) -> y[a] >= y[b] ? a : b).orElseThrow();
      assertThat(largest).isEqualTo(labels[i]);
    }
  }

  @Test
  void equalPointsWithOneLabelAreLearntOnce() {
    DMatrixRMaj points = gaussian(10, 4, 8);
    CommonOps_DDRM.insert(CommonOps_DDRM.extract(points, 2, 3, 0, 4), points, 9, 0);
    points.set(0, 0, 0.0);
    CommonOps_DDRM.insert(CommonOps_DDRM.extract(points, 0, 1, 0, 4), points, 5, 0);
    points.set(5, 0, -0.0); // −0 is 0
    int[] labels = {1, 0, 2, 0, 1, 1, 2, 2, 0, 2};
    Memorizer network = Memorizer.of(points, labels, 3, 2, 1);
    Memorization result = network.verify(points, labels);
    assertThat(result.accuracy()).isEqualTo(1);
    assertThat(result.duplicates()).isEqualTo(2);
    assertThat(result.layers()).isEqualTo(4);
    assertThat(result.points()).isEqualTo(10);
  }

  @Test
  void equalPointsWithDifferentLabelsAreReportedAndNotCounted() {
    DMatrixRMaj points = gaussian(8, 4, 8);
    for (int copy : new int[] {5, 7}) {
      CommonOps_DDRM.insert(CommonOps_DDRM.extract(points, 2, 3, 0, 4), points, copy, 0);
    }
    int[] labels = {1, 0, 2, 0, 1, 0, 2, 2};
    Memorization result = Memorizer.of(points, labels, 3, 2, 1).verify(points, labels);
    assertThat(result.contradictions())
        .containsExactly(new Memorization.Contradiction(List.of(2, 5, 7), List.of(2, 0, 2)));
    assertThat(result.points()).isEqualTo(5);
    assertThat(result.accuracy()).isEqualTo(1);
    assertThat(result.maxError()).isLessThan(EXACT);
  }

  @Test
  void nothingButContradictionsIsRefused() {
    DMatrixRMaj points = new DMatrixRMaj(new double[][] {{1, 2}, {1, 2}});
    assertThatThrownBy(() -> Memorizer.of(points, new int[] {0, 1}, 2, 2, 1))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessageContaining("nothing to memorize");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 5, 9})
  void aPointOfZerosGetsAConstantCoordinate(int hiddenWidth) {
    DMatrixRMaj points = gaussian(30, 4, 9);
    for (int j = 0; j < 4; j++) {
      points.set(17, j, 0);
    }
    int[] labels = randomLabels(30, 3, 1);
    Memorizer network = Memorizer.of(points, labels, 3, hiddenWidth, 1);
    Memorization result = network.verify(points, labels);
    assertThat(result.accuracy()).isEqualTo(1);
    assertThat(result.maxError()).isLessThan(EXACT);
    assertThat(network.parameters()).isEqualTo(ParameterCount.memorizer(30, 5, hiddenWidth, 3));
  }

  @Test
  void pointsOnALineAndScaledCopiesAreMemorized() {
    int n = 60; // longer copies of a point fire its unit
    DMatrixRMaj points = new DMatrixRMaj(n, 3);
    for (int i = 0; i < n; i++) {
      points.set(i, 0, (i % 2 == 0 ? 1 : -1) * (i + 1) / 10.0);
    }
    int[] labels = randomLabels(n, 10, 3);
    for (int hiddenWidth : new int[] {1, 2, 5, 60}) {
      Memorization result = Memorizer.of(points, labels, 10, hiddenWidth, 1).verify(points, labels);
      assertThat(result.accuracy()).as("hidden width %d", hiddenWidth).isEqualTo(1);
      assertThat(result.maxError()).isLessThan(EXACT);
    }
  }

  @Test
  void aSinglePointAndASingleClassAreMemorized() {
    DMatrixRMaj points = new DMatrixRMaj(new double[][] {{-3}});
    Memorization result =
        Memorizer.of(points, new int[] {0}, 1, 1, 1).verify(points, new int[] {0});
    assertThat(result.accuracy()).isEqualTo(1);
    assertThat(result.layers()).isEqualTo(1);
    assertThat(result.maxError()).isLessThan(1e-15);
  }

  @Test
  void theScaleOfThePointsDoesNotMatter() {
    int[] labels = randomLabels(50, 4, 3);
    for (double scale : new double[] {1e-100, 1e-3, 255, 1e100}) {
      DMatrixRMaj points = gaussian(50, 6, 2);
      CommonOps_DDRM.scale(scale, points);
      assertThat(Memorizer.of(points, labels, 4, 6, 1).verify(points, labels).maxError())
          .as("scale %s", scale)
          .isLessThan(1e-10);
    }
  }

  @Test
  void pointsThatDoublePrecisionDoesNotTellApartAreNamed() {
    DMatrixRMaj points = gaussian(6, 3, 2);
    CommonOps_DDRM.insert(CommonOps_DDRM.extract(points, 1, 2, 0, 3), points, 4, 0);
    points.set(4, 2, Math.nextUp(points.get(1, 2)));
    assertThatThrownBy(() -> Memorizer.of(points, new int[] {0, 1, 0, 1, 0, 1}, 2, 3, 1))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessageMatching("Points [14] and [14] differ, but only by .*")
        .hasMessageEndingWith("Take a larger hidden width or another seed.");
  }

  @Test
  void problemsThatDoNotFitAreRefused() {
    DMatrixRMaj points = gaussian(3, 2, 1);
    assertThatThrownBy(() -> Memorizer.of(points, new int[] {0, 1}, 2, 2, 1))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessage("There are 3 points but 2 labels.");
    assertThatThrownBy(() -> Memorizer.of(points, new int[] {0, 1, 2}, 2, 2, 1))
        .hasMessage("Point 2 has the label 2; with 2 classes labels are 0 to 1.");
    assertThatThrownBy(() -> Memorizer.of(points, new int[] {0, -1, 1}, 2, 2, 1))
        .hasMessageStartingWith("Point 1 has the label -1");
    assertThatThrownBy(() -> Memorizer.of(points, new int[] {0, 1, 1}, 2, 0, 1))
        .hasMessage("The memorizer has 2 classes and hidden width 0; both must be at least 1.");
    assertThatThrownBy(() -> Memorizer.of(new DMatrixRMaj(0, 2), new int[0], 2, 2, 1))
        .hasMessageContaining("at least one point");
    DMatrixRMaj broken = points.copy();
    broken.set(1, 1, Double.NaN);
    assertThatThrownBy(() -> Memorizer.of(broken, new int[] {0, 1, 1}, 2, 2, 1))
        .hasMessage("Point 1 has the coordinate NaN at 1; coordinates are finite numbers.");
    DMatrixRMaj huge = points.copy();
    CommonOps_DDRM.scale(1e200, huge);
    assertThatThrownBy(() -> Memorizer.of(huge, new int[] {0, 1, 1}, 2, 2, 1))
        .hasMessageContaining("scale them so that their squares are numbers");
    Memorizer network = Memorizer.of(points, new int[] {0, 1, 1}, 2, 2, 1);
    assertThatThrownBy(() -> network.output(1, 2, 3))
        .hasMessage("The network takes 2 numbers, not 3.");
    assertThatThrownBy(() -> network.verify(gaussian(3, 5, 1), new int[] {0, 1, 1}))
        .hasMessage("The network takes 2 numbers, but the points have 5.");
  }

  static Stream<JsonNode> counts() {
    return Golden.cases("expressivity_counts");
  }

  @ParameterizedTest
  @MethodSource("counts")
  void parametersOfTheMemorizerAreTheGoldenOnes(JsonNode golden) {
    ParameterCount count =
        ParameterCount.memorizer(
            golden.get("n").asLong(),
            golden.get("d").asLong(),
            golden.get("k").asLong(),
            golden.get("r").asLong());
    assertThat(count.weights()).isEqualTo(golden.get("params_weights").asLong());
    assertThat(count.total()).isEqualTo(golden.get("params_with_biases").asLong());
  }

  static Stream<JsonNode> allConvolutional() {
    return Golden.cases("allconv_params");
  }

  @ParameterizedTest
  @MethodSource("allConvolutional")
  void parametersOfTheAllConvolutionalNetworkAreTheGoldenOnes(JsonNode golden) {
    ParameterCount count = ParameterCount.allConvolutional(golden.get("input_channels").asInt());
    assertThat(count.weights()).isEqualTo(golden.get("weights").asLong());
    assertThat(count.total()).isEqualTo(golden.get("with_biases").asLong());
    assertThat(ParameterCount.allConvolutional(1).weights()).isEqualTo(13_538_448); // theory F
  }
}
