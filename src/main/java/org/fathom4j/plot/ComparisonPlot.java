package org.fathom4j.plot;

import java.awt.BasicStroke;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.TreeSet;
import org.fathom4j.record.ComparisonCsv;
import org.fathom4j.record.ComparisonDirectory;
import org.fathom4j.record.ComparisonRecord;
import org.fathom4j.record.ComparisonRow;
import org.fathom4j.record.DepthProfileLog;
import org.fathom4j.record.DepthProfileRow;
import org.fathom4j.record.MetricLog;
import org.fathom4j.record.MetricRow;
import org.fathom4j.record.TrialLog;
import org.fathom4j.record.TrialRow;
import org.jfree.chart.axis.NumberAxis;

/**
 * The pictures of a comparison, from {@code comparison.csv}, {@code depth_check.csv}, {@code
 * trials.csv} and the CSV files of its runs; which learning rates a search could settle on, from
 * its record.
 *
 * <p>Few cells share one panel, a colour a cell, as in the paper's figure 4; more have a panel a
 * depth, a colour an initialization. Curves are means over seeds, bands and bars go from the
 * smallest to the largest seed.
 *
 * @see <a href="https://arxiv.org/abs/1911.00645">Wu, Wang &amp; Ma 2019, figure 4</a>
 */
public final class ComparisonPlot {

  private static final int MOST_CELLS_IN_A_PANEL = 8;
  private static final double LEAST_ACCURACY_SPAN = 0.1;

  private static final Map<String, String> PROFILES = new LinkedHashMap<>();

  static {
    PROFILES.put("activation_norm", "activation norm ‖zₗ‖");
    PROFILES.put("gradient_norm", "gradient norm ‖∂zₗ‖");
    PROFILES.put("update_norm_U", "update norm ‖ΔUₗ‖");
    PROFILES.put("update_norm_V", "update norm ‖ΔVₗ‖");
    PROFILES.put("update_norm_A", "update norm ‖ΔAₗ‖");
  }

  /** Cells that share a panel, with the look of each. */
  private record Group(String heading, List<ComparedCell> cells, List<Integer> looks) {}

  private final ComparisonDirectory directory;
  private final List<ComparedCell> cells;
  private final List<Group> groups;
  private final Map<String, List<MetricRow>> metrics =
      new LinkedHashMap<>(); // of the training split, by run
  private final Map<ComparedCell, List<DepthProfileRow>> profiles = new LinkedHashMap<>();

  private ComparisonPlot(ComparisonDirectory directory, List<ComparedCell> cells)
      throws IOException {
    this.directory = directory;
    this.cells = cells;
    groups = groups(cells);
    for (ComparedCell cell : cells) {
      for (String run : cell.runs()) {
        // A row a minibatch is most of the file, and not drawn.
        metrics.put(
            run,
            MetricLog.read(directory.run(run).metricsCsv()).stream()
                .filter(row -> row.split().equals("train"))
                .toList());
      }
      profiles.put(cell, DepthProfileLog.read(directory.run(cell.runs().get(0)).depthProfileCsv()));
    }
  }

  /**
   * Draws all pictures into the comparison's {@code plots}.
   *
   * @return the files, in the order they are to be looked at; none if no run has ended yet
   * @throws PlotException when this Java cannot draw
   * @throws IOException when the record or a CSV file cannot be read or a picture not be written
   */
  public static List<Path> draw(ComparisonDirectory directory) throws IOException {
    List<ComparisonRow> rows = ComparisonCsv.read(directory.comparisonCsv());
    if (rows.isEmpty()) {
      return List.of();
    }
    ComparisonRecord record = ComparisonRecord.read(directory.comparisonJson());
    List<ComparedCell> cells = ComparedCell.of(rows, record);
    Path plots = directory.plots();
    ComparisonPlot plot = new ComparisonPlot(directory, cells);
    List<Path> written = new ArrayList<>();
    if (Files.exists(directory.depthCheckCsv())) {
      written.add(DepthCheckPlot.draw(directory));
    }
    written.add(plot.drawCurves(plots.resolve("learning_curves.png")));
    written.add(plot.drawAccuracyAgainstDepth(plots.resolve("accuracy_against_depth.png")));
    written.add(ComparisonMap.draw(cells, directory.name(), plots.resolve("map.png")));
    if (Files.exists(directory.trialsCsv())) {
      List<TrialRow> trials = TrialLog.read(directory.trialsCsv());
      if (trials.stream().anyMatch(trial -> trial.learningRate() > 0)) {
        written.add(LearningRatePlot.draw(trials, record, plots.resolve("learning_rates.png")));
      }
    }
    written.add(plot.drawProfiles(plots.resolve("depth_profiles.png")));
    return written;
  }

