package org.fathom4j.compare;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.commons.text.StringEscapeUtils;
import org.fathom4j.diagnostics.CoordinateCheck;
import org.fathom4j.plot.ComparisonPlot;
import org.fathom4j.record.AtomicFile;
import org.fathom4j.record.ComparisonRecord;
import org.fathom4j.record.ComparisonRecord.Standing;
import org.fathom4j.record.Provenance;
import org.fathom4j.record.RunStatus;

/**
 * A comparison for readers: {@code comparison.md}, its table, and {@code report.html}, a page that
 * needs neither network nor scripts nor any other file.
 */
final class ComparisonReport {

  private static final String STYLE =
      """
      :root { color-scheme: light dark; --ink: #222; --pale: #666; --paper: #fff; --line: #ddd;
        --box: #f4f4f4; --learns: #00654a; --stalls: #7a5300; --underflows: #6b3a8a;
        --diverges: #a00000; }
      @media (prefers-color-scheme: dark) {
        :root { --ink: #ddd; --pale: #999; --paper: #181818; --line: #444; --box: #262626;
          --learns: #4cc79f; --stalls: #e0a830; --underflows: #c9a0e8; --diverges: #ff8a80; }
      }
      body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
        max-width: 76rem; margin: 2rem auto; padding: 0 1rem; }
      h1, h2 { line-height: 1.2; overflow-wrap: anywhere; }
      h2 { margin-top: 2.5rem; }
      p { max-width: 52rem; }
      table { border-collapse: collapse; font-size: .875rem; }
      th, td { text-align: left; vertical-align: top; padding: .3rem .6rem;
        border-bottom: 1px solid var(--line); }
      th { font-weight: 600; }
      td { overflow-wrap: break-word; }
      td.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
      td.rate { text-align: right; white-space: nowrap; }
      td.cause { min-width: 12rem; }
      small { color: var(--pale); }
      img { max-width: 100%; height: auto; background: #fff; }
      figure { margin: 1.5rem 0 2.5rem; }
      figcaption { color: var(--pale); font-size: .875rem; max-width: 52rem; }
      pre { background: var(--box); padding: .8rem; overflow-x: auto; }
      .wide { overflow-x: auto; }
      .learns { color: var(--learns); }
      .stalls { color: var(--stalls); }
      .underflows { color: var(--underflows); }
      .diverges { color: var(--diverges); }
      @media (max-width: 45rem) {
        .wide img { max-width: none; width: 48rem; }
        table.rows, table.rows tbody { display: block; }
        table.rows thead { display: none; }
        table.rows tr { display: block; padding: .6rem 0; border-bottom: 1px solid var(--line); }
        table.rows td { display: block; overflow: hidden; overflow-wrap: anywhere; border: 0;
          padding: .1rem 0; text-align: right; white-space: normal; }
        table.rows td::before { content: attr(data-header); color: var(--pale); float: left;
          margin-right: 1rem; }
        table.rows td:empty { display: none; }
      }
      """;

  private static final String RATE = "η";

  private static final List<String> HEADERS =
      List.of(
          "initialization",
          "depth",
          RATE,
          "outcome",
          "done",
          "diverged",
          "training accuracy",
          "test accuracy",
          "training loss",
          "cause");

  private static final List<String> CHECK_HEADERS =
      List.of("initialization", "norm", "steepest slope", "flat");

  private static final double LARGEST_ACCURACY = 1;

  private static final List<String> RUN_HEADERS =
      List.of(
          "run", RATE, "where η comes from", "iterations", "seconds", "s per iteration", "kernel");

  /** What is to be seen in the pictures, by the name of the file. */
  private static final Map<String, String> CAPTIONS =
      Map.of(
          "depth_check",
          "Norms against depth, on logarithmic axes: a level line is what is the same at every"
              + " depth.",
          "learning_curves",
          "Accuracy and loss of the whole training split against updates made: mean over seeds, the"
              + " band from the smallest to the largest seed.",
          "accuracy_against_depth",
          "Accuracy at the end against depth: mean over the seeds that did not diverge, the bar from"
              + " the smallest to the largest.",
          "map",
          "Every cell with its training accuracy, its learning rate and what became of its seeds.",
          "learning_rates",
          "How the learning rate of each cell was found: training loss where the longest trial of a"
              + " rate ended, against the rate. From the good rates to the first cross is what is"
              + " left before divergence; panels span equally many decades where that is enough.",
          "depth_profiles",
          "Norms from the first block to the last, in the last profile of the first seed.");

