package org.fathom4j.plot;

import java.awt.BasicStroke;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jfree.chart.axis.NumberAxis;

/**
 * Prediction and measurement in one picture: panels of curves over iterations, time or depth.
 *
 * <p>What was measured is solid, what was predicted dashed and on top, points that stand out are
 * rings over both. Among curves of one kind the first is on top. A curve has the same colour in
 * every panel, and one line in the legend.
 *
 * <pre>{@code
 * new TheoryPlot("ZAS learns -I")
 *     .panel("", "iteration", "loss R", TheoryPlot.Scale.LOGARITHMIC,
 *         List.of(TheoryPlot.measured("gradient descent", t, losses),
 *             TheoryPlot.predicted("gradient flow", t, flow)))
 *     .write(Path.of("loss.png"));
 * }</pre>
 */
public final class TheoryPlot {

  private static final int MOST_COLUMNS = 3;
  private static final double USUAL_WIDTH = 2;

  /** How the vertical axis is divided. */
  public enum Scale {
    /** Evenly. */
    LINEAR,
    /** By decades. */
    LOGARITHMIC
  }

  /** How a curve is drawn; the first kind lies on top. */
  public enum Kind {
    /** Points without a line: rings. */
    MARKED,
    /** A theory says so, and nobody measured it: dashed. */
    PREDICTED,
    /** Solid. */
    MEASURED
  }

  /**
   * One curve, through its points in their order.
   *
   * @param name in the legend
   * @param kind how it is drawn
   * @param width of its line; the usual one is 2
   * @param x as many numbers as {@code y}
   */
  public record Curve(String name, Kind kind, double width, List<Double> x, List<Double> y) {

    public Curve {
      x = List.copyOf(x);
      y = List.copyOf(y);
      if (x.size() != y.size()) {
        throw new IllegalArgumentException(
            String.format("The curve '%s' has %d x, but %d y.", name, x.size(), y.size()));
      }
    }

    /** The same with a line of another width, to be seen under one that covers it. */
    public Curve wide(double otherWidth) {
      return new Curve(name, kind, otherWidth, x, y);
    }
  }

  /** A panel; x is the depth, logarithmic, if it has no label. */
  private record PanelOf(
      String heading, Optional<String> xLabel, String yLabel, Scale yScale, List<Curve> curves) {}

  private final String title;
  private final List<PanelOf> panels = new ArrayList<>();

  /** A picture without panels yet. */
  public TheoryPlot(String title) {
    this.title = title;
  }

  /** What was measured. */
  public static Curve measured(String name, List<Double> x, List<Double> y) {
    return new Curve(name, Kind.MEASURED, USUAL_WIDTH, x, y);
  }

  /** What a theory says. */
  public static Curve predicted(String name, List<Double> x, List<Double> y) {
    return new Curve(name, Kind.PREDICTED, USUAL_WIDTH, x, y);
  }

  /** Points that stand out. */
  public static Curve marked(String name, List<Double> x, List<Double> y) {
    return new Curve(name, Kind.MARKED, USUAL_WIDTH, x, y);
  }

  /**
   * Adds a panel to the right of the others, with an evenly divided horizontal axis.
   *
   * @param heading none if empty
   * @param curves at least one of them with points
   */
  public TheoryPlot panel(
      String heading, String xLabel, String yLabel, Scale yScale, List<Curve> curves) {
    return add(new PanelOf(heading, Optional.of(xLabel), yLabel, yScale, List.copyOf(curves)));
  }

  /**
   * Adds a panel over depth, logarithmic, with a tick at every depth that was measured, unless they
   * are too many.
   *
   * @param heading none if empty
   * @param curves at least one of them measured
   */
  public TheoryPlot depthPanel(String heading, String yLabel, Scale yScale, List<Curve> curves) {
    return add(new PanelOf(heading, Optional.empty(), yLabel, yScale, List.copyOf(curves)));
  }

  private TheoryPlot add(PanelOf panel) {
    if (panel.curves().stream().allMatch(curve -> curve.x().isEmpty())) {
      throw new IllegalArgumentException(
          "The panel of '" + panel.yLabel() + "' has nothing to draw.");
    }
    panels.add(panel);
    return this;
  }

  /**
   * Draws.
   *
   * @param file receives the PNG; replaced when it exists
   * @throws PlotException when this Java cannot draw
   * @throws IOException when the picture cannot be written
   */
  public Path write(Path file) throws IOException {
    Map<String, Color> colours = new LinkedHashMap<>();
    PanelGrid grid = new PanelGrid(title, Math.min(MOST_COLUMNS, Math.max(1, panels.size())));
    for (PanelOf each : panels) {
      Panel panel =
          each.yScale() == Scale.LOGARITHMIC
              ? Panel.logarithmic(each.yLabel())
              : Panel.linear(each.yLabel(), 0);
      for (Curve curve : each.curves()) {
        if (!colours.containsKey(curve.name())) {
          Color colour = Theme.colour(colours.size());
          colours.put(curve.name(), colour);
          explain(curve, colour, grid);
        }
      }
      each.curves().stream() // the first in a panel is on top: dashes show what they cover
          .sorted(Comparator.comparing(Curve::kind))
          .forEach(curve -> panel.add(drawn(curve, each, colours.get(curve.name()))));
      grid.add(each.heading(), panel, horizontal(each));
    }
    return grid.write(file);
  }

  private static void explain(Curve curve, Color colour, PanelGrid grid) {
    if (curve.kind() == Kind.MARKED) {
      grid.explain(curve.name(), colour, Theme.ring());
    } else {
      grid.explain(curve.name(), colour, stroke(curve));
    }
  }

  private static Panel.Curve drawn(Curve curve, PanelOf panel, Color colour) {
    double[] x = numbers(curve.x());
    if (panel.xLabel().isEmpty()) {
      x = Arrays.stream(x).map(Math::log10).toArray();
    }
    double[] y = numbers(curve.y());
    return curve.kind() == Kind.MARKED
        ? Panel.Curve.rings(x, y, colour)
        : new Panel.Curve(x, y, colour, stroke(curve), curve.kind() == Kind.MEASURED);
  }

  private static BasicStroke stroke(Curve curve) {
    return curve.kind() == Kind.PREDICTED
        ? Theme.dashed(curve.width())
        : Theme.solid(curve.width());
  }

  private static double[] numbers(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private static NumberAxis horizontal(PanelOf panel) {
    if (panel.xLabel().isEmpty()) {
      return new DepthAxis(
          panel.curves().stream()
              .filter(curve -> curve.kind() == Kind.MEASURED)
              .flatMap(curve -> curve.x().stream())
              .map(Double::intValue)
              .toList());
    }
    NumberAxis axis = new NumberAxis(panel.xLabel().get());
    axis.setAutoRangeIncludesZero(false);
    axis.setAutoRangeStickyZero(false); // a margin on both sides, at 0 too
    axis.setLowerMargin(0.02);
    axis.setUpperMargin(0.02);
    List<Double> distinct =
        panel.curves().stream().flatMap(curve -> curve.x().stream()).distinct().limit(2).toList();
    if (distinct.size() == 1) { // else it would show billionths
      axis.setRange(distinct.get(0) - 0.5, distinct.get(0) + 0.5);
    }
    return Theme.apply(axis);
  }
}
