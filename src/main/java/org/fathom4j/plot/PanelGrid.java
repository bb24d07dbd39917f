package org.fathom4j.plot;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.geom.Line2D;
import java.awt.geom.Rectangle2D;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.title.TextTitle;

/** Panels in rows and columns under one title, with one legend beside them. */
final class PanelGrid {

  private static final int PANEL_WIDTH = 430;
  private static final int PANEL_HEIGHT = 280;
  private static final int SMALL_PANEL_WIDTH = 250;
  private static final int SMALL_PANEL_HEIGHT = 190;
  private static final int TITLE_HEIGHT = 44;
  private static final int LEGEND_LINE = 18;
  private static final int LEGEND_TEXT = 32;

  /** Of the legend's font, for the width of the picture; a line too long is cut by its edge. */
  private static final double LETTER_WIDTH = 7.2;

  /** Where a panel is, or, if it is null, none. */
  private record Place(String title, XYPlot plot) {}

  private record Entry(String text, Color colour, BasicStroke stroke, Shape mark) {}

  private final String title;
  private final int columns;
  private final int panelWidth;
  private final int panelHeight;
  private final List<Place> places = new ArrayList<>();
  private final List<Entry> legend = new ArrayList<>();
  private boolean zeros;
  private boolean nonFinite;
  private String nonFiniteWord = "not finite";

  PanelGrid(String title, int columns) {
    this(title, columns, PANEL_WIDTH, PANEL_HEIGHT);
  }

  private PanelGrid(String title, int columns, int panelWidth, int panelHeight) {
    this.title = title;
    this.columns = columns;
    this.panelWidth = panelWidth;
    this.panelHeight = panelHeight;
  }

  /** For many panels that are to be seen at once: each has a third of the usual size. */
  static PanelGrid ofSmallPanels(String title, int columns) {
    return new PanelGrid(title, columns, SMALL_PANEL_WIDTH, SMALL_PANEL_HEIGHT);
  }

  /** What its legend calls the values that are not finite. */
  void callNonFinite(String word) {
    nonFiniteWord = word;
  }

  /**
   * Adds a panel, row by row.
   *
   * @param heading over the panel; none if empty
   */
  void add(String heading, Panel panel, NumberAxis domain) {
    places.add(new Place(heading, panel.plot(domain)));
    zeros |= panel.hasZeros();
    nonFinite |= panel.hasNonFinite();
  }

  /** Leaves the place of a panel empty. */
  void skip() {
    places.add(new Place("", null));
  }

  /** Adds a line to the legend. */
  void explain(String text, Color colour, BasicStroke stroke) {
    legend.add(new Entry(text, colour, stroke, null));
  }

  /** Adds a line to the legend, of points without a line. */
  void explain(String text, Color colour, Shape mark) {
    legend.add(new Entry(text, colour, null, mark));
  }

  /** Adds a line of text to the legend. */
  void explain(String text) {
    legend.add(new Entry(text, Theme.INK, null, null));
  }

  Path write(Path file) throws IOException {
    if (zeros) {
      legend.add(new Entry("zero", Theme.PALE_INK, null, Theme.triangleDown()));
    }
    if (nonFinite) {
      legend.add(new Entry(nonFiniteWord, Theme.ALARM, null, Theme.cross()));
    }
    int rows = (places.size() + columns - 1) / columns;
    int longest = legend.stream().mapToInt(entry -> entry.text().length()).max().orElse(0);
    int width = columns * panelWidth + 60 + (int) (LETTER_WIDTH * longest);
    int height = TITLE_HEIGHT + Math.max(rows * panelHeight, (legend.size() + 1) * LEGEND_LINE) + 8;
    return Picture.write(file, width, height, this::paint);
  }

  private void paint(Graphics2D graphics) {
    graphics.setFont(Theme.TITLE);
    graphics.setColor(Theme.INK);
    int middle = columns * panelWidth / 2;
    graphics.drawString(
        title, middle - graphics.getFontMetrics().stringWidth(title) / 2f, TITLE_HEIGHT - 16);
    for (int i = 0; i < places.size(); i++) {
      if (places.get(i).plot() == null) {
        continue;
      }
      JFreeChart chart = new JFreeChart(null, Theme.TITLE, places.get(i).plot(), false);
      chart.setBackgroundPaint(null);
      if (!places.get(i).title().isEmpty()) {
        chart.setTitle(new TextTitle(places.get(i).title(), Theme.LABEL));
        chart.getTitle().setPaint(Theme.INK);
      }
      chart.draw(
          graphics,
          new Rectangle2D.Double(
              (i % columns) * (double) panelWidth,
              TITLE_HEIGHT + (i / columns) * (double) panelHeight,
              panelWidth,
              panelHeight));
    }
    paintLegend(graphics, columns * panelWidth + 14);
  }

  private void paintLegend(Graphics2D graphics, int x) {
    graphics.setFont(Theme.LABEL);
    int y = TITLE_HEIGHT;
    for (Entry entry : legend) {
      y += LEGEND_LINE;
      graphics.setColor(entry.colour());
      if (entry.stroke() != null) {
        graphics.setStroke(entry.stroke());
        graphics.draw(new Line2D.Double(x + 1, y - 4, x + 24, y - 4));
      }
      if (entry.mark() != null) {
        graphics.fill(
            AffineTransform.getTranslateInstance(x + 12, y - 4)
                .createTransformedShape(entry.mark()));
      }
      graphics.setColor(Theme.INK);
      boolean bare = entry.stroke() == null && entry.mark() == null;
      graphics.drawString(entry.text(), bare ? x : x + LEGEND_TEXT, y);
    }
  }
}