  private ComparisonReport() {}

  /**
   * Writes both.
   *
   * @param pictures PNG files, in the order they are to be shown
   */
  static void write(ComparisonResult result, List<Path> pictures) throws IOException {
    byte[] markdown = markdown(result).getBytes(StandardCharsets.UTF_8);
    AtomicFile.write(result.directory().markdown(), out -> out.write(markdown));
    byte[] html = html(result, pictures).getBytes(StandardCharsets.UTF_8);
    AtomicFile.write(result.directory().reportHtml(), out -> out.write(html));
  }

  private static List<List<String>> rows(ComparisonResult result) {
    return result.cells().stream().map(cell -> row(cell, standing(result, cell))).toList();
  }

  /** One line of the table. */
  private static List<String> row(Cell cell, Standing standing) {
    return List.of(
        cell.initialization(),
        Integer.toString(cell.depth()),
        standing.mark(rate(cell.learningRate())),
        cell.outcome().word(),
        Integer.toString(cell.count(RunStatus.DONE)),
        Integer.toString(cell.count(RunStatus.DIVERGED)),
        spread(cell, "trainAccuracy", "%.3f", LARGEST_ACCURACY),
        spread(cell, "testAccuracy", "%.3f", LARGEST_ACCURACY),
        spread(cell, "trainLoss", "%.3g", Double.POSITIVE_INFINITY),
        cell.cause().orElse(""));
  }

  private static String rate(double learningRate) {
    return String.format(Locale.ROOT, "%.3g", learningRate);
  }

  private static Standing standing(ComparisonResult result, Cell cell) {
    return result.record().standing(cell.initialization(), cell.depth());
  }

  /**
   * Mean ± standard deviation, and the interval as far as there can be such values: from 0 to a
   * largest one.
   */
  private static String spread(Cell cell, String metric, String number, double largest) {
    Optional<Spread> spread = cell.spread(metric);
    if (spread.isEmpty()) {
      return "";
    }
    Spread s = spread.get();
    String text = String.format(Locale.ROOT, number, s.mean());
    if (s.sd().isPresent()) {
      text += String.format(Locale.ROOT, " ± " + number, s.sd().getAsDouble());
      text +=
          String.format(
              Locale.ROOT,
              " [" + number + ", " + number + "]",
              Math.max(0, s.mean() - s.halfWidth().getAsDouble()),
              Math.min(largest, s.mean() + s.halfWidth().getAsDouble()));
    }
    return text;
  }

  private static String tableNote(ComparisonRecord record) {
    return "Mean ± standard deviation [95 % interval of the mean, Student's t] over the seeds "
        + record.seeds().stream().map(String::valueOf).collect(Collectors.joining(", "))
        + fewerSeeds(record)
        + " that were done; runs that diverged have no such numbers. Intervals end where such"
        + " values do: accuracies at 0 and 1, losses at 0.";
  }

  private static String fewerSeeds(ComparisonRecord record) {
    return record.singleSeedFrom() == null
        ? ""
        : " (from depth " + record.singleSeedFrom() + " on the first of them only)";
  }

  private static String legend(ComparisonRecord record) {
    return String.format(
        Locale.ROOT,
        "learns: training accuracy at least %.3f (a tenth of the way from guessing, %.3f, to 1) and"
            + " a training loss below that of the first minibatch. stalls: finite, and not that."
            + " underflows: activations or gradients below the smallest normal number of their type"
            + " at some layer. diverges: numbers that are not finite, or a training loss above %.0f"
            + " times that of the first minibatch.",
        record.chanceAccuracy() + Verdict.LEAST_LEARNT * (1 - record.chanceAccuracy()),
        record.chanceAccuracy(),
        Verdict.FAR_ABOVE);
  }

  /** What the marks of learning rates mean, as far as there are some. */
  private static List<String> rateNotes(ComparisonResult result) {
    Set<Standing> standings =
        result.cells().stream()
            .map(cell -> standing(result, cell))
            .collect(Collectors.toCollection(() -> EnumSet.noneOf(Standing.class)));
    List<String> notes = new ArrayList<>();
    if (standings.contains(Standing.ON_THE_EDGE)) {
      notes.add(
          "(edge): the best learning rate that was tried, but worse ones were not seen on both sides"
              + " of it, or no rate that every seed survives; a better one may lie beyond.");
    }
    if (standings.contains(Standing.NONE_LEARNT)) {
      notes.add(
          "none learnt: no learning rate that was tried learnt; the runs have the smallest of them,"
              + " in brackets, to show how they fail.");
    }
    return notes;
  }

