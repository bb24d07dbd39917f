package org.fathom4j.plot;

import java.awt.Color;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Rectangle2D;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.axis.CategoryAxis;
import org.jfree.chart.axis.LogAxis;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.axis.NumberTickUnit;
import org.jfree.chart.plot.CategoryPlot;
import org.jfree.chart.plot.PlotOrientation;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.category.BarRenderer;
import org.jfree.chart.renderer.category.LevelRenderer;
import org.jfree.chart.renderer.category.StandardBarPainter;
import org.jfree.chart.renderer.xy.XYLineAndShapeRenderer;
import org.jfree.chart.title.TextTitle;
import org.jfree.chart.ui.RectangleInsets;
import org.jfree.data.category.DefaultCategoryDataset;
import org.jfree.data.xy.XYSeries;
import org.jfree.data.xy.XYSeriesCollection;

/**
 * The goals table as a picture: how many times as fast as each peer, beside its goal, and time an
 * iteration against depth, beside proportion; from {@code peers.csv} alone.
 */
public final class PeersPlot {

  /** First line of {@code peers.csv}. */
  public static final String HEADER =
      "row,depth,width,hidden_width,batch_size,measure,value,least,largest,repetitions,goal,holds,"
          + "ours_seconds,other_seconds,note";

  private static final int WIDTH = 860;
  private static final int RATIOS_HEIGHT = 330;
  private static final int DEPTHS_HEIGHT = 330;

  private static final String TIMES = "times as fast as ";
  private static final String PER_BLOCK = "time a block relative to depth ";

  private record Row(
      String name, int depth, String measure, double value, String goal, double seconds) {}

  private PeersPlot() {}

  /**
   * Draws.
   *
   * @param csv as the peers write it
   * @param picture receives the PNG
   */
  public static Path draw(Path csv, Path picture) throws IOException {
    List<Row> rows = read(csv);
    int ratiosHeight = has(rows, TIMES) ? RATIOS_HEIGHT : 0;
    int depthsHeight = has(rows, PER_BLOCK) ? DEPTHS_HEIGHT : 0;
    return Picture.write(
        picture,
        WIDTH,
        Math.max(1, ratiosHeight + depthsHeight),
        graphics -> {
          if (ratiosHeight > 0) {
            chart("Speed beside the peers, and the goal", ratios(rows))
                .draw(graphics, new Rectangle2D.Double(0, 0, WIDTH, ratiosHeight));
          }
          if (depthsHeight > 0) {
            chart("Time an iteration against depth", depths(rows))
                .draw(graphics, new Rectangle2D.Double(0, ratiosHeight, WIDTH, depthsHeight));
          }
        });
  }

  private static List<Row> read(Path csv) throws IOException {
    List<String> lines = Files.readAllLines(csv);
    if (lines.isEmpty() || !lines.get(0).equals(HEADER)) {
      throw new IOException(csv + " does not start with the header '" + HEADER + "'.");
    }
    return lines.stream()
        .skip(1)
        .map(line -> line.split(",", -1))
        .map(
            f ->
                new Row(
                    f[0], Integer.parseInt(f[1]), f[5], number(f[6]), f[10], number(f[12])))
        .filter(row -> Double.isFinite(row.value()))
        .toList();
  }

  private static boolean has(List<Row> rows, String measure) {
    return rows.stream().anyMatch(row -> row.measure().startsWith(measure));
  }

  private static double number(String field) {
    return field.isEmpty() ? Double.NaN : Double.parseDouble(field);
  }

  private static JFreeChart chart(String title, org.jfree.chart.plot.Plot plot) {
    JFreeChart chart = new JFreeChart(null, Theme.TITLE, plot, false);
    chart.setTitle(new TextTitle(title, Theme.TITLE));
    chart.getTitle().setPaint(Theme.INK);
    chart.setBackgroundPaint(Color.WHITE);
    chart.setPadding(new RectangleInsets(8, 8, 8, 18));
    return chart;
  }

  private static CategoryPlot ratios(List<Row> rows) {
    DefaultCategoryDataset values = new DefaultCategoryDataset();
    DefaultCategoryDataset goals = new DefaultCategoryDataset();
    for (Row row : rows) {
      if (row.measure().startsWith(TIMES) && !row.name().endsWith("-stock")) {
        String label = row.name() + ", " + row.measure().substring(TIMES.length());
        values.addValue(row.value(), "measured", label);
        if (row.goal().startsWith(">= ")) {
          goals.addValue(Double.parseDouble(row.goal().substring(3)), "goal", label);
        }
      }
    }
    CategoryAxis names = new CategoryAxis();
    names.setTickLabelFont(Theme.TICK);
    names.setMaximumCategoryLabelWidthRatio(0.5f);
    BarRenderer bars = new BarRenderer();
    bars.setBarPainter(new StandardBarPainter());
    bars.setShadowVisible(false);
    bars.setSeriesPaint(0, Theme.COLOURS.get(0));
    bars.setMaximumBarWidth(0.08);
    NumberAxis times = Theme.apply(new NumberAxis("times as fast (bar), goal (mark)"));
    CategoryPlot plot = new CategoryPlot(values, names, times, bars);
    LevelRenderer marks = new LevelRenderer();
    marks.setSeriesPaint(0, Theme.COLOURS.get(1));
    marks.setSeriesStroke(0, Theme.solid(3));
    plot.setDataset(1, goals);
    plot.setRenderer(1, marks);
    plot.setDatasetRenderingOrder(org.jfree.chart.plot.DatasetRenderingOrder.FORWARD);
    plot.setOrientation(PlotOrientation.HORIZONTAL);
    plot.setBackgroundPaint(Color.WHITE);
    plot.setRangeGridlinePaint(Theme.faint(Theme.INK));
    plot.setOutlinePaint(Theme.PALE_INK);
    return plot;
  }

  private static XYPlot depths(List<Row> rows) {
    XYSeries measured = new XYSeries("measured");
    XYSeries proportional = new XYSeries("proportional to depth");
    List<Row> found = rows.stream().filter(row -> row.measure().startsWith(PER_BLOCK)).toList();
    for (Row row : found) {
      measured.add(row.depth(), row.seconds());
      if (row.measure().equals(PER_BLOCK + row.depth())) { // the depth that others are held to
        for (Row other : found) {
          proportional.add(other.depth(), row.seconds() / row.depth() * other.depth());
        }
      }
    }
    XYSeriesCollection data = new XYSeriesCollection();
    data.addSeries(proportional);
    data.addSeries(measured);
    XYLineAndShapeRenderer renderer = new XYLineAndShapeRenderer(true, false);
    renderer.setSeriesPaint(0, Theme.PALE_INK);
    renderer.setSeriesStroke(0, Theme.dashed(1.5));
    renderer.setSeriesPaint(1, Theme.COLOURS.get(0));
    renderer.setSeriesStroke(1, Theme.solid(2));
    renderer.setSeriesShapesVisible(1, true);
    renderer.setSeriesShape(1, new Ellipse2D.Double(-3, -3, 6, 6));
    XYPlot plot =
        new XYPlot(
            data,
            logarithmic("depth L"),
            logarithmic("seconds an iteration (dashed: in proportion)"),
            renderer);
    Theme.apply(plot);
    return plot;
  }

  private static LogAxis logarithmic(String label) {
    LogAxis axis = Theme.apply(new LogAxis(label));
    axis.setBase(10);
    axis.setTickUnit(new NumberTickUnit(1)); // a decade
    return axis;
  }
}