  /**
   * How wide a picture wants to be shown, in units of a page, so that the letters of all pictures
   * are of one size.
   *
   * @throws IOException when the file is no picture
   */
  public static int width(Path png) throws IOException {
    return Picture.width(png);
  }

  /** What the norms of a depth profile are called on an axis. */
  static String profileLabel(String metric) {
    return PROFILES.getOrDefault(metric, metric);
  }

  private static List<Group> groups(List<ComparedCell> cells) {
    List<String> initializations =
        cells.stream().map(ComparedCell::initialization).distinct().toList();
    if (cells.size() <= MOST_CELLS_IN_A_PANEL) {
      List<Integer> looks = new ArrayList<>();
      for (int i = 0; i < cells.size(); i++) {
        looks.add(i);
      }
      return List.of(new Group("", cells, looks));
    }
    List<Group> groups = new ArrayList<>();
    for (int depth : cells.stream().map(ComparedCell::depth).distinct().toList()) {
      List<ComparedCell> ofDepth = cells.stream().filter(cell -> cell.depth() == depth).toList();
      groups.add(
          new Group(
              "depth " + depth,
              ofDepth,
              ofDepth.stream()
                  .map(cell -> initializations.indexOf(cell.initialization()))
                  .toList()));
    }
    return groups;
  }

  private Path drawCurves(Path file) throws IOException {
    PanelGrid grid = new PanelGrid(directory.name(), 2);
    for (Group group : groups) {
      Panel accuracy = Panel.fraction("training accuracy (fraction)", LEAST_ACCURACY_SPAN);
      Panel loss = Panel.logarithmic("training loss (mean over examples)");
      for (int i = 0; i < group.cells().size(); i++) {
        addMean(accuracy, group.cells().get(i), "accuracy", group.looks().get(i));
        addMean(loss, group.cells().get(i), "loss", group.looks().get(i));
      }
      grid.add(group.heading(), accuracy, Theme.counting("iteration (updates made)"));
      grid.add(group.heading(), loss, Theme.counting("iteration (updates made)"));
    }
    explain(grid);
    return grid.write(file);
  }

  /** The mean over seeds of a metric of the training split, and its band. */
  private void addMean(Panel panel, ComparedCell cell, String metric, int look) {
    TreeMap<Integer, List<Double>> byIteration = new TreeMap<>();
    for (String run : cell.runs()) {
      for (MetricRow row : metrics.get(run)) {
        if (row.metric().equals(metric)) {
          byIteration.computeIfAbsent(row.iteration(), i -> new ArrayList<>()).add(row.value());
        }
      }
    }
    if (byIteration.isEmpty()) {
      return; // it diverged before the first evaluation
    }
    double[] x = byIteration.keySet().stream().mapToDouble(Integer::doubleValue).toArray();
    double[][] values =
        byIteration.values().stream()
            .map(list -> list.stream().mapToDouble(Double::doubleValue).toArray())
            .toArray(double[][]::new);
    Color colour = Theme.colour(look);
    if (cell.runs().size() > 1) {
      panel.add(
          new Panel.Band(x, each(values, Extreme.LEAST), each(values, Extreme.LARGEST), colour));
    }
    panel.add(
        new Panel.Curve(x, each(values, Extreme.NONE), colour, Theme.stroke(look, 1.8), true));
  }

  private enum Extreme {
    LEAST,
    LARGEST,
    NONE
  }

  private static double[] each(double[][] values, Extreme extreme) {
    return Arrays.stream(values).mapToDouble(seeds -> one(seeds, extreme)).toArray();
  }

  /** The smallest, the largest or the mean. */
  private static double one(double[] seeds, Extreme extreme) {
    var statistics = Arrays.stream(seeds).summaryStatistics();
    return switch (extreme) {
      case LEAST -> statistics.getMin();
      case LARGEST -> statistics.getMax();
      case NONE -> statistics.getAverage();
    };
  }

  /** A line a cell where they share a panel, otherwise a line an initialization. */
  private void explain(PanelGrid grid) {
    if (groups.size() == 1 && groups.get(0).heading().isEmpty()) {
      for (int i = 0; i < cells.size(); i++) {
        grid.explain(cells.get(i).label(), Theme.colour(i), Theme.stroke(i, 2.5));
      }
      return;
    }
    explainInitializations(grid);
    List<ComparedCell> failed = cells.stream().filter(cell -> !cell.learns()).toList();
    failed.forEach(cell -> grid.explain(cell.label()));
  }

