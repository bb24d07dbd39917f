package org.fathom4j.theory.landscape;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.fathom4j.theory.linear.InvalidProblemException;
import org.fathom4j.theory.linear.LinearNetwork;
import org.fathom4j.theory.linear.SingularValues;
import org.fathom4j.theory.linear.Target;

/**
 * The critical points of R = ½‖W_L ⋯ W_1 − Φ‖_F²: which losses gradient descent can get stuck near,
 * and how steeply it leaves them.
 *
 * <pre>
 *   critical values   {½ Σ_{i ∈ I} s_i² : I ⊆ {1, …, d}},   I the modes that are not learnt, L ≥ 2
 *   the balanced one  W_1 = W Vᵀ, W_l = W, W_L = U W with W = diag(w), w_i = s_i^{1/L} or 0 if i ∈ I
 *   its Hessian's least eigenvalue, the minimum of 0 and
 *     −s_i                            i ∈ I                      L = 2
 *     s_k^{1−2/L} (s_k − s_i)         i ∈ I, k learnt            L ≥ 2
 * </pre>
 *
 * <p>A learnt mode beside a larger one that is not makes a strict saddle; for L ≥ 3 the others are
 * degenerate saddles, flat to second order. All local minima are global. Derivation of the
 * eigenvalues: the second derivative at the balanced point splits into pairs of entries (i, k) of
 * D_L and (k, i) of D_1 with the form w_k^{2L−2}(x² + y²) − 2 s_i w_k^{L−2} x y.
 *
 * <p>The theorem asks for a target of full rank with distinct singular values ({@link #isGeneric});
 * the values above are critical for every target.
 *
 * @see <a href="https://arxiv.org/abs/1811.03568">Chitour, Liao &amp; Couillet, A geometric
 *     approach of gradient descent algorithms in linear neural networks, 2018; slides of 2020</a>
 */
public final class Landscape {

  /** 2^d subsets: a million of them at most. */
  private static final int LARGEST_DIMENSION = 20;

  /** Singular values, and sums of their squares, that differ by less than this part are equal. */
  private static final double ROUNDING = 1e-12;

  private final Target target;
  private final int depth;
  private final double[] s;

  /** What kind of critical point it is. */
  public enum Kind {
    /** R = 0. */
    GLOBAL_MINIMUM,
    /** There is a direction of negative curvature. */
    STRICT_SADDLE,
    /** A saddle whose Hessian has no negative eigenvalue. */
    DEGENERATE_SADDLE
  }

  /**
   * The balanced critical point of a set of modes.
   *
   * @param unlearned I: positions in the descending singular values, from 0
   * @param value R = ½ Σ_{i ∈ I} s_i²
   * @param rank of the product
   * @param hessianMinimum the least eigenvalue of the Hessian
   * @param kind what follows
   */
  public record CriticalPoint(
      List<Integer> unlearned, double value, int rank, double hessianMinimum, Kind kind) {

    public CriticalPoint {
      unlearned = List.copyOf(unlearned);
    }
  }

  /**
   * The landscape of a target at a depth.
   *
   * @param target of dimension at most 20
   * @param depth L, at least 1; with L = 1 the only critical point is the minimum
   */
  public Landscape(Target target, int depth) {
    LinearNetwork.requireDepth(depth);
    requireDimension(target.dimension());
    this.target = target;
    this.depth = depth;
    this.s = target.singularValues();
  }

  private static void requireDimension(int dimension) {
    if (dimension > LARGEST_DIMENSION) {
      throw new InvalidProblemException(
          String.format(
              "The landscape of dimension %d has up to 2^%d critical values; at most dimension %d is"
                  + " listed.",
              dimension, dimension, LARGEST_DIMENSION));
    }
  }

  /** All critical values of R at depth 2 and more, ascending, each once. */
  public static double[] criticalValues(double... singularValues) {
    requireDimension(singularValues.length);
    double[] sums = new double[1 << singularValues.length];
    for (int set = 1; set < sums.length; set++) {
      int first = Integer.numberOfTrailingZeros(set);
      sums[set] = sums[set & (set - 1)] + singularValues[first] * singularValues[first] / 2;
    }
    Arrays.sort(sums);
    double tolerance = ROUNDING * sums[sums.length - 1];
    int distinct = 1;
    for (double sum : sums) {
      if (sum > sums[distinct - 1] + tolerance) {
        sums[distinct++] = sum;
      }
    }
    return Arrays.copyOf(sums, distinct);
  }

  /** All critical values of R at this depth, ascending, each once. */
  public double[] criticalValues() {
    return depth == 1 ? new double[] {0} : criticalValues(s);
  }

  /** Whether Φ has full rank and distinct singular values. */
  public boolean isGeneric() {
    for (int i = 0; i < s.length; i++) {
      double below = i + 1 < s.length ? s[i + 1] : 0;
      if (s[i] - below <= ROUNDING * s[0]) {
        return false;
      }
    }
    return true;
  }

