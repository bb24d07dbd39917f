package org.fathom4j.plot;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Shape;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.awt.geom.Rectangle2D;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.fathom4j.record.MetricLog;
import org.fathom4j.record.MetricRow;
import org.fathom4j.record.RunDirectory;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.LegendItem;
import org.jfree.chart.LegendItemCollection;
import org.jfree.chart.block.BlockBorder;
import org.jfree.chart.plot.CombinedDomainXYPlot;
import org.jfree.chart.title.LegendTitle;
import org.jfree.chart.title.TextTitle;
import org.jfree.chart.ui.RectangleEdge;
import org.jfree.chart.ui.RectangleInsets;

/**
 * Loss and accuracy over the iterations of one or several runs, from {@code metrics.csv}.
 *
 * <p>The splits {@code train} and {@code test} were evaluated whole, now and then; {@code batch} is
 * the minibatch of every iteration, drawn faint under its moving average. The loss is logarithmic
 * when it spans more than one and a half decades.
 */
public final class LearningCurve {

  /** Name of the picture in a run's {@code plots} directory. */
  public static final String FILE_NAME = "learning_curve.png";

  private static final int WIDTH = 820;
  private static final int PANEL_HEIGHT = 270;
  private static final int FRAME_HEIGHT = 130;
  private static final double DECADES_TO_GO_LOGARITHMIC = 1.5;

  private static final double LEAST_LOSS_SPAN = 0.01;
  private static final double LEAST_ACCURACY_SPAN = 0.1;

  /** The moving average looks back over this part of all minibatches. */
  private static final double AVERAGED_PART = 1 / 50.0;

  private static final int MOST_AVERAGED = 1000;

  private static final List<String> SPLITS = List.of("batch", "train", "test");

  private record Run(String name, List<MetricRow> rows) {}

  private LearningCurve() {}

  /**
   * Draws a run's own picture, {@code plots/learning_curve.png}.
   *
   * @return the file; empty when the run has measured neither loss nor accuracy yet
   * @throws PlotException when this Java cannot draw
   * @throws IOException when {@code metrics.csv} cannot be read or the picture not be written
   */
  public static Optional<Path> draw(RunDirectory run) throws IOException {
    return compare(List.of(run), run.plots().resolve(FILE_NAME));
  }

  /**
   * Draws several runs into one picture, a colour a run.
   *
   * @param picture receives the PNG; replaced when it exists
   * @return the file; empty when no run has measured loss or accuracy yet
   */
  public static Optional<Path> compare(List<RunDirectory> runs, Path picture) throws IOException {
    List<Run> read = new ArrayList<>();
    for (RunDirectory run : runs) {
      read.add(new Run(run.name(), MetricLog.read(run.metricsCsv())));
    }
    boolean loss = has(read, "loss");
    boolean accuracy = has(read, "accuracy");
    if (!loss && !accuracy) {
      return Optional.empty();
    }
    int height =
        FRAME_HEIGHT
            + (loss ? PANEL_HEIGHT : 0)
            + (accuracy ? PANEL_HEIGHT : 0)
            + 18 * (read.size() / 2);
    return Optional.of(
        Picture.write(
            picture,
            WIDTH,
            height,
            graphics ->
                chart(read, loss, accuracy)
                    .draw(graphics, new Rectangle2D.Double(0, 0, WIDTH, height))));
  }

  private static boolean has(List<Run> runs, String metric) {
    return runs.stream().flatMap(run -> run.rows().stream()).anyMatch(row -> is(row, metric));
  }

  private static boolean is(MetricRow row, String metric) {
    return row.metric().equals(metric) && SPLITS.contains(row.split());
  }

  private static JFreeChart chart(List<Run> runs, boolean loss, boolean accuracy) {
    CombinedDomainXYPlot plot =
        new CombinedDomainXYPlot(Theme.counting("iteration (updates made)"));
    plot.setGap(14);
    plot.setInsets(new RectangleInsets(4, 4, 4, 18));
    LegendItemCollection legend = new LegendItemCollection();
    boolean zeros = false;
    boolean nonFinite = false;
    if (loss) {
      boolean logarithmic = needsLogarithm(runs);
      String label = "loss (mean over examples)";
      Panel panel = logarithmic ? Panel.logarithmic(label) : Panel.linear(label, LEAST_LOSS_SPAN);
      fill(panel, runs, "loss");
      plot.add(panel.plot(null));
      zeros = panel.hasZeros();
      nonFinite = panel.hasNonFinite();
    }
    if (accuracy) {
      Panel panel = Panel.linear("accuracy (fraction)", LEAST_ACCURACY_SPAN);
      fill(panel, runs, "accuracy");
      plot.add(panel.plot(null));
      nonFinite |= panel.hasNonFinite();
    }
    addLegend(legend, runs, zeros, nonFinite);
    String title = runs.size() == 1 ? runs.get(0).name() : runs.size() + " runs";
    JFreeChart chart = new JFreeChart(null, Theme.TITLE, plot, false);
    chart.setTitle(new TextTitle(title, Theme.TITLE));
    chart.getTitle().setPaint(Theme.INK);
    chart.getTitle().setPadding(new RectangleInsets(10, 10, 6, 10));
    chart.setBackgroundPaint(Color.WHITE);
    LegendTitle legendTitle = new LegendTitle(() -> legend);
    legendTitle.setPosition(RectangleEdge.BOTTOM);
    legendTitle.setItemFont(Theme.LABEL);
    legendTitle.setItemPaint(Theme.INK);
    legendTitle.setFrame(BlockBorder.NONE);
    legendTitle.setItemLabelPadding(new RectangleInsets(2, 6, 2, 14));
    legendTitle.setPadding(new RectangleInsets(2, 10, 8, 10));
    chart.addSubtitle(legendTitle);
    return chart;
  }

