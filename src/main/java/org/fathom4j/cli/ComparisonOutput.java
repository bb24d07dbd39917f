package org.fathom4j.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.fathom4j.compare.Cell;
import org.fathom4j.compare.ComparisonResult;
import org.fathom4j.compare.DepthCheckLine;
import org.fathom4j.compare.Spread;
import org.fathom4j.record.RunStatus;

/** What {@code fathom compare} says at its end: tables or one JSON object, and failures. */
final class ComparisonOutput {

  private ComparisonOutput() {}

  /** The keys of {@code --json}. */
  static Map<String, Object> tree(ComparisonResult result) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("report", result.directory().reportHtml().toString());
    tree.put("cells", result.cells().stream().map(ComparisonOutput::tree).toList());
    if (!result.failures().isEmpty()) {
      tree.put("failures", result.failures());
    }
    if (result.record().depthCheck()) {
      tree.put(
          "depthCheck",
          result.depthCheckLines().stream()
              .map(
                  line ->
                      Json.object(
                          "init", line.initialization(),
                          "metric", line.metric(),
                          "slope", boxed(line.slope()),
                          "flat", line.flat()))
              .toList());
    }
    return tree;
  }

  private static Map<String, Object> tree(Cell cell) {
    return Json.object(
        "init", cell.initialization(),
        "depth", cell.depth(),
        "learningRate", cell.learningRate(),
        "seeds", cell.seeds(),
        "status",
            Json.object(
                "done", cell.count(RunStatus.DONE), "diverged", cell.count(RunStatus.DIVERGED)),
        "outcome", cell.outcome().word(),
        "trainAccuracy", tree(cell.spread("trainAccuracy")),
        "testAccuracy", tree(cell.spread("testAccuracy")),
        "trainLoss", tree(cell.spread("trainLoss")),
        "secondsPerIteration", boxed(cell.secondsPerIteration()),
        "cause", cell.cause().orElse(null));
  }

  /** Without a run that was done there is neither mean nor deviation: null. */
  private static Map<String, Object> tree(Optional<Spread> spread) {
    return Json.object(
        "mean", spread.map(Spread::mean).orElse(null),
        "sd", spread.map(s -> boxed(s.sd())).orElse(null),
        "halfWidth95", spread.map(s -> boxed(s.halfWidth())).orElse(null));
  }

  private static Double boxed(OptionalDouble value) {
    return value.isPresent() ? Double.valueOf(value.getAsDouble()) : null;
  }

  /** A line a cell, then causes, depth checks and where the report is. */
  static void print(ComparisonResult result, PrintWriter out) {
    TextTable table =
        new TextTable(
            "init", "depth", "η", "outcome", "done", "diverged", "training", "test", "loss");
    for (Cell cell : result.cells()) {
      table.row(
          cell.initialization(),
          Integer.toString(cell.depth()),
          String.format(Locale.ROOT, "%.3g", cell.learningRate()),
          cell.outcome().word(),
          Integer.toString(cell.count(RunStatus.DONE)),
          Integer.toString(cell.count(RunStatus.DIVERGED)),
          words(cell.spread("trainAccuracy"), "%.3f"),
          words(cell.spread("testAccuracy"), "%.3f"),
          words(cell.spread("trainLoss"), "%.3g"));
    }
    table.print(out);
    for (Cell cell : result.cells()) {
      cell.cause()
          .ifPresent(
              cause ->
                  out.printf("%n%s, depth %d: %s", cell.initialization(), cell.depth(), cause));
    }
    out.println();
    printDepthCheck(result, out);
    out.println();
    out.println(
        result.record().status() == RunStatus.INTERRUPTED
            ? "Interrupted; go on with fathom compare --resume " + result.directory().path()
            : "report  " + result.directory().reportHtml());
  }

  private static void printDepthCheck(ComparisonResult result, PrintWriter out) {
    if (result.depthCheckLines().isEmpty()) {
      return;
    }
    out.println();
    TextTable table = new TextTable("init", "norm", "steepest slope", "flat");
    for (DepthCheckLine line : result.depthCheckLines()) {
      table.row(
          line.initialization(),
          line.metric(),
          line.slope().isPresent()
              ? String.format(Locale.ROOT, "%.3f", line.slope().getAsDouble())
              : "none",
          line.flat() ? "yes" : "no");
    }
    table.print(out);
  }

  private static String words(Optional<Spread> spread, String number) {
    return spread
        .map(
            s ->
                String.format(Locale.ROOT, number, s.mean())
                    + (s.sd().isPresent()
                        ? String.format(Locale.ROOT, " ± " + number, s.sd().getAsDouble())
                        : ""))
        .orElse("");
  }

  /** What workers could not do; those with the same cause together. */
  static void printFailures(ComparisonResult result, PrintWriter err) {
    if (result.failures().isEmpty()) {
      return;
    }
    Map<String, List<String>> byCause = new LinkedHashMap<>();
    result
        .failures()
        .forEach((what, cause) -> byCause.computeIfAbsent(cause, c -> new ArrayList<>()).add(what));
    byCause.forEach(
        (cause, what) -> err.println("Failed: " + String.join(", ", what) + ": " + cause));
    err.println(
        "What is done is kept; fathom compare --resume "
            + result.directory().path()
            + " makes the rest again.");
    err.flush();
  }
}
