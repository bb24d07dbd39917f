package org.fathom4j.compare;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.fathom4j.compare.ComparisonSpec.Place;
import org.fathom4j.diagnostics.CoordinateCheck;
import org.fathom4j.record.ComparisonDirectory;
import org.fathom4j.record.DepthCheckRow;
import org.fathom4j.record.DepthProfileLog;
import org.fathom4j.record.DepthProfileRow;

/** Norms against depth, one {@link CoordinateCheck} an initialization, from the runs' profiles. */
final class DepthChecks {

  private DepthChecks() {}

  /** The checks of a comparison whose runs are all done, by initialization. */
  static Map<String, CoordinateCheck> of(ComparisonDirectory directory, ComparisonSpec spec)
      throws IOException {
    int iterations = spec.base().optimization().iterations();
    Map<String, CoordinateCheck> checks = new LinkedHashMap<>();
    for (String initialization : spec.initializations()) {
      SortedMap<Integer, List<List<DepthProfileRow>>> profiles = new TreeMap<>();
      for (int depth : spec.depths()) {
        List<List<DepthProfileRow>> seeds = new ArrayList<>();
        for (long seed : spec.seeds(new Place(initialization, depth))) {
          seeds.add(
              DepthProfileLog.read(directory.run(initialization, depth, seed).depthProfileCsv()));
        }
        profiles.put(depth, seeds);
      }
      checks.put(initialization, CoordinateCheck.of(profiles, iterations));
    }
    return checks;
  }

  /** The rows of {@code depth_check.csv}. */
  static List<DepthCheckRow> rows(Map<String, CoordinateCheck> checks) {
    List<DepthCheckRow> rows = new ArrayList<>();
    checks.forEach(
        (initialization, check) -> {
          for (CoordinateCheck.Curve curve : check.curves()) {
            curve
                .norms()
                .forEach(
                    (depth, norm) ->
                        rows.add(
                            new DepthCheckRow(
                                initialization, curve.metric(), curve.iteration(), depth, norm)));
          }
        });
    return rows;
  }
}