  private static boolean needsLogarithm(List<Run> runs) {
    double low = Double.POSITIVE_INFINITY;
    double high = 0;
    for (Run run : runs) {
      for (MetricRow row : run.rows()) {
        if (is(row, "loss") && row.value() > 0 && Double.isFinite(row.value())) {
          low = Math.min(low, row.value());
          high = Math.max(high, row.value());
        }
      }
    }
    return high > Panel.LARGEST_LINEAR
        || high > 0 && Math.log10(high) - Math.log10(low) > DECADES_TO_GO_LOGARITHMIC;
  }

  private static void fill(Panel panel, List<Run> runs, String metric) {
    boolean single = runs.size() == 1;
    for (int i = 0; i < runs.size(); i++) {
      for (String split : SPLITS) {
        List<MetricRow> rows =
            runs.get(i).rows().stream()
                .filter(row -> row.metric().equals(metric) && row.split().equals(split))
                .toList();
        if (rows.isEmpty()) {
          continue;
        }
        double[] x = rows.stream().mapToDouble(MetricRow::iteration).toArray();
        double[] y = rows.stream().mapToDouble(MetricRow::value).toArray();
        Color colour = colour(i, split, single);
        if (split.equals("batch")) {
          if (single) {
            panel.add(new Panel.Curve(x, y, Theme.faint(colour), Theme.solid(0.8), false));
            panel.add(new Panel.Curve(x, movingAverage(y), colour, Theme.solid(1.4), false));
          } else {
            panel.add(
                new Panel.Curve(x, movingAverage(y), Theme.faint(colour), Theme.solid(1.2), false));
          }
        } else {
          panel.add(new Panel.Curve(x, y, colour, stroke(split), true));
        }
      }
    }
  }

  private static Color colour(int run, String split, boolean single) {
    if (!single) {
      return Theme.colour(run);
    }
    return switch (split) {
      case "train" -> Theme.COLOURS.get(0);
      case "test" -> Theme.COLOURS.get(1);
      default -> Theme.COLOURS.get(5);
    };
  }

  private static BasicStroke stroke(String split) {
    return split.equals("test") ? Theme.dashed(2) : Theme.solid(2);
  }

  /** Mean of the finite values among the last few: a part of all, but no more than a limit. */
  static double[] movingAverage(double[] values) {
    int window =
        (int) Math.max(1, Math.min(MOST_AVERAGED, Math.round(values.length * AVERAGED_PART)));
    double[] averages = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      double sum = 0;
      int count = 0;
      for (int j = Math.max(0, i - window + 1); j <= i; j++) {
        if (Double.isFinite(values[j])) {
          sum += values[j];
          count++;
        }
      }
      averages[i] = Double.isFinite(values[i]) ? sum / count : values[i];
    }
    return averages;
  }

  private static void addLegend(
      LegendItemCollection legend, List<Run> runs, boolean zeros, boolean nonFinite) {
    boolean single = runs.size() == 1;
    if (!single) {
      for (int i = 0; i < runs.size(); i++) {
        legend.add(line(runs.get(i).name(), Theme.colour(i), Theme.solid(2.5)));
      }
    }
    for (String split : SPLITS) {
      if (runs.stream().noneMatch(run -> run.rows().stream().anyMatch(row -> drawn(row, split)))) {
        continue;
      }
      String text = split.equals("batch") ? "minibatch, moving average" : split + " split";
      Color colour =
          single
              ? colour(0, split, true)
              : split.equals("batch") ? Theme.faint(Theme.INK) : Theme.INK;
      legend.add(line(text, colour, stroke(split)));
    }
    if (zeros) {
      legend.add(mark("zero", Theme.triangleDown(), Theme.PALE_INK));
    }
    if (nonFinite) {
      legend.add(mark("not finite", Theme.cross(), Theme.ALARM));
    }
  }

  private static boolean drawn(MetricRow row, String split) {
    return row.split().equals(split) && (is(row, "loss") || is(row, "accuracy"));
  }

  private static LegendItem line(String text, Color colour, BasicStroke stroke) {
    return new LegendItem(
        text,
        null,
        null,
        null,
        false,
        new Ellipse2D.Double(),
        false,
        colour,
        false,
        colour,
        stroke,
        true,
        new Line2D.Double(-14, 0, 14, 0),
        stroke,
        colour);
  }

  private static LegendItem mark(String text, Shape shape, Color colour) {
    return new LegendItem(text, null, null, null, shape, colour);
  }
}
