package org.fathom4j.plot;

import java.awt.BasicStroke;
import java.awt.Color;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.fathom4j.record.ComparisonRecord;
import org.fathom4j.record.ComparisonRecord.Rate;
import org.fathom4j.record.ComparisonRecord.Standing;
import org.fathom4j.record.TrialRow;
import org.jfree.data.Range;

/**
 * The search for learning rates, from {@code trials.csv}: training loss against learning rate, a
 * panel a cell, a row of panels an initialization, a column a depth.
 *
 * <p>A rate is one point, where the longest trial of the first seed ended, or diverged where
 * another seed did. Panels span equally many decades of learning rate wherever that is enough, so
 * that a window of good rates twice as wide looks twice as wide; those of a row span the same
 * decades if its rates allow it.
 */
final class LearningRatePlot {

  private static final double LEAST_DECADES = 3;
  private static final double MOST_SHARED_DECADES = 5;

  /** Of an axis, on either side of the smallest and the largest rate. */
  private static final double MARGIN = 0.06;

  /** Powers of ten that have room under a small panel. */
  private static final int MOST_LABELS = 6;

  static final Color FULL_LENGTH = Theme.colour(0);
  static final Color STOPPED = Theme.colour(5);
  static final Color CHOSEN = Theme.colour(2);
  private static final double FULL_LENGTH_DOT = 7;
  private static final double STOPPED_DOT = 4.5;
  private static final BasicStroke CHOSEN_STROKE = Theme.solid(2);
  private static final BasicStroke START_STROKE = Theme.dashed(1);

  private static final int MOST_COLUMNS_OF_ONE_DEPTH = 4;
  private static final int MOST_COLUMNS_OF_USUAL_SIZE = 2;

  /**
   * The search of one cell.
   *
   * @param startLoss before the first update; empty if it is not known
   * @param ends where the longest trial of each rate ended, by rate; at least one
   */
  private record Search(
      String initialization, int depth, OptionalDouble startLoss, List<TrialRow> ends) {

    /** From the smallest to the largest, in decades. */
    Range rates() {
      return new Range(
          position(ends.get(0).learningRate()), position(ends.get(ends.size() - 1).learningRate()));
    }
  }

  private final ComparisonRecord record;
  private final List<Optional<Search>> searches; // row by row; empty where there was none
  private final int columns;
  private final int fullLength;
  private final double sharedDecades;

  private LearningRatePlot(List<TrialRow> trials, ComparisonRecord record) {
    this.record = record;
    searches = new ArrayList<>();
    for (String initialization : record.initializations()) {
      for (int depth : record.depths()) {
        searches.add(search(initialization, depth, trials));
      }
    }
    columns =
        record.depths().size() > 1
            ? record.depths().size()
            : Math.min(MOST_COLUMNS_OF_ONE_DEPTH, searches.size());
    fullLength =
        trials.stream()
            .filter(trial -> Double.isFinite(trial.loss()))
            .mapToInt(TrialRow::iterations)
            .max()
            .orElse(0);
    sharedDecades =
        searches.stream()
            .flatMap(Optional::stream)
            .flatMap(search -> Stream.of(search.rates(), ratesOfAllDepths(search.initialization())))
            .mapToDouble(Range::getLength)
            .filter(decades -> decades <= MOST_SHARED_DECADES)
            .reduce(LEAST_DECADES, Math::max);
  }

  /**
   * Draws the trials of all cells.
   *
   * @param record for the order of the cells and the rates that were chosen
   */
  static Path draw(List<TrialRow> trials, ComparisonRecord record, Path file) throws IOException {
    return new LearningRatePlot(trials, record).draw(file);
  }

  private Optional<Search> search(String initialization, int depth, List<TrialRow> trials) {
    OptionalDouble startLoss = OptionalDouble.empty();
    TreeMap<Double, TrialRow> ends = new TreeMap<>();
    Set<Long> leftOut = new HashSet<>(); // seeds that no rate can help
    for (TrialRow trial : trials) {
      if (!trial.initialization().equals(initialization) || trial.depth() != depth) {
        continue;
      }
      if (trial.seed() != record.seeds().get(0)) {
        if (trial.iterations() == 0 && Double.isInfinite(trial.loss())) {
          leftOut.add(trial.seed());
        } else if (Double.isInfinite(trial.loss()) && !leftOut.contains(trial.seed())) {
          ends.put(trial.learningRate(), trial);
        }
      } else if (trial.learningRate() > 0) {
        ends.merge(
            trial.learningRate(),
            trial,
            (one, other) -> other.iterations() >= one.iterations() ? other : one);
      } else {
        startLoss = OptionalDouble.of(trial.loss());
      }
    }
    return ends.isEmpty()
        ? Optional.empty()
        : Optional.of(new Search(initialization, depth, startLoss, List.copyOf(ends.values())));
  }

