package org.fathom4j.laboratory;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.fathom4j.plot.TheoryPlot;
import org.fathom4j.plot.TheoryPlot.Curve;
import org.fathom4j.plot.TheoryPlot.Scale;
import org.fathom4j.theory.descent.Trajectory;
import org.fathom4j.theory.descent.TrajectoryPoint;
import org.fathom4j.theory.figures.DepthScaling;
import org.fathom4j.theory.figures.SaddleEscape;
import org.fathom4j.theory.figures.Shamir;
import org.fathom4j.theory.figures.ToySaddle;
import org.fathom4j.theory.flow.IdentityFlow;
import org.fathom4j.theory.flow.ZeroAsymmetricFlow;
import org.fathom4j.theory.linear.Initialization;
import org.fathom4j.theory.linear.Target;
import org.fathom4j.theory.modes.IdentityModes;
import org.fathom4j.theory.modes.Sharpness;

/**
 * The papers' figures from our own numbers: what was computed is solid, what was predicted dashed.
 *
 * <p>Every method writes a PNG and throws {@link IOException} if it cannot.
 *
 * @see <a href="https://arxiv.org/abs/1911.00645">Wu, Wang &amp; Ma 2019, figures 1 to 3</a>
 */
public final class Figures {

  private static final int MOST_MODES = 4;
  private static final int PREDICTED_POINTS = 60;

  /** Each trajectory that is covered by the one before it is drawn wider by this. */
  private static final double WIDER = 2.5;

  private static final String DRIFT = "drift of the invariants";
  private static final String DRIFT_LABEL = "max |D(t) − D(0)|";

  private Figures() {}

  /**
   * The problem that a trajectory belongs to.
   *
   * @param initialization where it begins
   * @param target Φ
   * @param depth L
   */
  public record Problem(Initialization initialization, Target target, int depth) {

    private String title() {
      return String.format("%s from %s, depth %d", target.name(), initialization.text(), depth);
    }
  }

  /** The loss of some engines beside the gradient flow; singular values; drift of invariants. */
  public static Path descent(Problem problem, SideBySide result, double learningRate, Path file)
      throws IOException {
    Map<String, Trajectory> trajectories = new LinkedHashMap<>();
    Arrays.stream(Engine.values()) // the framework on top
        .sorted(Comparator.reverseOrder())
        .filter(result.engines()::containsKey)
        .forEach(engine -> trajectories.put(engine.word(), result.engines().get(engine)));
    double end = lastTime(trajectories);
    List<Curve> losses = curves(trajectories, TrajectoryPoint::loss);
    flow(problem, end * learningRate, 1 / learningRate).ifPresent(losses::add);
    return picture(
            problem.title() + ", learning rate " + number(learningRate),
            "iteration",
            losses,
            trajectories,
            problem.target())
        .panel(
            DRIFT,
            "iteration",
            DRIFT_LABEL,
            Scale.LOGARITHMIC,
            curves(trajectories, TrajectoryPoint::invariantDrift))
        .write(file);
  }

  /** The loss of one algorithm beside what it cannot fall below; singular values. */
  public static Path projected(
      Problem problem, String algorithm, Trajectory trajectory, double floor, Path file)
      throws IOException {
    Map<String, Trajectory> trajectories = Map.of(algorithm, trajectory);
    List<Curve> losses = curves(trajectories, TrajectoryPoint::loss);
    double end = lastTime(trajectories);
    if (floor > 0) {
      losses.add(TheoryPlot.predicted("floor", List.of(0.0, end), List.of(floor, floor)));
    }
    return picture(problem.title(), "iteration", losses, trajectories, problem.target())
        .write(file);
  }

  /** The flow beside its closed form, and of ZAS beside the bound of theorem 4.1. */
  public static Path flow(Problem problem, Trajectory trajectory, Path file) throws IOException {
    Map<String, Trajectory> trajectories = Map.of("gradient flow, integrated", trajectory);
    double end = lastTime(trajectories);
    List<Curve> losses = curves(trajectories, TrajectoryPoint::loss);
    flow(problem, end, 1).ifPresent(losses::add);
    if (problem.initialization() instanceof Initialization.ZeroAsymmetric) {
      double start = problem.target().frobeniusNorm() * problem.target().frobeniusNorm() / 2;
      losses.add(predicted("theorem 4.1: R(0) exp(−2t)", end, 1, t -> start * Math.exp(-2 * t)));
    }
    return picture(problem.title(), "time t", losses, trajectories, problem.target())
        .panel(
            DRIFT,
            "time t",
            DRIFT_LABEL,
            Scale.LOGARITHMIC,
            curves(trajectories, TrajectoryPoint::invariantDrift))
        .write(file);
  }

