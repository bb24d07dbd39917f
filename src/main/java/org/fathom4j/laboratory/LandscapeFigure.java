package org.fathom4j.laboratory;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.LongStream;
import org.fathom4j.plot.TheoryPlot;
import org.fathom4j.plot.TheoryPlot.Curve;
import org.fathom4j.plot.TheoryPlot.Scale;
import org.fathom4j.theory.descent.DescentLoop;
import org.fathom4j.theory.descent.DescentSpec;
import org.fathom4j.theory.descent.Trajectory;
import org.fathom4j.theory.descent.TrajectoryPoint;
import org.fathom4j.theory.landscape.Landscape;
import org.fathom4j.theory.linear.Target;
import org.fathom4j.theory.modes.AlignedModes;

/**
 * The saddles of a landscape, and a training that passes them.
 *
 * <p>Left, every balanced critical point: its loss, and the least eigenvalue of its Hessian, which
 * says how steeply it is left. Right, gradient descent from small balanced layers, which learns the
 * singular values from the largest on and rests at one critical value after the other.
 *
 * @see <a href="https://arxiv.org/abs/1811.03568">Chitour, Liao &amp; Couillet 2018</a>
 * @see <a href="https://arxiv.org/abs/1312.6120">Saxe, McClelland &amp; Ganguli 2013</a>, who
 *     explain the steps
 */
public final class LandscapeFigure {

  /** Critical points, from the lowest loss on. */
  private static final int MOST_POINTS = 2000;

  /** A small part of 2/K: the steps of the flow. */
  private static final double PART_OF_STABLE_RATE = 0.1;

  /** The descent starts at so small a part of the least singular value that it learns … */
  private static final double START = 1e-2;

  /** … but not below this part of the largest, which would take for ever. */
  private static final double LEAST_START = 1e-3;

  /** Nothing more is to be seen on an evenly divided axis. */
  private static final double LEARNT = 1e-3;

  private static final long MOST_UPDATES = 100_000;
  private static final int POINTS_OF_A_CURVE = 1000;

  private LandscapeFigure() {}

  /**
   * Draws.
   *
   * @param depth of the landscape
   * @throws IOException if the picture cannot be written
   */
  public static Path draw(Target target, int depth, Landscape landscape, Path file)
      throws IOException {
    List<Landscape.CriticalPoint> points = landscape.criticalPoints();
    List<Landscape.CriticalPoint> shown = points.subList(0, Math.min(MOST_POINTS, points.size()));
    List<Curve> kinds = new ArrayList<>();
    for (Landscape.Kind kind : Landscape.Kind.values()) {
      List<Landscape.CriticalPoint> ofKind =
          shown.stream().filter(point -> point.kind() == kind).toList();
      if (!ofKind.isEmpty()) {
        kinds.add(
            TheoryPlot.marked(
                kind.name().toLowerCase(Locale.ROOT).replace('_', ' '),
                Figures.numbers(ofKind, Landscape.CriticalPoint::hessianMinimum),
                Figures.numbers(ofKind, Landscape.CriticalPoint::value)));
      }
    }
    return new TheoryPlot("Critical points of " + target.name() + ", depth " + depth)
        .panel(
            shown.size() == points.size()
                ? "all balanced critical points"
                : String.format("the lowest %d of %d critical points", shown.size(), points.size()),
            "least eigenvalue of the Hessian",
            "loss R",
            Scale.LINEAR,
            kinds)
        .panel(
            "a training that passes them",
            "iteration",
            "loss R",
            Scale.LINEAR,
            descent(target, depth))
        .write(file);
  }

  /** The losses of a descent from small balanced layers, and the critical values on its way. */
  static List<Curve> descent(Target target, int depth) {
    double[] sigma = target.singularValues();
    double largest = sigma[0];
    double least = Arrays.stream(sigma).filter(s -> s > LEAST_START * largest).min().orElse(1);
    double start = Math.max(LEAST_START * largest, START * least);
    // K of a balanced mode at σ is L σ^{2−2/L}.
    double sharpness = depth * Math.pow(Math.max(largest, start), 2 - 2.0 / depth);
    double rate = PART_OF_STABLE_RATE * 2 / sharpness;
    DescentSpec spec =
        DescentSpec.withRate(rate, MOST_UPDATES)
            .until(Math.max(LEARNT * largest * largest / 2, Double.MIN_NORMAL));
    long end = (long) DescentLoop.run(AlignedModes.balanced(target, depth, start), spec).end();
    Trajectory trajectory =
        DescentLoop.run(
            AlignedModes.balanced(target, depth, start),
            DescentSpec.withRate(rate, end).at(evenly(end)));
    List<TrajectoryPoint> points = trajectory.points();
    List<Curve> curves = new ArrayList<>();
    curves.add(
        TheoryPlot.measured(
            "gradient descent from balanced:" + Figures.number(start),
            Figures.numbers(points, TrajectoryPoint::time),
            Figures.numbers(points, TrajectoryPoint::loss)));
    double unlearned = Arrays.stream(sigma).map(s -> s * s / 2).sum();
    curves.add(level(unlearned, end));
    for (double s : sigma) {
      unlearned = Math.max(0, unlearned - s * s / 2);
      curves.add(level(unlearned, end));
    }
    return curves;
  }

  private static Curve level(double value, long end) {
    return TheoryPlot.predicted(
        "critical values: the largest learnt, one by one",
        List.of(0.0, (double) end),
        Collections.nCopies(2, value));
  }

  private static List<Long> evenly(long end) {
    long steps = Math.min(end, POINTS_OF_A_CURVE);
    return LongStream.rangeClosed(0, steps)
        .map(i -> steps == 0 ? 0 : Math.round((double) end * i / steps))
        .boxed()
        .toList();
  }
}
