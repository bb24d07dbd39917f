package org.fathom4j.theory.landscape;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.fathom4j.theory.linear.Eigenvalues;
import org.fathom4j.theory.linear.LinearNetwork;
import org.fathom4j.theory.linear.PortableRandom;
import org.fathom4j.theory.linear.SingularValues;
import org.fathom4j.theory.linear.Target;

/**
 * Notices when a training stands still at a saddle, and says at which.
 *
 * <pre>
 *   ρ = Σ_l ‖G_l‖_F² / (2R)              at least 1 on the way of ZAS; near 0 at a critical point with R > 0
 *   c_i = u_iᵀ P v_i / σ_i               how much of singular mode i is learnt; unlearnt below ½
 *   R_I = ½ Σ_{i ∈ I} σ_i²               the critical value of the unlearnt set I
 * </pre>
 *
 * <p>A plateau begins when ρ is below 1e-2 at five checks in a row, and ends when ρ is above 1e-1.
 * Its report has the least eigenvalue of the Hessian: clearly negative at a strict saddle, which
 * gradient descent leaves in the end, near 0 at a degenerate one.
 *
 * <p>Not thread-safe.
 *
 * @see <a href="https://arxiv.org/abs/1911.00645">Wu, Wang &amp; Ma 2019</a>, whose theorem 4.1
 *     rests on ρ ≥ 1
 */
public final class SaddleDetector {

  /** At or below this R a training has converged. */
  public static final double CONVERGED_LOSS = 1e-8;

  /** A plateau begins where ρ falls below this, … */
  public static final double PLATEAU_RATIO = 1e-2;

  /** … and ends where it rises above this. */
  public static final double LEAVING_RATIO = 10 * PLATEAU_RATIO;

  private static final int CHECKS_IN_A_ROW = 5;
  private static final double STRICT = -1e-6;
  private static final double RANK_TOLERANCE = 1e-6;

  private final Target target;
  private int slowChecks;
  private boolean onPlateau;

  public SaddleDetector(Target target) {
    this.target = target;
  }

  /** Where a training is. */
  public enum Phase {
    MOVING,
    PLATEAU,
    CONVERGED
  }

  /** What kind of saddle. */
  public enum Kind {
    /** The Hessian has a negative eigenvalue. */
    STRICT,
    /** It has none, to 1e-6. */
    DEGENERATE
  }

  /**
   * A check.
   *
   * @param iteration the update
   * @param loss R
   * @param ratio ρ
   * @param phase where the training is
   * @param saddle on a plateau, which saddle it is near
   */
  public record Check(
      long iteration, double loss, double ratio, Phase phase, Optional<Saddle> saddle) {}

  /**
   * The saddle near a point.
   *
   * @param unlearned the indices, from 0, of the singular values not learnt, in the order of the
   *     target's
   * @param criticalValue R_I
   * @param distance |R − R_I| / R
   * @param rank of the product P
   * @param leastEigenvalue of the Hessian
   */
  public record Saddle(
      List<Integer> unlearned,
      double criticalValue,
      double distance,
      int rank,
      double leastEigenvalue) {

    public Saddle {
      unlearned = List.copyOf(unlearned);
    }

    public Kind kind() {
      return leastEigenvalue < STRICT ? Kind.STRICT : Kind.DEGENERATE;
    }
  }

  /** Looks at the network of an update; costs a gradient, and on a plateau some hundred. */
  public Check check(long iteration, LinearNetwork network) {
    LinearNetwork.Gradients gradients = network.gradients(target);
    double loss = gradients.loss();
    double ratio = ratio(gradients);
    if (loss <= CONVERGED_LOSS) {
      onPlateau = false;
      slowChecks = 0;
      return new Check(iteration, loss, ratio, Phase.CONVERGED, Optional.empty());
    }
    slowChecks = ratio < PLATEAU_RATIO ? slowChecks + 1 : 0;
    onPlateau = onPlateau ? ratio < LEAVING_RATIO : slowChecks >= CHECKS_IN_A_ROW;
    return onPlateau
        ? new Check(iteration, loss, ratio, Phase.PLATEAU, Optional.of(near(network)))
        : new Check(iteration, loss, ratio, Phase.MOVING, Optional.empty());
  }

  /**
   * ρ = Σ_l ‖G_l‖_F² / (2R), the constant of the Polyak–Łojasiewicz inequality here; NaN at R = 0.
   */
  public static double ratio(LinearNetwork.Gradients gradients) {
    return gradients.squaredNorm() / (2 * gradients.loss());
  }