  /** One balanced critical point for every set of modes, in the order of their values. */
  public List<CriticalPoint> criticalPoints() {
    if (depth == 1) {
      return List.of(new CriticalPoint(List.of(), 0, rankWithout(0), 1, Kind.GLOBAL_MINIMUM));
    }
    List<CriticalPoint> points = new ArrayList<>();
    for (int set = 0; set < 1 << s.length; set++) {
      points.add(criticalPoint(set));
    }
    points.sort(Comparator.comparingDouble(CriticalPoint::value));
    return points;
  }

  private CriticalPoint criticalPoint(int set) {
    List<Integer> unlearned = new ArrayList<>();
    double value = 0;
    double curvature = 0;
    for (int i = 0; i < s.length; i++) {
      if (isIn(set, i)) {
        unlearned.add(i);
        value += s[i] * s[i] / 2;
        curvature = Math.min(curvature, leastCurvature(set, i));
      }
    }
    Kind kind =
        value == 0
            ? Kind.GLOBAL_MINIMUM
            : curvature < -ROUNDING * s[0] ? Kind.STRICT_SADDLE : Kind.DEGENERATE_SADDLE;
    return new CriticalPoint(unlearned, value, rankWithout(set), curvature, kind);
  }

  /** The least eigenvalue of the Hessian in the directions that begin to learn mode i. */
  private double leastCurvature(int set, int i) {
    double least = depth == 2 ? -s[i] : 0;
    for (int k = 0; k < s.length; k++) {
      if (!isIn(set, k) && s[k] > 0) {
        least = Math.min(least, Math.pow(s[k], 1 - 2.0 / depth) * (s[k] - s[i]));
      }
    }
    return least;
  }

  private int rankWithout(int set) {
    int rank = 0;
    for (int i = 0; i < s.length; i++) {
      if (!isIn(set, i) && s[i] > s.length * Math.ulp(s[0])) {
        rank++;
      }
    }
    return rank;
  }

  private static boolean isIn(int set, int mode) {
    return (set & 1 << mode) != 0;
  }

  /**
   * The balanced critical network that has learnt all modes but these.
   *
   * @param unlearned positions in the descending singular values, from 0
   */
  public LinearNetwork network(List<Integer> unlearned) {
    int d = s.length;
    for (int mode : unlearned) {
      if (mode < 0 || mode >= d) {
        throw new InvalidProblemException(
            String.format("There is no mode %d: those of %s are 0 to %d.", mode, target, d - 1));
      }
    }
    double[] w = new double[d];
    Arrays.setAll(w, i -> unlearned.contains(i) ? 0 : Math.pow(s[i], 1.0 / depth));
    DMatrixRMaj middle = CommonOps_DDRM.diag(w);
    if (depth == 1) {
      if (!unlearned.isEmpty()) {
        throw new InvalidProblemException(
            "With one layer the only critical point has learnt all modes, but "
                + unlearned
                + " are to be left out.");
      }
      return LinearNetwork.general(List.of(target.matrix()));
    }
    DMatrixRMaj first = new DMatrixRMaj(d, d);
    CommonOps_DDRM.multTransB(middle, target.rightSingularVectors(), first);
    DMatrixRMaj last = new DMatrixRMaj(d, d);
    CommonOps_DDRM.mult(target.leftSingularVectors(), middle, last);
    List<DMatrixRMaj> weights = new ArrayList<>();
    weights.add(first);
    for (int l = 2; l < depth; l++) {
      weights.add(middle);
    }
    weights.add(last);
    return LinearNetwork.general(weights);
  }

  /**
   * What ranks say of a critical point with R > 0.
   *
   * @param inner rank of W_{L−1} ⋯ W_2, d_1 if that is empty
   * @param upper rank of W_L ⋯ W_2
   */
  public record Ranks(int inner, int upper) {

    /** The Hessian has a negative eigenvalue if the inner rank is the larger. */
    public boolean proveNegativeCurvature() {
      return inner > upper;
    }
  }

  /** The ranks of the products of a network of at least two layers. */
  public static Ranks ranks(LinearNetwork network) {
    if (network.depth() < 2) {
      throw new InvalidProblemException(
          "A network of one layer has no saddles; ranks are told from depth 2.");
    }
    DMatrixRMaj product = CommonOps_DDRM.identity(network.layer(1).outputs());
    int inner = 0;
    for (int l = 2; l <= network.depth(); l++) {
      inner = l == network.depth() ? rank(product) : inner;
      product = network.layer(l).apply(product);
    }
    return new Ranks(inner, rank(product));
  }

  private static int rank(DMatrixRMaj matrix) {
    double[] values = SingularValues.of(matrix).values();
    double tolerance = Math.max(matrix.numRows, matrix.numCols) * Math.ulp(values[0]);
    return (int) Arrays.stream(values).filter(value -> value > tolerance).count();
  }
}
