package org.fathom4j.plot;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.geom.Rectangle2D;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/**
 * Initialization × depth, each cell in the colour of its training accuracy if most of its runs
 * learn, and otherwise in that of what became of them; the learning rate stands in it, and whether
 * a search found it.
 */
final class ComparisonMap {

  private static final int LEAST_CELL_WIDTH = 128;
  private static final int CELL_HEIGHT = 62;
  private static final int TITLE_HEIGHT = 44;
  private static final int HEADER_HEIGHT = 26;
  private static final int LEGEND_HEIGHT = 56;
  private static final int LEGEND_WIDTH = 720;
  private static final int SCALE_WIDTH = 220;
  private static final int MARGIN = 16;
  private static final double LETTER_WIDTH = 7.2;
  private static final int LINE = 16;

  private static final Color STALLS = new Color(0xE3E3E3);
  private static final Color UNDERFLOWS = new Color(0xD9C6E8);
  private static final Color DIVERGES = new Color(0xF3C1BC);

  /** Accuracies above it are dark enough for white letters. */
  private static final double DARK = 0.4;

  private final List<ComparedCell> cells;
  private final List<String> initializations;
  private final List<Integer> depths;
  private final String title;
  private final int left;
  private final int cellWidth;

  private ComparisonMap(List<ComparedCell> cells, String title) {
    this.cells = cells;
    this.title = title;
    initializations = cells.stream().map(ComparedCell::initialization).distinct().toList();
    depths = cells.stream().map(ComparedCell::depth).distinct().sorted().toList();
    int longest = initializations.stream().mapToInt(String::length).max().orElse(0);
    left = 2 * MARGIN + (int) (LETTER_WIDTH * longest);
    int longestRate = cells.stream().mapToInt(cell -> eta(cell).length()).max().orElse(0);
    cellWidth = Math.max(LEAST_CELL_WIDTH, (int) (LETTER_WIDTH * longestRate));
  }

  static Path draw(List<ComparedCell> cells, String title, Path file) throws IOException {
    ComparisonMap map = new ComparisonMap(cells, title);
    int width = Math.max(map.left + map.depths.size() * map.cellWidth + MARGIN, LEGEND_WIDTH);
    int height =
        TITLE_HEIGHT + HEADER_HEIGHT + map.initializations.size() * CELL_HEIGHT + LEGEND_HEIGHT;
    return Picture.write(file, width, height, graphics -> map.paint(graphics, width));
  }

  private void paint(Graphics2D graphics, int width) {
    graphics.setFont(Theme.TITLE);
    graphics.setColor(Theme.INK);
    centred(graphics, title, width / 2.0, TITLE_HEIGHT - 16.0);
    graphics.setFont(Theme.LABEL);
    for (int j = 0; j < depths.size(); j++) {
      centred(
          graphics,
          "depth " + depths.get(j),
          left + (j + 0.5) * cellWidth,
          TITLE_HEIGHT + HEADER_HEIGHT - 8.0);
    }
    for (int i = 0; i < initializations.size(); i++) {
      double y = TITLE_HEIGHT + HEADER_HEIGHT + i * (double) CELL_HEIGHT;
      graphics.setColor(Theme.INK);
      graphics.drawString(initializations.get(i), MARGIN, (float) (y + CELL_HEIGHT / 2.0 + 4));
      for (ComparedCell cell : cells) {
        if (cell.initialization().equals(initializations.get(i))) {
          paint(graphics, cell, left + depths.indexOf(cell.depth()) * (double) cellWidth, y);
        }
      }
    }
    paintLegend(
        graphics,
        TITLE_HEIGHT + HEADER_HEIGHT + initializations.size() * (double) CELL_HEIGHT + 14);
  }

  private void paint(Graphics2D graphics, ComparedCell cell, double x, double y) {
    OptionalDouble accuracy = cell.mean("train_accuracy");
    boolean learns = cell.outcome().equals("learns") && accuracy.isPresent();
    graphics.setColor(learns ? Theme.lightToDark(accuracy.getAsDouble()) : colour(cell.outcome()));
    graphics.fill(new Rectangle2D.Double(x + 1, y + 1, cellWidth - 2.0, CELL_HEIGHT - 2.0));
    graphics.setColor(learns && accuracy.getAsDouble() > DARK ? Color.WHITE : Theme.INK);
    double middle = x + cellWidth / 2.0;
    String value =
        accuracy.isPresent() ? String.format(Locale.ROOT, "%.3f", accuracy.getAsDouble()) : "–";
    centred(graphics, value, middle, y + 1.2 * LINE);
    centred(graphics, eta(cell), middle, y + 2.2 * LINE);
    centred(graphics, cell.outcomes(), middle, y + 3.2 * LINE);
  }

  private static String eta(ComparedCell cell) {
    return ComparedCell.eta(cell.learningRate(), cell.standing(), " = ");
  }

  private static Color colour(String outcome) {
    return switch (outcome) {
      case "diverges" -> DIVERGES;
      case "underflows" -> UNDERFLOWS;
      default -> STALLS;
    };
  }

  private void paintLegend(Graphics2D graphics, double y) {
    double x = MARGIN;
    graphics.setColor(Theme.INK);
    graphics.drawString("training accuracy 0", (float) x, (float) y + 12);
    x += LETTER_WIDTH * 19;
    for (int i = 0; i < SCALE_WIDTH; i++) {
      graphics.setColor(Theme.lightToDark(i / (SCALE_WIDTH - 1.0)));
      graphics.fill(new Rectangle2D.Double(x + i, y, 1.5, 16));
    }
    x += SCALE_WIDTH + 8;
    graphics.setColor(Theme.INK);
    graphics.drawString("1", (float) x, (float) y + 12);
    x += 26;
    for (String outcome : List.of("stalls", "underflows", "diverges")) {
      graphics.setColor(colour(outcome));
      graphics.fill(new Rectangle2D.Double(x, y, 16, 16));
      graphics.setColor(Theme.INK);
      graphics.drawString(outcome, (float) x + 21, (float) y + 12);
      x += 30 + LETTER_WIDTH * outcome.length();
    }
  }

  private static void centred(Graphics2D graphics, String text, double x, double y) {
    float width = graphics.getFontMetrics().stringWidth(text);
    graphics.drawString(text, (float) x - width / 2, (float) y);
  }
}