  /** The saddle that a network is nearest to, whether it stands still there or not. */
  public Saddle near(LinearNetwork network) {
    DMatrixRMaj product = network.product();
    double[] sigma = target.singularValues();
    DMatrixRMaj left = target.leftSingularVectors();
    DMatrixRMaj right = target.rightSingularVectors();
    DMatrixRMaj turned = new DMatrixRMaj(sigma.length, sigma.length);
    DMatrixRMaj inModes = new DMatrixRMaj(sigma.length, sigma.length); // Uᵀ P V
    CommonOps_DDRM.multTransA(left, product, turned);
    CommonOps_DDRM.mult(turned, right, inModes);
    List<Integer> unlearned = new ArrayList<>();
    double criticalValue = 0;
    for (int i = 0; i < sigma.length; i++) {
      if (sigma[i] > 0 && inModes.get(i, i) < sigma[i] / 2) {
        unlearned.add(i);
        criticalValue += sigma[i] * sigma[i] / 2;
      }
    }
    double loss = network.loss(target);
    double[] values = SingularValues.of(product).values();
    int rank = 0;
    while (rank < values.length && values[rank] > RANK_TOLERANCE * Math.max(1, sigma[0])) {
      rank++;
    }
    return new Saddle(
        unlearned,
        criticalValue,
        Math.abs(loss - criticalValue) / loss,
        rank,
        leastEigenvalue(network));
  }

  /**
   * The least eigenvalue of the Hessian of R over all layers, by Lanczos' method.
   *
   * <p>Products with the Hessian are central differences of gradients, H v = (∇R(W + hv) − ∇R(W −
   * hv)) / 2h with h = 1e-5 and ‖v‖ = 1, which are good to some 1e-10.
   */
  public double leastEigenvalue(LinearNetwork network) {
    return new Lanczos(network, target).leastEigenvalue();
  }

  /** Lanczos' method with full reorthogonalization: the vectors are few. */
  private static final class Lanczos {

    private static final double DIFFERENCE = 1e-5;
    private static final int MOST_VECTORS = 60;
    private static final double NOTHING_LEFT = 1e-9;
    private static final long SEED = 1_950; // of the start vector; the year of Lanczos' paper

    private final LinearNetwork network;
    private final Target target;
    private final double[] point;
    private final int dimension;

    Lanczos(LinearNetwork network, Target target) {
      this.network = network;
      this.target = target;
      this.point = network.toVector();
      this.dimension = point.length;
    }

    double leastEigenvalue() {
      List<double[]> basis = new ArrayList<>();
      List<Double> diagonal = new ArrayList<>();
      List<Double> offDiagonal = new ArrayList<>();
      PortableRandom random = new PortableRandom(SEED);
      double[] v = new double[dimension];
      for (int i = 0; i < dimension; i++) {
        v[i] = random.nextNormal();
      }
      scale(v, 1 / norm(v));
      while (true) {
        basis.add(v);
        double[] w = hessianTimes(v);
        diagonal.add(dot(v, w));
        for (int pass = 0; pass < 2; pass++) {
          for (double[] other : basis) {
            add(w, -dot(w, other), other);
          }
        }
        double rest = norm(w);
        if (rest < NOTHING_LEFT || basis.size() == Math.min(MOST_VECTORS, dimension)) {
          return leastOf(diagonal, offDiagonal);
        }
        offDiagonal.add(rest);
        scale(w, 1 / rest);
        v = w;
      }
    }

    private static double leastOf(List<Double> diagonal, List<Double> offDiagonal) {
      int n = diagonal.size();
      DMatrixRMaj tridiagonal = new DMatrixRMaj(n, n);
      for (int i = 0; i < n; i++) {
        tridiagonal.set(i, i, diagonal.get(i));
        if (i + 1 < n) {
          tridiagonal.set(i, i + 1, offDiagonal.get(i));
          tridiagonal.set(i + 1, i, offDiagonal.get(i));
        }
      }
      return Arrays.stream(Eigenvalues.of(tridiagonal).values()).min().orElseThrow();
    }

    private double[] hessianTimes(double[] v) {
      double[] above = gradient(v, DIFFERENCE);
      double[] below = gradient(v, -DIFFERENCE);
      for (int i = 0; i < dimension; i++) {
        above[i] = (above[i] - below[i]) / (2 * DIFFERENCE);
      }
      return above;
    }

    private double[] gradient(double[] v, double step) {
      double[] moved = point.clone();
      add(moved, step, v);
      return network.withVector(moved).gradients(target).toVector();
    }

    private static double dot(double[] a, double[] b) {
      double sum = 0;
      for (int i = 0; i < a.length; i++) {
        sum += a[i] * b[i];
      }
      return sum;
    }

    private static double norm(double[] a) {
      return Math.sqrt(dot(a, a));
    }

    private static void scale(double[] a, double factor) {
      for (int i = 0; i < a.length; i++) {
        a[i] *= factor;
      }
    }

    private static void add(double[] a, double factor, double[] b) {
      for (int i = 0; i < a.length; i++) {
        a[i] += factor * b[i];
      }
    }
  }
}