  /** A warning where nobody looked for learning rates. */
  private static Optional<String> untuned(ComparisonRecord record) {
    return record.depthCheck() || record.commonRate().isEmpty()
        ? Optional.empty()
        : Optional.of(
            "Every cell used the same learning rate, "
                + record.learningRate()
                + ", so this is a fair comparison for that rate only: what does not learn here may"
                + " learn with another. --learning-rate tuned looks for each cell's own.");
  }

  private static String progress(ComparisonResult result) {
    ComparisonRecord record = result.record();
    int all = record.runs();
    int ended = result.cells().stream().mapToInt(cell -> cell.runs().size()).sum();
    return ended == all
        ? "All " + all + " runs have ended."
        : ended
            + " of "
            + all
            + " runs have ended; fathom compare --resume "
            + result.directory().path()
            + " goes on.";
  }

  /** At which depths each initialization learns; nothing of runs that only check norms. */
  private static List<String> answer(ComparisonResult result) {
    if (result.record().depthCheck()) {
      return List.of();
    }
    Map<String, List<Cell>> byInitialization =
        result.cells().stream()
            .collect(
                Collectors.groupingBy(
                    Cell::initialization, LinkedHashMap::new, Collectors.toList()));
    return byInitialization.entrySet().stream()
        .map(entry -> entry.getKey() + " " + whereItLearns(entry.getValue()))
        .toList();
  }

  private static String whereItLearns(List<Cell> cells) {
    List<Integer> depths = depths(cells);
    List<Integer> learnt =
        depths(cells.stream().filter(cell -> cell.outcome() == Outcome.LEARNS).toList());
    if (learnt.isEmpty()) {
      return "does not learn at depth " + words(depths) + ".";
    }
    List<Integer> rest = depths.stream().filter(depth -> !learnt.contains(depth)).toList();
    return "learns at depth "
        + words(learnt)
        + (rest.isEmpty() ? "." : ", not at depth " + words(rest) + ".");
  }

  private static List<Integer> depths(List<Cell> cells) {
    return cells.stream().map(Cell::depth).toList();
  }

  private static String markdown(ComparisonResult result) {
    StringBuilder text = new StringBuilder();
    text.append("# ").append(inMarkdown(result.directory().name())).append("\n\n");
    text.append(progress(result)).append("\n\n");
    answer(result).forEach(line -> text.append("- ").append(inMarkdown(line)).append('\n'));
    untuned(result.record()).ifPresent(line -> text.append('\n').append(line).append('\n'));
    text.append('\n');
    markdownRow(text, HEADERS);
    markdownRow(text, HEADERS.stream().map(header -> "---").toList());
    rows(result).forEach(row -> markdownRow(text, row));
    text.append('\n').append(tableNote(result.record())).append('\n');
    rateNotes(result).forEach(note -> text.append('\n').append(note).append('\n'));
    text.append('\n').append(legend(result.record())).append('\n');
    if (!result.depthChecks().isEmpty()) {
      text.append("\n## Norms against depth\n\n");
      markdownRow(text, CHECK_HEADERS);
      markdownRow(text, CHECK_HEADERS.stream().map(header -> "---").toList());
      checkRows(result).forEach(row -> markdownRow(text, row));
      text.append('\n').append(checkNote(result)).append('\n');
    }
    text.append("\n    ").append(command(result.record())).append('\n');
    return text.toString();
  }

  private static void markdownRow(StringBuilder text, List<String> cells) {
    text.append(
        cells.stream()
            .map(ComparisonReport::inMarkdown)
            .collect(Collectors.joining(" | ", "| ", " |\n")));
  }

  private static String inMarkdown(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("|", "\\|");
  }

  private static List<List<String>> checkRows(ComparisonResult result) {
    List<List<String>> rows = new ArrayList<>();
    for (DepthCheckLine line : result.depthCheckLines()) {
      rows.add(
          List.of(
              line.initialization(),
              line.metric(),
              line.slope().isPresent()
                  ? String.format(Locale.ROOT, "%.3f", line.slope().getAsDouble())
                  : "none: zero or not finite at some depths",
              line.flat() ? "yes" : "no"));
    }
    return rows;
  }

