package org.fathom4j.plot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.Color;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.fathom4j.record.MetricLog;
import org.fathom4j.record.RunDirectory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LearningCurveTest {

  private static final Color TRAIN = Theme.COLOURS.get(0);
  private static final Color TEST = Theme.COLOURS.get(1);

  @TempDir Path directory;
  private RunDirectory run;

  @BeforeEach
  void createTheRun() throws IOException {
    run = RunDirectory.create(directory, "a");
  }

  private static void log(RunDirectory run, String... rows) throws IOException {
    Files.writeString(run.metricsCsv(), MetricLog.HEADER + "\n" + String.join("\n", rows) + "\n");
  }

  @Test
  void theCurvesOfARunAreDrawnIntoItsPlotsAtTwiceTheResolution() throws IOException {
    log(
        run,
        "0,0,train,loss,2.3",
        "0,0,test,loss,2.4",
        "1,0,batch,loss,2.2",
        "2,0,batch,loss,1.9",
        "10,1,train,loss,1.1",
        "10,1,test,loss,1.3",
        "10,1,train,accuracy,0.7",
        "10,1,test,accuracy,0.6",
        "10,1,batch,seconds,0.5");

    Path picture = LearningCurve.draw(run).orElseThrow();

    assertThat(picture).isEqualTo(run.plots().resolve("learning_curve.png"));
    Drawn drawn = Drawn.on(picture);
    assertThat(drawn.width()).isEqualTo(2 * 820);
    assertThat(drawn.pixels(TRAIN)).isGreaterThan(1000);
    assertThat(drawn.pixels(TEST)).isGreaterThan(500);
    assertThat(drawn.pixels(Theme.ALARM)).isZero();
  }

  @Test
  void aPictureIsAFunctionOfTheCsvFile() throws IOException {
    log(run, "0,0,train,loss,2.3", "10,1,train,loss,0.001");
    byte[] first = Files.readAllBytes(LearningCurve.draw(run).orElseThrow());

    assertThat(LearningCurve.draw(run).orElseThrow()).hasBinaryContent(first);
    assertThat(run.plots().toFile().list()).containsExactly("learning_curve.png");
  }

  @Test
  void withoutAccuracyTheLossHasThePictureForItself() throws IOException {
    log(run, "0,0,train,loss,2.3", "10,1,train,loss,1.1");
    int lossOnly = Drawn.on(LearningCurve.draw(run).orElseThrow()).height();
    log(run, "0,0,train,loss,2.3", "10,1,train,accuracy,0.1");

    assertThat(Drawn.on(LearningCurve.draw(run).orElseThrow()).height()).isGreaterThan(lossOnly);
  }

  @ParameterizedTest
  @CsvSource({"NaN", "Infinity", "-Infinity"})
  void valuesThatAreNotFiniteAreMarked(String value) throws IOException {
    log(run, "0,0,train,loss,2.3", "5,0,train,loss,1.0E30", "10,1,train,loss," + value);

    Drawn drawn = Drawn.on(LearningCurve.draw(run).orElseThrow());

    assertThat(drawn.pixels(Theme.ALARM)).isGreaterThan(20);
    assertThat(drawn.pixels(TRAIN)).isGreaterThan(1000);
  }

  @ParameterizedTest
  @CsvSource({
    "NaN, NaN",
    "0, 0",
    "1, 1",
    "1.7976931348623157E308, 4.9E-324",
    "Infinity, 0",
    "1.7976931348623157E308, NaN",
    "-1.7976931348623157E308, 1",
    "-1, 3"
  })
  void extremeValuesAreDrawnNotFeared(String first, String second) throws IOException {
    log(
        run,
        "0,0,train,loss," + first,
        "1,0,train,loss," + second,
        "0,0,batch,loss," + second,
        "0,0,test,accuracy," + first);

    assertThat(LearningCurve.draw(run)).isPresent();
  }

  @Test
  void aSingleMeasurementIsAPicture() throws IOException {
    log(run, "0,0,test,accuracy,0.1");

    assertThat(Drawn.on(LearningCurve.draw(run).orElseThrow()).pixels(TEST)).isPositive();
  }

  @Test
  void withoutLossAndAccuracyThereIsNoPicture() throws IOException {
    log(run, "0,0,batch,seconds,0.1", "0,0,validation,loss,1");

    assertThat(LearningCurve.draw(run)).isEmpty();
    assertThat(run.plots()).doesNotExist();
  }

  @Test
  void severalRunsShareOnePictureEachInItsColour() throws IOException {
    RunDirectory other = RunDirectory.create(directory, "b");
    log(run, "0,0,train,loss,2.3", "10,1,train,loss,1.1", "3,0,batch,loss,2");
    log(other, "0,0,train,loss,2.3", "20,2,train,loss,0.4");
    Path picture = directory.resolve("deeper/both.png");

    LearningCurve.compare(List.of(run, other), picture);

    Drawn drawn = Drawn.on(picture);
    assertThat(drawn.pixels(Theme.colour(0))).isGreaterThan(1000);
    assertThat(drawn.pixels(Theme.colour(1))).isGreaterThan(1000);
    assertThat(drawn.pixels(Theme.colour(2))).isZero();
  }

  @Test
  void aMalformedFileIsNamedAndNothingIsDrawn() throws IOException {
    log(run, "0,0,train,loss,2.3", "oops");

    assertThatThrownBy(() -> LearningCurve.draw(run))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(run.metricsCsv() + ", line 3");
    assertThat(run.plots()).doesNotExist();
  }

  @Test
  void theMovingAverageIsTheMeanOfTheLastFiftieth() {
    double[] values = new double[100];
    for (int i = 0; i < values.length; i++) {
      values[i] = i;
    }

    double[] averages = LearningCurve.movingAverage(values);

    assertThat(averages[0]).isEqualTo(0);
    assertThat(averages[57]).isEqualTo(56.5);
  }

  @Test
  void theMovingAveragePassesOverValuesThatAreNotFinite() {
    double[] values = new double[100];
    values[50] = Double.NaN;
    values[51] = 8;

    double[] averages = LearningCurve.movingAverage(values);

    assertThat(averages[50]).isNaN();
    assertThat(averages[51]).isEqualTo(8);
    assertThat(averages[52]).isEqualTo(4);
  }
}
