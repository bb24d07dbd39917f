package org.fathom4j.plot;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Collectors;
import org.fathom4j.record.ComparisonRecord;
import org.fathom4j.record.ComparisonRecord.Standing;
import org.fathom4j.record.ComparisonRow;

/**
 * One cell of {@code comparison.csv}: an initialization at a depth with all its rows.
 *
 * @param initialization of the cell
 * @param depth of the cell
 * @param standing of its learning rate
 * @param rows in the order of the file
 */
record ComparedCell(String initialization, int depth, Standing standing, List<ComparisonRow> rows) {

  /** The cells, in the order of the file. */
  static List<ComparedCell> of(List<ComparisonRow> rows, ComparisonRecord record) {
    record Key(String initialization, int depth) {}
    Map<Key, List<ComparisonRow>> byCell = new LinkedHashMap<>();
    for (ComparisonRow row : rows) {
      byCell
          .computeIfAbsent(new Key(row.initialization(), row.depth()), key -> new ArrayList<>())
          .add(row);
    }
    return byCell.entrySet().stream()
        .map(
            e -> {
              Key key = e.getKey();
              return new ComparedCell(
                  key.initialization(),
                  key.depth(),
                  record.standing(key.initialization(), key.depth()),
                  e.getValue());
            })
        .toList();
  }

  double learningRate() {
    return rows.get(0).learningRate();
  }

  /** Names of the runs, in the order of the file. */
  List<String> runs() {
    return rows.stream().map(ComparisonRow::run).distinct().toList();
  }

  /** Values of a metric, one a run that has it. */
  double[] values(String metric) {
    return rows.stream()
        .filter(row -> row.metric().equals(metric))
        .mapToDouble(ComparisonRow::value)
        .toArray();
  }

  /** The mean of a metric over the runs that have it. */
  OptionalDouble mean(String metric) {
    return Arrays.stream(values(metric)).average();
  }

  /** How often each outcome came, most often first, such as {@code diverges 2, learns 1}. */
  String outcomes() {
    Map<String, Long> counts = counts();
    return counts.size() == 1
        ? counts.keySet().iterator().next()
        : counts.entrySet().stream()
            .map(entry -> entry.getKey() + " " + entry.getValue())
            .collect(Collectors.joining(", "));
  }

  /** Whether every run learns. */
  boolean learns() {
    return counts().keySet().equals(Set.of("learns"));
  }

  /** The outcome that came most often. */
  String outcome() {
    return counts().keySet().iterator().next();
  }

  private Map<String, Long> counts() {
    Map<String, Long> counts =
        rows.stream()
            .filter(row -> row.metric().equals("iterations")) // every run has one
            .collect(
                Collectors.groupingBy(
                    ComparisonRow::outcome, LinkedHashMap::new, Collectors.counting()));
    return counts.entrySet().stream()
        .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
        .collect(
            Collectors.toMap(
                Map.Entry::getKey, Map.Entry::getValue, (a, b) -> a, LinkedHashMap::new));
  }

  /** A learning rate as people write it, such as {@code 0.1} or {@code 1e-06}. */
  static String rate(double learningRate) {
    String text = String.format(Locale.ROOT, "%.3g", learningRate);
    return text.contains("e")
        ? text.replaceAll("\\.?0+e", "e")
        : text.replaceAll("(\\.\\d*?)0+$", "$1").replaceAll("\\.$", "");
  }

  /**
   * A learning rate with its standing: {@code η=0.1}, {@code η=0.1 (edge)}, or, where it only shows
   * how the cell fails, {@code none learnt (1e-36)}.
   *
   * @param equals between η and its value
   */
  static String eta(double learningRate, Standing standing, String equals) {
    String rate = rate(learningRate);
    return standing.mark(standing == Standing.NONE_LEARNT ? rate : "η" + equals + rate);
  }

  /** Such as {@code mzas L=100 η=0.1}, with what became of it unless it learnt. */
  String label() {
    String label =
        String.format(
            Locale.ROOT, "%s L=%d %s", initialization, depth, eta(learningRate(), standing, "="));
    return learns() ? label : label + " (" + outcomes() + ")";
  }
}