  private static String checkNote(ComparisonResult result) {
    List<String> flat =
        result.depthChecks().entrySet().stream()
            .filter(check -> check.getValue().isFlat())
            .map(Map.Entry::getKey)
            .toList();
    return String.format(
        Locale.ROOT,
        "Slope of log norm against log depth, the steepest of all iterations; flat is within ±%.1f."
            + " Activations and gradients are flat for: %s.",
        CoordinateCheck.FLAT_SLOPE,
        flat.isEmpty() ? "none" : String.join(" · ", flat));
  }

  private static String html(ComparisonResult result, List<Path> pictures) throws IOException {
    ComparisonRecord record = result.record();
    StringBuilder page = new StringBuilder();
    String title = escape(result.directory().name());
    page.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
        .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
        // the browser itself sees to it that nothing leaves the machine
        .append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none';")
        .append(" img-src data:; style-src 'unsafe-inline'\">\n<title>")
        .append(title)
        .append("</title>\n<style>\n")
        .append(STYLE)
        .append("</style>\n</head>\n<body>\n<h1>")
        .append(title)
        .append("</h1>\n");
    paragraph(page, progress(result));
    page.append("<h2>Result</h2>\n");
    list(page, answer(result));
    untuned(record).ifPresent(line -> paragraph(page, line));
    table(page, HEADERS, rows(result));
    paragraph(page, tableNote(record));
    rateNotes(result).forEach(note -> paragraph(page, note));
    paragraph(page, legend(record));
    if (!result.depthChecks().isEmpty()) {
      page.append("<h2>Norms against depth</h2>\n");
      table(page, CHECK_HEADERS, checkRows(result));
      paragraph(page, checkNote(result));
    }
    page.append("<h2>Pictures</h2>\n");
    if (pictures.isEmpty()) {
      paragraph(page, "None: nothing has been measured yet, or this Java could not draw.");
    }
    for (Path picture : pictures) {
      figure(page, picture);
    }
    page.append("<h2>Settings</h2>\n");
    pairs(page, settings(result));
    page.append("<h2>Learning rates and times</h2>\n");
    table(page, RUN_HEADERS, runs(result));
    page.append("<h2>To repeat it</h2>\n<pre>").append(escape(command(record))).append("</pre>\n");
    paragraph(
        page,
        "Equal commands give equal comparison.csv on the same machine with the same number of"
            + " threads; another machine or number of threads may differ in the last bits.");
    return page.append("</body>\n</html>\n").toString();
  }

  private static List<List<String>> runs(ComparisonResult result) {
    List<List<String>> rows = new ArrayList<>();
    for (Cell cell : result.cells()) {
      for (SeedRun run : cell.runs()) {
        rows.add(
            List.of(
                run.run(),
                rate(cell.learningRate()),
                cell.rateOrigin(),
                Integer.toString(run.iterations()),
                String.format(Locale.ROOT, "%.1f", run.seconds()),
                run.secondsPerIteration().isPresent()
                    ? String.format(Locale.ROOT, "%.3g", run.secondsPerIteration().getAsDouble())
                    : "",
                run.kernel()));
      }
    }
    return rows;
  }