  private static TheoryPlot picture(
      String title,
      String xLabel,
      List<Curve> losses,
      Map<String, Trajectory> trajectories,
      Target target) {
    return new TheoryPlot(title)
        .panel("loss R", xLabel, "R = ½‖P − Φ‖²", Scale.LOGARITHMIC, losses)
        .panel(
            "singular values of the product",
            xLabel,
            "singular values",
            Scale.LINEAR,
            modes(trajectories.values().iterator().next(), target));
  }

  private static double lastTime(Map<String, Trajectory> trajectories) {
    return trajectories.values().stream()
        .flatMap(trajectory -> trajectory.points().stream())
        .mapToDouble(TrajectoryPoint::time)
        .max()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "The training ended before the first point that was asked for; there is nothing"
                        + " to draw."));
  }

  private static List<Curve> curves(
      Map<String, Trajectory> trajectories, ToDoubleFunction<TrajectoryPoint> value) {
    List<Curve> curves = new ArrayList<>();
    for (Map.Entry<String, Trajectory> entry : trajectories.entrySet()) {
      List<TrajectoryPoint> points = entry.getValue().points();
      Curve curve =
          TheoryPlot.measured(
              entry.getKey(), numbers(points, TrajectoryPoint::time), numbers(points, value));
      curves.add(curve.wide(curve.width() + WIDER * curves.size()));
    }
    return curves;
  }

  /** Some of the singular values, from the largest to the smallest, and where they are to go. */
  private static List<Curve> modes(Trajectory trajectory, Target target) {
    double[] sigma = target.singularValues();
    List<TrajectoryPoint> points = trajectory.points();
    List<Double> times = numbers(points, TrajectoryPoint::time);
    int count = Math.min(MOST_MODES, sigma.length);
    List<Curve> curves = new ArrayList<>();
    for (int k = 0; k < count; k++) {
      int mode = count == 1 ? 0 : k * (sigma.length - 1) / (count - 1);
      curves.add(
          TheoryPlot.measured(
              "singular value " + (mode + 1),
              times,
              numbers(points, point -> point.singularValues().get(mode))));
    }
    for (int k = 0; k < count; k++) {
      int mode = count == 1 ? 0 : k * (sigma.length - 1) / (count - 1);
      curves.add(
          TheoryPlot.predicted(
              "of the target", times, Collections.nCopies(times.size(), sigma[mode])));
    }
    return curves;
  }

  /** The closed form of the flow, if there is one, over times stretched by a factor. */
  private static Optional<Curve> flow(Problem problem, double end, double stretch) {
    return flowLoss(problem)
        .map(loss -> predicted("gradient flow, closed form", end, stretch, loss));
  }

  private static Curve predicted(
      String name, double end, double stretch, ToDoubleFunction<Double> value) {
    List<Double> times =
        IntStream.rangeClosed(0, PREDICTED_POINTS)
            .mapToObj(i -> end * i / PREDICTED_POINTS)
            .toList();
    return TheoryPlot.predicted(
        name,
        times.stream().map(t -> t * stretch).toList(),
        times.stream().map(value::applyAsDouble).toList());
  }

  private static Optional<ToDoubleFunction<Double>> flowLoss(Problem problem) {
    int depth = problem.depth();
    if (problem.initialization() instanceof Initialization.ZeroAsymmetric) {
      double[] sigma = problem.target().singularValues();
      return Optional.of(
          time ->
              sumOverDistinct(
                  sigma, s -> s == 0 ? 0 : new ZeroAsymmetricFlow(s, depth).loss(time)));
    }
    if (problem.initialization() instanceof Initialization.ScaledIdentity identity
        && identity.scale() == 1
        && problem.target().isNormal()) {
      double[][] lambda = new IdentityModes(problem.target(), depth).eigenvaluesOfTheTarget();
      return Optional.of(
          time ->
              Arrays.stream(lambda)
                  .mapToDouble( // an entry with an imaginary part stands for two eigenvalues
                      l -> (l[1] == 0 ? 1 : 2) * new IdentityFlow(l[0], l[1], depth).loss(time))
                  .sum());
    }
    return Optional.empty();
  }

  private static double sumOverDistinct(double[] values, ToDoubleFunction<Double> term) {
    Map<Double, Integer> counts = new TreeMap<>();
    DoubleStream.of(values).forEach(value -> counts.merge(value, 1, Integer::sum));
    return counts.entrySet().stream()
        .mapToDouble(entry -> entry.getValue() * term.applyAsDouble(entry.getKey()))
        .sum();
  }

  /** Figure 1: the way through the landscape of two numbers, and the loss over updates. */
  public static Path toySaddle(ToySaddle toy, Path file) throws IOException {
    List<Curve> ways =
        List.of(
            way("near the identity", toy.nearIdentity()), way("ZAS", toy.zeroAsymmetric()),
            hyperbola(0.35, 2.2), hyperbola(-2.2, -0.35));
    return new TheoryPlot("w₂w₁ is to be −1; learning rate " + number(toy.learningRate()))
        .panel("the way of (w₁, w₂)", "w₁", "w₂", Scale.LINEAR, ways)
        .panel(
            "loss",
            "iteration",
            "R = ½(w₂w₁ + 1)²",
            Scale.LOGARITHMIC,
            List.of(
                losses("near the identity", toy.nearIdentity()),
                losses("ZAS", toy.zeroAsymmetric())))
        .write(file);
  }

  private static Curve way(String name, ToySaddle.Path path) {
    return TheoryPlot.measured(
        name, numbers(path.weights(), w -> w[0]), numbers(path.weights(), w -> w[1]));
  }

  private static Curve hyperbola(double from, double to) {
    List<Double> x =
        IntStream.rangeClosed(0, PREDICTED_POINTS)
            .mapToObj(i -> from + (to - from) * i / PREDICTED_POINTS)
            .toList();
    return TheoryPlot.predicted("minima w₂w₁ = −1", x, x.stream().map(w -> -1 / w).toList());
  }

  private static Curve losses(String name, ToySaddle.Path path) {
    return TheoryPlot.measured(
        name,
        IntStream.range(0, path.losses().size()).mapToObj(t -> (double) t).toList(),
        path.losses());
  }

  /**
   * Figure 2: updates to R ≤ ε at the best rate of each depth, beside what (B.5) says for that
   * rate.
   *
   * <pre>
   *   N ≈ √(π/2) K(σ_1)/(c σ_d √L) + K(σ_1)/K(σ_d) · ln √(σ_d²/2ε)/c,   η = c/K(σ_1)      (B.5)
   * </pre>
   */
  public static Path depthScaling(Target target, DepthScaling scaling, double epsilon, Path file)
      throws IOException {
    double[] sigma = target.singularValues();
    List<DepthScaling.Row> rows = scaling.rows();
    List<Double> depths = numbers(rows, DepthScaling.Row::depth);
    List<Curve> counts = new ArrayList<>();
    counts.add(
        TheoryPlot.measured(
            String.format(Locale.ROOT, "gradient descent, N ~ L^%.2f", scaling.exponent()),
            depths,
            numbers(rows, DepthScaling.Row::iterations)));
    if (sigma[sigma.length - 1] > 0) {
      counts.add(
          TheoryPlot.predicted(
              "predicted at large depth",
              depths,
              numbers(rows, row -> countAt(row, sigma, epsilon))));
    }
    return new TheoryPlot(target.name() + " from zas, R ≤ " + number(epsilon))
        .depthPanel("", "iterations N", Scale.LOGARITHMIC, counts)
        .depthPanel(
            "",
            "learning rate",
            Scale.LOGARITHMIC,
            List.of(
                TheoryPlot.measured(
                    "best rate", depths, numbers(rows, DepthScaling.Row::learningRate)),
                TheoryPlot.predicted(
                    "stable below 2/K",
                    depths,
                    numbers(rows, DepthScaling.Row::stableLearningRate))))
        .write(file);
  }

  private static double countAt(DepthScaling.Row row, double[] sigma, double epsilon) {
    Sharpness largest = Sharpness.of(sigma[0], row.depth());
    Sharpness least = Sharpness.of(sigma[sigma.length - 1], row.depth());
    double c = row.learningRate() * largest.sharpness();
    double decades = Math.log(Math.sqrt(least.sigma() * least.sigma() / (2 * epsilon)));
    return largest.sharpness() * least.escapeTimeAtLargeDepth() / c
        + largest.sharpness() / least.sharpness() * Math.max(0, decades) / c;
  }

  /** Figure 3: loss and gradient norm of every run, and of ZAS. */
  public static Path escape(SaddleEscape escape, Path file) throws IOException {
    List<Curve> losses = new ArrayList<>();
    List<Curve> norms = new ArrayList<>();
    addRun("ZAS", escape.zeroAsymmetric(), losses, norms);
    for (int i = 0; i < escape.runs().size(); i++) {
      SaddleEscape.Run run = escape.runs().get(i);
      String outcome = run.escaped() ? "escapes" : "stays";
      addRun("near the identity " + (i + 1) + ", " + outcome, run, losses, norms);
    }
    losses.add(
        TheoryPlot.predicted(
            "one direction not learnt, R = ½",
            List.of(0.0, (double) SaddleEscape.ITERATIONS),
            List.of(0.5, 0.5)));
    return new TheoryPlot(
            String.format("−I of dimension %d, depth %d", escape.dimension(), SaddleEscape.DEPTH))
        .panel("", "iteration", "loss R", Scale.LOGARITHMIC, losses)
        .panel("", "iteration", "gradient norm", Scale.LOGARITHMIC, norms)
        .write(file);
  }

  private static void addRun(
      String name, SaddleEscape.Run run, List<Curve> losses, List<Curve> norms) {
    List<Double> times = numbers(run.samples(), SaddleEscape.Sample::iteration);
    losses.add(TheoryPlot.measured(name, times, numbers(run.samples(), SaddleEscape.Sample::loss)));
    norms.add(
        TheoryPlot.measured(
            name, times, numbers(run.samples(), SaddleEscape.Sample::gradientNorm)));
  }

  /** Escape times of one-dimensional networks over depth, beside those of ZAS in closed form. */
  public static Path shamir(List<Shamir.Escape> escapes, Path file) throws IOException {
    List<Shamir.Escape> reached =
        escapes.stream().filter(escape -> Double.isFinite(escape.time())).toList();
    List<Curve> curves = new ArrayList<>();
    addEscapes("sd 0.1", reached.stream().filter(e -> e.sd() == 0.1).toList(), curves);
    addEscapes("sd 1/L", reached.stream().filter(e -> e.sd() == 1.0 / e.depth()).toList(), curves);
    List<Double> depths =
        escapes.stream().map(escape -> (double) escape.depth()).distinct().sorted().toList();
    curves.add(
        TheoryPlot.predicted(
            "ZAS, closed form", depths, depths.stream().map(Figures::zasTime).toList()));
    return new TheoryPlot("Time of the gradient flow from 1 to −1, R ≤ " + Shamir.EPSILON)
        .panel("", "depth L", "time", Scale.LOGARITHMIC, curves)
        .write(file);
  }

  private static void addEscapes(String from, List<Shamir.Escape> escapes, List<Curve> curves) {
    if (!escapes.isEmpty()) {
      curves.add(
          TheoryPlot.measured(
              "near the identity, " + from,
              numbers(escapes, Shamir.Escape::depth),
              numbers(escapes, Shamir.Escape::time)));
    }
  }

  /** When ZAS has R ≤ ε of Shamir's target: the singular value has reached 1 − √(2ε). */
  private static double zasTime(double depth) {
    return new ZeroAsymmetricFlow(1, (int) depth).timeOf(1 - Math.sqrt(2 * Shamir.EPSILON));
  }

  private static <T> List<Double> numbers(List<T> rows, ToDoubleFunction<T> value) {
    return rows.stream().map(row -> value.applyAsDouble(row)).toList();
  }

  private static String number(double value) {
    return new BigDecimal(value).round(new MathContext(4)).stripTrailingZeros().toString();
  }
}
