package org.fathom4j.plot;

import java.awt.Graphics2D;
import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;
import org.jfree.chart.axis.AxisState;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.axis.NumberTick;
import org.jfree.chart.axis.TickType;
import org.jfree.chart.ui.RectangleEdge;
import org.jfree.chart.ui.TextAnchor;

/**
 * A horizontal logarithmic axis for depths given as log₁₀ L, with a tick at each of them, or, where
 * they are too many for that, at round depths.
 */
final class DepthAxis extends NumberAxis {

  private static final long serialVersionUID = 1L;

  private static final double MARGIN = 0.15;
  private static final int MOST_LABELS = 12;

  private final ArrayList<Integer> depths;

  /**
   * Makes an axis over some depths.
   *
   * @param depths L, at least one
   */
  DepthAxis(Collection<Integer> depths) {
    super("depth L");
    this.depths = new ArrayList<>(new TreeSet<>(depths));
    setRange(
        position(this.depths.get(0)) - MARGIN,
        position(this.depths.get(this.depths.size() - 1)) + MARGIN);
    setAutoRange(false);
    Theme.apply(this);
  }

  /** Where a depth lies on this axis. */
  static double position(int depth) {
    return Math.log10(depth);
  }

  @Override
  public List<?> refreshTicks(
      Graphics2D graphics, AxisState state, Rectangle2D area, RectangleEdge edge) {
    if (depths.size() > MOST_LABELS) {
      return DecadeAxis.tickValues(getRange()).stream()
          .map(value -> tick(value, DecadeAxis.text(value)))
          .toList();
    }
    return depths.stream().map(depth -> tick(position(depth), Integer.toString(depth))).toList();
  }

  private static NumberTick tick(double position, String text) {
    return new NumberTick(
        TickType.MAJOR, position, text, TextAnchor.TOP_CENTER, TextAnchor.TOP_CENTER, 0);
  }
}