  private static List<List<String>> settings(ComparisonResult result) {
    ComparisonRecord record = result.record();
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("initializations", String.join(" · ", record.initializations())));
    rows.add(List.of("depths", words(record.depths())));
    rows.add(List.of("seeds", words(record.seeds()) + fewerSeeds(record)));
    rows.add(List.of("learning rate", record.learningRate()));
    // What the grid sets is in the table of cells.
    List<String> varied =
        List.of(
            "/name",
            "/seed",
            "/architecture/depth",
            "/architecture/initialization",
            "/optimization/learningRate");
    addSettings(rows, "", record.specification(), varied);
    Provenance provenance = record.provenance();
    rows.add(List.of("started", record.timing().started().toString()));
    rows.add(
        List.of("seconds at work", String.format(Locale.ROOT, "%.0f", record.timing().seconds())));
    rows.add(
        List.of(
            "source",
            provenance.git().commit()
                + (Boolean.TRUE.equals(provenance.git().dirty()) ? ", changed since" : "")));
    rows.add(
        List.of(
            "versions",
            provenance.versions().entrySet().stream()
                .map(version -> version.getKey() + " " + version.getValue())
                .collect(Collectors.joining(", "))));
    rows.add(
        List.of(
            "machine",
            provenance.cpu().model()
                + ", "
                + provenance.cpu().cores()
                + " cores, "
                + provenance.os()));
    return rows;
  }

  private static void addSettings(
      List<List<String>> rows, String path, JsonNode tree, List<String> except) {
    for (Map.Entry<String, JsonNode> field : tree.properties()) {
      String name = path + "/" + field.getKey();
      if (field.getValue().isObject()) {
        addSettings(rows, name, field.getValue(), except);
      } else if (!except.contains(name) && !field.getValue().isNull()) {
        rows.add(List.of(name.substring(1).replace('/', ' '), field.getValue().asText()));
      }
    }
  }

  private static String words(List<?> values) {
    return values.stream().map(String::valueOf).collect(Collectors.joining(", "));
  }

  private static void paragraph(StringBuilder page, String text) {
    page.append("<p>").append(escape(text)).append("</p>\n");
  }

  private static void list(StringBuilder page, List<String> lines) {
    if (lines.isEmpty()) {
      return;
    }
    page.append("<ul>\n");
    lines.forEach(line -> page.append("<li>").append(escape(line)).append("</li>\n"));
    page.append("</ul>\n");
  }

  /** A row of words and numbers under each other; in a narrow window, one under the other. */
  private static void table(StringBuilder page, List<String> headers, List<List<String>> rows) {
    page.append("<div class=\"wide\"><table class=\"rows\">\n<thead><tr>");
    headers.forEach(header -> page.append("<th>").append(escape(header)).append("</th>"));
    page.append("</tr></thead>\n<tbody>\n");
    for (List<String> row : rows) {
      page.append("<tr>");
      for (int i = 0; i < row.size(); i++) {
        page.append("<td")
            .append(look(headers.get(i), row.get(i)))
            .append(" data-header=\"")
            .append(escape(headers.get(i)))
            .append("\">")
            .append(inLines(headers.get(i), escape(row.get(i))))
            .append("</td>");
      }
      page.append("</tr>\n");
    }
    page.append("</tbody></table></div>\n");
  }

  /**
   * The interval under the mean, the mark of a rate under it or its number under the mark: beside
   * it, the table is too wide for its causes.
   */
  private static String inLines(String header, String escaped) {
    return header.equals(RATE)
        ? escaped.replaceFirst(" (\\(.*\\))$", "<br>$1")
        : escaped.replaceFirst(" (\\[.*])$", "<br><small>$1</small>");
  }

  private static String look(String header, String cell) {
    String name =
        switch (header) {
          case "outcome" -> cell;
          case "cause" -> header;
          case RATE -> isNumber(cell) ? "number" : "rate";
          default -> isNumber(cell) ? "number" : "";
        };
    return name.isEmpty() ? "" : " class=\"" + name + "\"";
  }

  private static void pairs(StringBuilder page, List<List<String>> pairs) {
    page.append("<div class=\"wide\"><table>\n");
    for (List<String> pair : pairs) {
      page.append("<tr><th>")
          .append(escape(pair.get(0)))
          .append("</th><td>")
          .append(escape(pair.get(1)))
          .append("</td></tr>\n");
    }
    page.append("</table></div>\n");
  }

  private static boolean isNumber(String text) {
    return text.matches("[-+]?[0-9].*") && text.matches("[-+0-9.e± \\[\\],]*");
  }

  private static void figure(StringBuilder page, Path picture) throws IOException {
    String name = picture.getFileName().toString().replaceAll("\\.png$", "");
    page.append("<figure><div class=\"wide\"><img alt=\"")
        .append(escape(name.replace('_', ' ')))
        .append("\" width=\"")
        .append(ComparisonPlot.width(picture))
        .append("\" src=\"data:image/png;base64,")
        .append(Base64.getEncoder().encodeToString(Files.readAllBytes(picture)))
        .append("\"></div><figcaption>")
        .append(escape(CAPTIONS.getOrDefault(name, name.replace('_', ' '))))
        .append("</figcaption></figure>\n");
  }

  /** The command in the words of a shell. */
  private static String command(ComparisonRecord record) {
    return record.commandLine().stream()
        .map(word -> word.matches("[A-Za-z0-9_@%+=:,./-]+") ? word : quoted(word))
        .collect(Collectors.joining(" ", "fathom compare ", ""));
  }

  private static String quoted(String word) {
    return "'" + word.replace("'", "'\\''") + "'";
  }

  private static String escape(String text) {
    return StringEscapeUtils.escapeHtml4(text).replace("'", "&#39;");
  }
}
