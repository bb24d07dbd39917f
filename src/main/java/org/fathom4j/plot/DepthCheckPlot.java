package org.fathom4j.plot;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import org.fathom4j.record.ComparisonDirectory;
import org.fathom4j.record.DepthCheckCsv;
import org.fathom4j.record.DepthCheckRow;

/**
 * Norms against depth in the first iterations, from {@code depth_check.csv}: a row of panels an
 * initialization, a panel a kind of norm, a curve an iteration from light to dark.
 */
final class DepthCheckPlot {

  static final String FILE_NAME = "depth_check.png";

  private DepthCheckPlot() {}

  static Path draw(ComparisonDirectory directory) throws IOException {
    List<DepthCheckRow> rows = DepthCheckCsv.read(directory.depthCheckCsv());
    List<String> metrics = rows.stream().map(DepthCheckRow::metric).distinct().toList();
    List<Integer> depths = rows.stream().map(DepthCheckRow::depth).distinct().toList();
    List<Integer> iterations =
        rows.stream().map(DepthCheckRow::iteration).distinct().sorted().toList();
    PanelGrid grid = new PanelGrid(directory.name() + ": norms against depth", metrics.size());
    for (String initialization :
        rows.stream().map(DepthCheckRow::initialization).distinct().toList()) {
      for (String metric : metrics) {
        Panel panel = Panel.logarithmic(ComparisonPlot.profileLabel(metric));
        for (int i = 0; i < iterations.size(); i++) {
          TreeMap<Integer, Double> norms = new TreeMap<>();
          for (DepthCheckRow row : rows) {
            if (row.initialization().equals(initialization)
                && row.metric().equals(metric)
                && row.iteration() == iterations.get(i)) {
              norms.put(row.depth(), row.value());
            }
          }
          panel.add(
              new Panel.Curve(
                  norms.keySet().stream().mapToDouble(DepthAxis::position).toArray(),
                  norms.values().stream().mapToDouble(Double::doubleValue).toArray(),
                  Theme.lightToDark(shade(i, iterations.size())),
                  Theme.solid(1.8),
                  true));
        }
        grid.add(initialization, panel, new DepthAxis(depths));
      }
    }
    grid.explain("iteration");
    for (int i = 0; i < iterations.size(); i++) {
      grid.explain(
          Integer.toString(iterations.get(i)),
          Theme.lightToDark(shade(i, iterations.size())),
          Theme.solid(3));
    }
    return grid.write(directory.plots().resolve(FILE_NAME));
  }

  private static double shade(int index, int count) {
    return count == 1 ? 1 : index / (count - 1.0);
  }
}
