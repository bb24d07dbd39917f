package org.fathom4j.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.fathom4j.plot.PeersPlot;

/**
 * A line of peers.csv: one quantity at one shape, and the goal it is held to.
 *
 * @param row the row of the table it belongs to
 * @param measure what the value is
 * @param value median over repetitions, with their smallest and largest; null if it was left out
 * @param goal null if there is none
 * @param oursSeconds median of an iteration; NaN if there is none
 * @param otherSeconds of what it is compared with; NaN if there is none
 * @param note what a reader must know of the value; a comma becomes a semicolon, a line's end a bar
 */
record PeerFigure(
    String row,
    BenchSpec spec,
    String measure,
    Timing value,
    Goal goal,
    double oursSeconds,
    double otherSeconds,
    String note) {

  static final String HEADER = PeersPlot.HEADER;

  PeerFigure {
    note = note.replace(',', ';').replaceAll("\\s*\\R\\s*", " | ");
  }

  /**
   * What a value should be.
   *
   * @param least −∞ if only the other bound counts
   * @param most +∞ likewise
   */
  record Goal(double least, double most) {

    static Goal atLeast(double least) {
      return new Goal(least, Double.POSITIVE_INFINITY);
    }

    static Goal atMost(double most) {
      return new Goal(Double.NEGATIVE_INFINITY, most);
    }

    boolean holds(double value) {
      return value >= least && value <= most;
    }

    @Override
    public String toString() {
      return Double.isInfinite(most)
          ? ">= " + least
          : Double.isInfinite(least) ? "<= " + most : least + " to " + most;
    }
  }

  /** The fields in the order of the header. */
  List<String> fields() {
    List<String> fields = new ArrayList<>();
    fields.add(row);
    fields.add(Integer.toString(spec.depth()));
    fields.add(Integer.toString(spec.width()));
    fields.add(Integer.toString(spec.hiddenWidth()));
    fields.add(Integer.toString(spec.batchSize()));
    fields.add(measure);
    fields.add(value == null ? "" : number(value.median()));
    fields.add(value == null ? "" : number(value.least()));
    fields.add(value == null ? "" : number(value.largest()));
    fields.add(value == null ? "0" : Integer.toString(value.count()));
    fields.add(goal == null ? "" : goal.toString());
    fields.add(
        goal == null || value == null ? "" : Boolean.toString(goal.holds(value.median())));
    fields.add(number(oursSeconds));
    fields.add(number(otherSeconds));
    fields.add(note);
    return fields;
  }

  private static String number(double value) {
    return Double.isNaN(value) ? "" : String.format(Locale.ROOT, "%.5g", value);
  }
}
