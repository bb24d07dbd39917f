package org.fathom4j.plot;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.Color;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.fathom4j.record.DepthProfileLog;
import org.fathom4j.record.RunDirectory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DepthProfilePlotTest {

  private static final Color FIRST = Theme.lightToDark(0);
  private static final Color LAST = Theme.lightToDark(1);

  @TempDir Path directory;
  private RunDirectory run;

  @BeforeEach
  void createTheRun() throws IOException {
    run = RunDirectory.create(directory, "a");
  }

  private void log(String... rows) throws IOException {
    Files.writeString(
        run.depthProfileCsv(), DepthProfileLog.HEADER + "\n" + String.join("\n", rows) + "\n");
  }

  @Test
  void iterationsGoFromLightToDark() throws IOException {
    log(
        "0,0,activation_norm,1",
        "0,9,activation_norm,2",
        "7,0,activation_norm,10",
        "7,9,activation_norm,20");

    Path picture = DepthProfilePlot.draw(run).orElseThrow();

    assertThat(picture).isEqualTo(run.plots().resolve("depth_profile.png"));
    Drawn drawn = Drawn.on(picture);
    assertThat(drawn.pixels(FIRST)).isGreaterThan(500);
    assertThat(drawn.pixels(LAST)).isGreaterThan(500);
    assertThat(drawn.pixels(Theme.ALARM)).isZero();
    assertThat(FIRST.getGreen()).isGreaterThan(150);
    assertThat(LAST.getGreen()).isLessThan(20);
  }

  @Test
  void everyMetricHasAPanelKnownOrNot() throws IOException {
    log("0,0,activation_norm,1");
    Drawn one = Drawn.on(DepthProfilePlot.draw(run).orElseThrow());
    log("0,0,activation_norm,1", "0,1,update_norm_A,1", "0,1,sharpness,3");
    Drawn three = Drawn.on(DepthProfilePlot.draw(run).orElseThrow());

    assertThat(three.width()).isEqualTo(one.width() + 2 * 430);
    assertThat(three.height()).isEqualTo(one.height() + 2 * 280);
  }

  @Test
  void zerosAreTrianglesAndWhatIsNotFiniteIsACross() throws IOException {
    log("0,1,update_norm_U,0", "0,5,update_norm_U,0", "3,1,update_norm_U,1");
    Drawn zeros = Drawn.on(DepthProfilePlot.draw(run).orElseThrow());
    log("0,1,activation_norm,1", "0,5,activation_norm,Infinity", "0,7,activation_norm,NaN");
    Drawn nonFinite = Drawn.on(DepthProfilePlot.draw(run).orElseThrow());

    assertThat(zeros.pixels(FIRST)).isGreaterThan(50);
    assertThat(zeros.pixels(Theme.ALARM)).isZero();
    assertThat(nonFinite.pixels(Theme.ALARM)).isGreaterThan(50);
  }

  @Test
  void aProfileOfNothingButZerosIsAPicture() throws IOException {
    log("0,1,update_norm_V,0", "0,5,update_norm_V,0");

    assertThat(DepthProfilePlot.draw(run)).isPresent();
  }

  @Test
  void aProfileOverAllOfDoublePrecisionIsAPicture() throws IOException {
    log("0,0,gradient_norm,4.9E-324", "0,9,gradient_norm,1.7976931348623157E308");

    assertThat(DepthProfilePlot.draw(run)).isPresent();
  }

  @Test
  void withoutRowsThereIsNoPicture() throws IOException {
    Files.writeString(run.depthProfileCsv(), DepthProfileLog.HEADER + "\n0,1,upd");

    assertThat(DepthProfilePlot.draw(run)).isEmpty();
    assertThat(run.plots()).doesNotExist();
  }

  @Test
  void ofManyIterationsAFewAreChosenWithBothEnds() {
    List<Integer> all = IntStream.range(0, 1001).boxed().toList();

    assertThat(DepthProfilePlot.spread(all, 12))
        .hasSize(12)
        .startsWith(0)
        .endsWith(1000)
        .isSorted();
    assertThat(DepthProfilePlot.spread(List.of(3, 5), 12)).containsExactly(3, 5);
  }
}
