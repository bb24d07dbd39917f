package org.fathom4j.plot;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Shape;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.util.List;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.axis.ValueAxis;
import org.jfree.chart.plot.XYPlot;
import org.jfree.chart.ui.RectangleInsets;

/** The look all pictures share. */
final class Theme {

  /**
   * Colours that stay apart with any kind of colour vision; a grey in place of the palette's
   * yellow, which is lost on white.
   *
   * @see <a href="https://jfly.uni-koeln.de/color/">Okabe &amp; Ito, Color Universal Design</a>
   */
  static final List<Color> COLOURS =
      List.of(
          new Color(0x0072B2),
          new Color(0xD55E00),
          new Color(0x009E73),
          new Color(0xCC79A7),
          new Color(0xE69F00),
          new Color(0x56B4E9),
          new Color(0x000000),
          new Color(0x8C8C8C));

  /** Viridis, sampled from dark to light. */
  private static final int[] VIRIDIS = {
    0x440154, 0x482878, 0x3E4A89, 0x31688E, 0x26828E, 0x1F9E89, 0x35B779, 0x6DCD59, 0xB4DE2C
  };

  /** What must not be overlooked: values that are not finite. */
  static final Color ALARM = new Color(0xC00000);

  static final Color INK = new Color(0x222222);
  static final Color PALE_INK = new Color(0x666666);
  private static final Color GRID = new Color(0xDDDDDD);

  static final Font TITLE = new Font(Font.SANS_SERIF, Font.BOLD, 15);
  static final Font LABEL = new Font(Font.SANS_SERIF, Font.PLAIN, 12);
  static final Font TICK = new Font(Font.SANS_SERIF, Font.PLAIN, 11);

  private Theme() {}

  static Color colour(int index) {
    return COLOURS.get(index % COLOURS.size());
  }

  /** Light for 0, dark for 1; readable on white throughout. */
  static Color lightToDark(double position) {
    double place = (1 - position) * (VIRIDIS.length - 1);
    int below = Math.min((int) place, VIRIDIS.length - 2);
    double part = place - below;
    Color a = new Color(VIRIDIS[below]);
    Color b = new Color(VIRIDIS[below + 1]);
    return new Color(
        mix(a.getRed(), b.getRed(), part),
        mix(a.getGreen(), b.getGreen(), part),
        mix(a.getBlue(), b.getBlue(), part));
  }

  private static int mix(int a, int b, double part) {
    return (int) Math.round(a + (b - a) * part);
  }

  static Color faint(Color colour) {
    return new Color(colour.getRed(), colour.getGreen(), colour.getBlue(), 70);
  }

  static BasicStroke solid(double width) {
    return new BasicStroke((float) width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND);
  }

  /** Solid for the first colours, dashes of another kind each time they come round again. */
  static BasicStroke stroke(int index, double width) {
    return switch (index / COLOURS.size()) {
      case 0 -> solid(width);
      case 1 -> dashed(width);
      default ->
          new BasicStroke(
              (float) width,
              BasicStroke.CAP_BUTT,
              BasicStroke.JOIN_ROUND,
              1,
              new float[] {2, 3},
              0);
    };
  }

  static BasicStroke dashed(double width) {
    return new BasicStroke(
        (float) width, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1, new float[] {6, 4}, 0);
  }

  /** Marks a value that is not finite. */
  static Shape cross() {
    Path2D.Double shape = new Path2D.Double();
    shape.moveTo(-4, -4);
    shape.lineTo(4, 4);
    shape.moveTo(-4, 4);
    shape.lineTo(4, -4);
    return solid(2).createStrokedShape(shape);
  }

  /** Marks a zero on a logarithmic axis: it lies below every tick. */
  static Shape triangleDown() {
    Path2D.Double shape = new Path2D.Double();
    shape.moveTo(-4, -4);
    shape.lineTo(4, -4);
    shape.lineTo(0, 3);
    shape.closePath();
    return shape;
  }

  /** A point. */
  static Shape dot(double diameter) {
    return new Ellipse2D.Double(-diameter / 2, -diameter / 2, diameter, diameter);
  }

  /** Marks a point of a curve, which is seen through it. */
  static Shape ring() {
    return solid(1.5).createStrokedShape(new Ellipse2D.Double(-4.5, -4.5, 9, 9));
  }

  static void apply(XYPlot plot) {
    plot.setBackgroundPaint(Color.WHITE);
    plot.setDomainGridlinePaint(GRID);
    plot.setRangeGridlinePaint(GRID);
    plot.setDomainGridlineStroke(solid(0.7));
    plot.setRangeGridlineStroke(solid(0.7));
    plot.setOutlinePaint(PALE_INK);
    plot.setAxisOffset(new RectangleInsets(0, 0, 0, 0));
  }

  static <A extends ValueAxis> A apply(A axis) {
    axis.setLabelFont(LABEL);
    axis.setLabelPaint(INK);
    axis.setTickLabelFont(TICK);
    axis.setTickLabelPaint(INK);
    axis.setAxisLineVisible(false);
    return axis;
  }

  /** An axis of whole numbers, such as iterations or layers. */
  static NumberAxis counting(String label) {
    NumberAxis axis = new NumberAxis(label);
    axis.setStandardTickUnits(NumberAxis.createIntegerTickUnits());
    axis.setAutoRangeIncludesZero(false);
    axis.setLowerMargin(0.01);
    axis.setUpperMargin(0.01);
    return apply(axis);
  }
}
