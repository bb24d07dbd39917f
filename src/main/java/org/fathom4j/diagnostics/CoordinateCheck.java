package org.fathom4j.diagnostics;

import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.apache.commons.math3.stat.regression.SimpleRegression;
import org.fathom4j.record.DepthProfileRow;

/**
 * Norms against depth in the first iterations, in the manner of µP's coordinate check, which does
 * the same against width: where a scheme and its learning rate suit every depth, the curves are
 * flat.
 *
 * <pre>
 *   activation_norm   at z_L, which every block has added to
 *   gradient_norm     at z_0, which every block has passed back
 *   update_norm_*     √(mean over the recorded blocks of ‖ΔU_l‖²), likewise V and A
 * </pre>
 *
 * <p>A curve is flat if the slope of log norm against log depth, by least squares, is within
 * ±{@value #FLAT_SLOPE}, a factor of 2.5 over a hundredfold depth. A curve that is zero at every
 * depth, such as the gradients of a network whose readout starts at zero, is flat; one that is zero
 * or not finite at some depths only is not.
 *
 * @param curves ordered by metric and iteration
 * @see <a href="https://arxiv.org/abs/2203.03466">Yang, Hu et al. 2022, Tensor Programs V, appendix
 *     D.1</a>
 */
public record CoordinateCheck(List<Curve> curves) {

  /** The largest slope of log norm against log depth that still counts as flat. */
  public static final double FLAT_SLOPE = 0.2;

  private static final List<String> METRICS =
      List.of(
          "activation_norm", "gradient_norm", "update_norm_U", "update_norm_V", "update_norm_A");

  /**
   * One kind of norm at one iteration.
   *
   * @param metric as in {@link DepthProfile}
   * @param iteration the update, counted from 1
   * @param norms by depth, at least two; NaN where the networks did not get that far
   */
  public record Curve(String metric, int iteration, SortedMap<Integer, Double> norms) {

    public Curve {
      if (norms.size() < 2) {
        throw new IllegalArgumentException(
            "A curve against depth needs two depths, but there is only "
                + norms.keySet()
                + ". Give --depth at least two.");
      }
      norms = Collections.unmodifiableSortedMap(new TreeMap<>(norms));
    }

    /**
     * Exponent of a power law of depth, by least squares over the logarithms; 0 for a curve of
     * zeros, NaN where a norm is zero at some depths only or is not finite.
     */
    public double slope() {
      if (norms.values().stream().allMatch(norm -> norm == 0)) {
        return 0;
      }
      SimpleRegression line = new SimpleRegression();
      for (Map.Entry<Integer, Double> point : norms.entrySet()) {
        if (!(point.getValue() > 0) || Double.isInfinite(point.getValue())) {
          return Double.NaN;
        }
        line.addData(Math.log(point.getKey()), Math.log(point.getValue()));
      }
      return line.getSlope();
    }

    /** Whether the slope is within ±{@link #FLAT_SLOPE}. */
    public boolean isFlat() {
      return Math.abs(slope()) <= FLAT_SLOPE; // false for NaN
    }
  }

  public CoordinateCheck {
    curves = List.copyOf(curves);
  }

  /**
   * The check of one scheme.
   *
   * @param profiles by depth, one a seed: norms along depth, recorded at every iteration; norms of
   *     seeds are averaged
   * @param iterations how many there should be; a network that diverged before has fewer
   */
  public static CoordinateCheck of(
      SortedMap<Integer, List<List<DepthProfileRow>>> profiles, int iterations) {
    List<String> measured =
        METRICS.stream()
            .filter(
                metric ->
                    profiles.values().stream()
                        .flatMap(Collection::stream)
                        .flatMap(Collection::stream)
                        .anyMatch(row -> row.metric().equals(metric)))
            .toList();
    return new CoordinateCheck(
        measured.stream()
            .flatMap(
                metric ->
                    IntStream.rangeClosed(1, iterations)
                        .mapToObj(
                            iteration ->
                                new Curve(metric, iteration, norms(profiles, metric, iteration))))
            .toList());
  }

  private static SortedMap<Integer, Double> norms(
      SortedMap<Integer, List<List<DepthProfileRow>>> profiles, String metric, int iteration) {
    SortedMap<Integer, Double> norms = new TreeMap<>();
    ToDoubleFunction<List<DepthProfileRow>> norm = rows -> norm(rows, metric, iteration);
    profiles.forEach(
        (depth, seeds) ->
            norms.put(depth, seeds.stream().mapToDouble(norm).average().orElse(Double.NaN)));
    return norms;
  }

  /** One number of one profile; NaN if it was not recorded. */
  private static double norm(List<DepthProfileRow> profile, String metric, int iteration) {
    TreeMap<Integer, Double> byLayer = new TreeMap<>();
    for (DepthProfileRow row : profile) {
      if (row.metric().equals(metric) && row.iteration() == iteration) {
        byLayer.put(row.layer(), row.value());
      }
    }
    if (byLayer.isEmpty()) {
      return Double.NaN;
    }
    return switch (metric) {
      case "activation_norm" -> byLayer.lastEntry().getValue();
      case "gradient_norm" -> byLayer.firstEntry().getValue();
      default ->
          Math.sqrt(byLayer.values().stream().mapToDouble(v -> v * v).average().orElse(Double.NaN));
    };
  }

  /** The steepest slope of a metric over the iterations; NaN if one curve has none. */
  public double steepest(String metric) {
    double steepest = 0;
    for (Curve curve : curves) {
      if (curve.metric().equals(metric)) {
        double slope = curve.slope();
        if (Double.isNaN(slope)) {
          return slope;
        }
        steepest = Math.abs(slope) > Math.abs(steepest) ? slope : steepest;
      }
    }
    return steepest;
  }

  /** The metrics that were measured, in the order of this class's description. */
  public List<String> metrics() {
    return curves.stream().map(Curve::metric).distinct().toList();
  }

  /** Whether every curve of a metric is flat. */
  public boolean isFlat(String metric) {
    return curves.stream().filter(c -> c.metric().equals(metric)).allMatch(Curve::isFlat);
  }

  /** Whether activations and gradients are flat at every iteration. */
  public boolean isFlat() {
    return !curves.isEmpty() && isFlat("activation_norm") && isFlat("gradient_norm");
  }
}
