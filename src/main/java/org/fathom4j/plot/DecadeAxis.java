package org.fathom4j.plot;

import java.awt.Graphics2D;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jfree.chart.axis.AxisState;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.axis.NumberTick;
import org.jfree.chart.axis.TickType;
import org.jfree.chart.ui.RectangleEdge;
import org.jfree.chart.ui.TextAnchor;
import org.jfree.data.Range;

/**
 * A logarithmic axis for values given as log₁₀ x, from 1e-320 to 1e308 alike.
 *
 * <p>Its ticks are powers of ten, spaced so that they can be read; over less than three decades
 * also 2 and 5 times these, over less than eight tenths of one, round values between.
 */
final class DecadeAxis extends NumberAxis {

  private static final long serialVersionUID = 1L;

  private static final int MOST_LABELS = 8;
  private static final double NARROW_DECADES = 0.8;
  private static final int DECADES_WITH_TWO_AND_FIVE = 3;
  private static final double[] ONE_TWO_FIVE = {1, 2, 5};
  private static final String SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

  private final int mostLabels;

  /**
   * Makes an axis of a fixed range.
   *
   * @param label what is measured
   * @param range of log₁₀ x; widened when it is almost a point
   */
  DecadeAxis(String label, Range range) {
    this(label, range, MOST_LABELS);
  }

  /**
   * Makes an axis of a fixed range.
   *
   * @param label what is measured
   * @param range of log₁₀ x; widened when it is almost a point
   * @param mostLabels how many powers of ten have room beside or under each other
   */
  DecadeAxis(String label, Range range, int mostLabels) {
    super(label);
    this.mostLabels = mostLabels;
    double middle = range.getCentralValue();
    double half = Math.max(range.getLength() / 2, 0.02);
    setRange(middle - half, middle + half);
    setAutoRange(false);
    Theme.apply(this);
  }

  @Override
  public List<?> refreshTicks(
      Graphics2D graphics, AxisState state, Rectangle2D area, RectangleEdge edge) {
    List<NumberTick> ticks = new ArrayList<>();
    TextAnchor anchor =
        RectangleEdge.isTopOrBottom(edge) ? TextAnchor.TOP_CENTER : TextAnchor.CENTER_RIGHT;
    for (double value : tickValues(getRange(), mostLabels)) {
      ticks.add(new NumberTick(TickType.MAJOR, value, text(value), anchor, anchor, 0));
    }
    return ticks;
  }

  /** log₁₀ of the values that get a tick. */
  static List<Double> tickValues(Range range) {
    return tickValues(range, MOST_LABELS);
  }

  private static List<Double> tickValues(Range range, int mostLabels) {
    List<Double> ticks = new ArrayList<>();
    double span = range.getLength();
    if (span < NARROW_DECADES) {
      // In units of the decade below, so that no range overflows or underflows.
      double decade = Math.floor(range.getLowerBound());
      double low = Math.pow(10, range.getLowerBound() - decade);
      double high = Math.pow(10, range.getUpperBound() - decade);
      double step = roundStep((high - low) / 4);
      for (double k = Math.ceil(low / step); k * step <= high; k++) {
        ticks.add(decade + Math.log10(k * step));
      }
      return ticks;
    }
    int first = (int) Math.ceil(range.getLowerBound() - 1);
    int last = (int) Math.floor(range.getUpperBound());
    if (span < DECADES_WITH_TWO_AND_FIVE) {
      for (int exponent = first; exponent <= last; exponent++) {
        for (double factor : ONE_TWO_FIVE) {
          double tick = exponent + Math.log10(factor);
          if (range.contains(tick)) {
            ticks.add(tick);
          }
        }
      }
      return ticks;
    }
    int step = 1;
    for (int i = 0; span / step > mostLabels; i++) {
      step = (int) (ONE_TWO_FIVE[(i + 1) % 3] * Math.pow(10, (i + 1) / 3));
    }
    for (int exponent = Math.floorDiv(first, step) * step; exponent <= last; exponent += step) {
      if (range.contains(exponent)) {
        ticks.add((double) exponent);
      }
    }
    return ticks;
  }

  private static double roundStep(double least) {
    double power = Math.pow(10, Math.floor(Math.log10(least)));
    for (double factor : ONE_TWO_FIVE) {
      if (factor * power >= least) {
        return factor * power;
      }
    }
    return 10 * power;
  }

  /** The value itself where that is short, otherwise a factor and a power of ten. */
  static String text(double log10) {
    double exponent = Math.floor(log10 + 1e-9);
    double factor = Math.pow(10, log10 - exponent);
    if (exponent >= -3 && exponent <= 3) {
      return plain(Math.pow(10, log10));
    }
    String power = "10" + superscript((int) exponent);
    return Math.abs(factor - 1) < 1e-6 ? power : plain(factor) + "·" + power;
  }

  private static String plain(double value) {
    String digits = String.format(Locale.ROOT, "%.6f", value);
    return digits.replaceAll("0+$", "").replaceAll("\\.$", "");
  }

  private static String superscript(int exponent) {
    StringBuilder text = new StringBuilder(exponent < 0 ? "⁻" : "");
    for (char digit : Integer.toString(Math.abs(exponent)).toCharArray()) {
      text.append(SUPERSCRIPTS.charAt(digit - '0'));
    }
    return text.toString();
  }
}