  private void explainInitializations(PanelGrid grid) {
    List<String> initializations =
        cells.stream().map(ComparedCell::initialization).distinct().toList();
    for (int i = 0; i < initializations.size(); i++) {
      grid.explain(initializations.get(i), Theme.colour(i), Theme.stroke(i, 2.5));
    }
  }

  private Path drawAccuracyAgainstDepth(Path file) throws IOException {
    PanelGrid grid = new PanelGrid(directory.name(), 2);
    TreeSet<Integer> depths = new TreeSet<>(cells.stream().map(ComparedCell::depth).toList());
    for (String split : List.of("train", "test")) {
      Panel panel =
          Panel.fraction(
              (split.equals("train") ? "training" : "test") + " accuracy (fraction)",
              LEAST_ACCURACY_SPAN);
      List<String> initializations =
          cells.stream().map(ComparedCell::initialization).distinct().toList();
      for (int i = 0; i < initializations.size(); i++) {
        addAgainstDepth(panel, initializations.get(i), split + "_accuracy", i);
      }
      grid.add("", panel, new DepthAxis(depths));
    }
    explainInitializations(grid);
    grid.explain("only runs that did not diverge");
    return grid.write(file);
  }

  private void addAgainstDepth(Panel panel, String initialization, String metric, int look) {
    TreeMap<Integer, double[]> byDepth = new TreeMap<>();
    for (ComparedCell cell : cells) {
      double[] values = cell.values(metric);
      if (cell.initialization().equals(initialization) && values.length > 0) {
        byDepth.put(cell.depth(), values);
      }
    }
    if (byDepth.isEmpty()) {
      return;
    }
    Color colour = Theme.colour(look);
    BasicStroke thin = Theme.solid(1);
    byDepth.forEach(
        (depth, values) -> {
          double x = DepthAxis.position(depth);
          double[] bar = {one(values, Extreme.LEAST), one(values, Extreme.LARGEST)};
          panel.add(new Panel.Curve(new double[] {x, x}, bar, colour, thin, false));
        });
    panel.add(
        new Panel.Curve(
            byDepth.keySet().stream().mapToDouble(DepthAxis::position).toArray(),
            each(byDepth.values().toArray(double[][]::new), Extreme.NONE),
            colour,
            Theme.stroke(look, 1.8),
            true));
  }

  private Path drawProfiles(Path file) throws IOException {
    List<String> measured =
        PROFILES.keySet().stream()
            .filter(
                metric ->
                    profiles.values().stream()
                        .anyMatch(rows -> rows.stream().anyMatch(r -> r.metric().equals(metric))))
            .toList();
    List<String> shown = measured.isEmpty() ? List.of("activation_norm") : measured;
    PanelGrid grid =
        new PanelGrid(
            directory.name(), groups.size() == 1 ? Math.min(2, shown.size()) : shown.size());
    for (Group group : groups) {
      for (String metric : shown) {
        Panel panel = Panel.logarithmic(profileLabel(metric));
        for (int i = 0; i < group.cells().size(); i++) {
          addProfile(panel, group.cells().get(i), metric, group.looks().get(i));
        }
        grid.add(group.heading(), panel, Theme.apply(new NumberAxis("layer l / depth L")));
      }
    }
    explain(grid);
    grid.explain("last profile of the first seed");
    return grid.write(file);
  }

  private void addProfile(Panel panel, ComparedCell cell, String metric, int look) {
    List<DepthProfileRow> rows = profiles.get(cell);
    OptionalInt last = rows.stream().mapToInt(DepthProfileRow::iteration).max();
    TreeMap<Integer, Double> byLayer = new TreeMap<>();
    for (DepthProfileRow row : rows) {
      if (row.metric().equals(metric) && row.iteration() == last.getAsInt()) {
        byLayer.put(row.layer(), row.value());
      }
    }
    if (!byLayer.isEmpty()) {
      panel.add(
          new Panel.Curve(
              byLayer.keySet().stream().mapToDouble(l -> (double) l / cell.depth()).toArray(),
              byLayer.values().stream().mapToDouble(Double::doubleValue).toArray(),
              Theme.colour(look),
              Theme.stroke(look, 1.6),
              false));
    }
  }
}
