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
import org.fathom4j.theory.descent.Status;
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
import org.fathom4j.theory.modes.ReducedDynamics;
import org.fathom4j.theory.modes.Sharpness;

/**
 * The papers' figures from our own numbers: what was computed is solid, what was predicted dashed.
 *
 * <p>Every method writes a PNG and throws {@link IOException} if it cannot.
 *
 * @see <a href="https://arxiv.org/abs/1911.00645">Wu, Wang &amp; Ma 2019, figures 1 to 3</a>
 */
public final class Figures {

  /** Singular values of a picture. */
  static final int MOST_MODES = 4;

  /** Beside four curves of the loss there are colours for the first and the last only. */
  private static final int MODES_OF_A_COUNT = 2;

  private static final int PREDICTED_POINTS = 60;
  private static final int BISECTIONS = 20;

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
            modes(trajectories, problem.target()))
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
    return picture(problem.title(), "iteration", losses, modes(trajectories, problem.target()))
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
    return picture(problem.title(), "time t", losses, modes(trajectories, problem.target()))
        .panel(
            DRIFT,
            "time t",
            DRIFT_LABEL,
            Scale.LOGARITHMIC,
            curves(trajectories, TrajectoryPoint::invariantDrift))
        .write(file);
  }

  private static TheoryPlot picture(
      String title, String xLabel, List<Curve> losses, List<Curve> modes) {
    return new TheoryPlot(title)
        .panel("loss R", xLabel, "R = ½‖P − Φ‖²", Scale.LOGARITHMIC, losses)
        .panel("singular values of the product", xLabel, "singular values", Scale.LINEAR, modes);
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

  /**
   * The descent that a count of updates belongs to, beside the flow and beside the rate of the
   * slowest mode at the minimum.
   *
   * <pre>
   *   R(t + 1)/R(t) → max_i (1 − η K(σ_i))²,   K the sharpness where σ_i is learnt           (B.5)
   * </pre>
   *
   * <p>K is that of the flow's minimum. Gradient descent ends beside it, the farther the larger η:
   * for σ = (2, 1.2) at depth 20 the ratio is right to 0.1% at η = 0.3/K, to 8% at 1.8/K.
   *
   * @param sigma the singular values of the target
   * @param trajectory of ZAS, recorded up to where the count ended
   */
  public static Path count(
      double[] sigma,
      int depth,
      double learningRate,
      double epsilon,
      ReducedDynamics.Count count,
      Trajectory trajectory,
      Path file)
      throws IOException {
    double end = count.iterations();
    Map<String, Trajectory> trajectories = Map.of("gradient descent", trajectory);
    List<Curve> losses = curves(trajectories, TrajectoryPoint::loss);
    ToDoubleFunction<Double> flow = flowLoss(sigma, depth);
    losses.add(
        predicted(
            "gradient flow, closed form",
            timeDownTo(epsilon / 10, flow, end * learningRate),
            1 / learningRate,
            flow));
    if (count.status() == Status.CONVERGED) {
      if (count.stable()) {
        slowestMode(sigma, depth, learningRate, count).ifPresent(losses::add);
      }
      losses.add(
          TheoryPlot.marked(
              "N = " + count.iterations() + ", R ≤ " + number(epsilon),
              List.of(end),
              List.of(count.loss())));
    } else {
      losses.add(
          TheoryPlot.predicted(
              "ε = " + number(epsilon), List.of(0.0, end), List.of(epsilon, epsilon)));
    }
    return picture(
            "ZAS at depth "
                + depth
                + ", learning rate "
                + number(learningRate)
                + ", stable below "
                + number(count.stableLearningRate()),
            "iteration",
            losses,
            modes(trajectory, descending(sigma), MODES_OF_A_COUNT))
        .write(file);
  }

  /**
   * Backwards from the last loss over half of the updates, or until it is above the first; nothing
   * if that is less than an update.
   */
  private static Optional<Curve> slowestMode(
      double[] sigma, int depth, double learningRate, ReducedDynamics.Count count) {
    double contraction = contraction(sigma, depth, learningRate);
    double end = count.iterations();
    double startLoss = DoubleStream.of(sigma).map(s -> s * s / 2).sum();
    double whole = Math.log(startLoss / count.loss()) / (-2 * Math.log(contraction));
    double length = Math.min(end / 2, whole);
    if (!(length >= 1)) {
      return Optional.empty();
    }
    List<Double> times =
        IntStream.rangeClosed(0, PREDICTED_POINTS)
            .mapToObj(i -> end - length + length * i / PREDICTED_POINTS)
            .toList();
    return Optional.of(
        TheoryPlot.predicted(
            "slowest mode: " + number(contraction * contraction) + " of R left by an update",
            times,
            times.stream().map(t -> count.loss() * Math.pow(contraction, 2 * (t - end))).toList()));
  }

  /** max_i |1 − η K(σ_i)| over the singular values that there are to learn. */
  static double contraction(double[] sigma, int depth, double learningRate) {
    return DoubleStream.of(sigma)
        .filter(s -> s > 0)
        .map(s -> Math.abs(1 - learningRate * Sharpness.of(s, depth).sharpness()))
        .max()
        .orElse(0);
  }

  /** When a loss that falls has fallen so far, or the end if it has not by then. */
  private static double timeDownTo(double loss, ToDoubleFunction<Double> losses, double end) {
    double low = 0;
    double high = end;
    if (losses.applyAsDouble(end) < loss) {
      for (int i = 0; i < BISECTIONS; i++) {
        double middle = (low + high) / 2;
        if (losses.applyAsDouble(middle) < loss) {
          high = middle;
        } else {
          low = middle;
        }
      }
    }
    return high;
  }

  private static double[] descending(double[] values) {
    return DoubleStream.of(values).map(v -> -v).sorted().map(v -> -v).toArray();
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

  private static List<Curve> modes(Map<String, Trajectory> trajectories, Target target) {
    return modes(trajectories.values().iterator().next(), target.singularValues(), MOST_MODES);
  }

  private static List<Curve> modes(Trajectory trajectory, double[] sigma, int most) {
    List<TrajectoryPoint> points = trajectory.points();
    return modes(
        numbers(points, TrajectoryPoint::time),
        points.stream().map(TrajectoryPoint::singularValues).toList(),
        sigma,
        most);
  }

  /**
   * Some of the singular values, from the largest to the smallest, and where they are to go.
   *
   * @param x time, or what stands for it
   * @param values for each x those of the product, descending
   * @param sigma those of the target, descending
   * @param most so many at the most
   */
  static List<Curve> modes(List<Double> x, List<List<Double>> values, double[] sigma, int most) {
    int count = Math.min(most, sigma.length);
    int[] shown =
        IntStream.range(0, count)
            .map(k -> count == 1 ? 0 : k * (sigma.length - 1) / (count - 1))
            .toArray();
    List<Curve> curves = new ArrayList<>();
    for (int mode : shown) {
      curves.add(
          TheoryPlot.measured(
              "singular value " + (mode + 1), x, numbers(values, each -> each.get(mode))));
    }
    for (int mode : shown) {
      curves.add(
          TheoryPlot.predicted("of the target", x, Collections.nCopies(x.size(), sigma[mode])));
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
      return Optional.of(flowLoss(problem.target().singularValues(), depth));
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

  /** R(t) of the flow from ZAS, in closed form. */
  private static ToDoubleFunction<Double> flowLoss(double[] sigma, int depth) {
    return time ->
        sumOverDistinct(sigma, s -> s == 0 ? 0 : new ZeroAsymmetricFlow(s, depth).loss(time));
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
   * rate; those that full matrices confirmed have a ring.
   *
   * <pre>
   *   N ≈ √(π/2) K(σ_1)/(c σ_d √L) + K(σ_1)/K(σ_d) · ln √(σ_d²/2ε)/c,   η = c/K(σ_1)      (B.5)
   * </pre>
   *
   * @param scalings one a target
   */
  public static Path depthScaling(List<ConfirmedScaling> scalings, double epsilon, Path file)
      throws IOException {
    List<Curve> counts = new ArrayList<>();
    List<Curve> rates = new ArrayList<>();
    for (ConfirmedScaling each : scalings) {
      List<DepthScaling.Row> rows = each.scaling().rows();
      String name = name(each);
      boolean covered =
          scalings.subList(0, counts.size()).stream().anyMatch(other -> covers(other, each));
      double width = covered ? WIDER : 0;
      Curve count = overDepth(TheoryPlot::measured, name, rows, DepthScaling.Row::iterations);
      Curve rate = overDepth(TheoryPlot::measured, name, rows, DepthScaling.Row::learningRate);
      counts.add(count.wide(count.width() + width));
      rates.add(rate.wide(rate.width() + width));
    }
    for (ConfirmedScaling each : scalings) {
      List<DepthScaling.Row> rows = each.scaling().rows();
      double[] sigma = each.target().singularValues();
      if (sigma[sigma.length - 1] > 0) {
        counts.add(
            overDepth(
                TheoryPlot::predicted,
                "predicted for large depth",
                rows,
                row -> countAt(row, sigma, epsilon)));
      }
      rates.add(
          overDepth(
              TheoryPlot::predicted,
              "stable below 2/K",
              rows,
              DepthScaling.Row::stableLearningRate));
      List<DepthScaling.Row> confirmed = rows.stream().filter(each::agrees).toList();
      if (!confirmed.isEmpty()) {
        counts.add(
            overDepth(
                TheoryPlot::marked,
                "the same count by full matrices",
                confirmed,
                DepthScaling.Row::iterations));
      }
    }
    return new TheoryPlot("ZAS: updates to R ≤ " + number(epsilon) + " against depth")
        .depthPanel("", "iterations N", Scale.LOGARITHMIC, counts)
        .depthPanel("", "best learning rate", Scale.LOGARITHMIC, rates)
        .write(file);
  }

  /**
   * Whether the curve of one target lies on that of another, as those of −I in any dimension do.
   */
  private static boolean covers(ConfirmedScaling one, ConfirmedScaling other) {
    List<DepthScaling.Row> rows = one.scaling().rows();
    return IntStream.range(0, rows.size())
        .allMatch(
            i -> {
              double ratio =
                  (double) other.scaling().rows().get(i).iterations() / rows.get(i).iterations();
              return Math.abs(Math.log(ratio)) < 0.2;
            });
  }

  private static String name(ConfirmedScaling scaling) {
    double exponent = scaling.scaling().exponent();
    return scaling.target().name()
        + (Double.isFinite(exponent) ? String.format(Locale.ROOT, ", N ~ L^%.2f", exponent) : "");
  }

  /** Makes a curve of its name and points. */
  @FunctionalInterface
  private interface CurveOf {
    Curve of(String name, List<Double> x, List<Double> y);
  }

  private static Curve overDepth(
      CurveOf kind,
      String name,
      List<DepthScaling.Row> rows,
      ToDoubleFunction<DepthScaling.Row> value) {
    return kind.of(name, numbers(rows, DepthScaling.Row::depth), numbers(rows, value));
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

  /**
   * K of a singular value against depth, and the largest learning rate that is stable there, exact
   * and as the law of large depth has them.
   *
   * @param asked the depth that is marked
   */
  public static Path sharpness(Sharpness asked, Path file) throws IOException {
    List<Double> depths = depthsAround(asked.depth());
    List<Sharpness> exact =
        depths.stream().map(depth -> Sharpness.of(asked.sigma(), depth.intValue())).toList();
    List<Sharpness> large = exact.stream().filter(each -> each.atLargeDepth() > 0).toList();
    List<Double> largeDepths = numbers(large, Sharpness::depth);
    List<Double> here = List.of((double) asked.depth());
    String marked =
        "depth "
            + asked.depth()
            + ": K = "
            + number(asked.sharpness())
            + ", 2/K = "
            + number(asked.stableLearningRate());
    List<Curve> sharpness = new ArrayList<>();
    List<Curve> rates = new ArrayList<>();
    sharpness.add(TheoryPlot.measured("exact", depths, numbers(exact, Sharpness::sharpness)));
    rates.add(TheoryPlot.measured("exact", depths, numbers(exact, Sharpness::stableLearningRate)));
    if (!large.isEmpty()) {
      String law = "K = (L−1)σ²(1 + 1/w), large L";
      sharpness.add(
          TheoryPlot.predicted(law, largeDepths, numbers(large, Sharpness::atLargeDepth)));
      rates.add(
          TheoryPlot.predicted(law, largeDepths, numbers(large, each -> 2 / each.atLargeDepth())));
    }
    sharpness.add(TheoryPlot.marked(marked, here, List.of(asked.sharpness())));
    rates.add(TheoryPlot.marked(marked, here, List.of(asked.stableLearningRate())));
    return new TheoryPlot("The minimum that ZAS reaches, σ = " + number(asked.sigma()))
        .depthPanel("", "sharpness K", Scale.LOGARITHMIC, sharpness)
        .depthPanel("", "stable learning rate 2/K", Scale.LOGARITHMIC, rates)
        .write(file);
  }

  /** Whole numbers from 1 to ten times a depth, evenly spaced by their logarithms. */
  private static List<Double> depthsAround(int depth) {
    double decades = Math.log10(Math.min(Integer.MAX_VALUE, Math.max(1000, 10.0 * depth)));
    return IntStream.rangeClosed(0, PREDICTED_POINTS)
        .mapToObj(i -> (double) Math.round(Math.pow(10, decades * i / PREDICTED_POINTS)))
        .distinct()
        .toList();
  }

  static <T> List<Double> numbers(List<T> rows, ToDoubleFunction<T> value) {
    return rows.stream().map(row -> value.applyAsDouble(row)).toList();
  }

  static String number(double value) {
    return new BigDecimal(value)
        .round(new MathContext(4))
        .stripTrailingZeros()
        .toString()
        .replace('E', 'e');
  }
}