  private Path draw(Path file) throws IOException {
    String title = record.name() + ": learning rates that were tried";
    PanelGrid grid =
        columns > MOST_COLUMNS_OF_USUAL_SIZE
            ? PanelGrid.ofSmallPanels(title, columns)
            : new PanelGrid(title, columns);
    grid.callNonFinite("diverged");
    for (int i = 0; i < searches.size(); i++) {
      if (searches.get(i).isPresent()) {
        boolean lowest = i + columns >= searches.size();
        add(grid, searches.get(i).get(), i % columns == 0, lowest);
      } else {
        grid.skip();
      }
    }
    grid.explain("after " + fullLength + " updates", FULL_LENGTH, Theme.dot(FULL_LENGTH_DOT));
    grid.explain("stopped before: others were better", STOPPED, Theme.dot(STOPPED_DOT));
    grid.explain("chosen", CHOSEN, CHOSEN_STROKE);
    grid.explain("before the first update", Theme.PALE_INK, START_STROKE);
    return grid.write(file);
  }

  private void add(PanelGrid grid, Search search, boolean leftmost, boolean lowest) {
    Optional<Rate> chosen = record.rate(search.initialization(), search.depth());
    Range range = range(search);
    Panel panel = Panel.logarithmic(leftmost ? "training loss" : null);
    chosen
        .filter(rate -> rate.standing() != Standing.NONE_LEARNT)
        .ifPresent(rate -> panel.addUpright(position(rate.learningRate()), CHOSEN, CHOSEN_STROKE));
    List<TrialRow> finished =
        search.ends().stream()
            .filter(end -> end.iterations() == fullLength && Double.isFinite(end.loss()))
            .toList();
    List<TrialRow> others = search.ends().stream().filter(end -> !finished.contains(end)).toList();
    panel.add(Panel.Curve.dots(rates(finished), losses(finished), FULL_LENGTH, FULL_LENGTH_DOT));
    panel.add(Panel.Curve.dots(rates(others), losses(others), STOPPED, STOPPED_DOT));
    panel.add(
        new Panel.Curve(rates(finished), losses(finished), FULL_LENGTH, Theme.solid(1), false));
    search.startLoss().stream()
        .filter(Double::isFinite)
        .forEach(
            loss ->
                panel.add(
                    new Panel.Curve(
                        new double[] {range.getLowerBound(), range.getUpperBound()},
                        new double[] {loss, loss},
                        Theme.PALE_INK,
                        START_STROKE,
                        false)));
    grid.add(
        heading(search, chosen),
        panel,
        new DecadeAxis(lowest ? "learning rate η" : null, range, MOST_LABELS));
  }

  private static String heading(Search search, Optional<Rate> chosen) {
    String cell = search.initialization() + " L=" + search.depth();
    return chosen
        .map(rate -> cell + " " + ComparedCell.eta(rate.learningRate(), rate.standing(), "="))
        .orElse(cell);
  }

  /** That of its initialization, if its rates fit into the shared width; otherwise its own. */
  private Range range(Search search) {
    Range shown = ratesOfAllDepths(search.initialization());
    if (shown.getLength() > sharedDecades) {
      shown = search.rates();
    }
    double half = (0.5 + MARGIN) * Math.max(sharedDecades, shown.getLength());
    double middle = shown.getCentralValue();
    return new Range(middle - half, middle + half);
  }

  private Range ratesOfAllDepths(String initialization) {
    return searches.stream()
        .flatMap(Optional::stream)
        .filter(search -> search.initialization().equals(initialization))
        .map(Search::rates)
        .reduce(Range::combine)
        .orElseThrow();
  }

  private static double[] rates(List<TrialRow> ends) {
    return ends.stream().mapToDouble(end -> position(end.learningRate())).toArray();
  }

  private static double[] losses(List<TrialRow> ends) {
    return ends.stream().mapToDouble(TrialRow::loss).toArray();
  }

  private static double position(double learningRate) {
    return Math.log10(learningRate);
  }
}
