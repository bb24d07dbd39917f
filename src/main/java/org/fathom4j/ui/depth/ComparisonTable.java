package org.fathom4j.ui.depth;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.fathom4j.record.ComparisonCsv;
import org.fathom4j.record.ComparisonRecord;
import org.fathom4j.record.ComparisonRecord.Standing;
import org.fathom4j.record.ComparisonRow;
import org.fathom4j.ui.depth.RunCatalogue.Comparison;

/**
 * What a comparison found, a cell for each initialization and depth, from its {@code
 * comparison.csv}: its runs need not be there any more.
 */
final class ComparisonTable {

  /** Some 150 bytes each as JSON. */
  private static final int MOST_CELLS = 800;

  private static final List<String> METRICS =
      List.of("train_loss", "train_accuracy", "test_accuracy");

  private record Place(String initialization, int depth) {}

  /** The runs of one cell. */
  private static final class Cell {
    double learningRate;
    final Map<String, String> outcomes = new LinkedHashMap<>(); // by run
    final Map<String, List<Double>> values = new TreeMap<>();

    void add(ComparisonRow row) {
      learningRate = row.learningRate();
      outcomes.put(row.run(), row.outcome());
      if (METRICS.contains(row.metric())) {
        values.computeIfAbsent(row.metric(), metric -> new ArrayList<>()).add(row.value());
      }
    }
  }

  private final ComparisonRecord record; // null if nobody can read it
  private final Map<Place, Cell> cells = new LinkedHashMap<>();
  private boolean more;

  private ComparisonTable(ComparisonRecord record) {
    this.record = record;
  }

  /** Reads the table of a comparison that has one. */
  static ComparisonTable read(Comparison comparison) throws IOException {
    ComparisonTable table = new ComparisonTable(comparison.record());
    for (ComparisonRow row : ComparisonCsv.read(comparison.directory().comparisonCsv())) {
      Place place = new Place(row.initialization(), row.depth());
      if (table.cells.size() == MOST_CELLS && !table.cells.containsKey(place)) {
        table.more = true;
      } else {
        table.cells.computeIfAbsent(place, p -> new Cell()).add(row);
      }
    }
    return table;
  }

  /** What a search said for the learning rate of a cell, a word for the page. */
  private String standing(Place place) {
    Standing standing =
        record == null ? Standing.SETTLED : record.standing(place.initialization(), place.depth());
    return switch (standing) {
      case SETTLED -> "settled";
      case ON_THE_EDGE -> "edge";
      case NONE_LEARNT -> "none-learnt";
    };
  }

  void write(JsonGenerator json) throws IOException {
    json.writeBooleanField("more", more);
    json.writeArrayFieldStart("cells");
    for (Map.Entry<Place, Cell> entry : cells.entrySet()) {
      Cell cell = entry.getValue();
      json.writeStartObject();
      Answers.writeText(json, "init", entry.getKey().initialization());
      json.writeNumberField("depth", entry.getKey().depth());
      json.writeFieldName("learningRate");
      Answers.writeNumber(json, cell.learningRate);
      json.writeStringField("standing", standing(entry.getKey()));
      json.writeObjectFieldStart("outcomes");
      Map<String, Integer> counts = new TreeMap<>();
      cell.outcomes.values().forEach(outcome -> counts.merge(outcome, 1, Integer::sum));
      for (Map.Entry<String, Integer> count : counts.entrySet()) {
        json.writeNumberField(Answers.clipped(count.getKey()), count.getValue());
      }
      json.writeEndObject();
      for (Map.Entry<String, List<Double>> metric : cell.values.entrySet()) {
        json.writeFieldName(metric.getKey());
        Answers.writeNumber(
            json, metric.getValue().stream().mapToDouble(v -> v).average().orElse(Double.NaN));
      }
      json.writeEndObject();
    }
    json.writeEndArray();
  }
}
