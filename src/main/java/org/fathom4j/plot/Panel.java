package org.fathom4j.plot;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.axis.ValueAxis;
import org.jfree.chart.plot.ValueMarker;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.renderer.xy.DeviationRenderer;
import org.jfree.chart.renderer.xy.XYLineAndShapeRenderer;
import org.jfree.chart.ui.Layer;
import org.jfree.chart.ui.RectangleInsets;
import org.jfree.data.Range;
import org.jfree.data.xy.XYSeries;
import org.jfree.data.xy.XYSeriesCollection;
import org.jfree.data.xy.YIntervalSeries;
import org.jfree.data.xy.YIntervalSeriesCollection;

/**
 * Curves over one vertical axis, linear or logarithmic.
 *
 * <p>A value that is not finite interrupts its curve and is a cross on the upper edge; on a
 * logarithmic axis a zero (or a negative number, which no norm or loss is) is a triangle on the
 * lower edge.
 */
final class Panel {

  /** A linear axis cannot show more without overflow; such a value is marked as not finite. */
  static final double LARGEST_LINEAR = 1e100;

  /** Curves shorter than this show their points too. */
  private static final int FEW_POINTS = 40;

  private static final float BAND_ALPHA = 0.22f;

  /**
   * One curve; {@code y} may hold anything.
   *
   * @param stroke of its line; none for points alone
   * @param points whether a curve of few points shows them
   * @param mark of a point
   */
  record Curve(
      double[] x, double[] y, Color colour, BasicStroke stroke, boolean points, Shape mark) {

    /** A line, with small points if asked for. */
    Curve(double[] x, double[] y, Color colour, BasicStroke stroke, boolean points) {
      this(x, y, colour, stroke, points, Theme.dot(4.4));
    }

    /** Points without a line, to be seen over the curves that pass through them. */
    static Curve rings(double[] x, double[] y, Color colour) {
      return new Curve(x, y, colour, null, true, Theme.ring());
    }

    /** Filled points without a line. */
    static Curve dots(double[] x, double[] y, Color colour, double diameter) {
      return new Curve(x, y, colour, null, true, Theme.dot(diameter));
    }
  }

  /** A line from the lower edge to the upper. */
  private record Upright(double x, Color colour, BasicStroke stroke) {}

  /** Between two curves; points where either cannot be drawn are left out. */
  record Band(double[] x, double[] low, double[] high, Color colour) {}

  private final String label;
  private final boolean logarithmic;
  private final double leastSpan;
  private final boolean fraction;
  private final List<Curve> curves = new ArrayList<>();
  private final List<Band> bands = new ArrayList<>();
  private final List<Upright> uprights = new ArrayList<>();
  private boolean zeros;
  private boolean nonFinite;

  private Panel(String label, boolean logarithmic, double leastSpan, boolean fraction) {
    this.label = label;
    this.logarithmic = logarithmic;
    this.leastSpan = leastSpan;
    this.fraction = fraction;
  }

  /**
   * A linear panel.
   *
   * @param leastSpan the axis never shows less than this, so that noise does not look like news
   */
  static Panel linear(String label, double leastSpan) {
    return new Panel(label, false, leastSpan, false);
  }

  /** A linear panel of values from 0 to 1: its axis promises nothing beyond them. */
  static Panel fraction(String label, double leastSpan) {
    return new Panel(label, false, leastSpan, true);
  }

  /** A logarithmic panel; it never shows less than a fifth of a decade. */
  static Panel logarithmic(String label) {
    return new Panel(label, true, 0.2, false);
  }

  void add(Curve curve) {
    curves.add(curve);
    for (double y : curve.y()) {
      zeros |= isZero(y);
      nonFinite |= !drawable(y) && !isZero(y);
    }
  }

  /** A band lies under all curves. */
  void add(Band band) {
    bands.add(band);
  }

  /** A line from the lower edge to the upper, under all curves. */
  void addUpright(double x, Color colour, BasicStroke stroke) {
    uprights.add(new Upright(x, colour, stroke));
  }

  /** Whether a triangle is drawn somewhere. */
  boolean hasZeros() {
    return zeros;
  }

  /** Whether a cross is drawn somewhere. */
  boolean hasNonFinite() {
    return nonFinite;
  }

