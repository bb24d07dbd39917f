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
  private static final int TITLE_HEIGHT = 44;
  private static final int LEGEND_LINE = 18;
  private static final int LEGEND_TEXT = 32;

  /** Of the legend's font, for the width of the picture; a line too long is cut by its edge. */
  private static final double LETTER_WIDTH = 7.2;

  private record Place(String title, XYPlot plot) {}

  private record Entry(String text, Color colour, BasicStroke stroke, Shape mark) {}

  private final String title;
  private final int columns;
  private final List<Place> places = new ArrayList<>();
  private final List<Entry> legend = new ArrayList<>();
  private boolean zeros;
  private boolean nonFinite;

  PanelGrid(String title, int columns) {
    this.title = title;
    this.columns = columns;
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
      legend.add(new Entry("not finite", Theme.ALARM, null, Theme.cross()));
    }
    int rows = (places.size() + columns - 1) / columns;
    int longest = legend.stream().mapToInt(entry -> entry.text().length()).max().orElse(0);
    int width = columns * PANEL_WIDTH + 60 + (int) (LETTER_WIDTH * longest);
    int height =
        TITLE_HEIGHT + Math.max(rows * PANEL_HEIGHT, (legend.size() + 1) * LEGEND_LINE) + 8;
    return Picture.write(file, width, height, this::paint);
  }

  private void paint(Graphics2D graphics) {
    graphics.setFont(Theme.TITLE);
    graphics.setColor(Theme.INK);
    int middle = columns * PANEL_WIDTH / 2;
    graphics.drawString(
        title, middle - graphics.getFontMetrics().stringWidth(title) / 2f, TITLE_HEIGHT - 16);
    for (int i = 0; i < places.size(); i++) {
      JFreeChart chart = new JFreeChart(null, Theme.TITLE, places.get(i).plot(), false);
      chart.setBackgroundPaint(null);
      if (!places.get(i).title().isEmpty()) {
        chart.setTitle(new TextTitle(places.get(i).title(), Theme.LABEL));
        chart.getTitle().setPaint(Theme.INK);
      }
      chart.draw(
          graphics,
          new Rectangle2D.Double(
              (i % columns) * (double) PANEL_WIDTH,
              TITLE_HEIGHT + (i / columns) * (double) PANEL_HEIGHT,
              PANEL_WIDTH,
              PANEL_HEIGHT));
    }
    paintLegend(graphics, columns * PANEL_WIDTH + 14);
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
