package org.fathom4j.plot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.fathom4j.plot.TheoryPlot.Scale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TheoryPlotTest {

  private static final List<Double> X =
      IntStream.rangeClosed(0, 200).mapToObj(i -> (double) i).toList();
  private static final List<Double> Y = X.stream().map(x -> Math.exp(-x / 10)).toList();

  @TempDir Path directory;

  private Drawn drawn(TheoryPlot.Curve... curves) throws IOException {
    return Drawn.on(
        new TheoryPlot("title")
            .panel("heading", "iteration", "loss", Scale.LOGARITHMIC, List.of(curves))
            .write(directory.resolve("plot.png")));
  }

  @Test
  void a_prediction_lies_dashed_on_a_measurement_that_it_agrees_with() throws IOException {
    int alone = drawn(TheoryPlot.measured("measured", X, Y)).pixels(Theme.colour(0));
    Drawn both = drawn(TheoryPlot.measured("measured", X, Y), TheoryPlot.predicted("told", X, Y));
    assertThat(both.pixels(Theme.colour(0))).isPositive().isLessThan(alone); // between the dashes
    assertThat(both.pixels(Theme.colour(1))).isPositive();
  }

  @Test
  void a_wide_curve_is_seen_under_the_one_before_it() throws IOException {
    Drawn both =
        drawn(TheoryPlot.measured("narrow", X, Y), TheoryPlot.measured("wide", X, Y).wide(7));
    assertThat(both.pixels(Theme.colour(0))).isPositive();
    assertThat(both.pixels(Theme.colour(1))).isPositive();
  }

  @Test
  void marked_points_are_rings_through_which_the_curve_is_seen() throws IOException {
    List<Double> x = List.of(50.0, 100.0);
    List<Double> y = List.of(Y.get(50), Y.get(100));
    int alone = drawn(TheoryPlot.measured("measured", X, Y)).pixels(Theme.colour(0));
    Drawn both = drawn(TheoryPlot.measured("measured", X, Y), TheoryPlot.marked("told", x, y));
    double disc = Math.PI * 5.25 * 5.25 * Picture.SCALE * Picture.SCALE; // three with the legend's
    assertThat((double) both.pixels(Theme.colour(1))).isBetween(disc, 2 * disc);
    assertThat((double) both.pixels(Theme.colour(0))).isBetween(alone - 2 * disc, alone - 1.0);
  }

  @Test
  void nothing_but_zeros_is_drawn_too() throws IOException {
    List<Double> zero = List.of(0.0);
    Drawn nothing =
        Drawn.on(
            new TheoryPlot("title")
                .panel("", "x", "y", Scale.LINEAR, List.of(TheoryPlot.marked("zero", zero, zero)))
                .write(directory.resolve("zero.png")));
    assertThat(nothing.pixels(Theme.colour(0))).isPositive();
  }

  @Test
  void depths_have_a_panel_of_their_own_beside_others() throws IOException {
    List<Double> depths = List.of(10.0, 100.0, 1000.0);
    int one = drawn(TheoryPlot.measured("measured", X, Y)).width();
    Drawn two =
        Drawn.on(
            new TheoryPlot("title")
                .depthPanel(
                    "",
                    "iterations",
                    Scale.LOGARITHMIC,
                    List.of(TheoryPlot.measured("measured", depths, depths)))
                .panel("", "x", "y", Scale.LINEAR, List.of(TheoryPlot.measured("measured", X, Y)))
                .write(directory.resolve("two.png")));
    assertThat(two.width()).isEqualTo(one + 2 * 430);
  }

  @Test
  void a_panel_without_points_is_refused_with_its_name() {
    assertThatThrownBy(
            () ->
                new TheoryPlot("title")
                    .panel(
                        "",
                        "x",
                        "loss R",
                        Scale.LINEAR,
                        List.of(TheoryPlot.measured("empty", List.of(), List.of()))))
        .hasMessageContaining("'loss R' has nothing to draw");
  }

  @Test
  void a_curve_of_unequal_lengths_is_refused_with_both() {
    assertThatThrownBy(() -> TheoryPlot.measured("crooked", List.of(1.0, 2.0), List.of(1.0)))
        .hasMessage("The curve 'crooked' has 2 x, but 1 y.");
  }
}
