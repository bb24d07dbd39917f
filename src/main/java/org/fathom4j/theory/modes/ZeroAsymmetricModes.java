package org.fathom4j.theory.modes;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.fathom4j.theory.descent.CurvatureBound;
import org.fathom4j.theory.linear.InvalidProblemException;
import org.fathom4j.theory.linear.LinearNetwork;
import org.fathom4j.theory.linear.SingularValues;
import org.fathom4j.theory.linear.Target;

/**
 * The exact reduction of ZAS, for every target Φ = U diag(σ) Vᵀ and every sequence of steps.
 *
 * <pre>
 *   W_1 = … = W_{L−1} = V diag(s) Vᵀ,   W_L = U diag(p) Vᵀ                                (B.1)
 *   e_i = p_i s_i^{L−1} − σ_i,   R = ½ Σ e_i²
 *   s_i ← s_i − η p_i e_i s_i^{L−2},   p_i ← p_i − η e_i s_i^{L−1};   s(0) = 1, p(0) = 0  (B.2)
 * </pre>
 *
 * <p>Kept is a = s − 1 and s^n = exp(n log1p(a)): with s itself, s^{L−1} would be wrong by L·1e-16,
 * which at depth 10^6 shows in the tenth digit of R. So the loss depends on Φ through its singular
 * values alone; −I, I and every orthogonal target are one problem.
 *
 * @see <a href="https://arxiv.org/abs/1911.00645">Wu, Wang &amp; Ma 2019, initialization (3.1)</a>
 */
public final class ZeroAsymmetricModes implements Modes {

  /** Beyond s^{L−1} = e^300 a mode is lost: its squares would overflow. */
  private static final double LARGEST_LOG_POWER = 300;

  private final int depth;
  private final double[] sigma;
  private final DMatrixRMaj left; // U
  private final DMatrixRMaj right; // V
  private final double[] a;
  private final double[] p;
  private final double[] power; // s^{L−2} of the present moment
  private final double[] error; // e of the present moment
  private double[] velocityOfA = {};
  private double[] velocityOfP = {};
  private double loss;

  /**
   * The modes of a target given by its singular values, with U = V = I.
   *
   * @param sigma not negative
   */
  public ZeroAsymmetricModes(double[] sigma, int depth) {
    this(sigma, identity(sigma.length), identity(sigma.length), depth);
  }

  /** The modes of a target at the start of training. */
  public ZeroAsymmetricModes(Target target, int depth) {
    this(
        target.singularValues(),
        target.leftSingularVectors(),
        target.rightSingularVectors(),
        depth);
  }

  private ZeroAsymmetricModes(double[] sigma, DMatrixRMaj left, DMatrixRMaj right, int depth) {
    LinearNetwork.requireDepth(depth);
    if (sigma.length == 0) {
      throw new InvalidProblemException("A target has at least one singular value.");
    }
    for (double value : sigma) {
      if (!(value >= 0) || Double.isInfinite(value)) {
        throw new InvalidProblemException(
            "A singular value is " + value + "; singular values are finite and not negative.");
      }
    }
    this.depth = depth;
    this.sigma = sigma.clone();
    this.left = left;
    this.right = right;
    this.a = new double[sigma.length];
    this.p = new double[sigma.length];
    this.power = new double[sigma.length];
    this.error = new double[sigma.length];
    look();
  }

  private static DMatrixRMaj identity(int dimension) {
    return CommonOps_DDRM.identity(dimension);
  }

  @Override
  public int depth() {
    return depth;
  }

  /** a_i = s_i − 1, in the order of the singular values of the target. */
  public double[] deviations() {
    return a.clone();
  }

  /** p_i. */
  public double[] top() {
    return p.clone();
  }

  @Override
  public double loss() {
    return loss;
  }

  @Override
  public void step(double learningRate, double momentum) {
    if (momentum != 0 && velocityOfA.length == 0) {
      velocityOfA = new double[a.length];
      velocityOfP = new double[a.length];
    }
    for (int i = 0; i < a.length; i++) {
      double k = learningRate * error[i] * power[i];
      double changeOfA = depth == 1 ? 0 : -k * p[i]; // no hidden layers at depth 1
      double changeOfP = -k * (1 + a[i]);
      if (momentum != 0) {
        changeOfA = velocityOfA[i] = momentum * velocityOfA[i] + changeOfA;
        changeOfP = velocityOfP[i] = momentum * velocityOfP[i] + changeOfP;
      }
      a[i] += changeOfA;
      p[i] += changeOfP;
    }
    look();
  }

  /** s^{L−2}, e and R of the present moment. */
  private void look() {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      double s = 1 + a[i];
      // In the stable range a ≥ 0; large steps can push s to 0 and beyond.
      double logarithm = a[i] > -0.5 ? Math.log1p(a[i]) : Math.log(Math.abs(s));
      if (depth < 3) { // at depth 1 the power is s^{-1}, of s = 1
        power[i] = 1;
      } else if ((depth - 1) * logarithm > LARGEST_LOG_POWER) {
        power[i] = Double.NaN;
      } else {
        double magnitude = Math.exp((depth - 2) * logarithm);
        power[i] = s < 0 && depth % 2 != 0 ? -magnitude : magnitude;
      }
      error[i] = p[i] * power[i] * s - sigma[i];
      sum += error[i] * error[i];
    }
    loss = sum / 2;
  }

  @Override
  public double safeLearningRate() {
    double largest = 0;
    for (int i = 0; i < a.length; i++) {
      double hidden = depth == 1 ? 0 : Math.abs(1 + a[i]);
      largest = Math.max(largest, Math.max(hidden, Math.abs(p[i])));
    }
    return CurvatureBound.safeLearningRate(largest, depth, loss);
  }

  @Override
  public double[] singularValues() {
    double[] values = new double[a.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.abs(p[i] * power[i] * (1 + a[i]));
    }
    Arrays.sort(values);
    for (int i = 0; i < values.length / 2; i++) {
      double swap = values[i];
      values[i] = values[values.length - 1 - i];
      values[values.length - 1 - i] = swap;
    }
    return values;
  }

  /** D_{L−1} = V diag(p² − s²) Vᵀ is all that moves; it began as −I (B.3). */
  @Override
  public double invariantDrift() {
    if (depth == 1) {
      return 0;
    }
    double[] drift = new double[a.length];
    for (int i = 0; i < drift.length; i++) {
      drift[i] = p[i] * p[i] - a[i] * (2 + a[i]);
    }
    return CommonOps_DDRM.elementMaxAbs(SingularValues.compose(right, drift, right));
  }

  /** The matrices (B.1). */
  @Override
  public LinearNetwork network() {
    LinearNetwork.Layer hidden =
        new LinearNetwork.Layer(SingularValues.compose(right, a, right), true);
    List<LinearNetwork.Layer> layers = new ArrayList<>(Collections.nCopies(depth - 1, hidden));
    layers.add(new LinearNetwork.Layer(SingularValues.compose(left, p, right), false));
    return new LinearNetwork(List.copyOf(layers));
  }

  @Override
  public ZeroAsymmetricModes copy() {
    ZeroAsymmetricModes copy = new ZeroAsymmetricModes(sigma, left, right, depth);
    System.arraycopy(a, 0, copy.a, 0, a.length);
    System.arraycopy(p, 0, copy.p, 0, p.length);
    copy.velocityOfA = velocityOfA.clone();
    copy.velocityOfP = velocityOfP.clone();
    copy.look();
    return copy;
  }
}
