package org.fathom4j.compare;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.fathom4j.diagnostics.CoordinateCheck;
import org.fathom4j.record.ComparisonDirectory;
import org.fathom4j.record.ComparisonRecord;

/**
 * What a comparison found, or has found so far.
 *
 * @param directory where it stands
 * @param record the question, and whether it is answered
 * @param cells in the order of the grid; those without a finished run are missing
 * @param failures what workers could not do, with the cause; empty unless the comparison failed
 * @param depthChecks by initialization; empty unless it is a depth check that is done
 */
public record ComparisonResult(
    ComparisonDirectory directory,
    ComparisonRecord record,
    List<Cell> cells,
    Map<String, String> failures,
    Map<String, CoordinateCheck> depthChecks) {

  public ComparisonResult {
    cells = List.copyOf(cells);
    failures = Collections.unmodifiableMap(new LinkedHashMap<>(failures));
    depthChecks = Collections.unmodifiableMap(new LinkedHashMap<>(depthChecks));
  }

  /** The depth checks, a line an initialization and kind of norm. */
  public List<DepthCheckLine> depthCheckLines() {
    List<DepthCheckLine> lines = new ArrayList<>();
    depthChecks.forEach(
        (initialization, check) -> {
          for (String metric : check.metrics()) {
            double slope = check.steepest(metric);
            lines.add(
                new DepthCheckLine(
                    initialization,
                    metric,
                    Double.isNaN(slope) ? OptionalDouble.empty() : OptionalDouble.of(slope),
                    check.isFlat(metric)));
          }
        });
    return lines;
  }
}
