package org.fathom4j.plot;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.geom.Line2D;
import java.awt.geom.Rectangle2D;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.fathom4j.record.DepthProfileLog;
import org.fathom4j.record.DepthProfileRow;
import org.fathom4j.record.RunDirectory;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.plot.XYPlot;

/**
 * Norms of activations, gradients and updates against layer, a curve an iteration from light to
 * dark, from {@code depth_profile.csv}.
 *
 * <p>One panel a metric, logarithmic. A norm of zero, which zero-initialized matrices have before
 * their first gradient, is a triangle on the lower edge; one that is not finite a cross on the
 * upper.
 */
public final class DepthProfilePlot {

  /** Name of the picture in a run's {@code plots} directory. */
  public static final String FILE_NAME = "depth_profile.png";

  private static final int COLUMNS = 2;
  private static final int PANEL_WIDTH = 430;
  private static final int PANEL_HEIGHT = 280;
  private static final int TITLE_HEIGHT = 44;
  private static final int LEGEND_WIDTH = 130;
  private static final int LEGEND_LINE = 18;
  private static final int MOST_CURVES = 12;

  private static final List<String> KNOWN_METRICS =
      List.of(
          "activation_norm", "gradient_norm", "update_norm_U", "update_norm_V", "update_norm_A");

  private DepthProfilePlot() {}

  /**
   * Draws a run's own picture, {@code plots/depth_profile.png}.
   *
   * @return the file; empty when the run has recorded no profile yet
   * @throws PlotException when this Java cannot draw
   * @throws IOException when {@code depth_profile.csv} cannot be read or the picture not be written
   */
  public static Optional<Path> draw(RunDirectory run) throws IOException {
    List<DepthProfileRow> rows = DepthProfileLog.read(run.depthProfileCsv());
    if (rows.isEmpty()) {
      return Optional.empty();
    }
    List<Integer> recorded =
        rows.stream().map(DepthProfileRow::iteration).distinct().sorted().toList();
    List<Integer> iterations = spread(recorded, MOST_CURVES);
    List<String> metrics =
        rows.stream()
            .map(DepthProfileRow::metric)
            .distinct()
            .sorted(Comparator.comparingInt(DepthProfilePlot::rank).thenComparing(m -> m))
            .toList();
    int columns = Math.min(COLUMNS, metrics.size());
    int lines = (metrics.size() + columns - 1) / columns;
    int width = columns * PANEL_WIDTH + LEGEND_WIDTH;
    int height = TITLE_HEIGHT + lines * PANEL_HEIGHT + 8;
    return Optional.of(
        Picture.write(
            run.plots().resolve(FILE_NAME),
            width,
            height,
            graphics -> paint(graphics, run.name(), rows, metrics, iterations, columns)));
  }

  private static int rank(String metric) {
    int index = KNOWN_METRICS.indexOf(metric);
    return index < 0 ? KNOWN_METRICS.size() : index;
  }

  /** At most {@code most} of the values, evenly spread over their places, both ends included. */
  static List<Integer> spread(List<Integer> values, int most) {
    if (values.size() <= most) {
      return values;
    }
    List<Integer> chosen = new ArrayList<>();
    for (int i = 0; i < most; i++) {
      chosen.add(values.get((int) Math.round(i * (values.size() - 1.0) / (most - 1))));
    }
    return chosen;
  }

  private static void paint(
      Graphics2D graphics,
      String title,
      List<DepthProfileRow> rows,
      List<String> metrics,
      List<Integer> iterations,
      int columns) {
    graphics.setFont(Theme.TITLE);
    graphics.setColor(Theme.INK);
    int middle = columns * PANEL_WIDTH / 2;
    graphics.drawString(
        title, middle - graphics.getFontMetrics().stringWidth(title) / 2f, TITLE_HEIGHT - 16);
    boolean zeros = false;
    boolean nonFinite = false;
    for (int i = 0; i < metrics.size(); i++) {
      Panel panel = panel(rows, metrics.get(i), iterations);
      XYPlot plot = panel.plot(Theme.counting("layer l"));
      JFreeChart chart = new JFreeChart(null, Theme.TITLE, plot, false);
      chart.setBackgroundPaint(null);
      chart.draw(
          graphics,
          new Rectangle2D.Double(
              (i % columns) * (double) PANEL_WIDTH,
              TITLE_HEIGHT + (i / columns) * (double) PANEL_HEIGHT,
              PANEL_WIDTH,
              PANEL_HEIGHT));
      zeros |= panel.hasZeros();
      nonFinite |= panel.hasNonFinite();
    }
    paintLegend(graphics, columns * PANEL_WIDTH + 14, iterations, zeros, nonFinite);
  }

  private static Panel panel(List<DepthProfileRow> rows, String metric, List<Integer> iterations) {
    Panel panel = Panel.logarithmic(label(metric));
    for (int i = 0; i < iterations.size(); i++) {
      int iteration = iterations.get(i);
      Map<Integer, Double> byLayer = new TreeMap<>();
      for (DepthProfileRow row : rows) {
        if (row.metric().equals(metric) && row.iteration() == iteration) {
          byLayer.put(row.layer(), row.value());
        }
      }
      if (!byLayer.isEmpty()) {
        panel.add(
            new Panel.Curve(
                byLayer.keySet().stream().mapToDouble(Integer::doubleValue).toArray(),
                byLayer.values().stream().mapToDouble(Double::doubleValue).toArray(),
                Theme.lightToDark(shade(i, iterations.size())),
                Theme.solid(1.6),
                true));
      }
    }
    return panel;
  }

  private static double shade(int index, int count) {
    return count == 1 ? 1 : index / (count - 1.0);
  }

  private static String label(String metric) {
    return switch (metric) {
      case "activation_norm" -> "activation norm ‖zₗ‖";
      case "gradient_norm" -> "gradient norm ‖∂zₗ‖";
      case "update_norm_U" -> "update norm ‖ΔUₗ‖";
      case "update_norm_V" -> "update norm ‖ΔVₗ‖";
      case "update_norm_A" -> "update norm ‖ΔAₗ‖";
      default -> metric;
    };
  }

  private static void paintLegend(
      Graphics2D graphics, int x, List<Integer> iterations, boolean zeros, boolean nonFinite) {
    int y = TITLE_HEIGHT + 16;
    graphics.setFont(Theme.LABEL);
    graphics.setColor(Theme.INK);
    graphics.drawString("iteration", x, y);
    for (int i = 0; i < iterations.size(); i++) {
      y += LEGEND_LINE;
      graphics.setColor(Theme.lightToDark(shade(i, iterations.size())));
      graphics.setStroke(Theme.solid(3));
      graphics.draw(new Line2D.Double(x + 1, y - 4, x + 22, y - 4));
      graphics.setColor(Theme.INK);
      graphics.drawString(Integer.toString(iterations.get(i)), x + 32, y);
    }
    y += LEGEND_LINE / 2;
    if (zeros) {
      y += LEGEND_LINE;
      paintMark(graphics, Theme.triangleDown(), Theme.PALE_INK, "zero", x, y);
    }
    if (nonFinite) {
      y += LEGEND_LINE;
      paintMark(graphics, Theme.cross(), Theme.ALARM, "not finite", x, y);
    }
  }

  private static void paintMark(
      Graphics2D graphics, Shape mark, Color colour, String text, int x, int y) {
    graphics.setColor(colour);
    graphics.fill(AffineTransform.getTranslateInstance(x + 12, y - 4).createTransformedShape(mark));
    graphics.setColor(Theme.INK);
    graphics.drawString(text, x + 32, y);
  }
}