  XYPlot plot(NumberAxis domain) {
    Range range = range();
    ValueAxis vertical;
    if (logarithmic) {
      vertical = new DecadeAxis(label, range);
    } else {
      NumberAxis axis = Theme.apply(new NumberAxis(label));
      axis.setRange(range);
      vertical = axis;
    }
    // NaN where nothing can be drawn interrupts the line.
    XYSeriesCollection data = new XYSeriesCollection();
    XYLineAndShapeRenderer renderer = new XYLineAndShapeRenderer(true, false);
    renderer.setDrawSeriesLineAsPath(true); // else dashes begin anew at every point
    double top = vertical.getUpperBound() - 0.035 * vertical.getRange().getLength();
    double bottom = vertical.getLowerBound() + 0.035 * vertical.getRange().getLength();
    int index = 0;
    for (Curve curve : curves) {
      XYSeries line = new XYSeries(index, false, true);
      XYSeries marks = new XYSeries(-1 - index, false, true);
      XYSeries zeroMarks = new XYSeries("zero" + index, false, true);
      for (int i = 0; i < curve.x().length; i++) {
        double y = curve.y()[i];
        line.add(curve.x()[i], drawable(y) ? position(y) : Double.NaN);
        if (isZero(y)) {
          zeroMarks.add(curve.x()[i], bottom);
        } else if (!drawable(y)) {
          marks.add(curve.x()[i], top);
        }
      }
      int series = data.getSeriesCount();
      data.addSeries(line);
      if (curve.stroke() == null) {
        mark(renderer, series, curve.mark(), curve.colour());
      } else {
        renderer.setSeriesPaint(series, curve.colour());
        renderer.setSeriesStroke(series, curve.stroke());
        renderer.setSeriesShapesVisible(series, curve.points() && curve.x().length < FEW_POINTS);
        renderer.setSeriesShape(series, curve.mark());
      }
      if (marks.getItemCount() > 0) {
        data.addSeries(marks);
        mark(renderer, data.getSeriesCount() - 1, Theme.cross(), Theme.ALARM);
      }
      if (zeroMarks.getItemCount() > 0) {
        data.addSeries(zeroMarks);
        mark(renderer, data.getSeriesCount() - 1, Theme.triangleDown(), curve.colour());
      }
      index++;
    }
    XYPlot plot = new XYPlot(data, domain, vertical, renderer);
    addBands(plot);
    for (Upright upright : uprights) {
      plot.addDomainMarker(
          new ValueMarker(upright.x(), upright.colour(), upright.stroke()), Layer.BACKGROUND);
    }
    Theme.apply(plot);
    plot.setInsets(new RectangleInsets(4, 4, 4, 16));
    return plot;
  }

  private void addBands(XYPlot plot) {
    YIntervalSeriesCollection data = new YIntervalSeriesCollection();
    DeviationRenderer renderer = new DeviationRenderer(false, false);
    renderer.setAlpha(BAND_ALPHA);
    for (Band band : bands) {
      YIntervalSeries series = new YIntervalSeries(data.getSeriesCount());
      for (int i = 0; i < band.x().length; i++) {
        double low = band.low()[i];
        double high = band.high()[i];
        if (drawable(low) && drawable(high)) {
          series.add(band.x()[i], position(low), position(low), position(high));
        }
      }
      renderer.setSeriesFillPaint(data.getSeriesCount(), band.colour());
      data.addSeries(series);
    }
    plot.setDataset(1, data); // drawn before dataset 0
    plot.setRenderer(1, renderer);
  }

  private static void mark(XYLineAndShapeRenderer renderer, int series, Shape shape, Color colour) {
    renderer.setSeriesLinesVisible(series, false);
    renderer.setSeriesShapesVisible(series, true);
    renderer.setSeriesShape(series, shape);
    renderer.setSeriesShapesFilled(series, true);
    renderer.setSeriesPaint(series, colour);
  }

  private boolean drawable(double y) {
    return logarithmic
        ? y > 0 && Double.isFinite(y)
        : Math.abs(y) <= LARGEST_LINEAR; // false for NaN
  }

  private boolean isZero(double y) {
    return logarithmic && y <= 0 && Double.isFinite(y);
  }

  private double position(double y) {
    return logarithmic ? Math.log10(y) : y;
  }

  /** Smallest range that shows all, with room for the markers on its edges. */
  private Range range() {
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    Stream<double[]> values =
        Stream.concat(
            curves.stream().map(Curve::y),
            bands.stream().flatMap(band -> Stream.of(band.low(), band.high())));
    for (double[] each : values.toList()) {
      for (double y : each) {
        if (drawable(y)) {
          low = Math.min(low, position(y));
          high = Math.max(high, position(y));
        }
      }
    }
    if (low > high) {
      return logarithmic ? new Range(-1, 1) : new Range(0, 1);
    }
    double size = high == 0 && low == 0 ? 1 : 1e-9 * Math.abs(high); // zeros alone are a line too
    double least = logarithmic ? leastSpan : Math.max(leastSpan, size);
    double span = Math.max(high - low, least);
    double middle = low + (high - low) / 2;
    double below = zeros ? 0.14 : 0.05;
    double above = nonFinite ? 0.14 : 0.05;
    Range all = new Range(middle - (0.5 + below) * span, middle + (0.5 + above) * span);
    return fraction ? upToOne(all, 0.03 * span) : all;
  }

  /** Shifts a range down or up until it is within 0 and 1, but for a margin. */
  private static Range upToOne(Range range, double margin) {
    double down = Math.max(0, range.getUpperBound() - 1 - margin);
    double up = Math.max(0, -margin - range.getLowerBound());
    return new Range(
        Math.max(-margin, range.getLowerBound() - down),
        Math.min(1 + margin, range.getUpperBound() + up));
  }
}
