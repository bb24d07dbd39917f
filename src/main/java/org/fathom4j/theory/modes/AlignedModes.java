package org.fathom4j.theory.modes;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.fathom4j.theory.descent.CurvatureBound;
import org.fathom4j.theory.linear.Initialization;
import org.fathom4j.theory.linear.InvalidProblemException;
import org.fathom4j.theory.linear.LinearNetwork;
import org.fathom4j.theory.linear.SingularValues;
import org.fathom4j.theory.linear.Target;

/**
 * The exact reduction of layers aligned with the target Φ = U diag(σ) Vᵀ: every singular mode is a
 * chain of L numbers that learns by itself.
 *
 * <pre>
 *   W_l = Q_l diag(s_l) Q_{l−1}ᵀ,  Q_0 = V, Q_L = U, the others I
 *   s_{l,i} ← s_{l,i} − η (u_i − σ_i) Π_{k≠l} s_{k,i},   u_i = Π_l s_{l,i},   R = ½ Σ (u_i − σ_i)²
 * </pre>
 *
 * <p>In one dimension every network is of this kind: Shamir's chain, whose target may be negative.
 * Products without one factor are prefixes times suffixes, not u/s, so that a factor may be 0.
 *
 * @see <a href="https://arxiv.org/abs/1312.6120">Saxe, McClelland &amp; Ganguli 2013</a>
 * @see <a href="https://arxiv.org/abs/1809.08587">Shamir 2018</a>
 */
public final class AlignedModes implements Modes {

  private final double[] sigma;
  private final DMatrixRMaj left;
  private final DMatrixRMaj right;
  private final double[][] start; // [L][d]
  private final double[][] s; // [L][d]
  private double[][] velocity = {};
  private double loss;

  private AlignedModes(
      double[] sigma, DMatrixRMaj left, DMatrixRMaj right, double[][] start, double[][] s) {
    this.sigma = sigma;
    this.left = left;
    this.right = right;
    this.start = start;
    this.s = s;
    look();
  }

  /** A chain of numbers w_1, …, w_L and one target number, of any sign. */
  public static AlignedModes chain(double target, double... weights) {
    requireFinite("The target of the chain", target);
    if (weights.length == 0) {
      throw new InvalidProblemException("A chain has at least one weight.");
    }
    double[][] start = new double[weights.length][];
    for (int l = 0; l < weights.length; l++) {
      requireFinite("Weight " + (l + 1) + " of the chain", weights[l]);
      start[l] = new double[] {weights[l]};
    }
    DMatrixRMaj one = CommonOps_DDRM.identity(1);
    return new AlignedModes(new double[] {target}, one, one, start, copy(start));
  }

  /** All modes of all layers begin at s with s^L = u_0: {@link Initialization.Balanced}. */
  public static AlignedModes balanced(Target target, int depth, double start) {
    Initialization.Balanced balanced = new Initialization.Balanced(start);
    LinearNetwork.requireDepth(depth);
    double[] layer = new double[target.dimension()];
    Arrays.fill(layer, Math.exp(Math.log(balanced.start()) / depth));
    double[][] layers = new double[depth][];
    Arrays.setAll(layers, l -> layer.clone());
    return new AlignedModes(
        target.singularValues(),
        target.leftSingularVectors(),
        target.rightSingularVectors(),
        layers,
        copy(layers));
  }

  @Override
  public int depth() {
    return s.length;
  }

  /** s_{l,i}, [L][d]. */
  public double[][] factors() {
    return copy(s);
  }

  @Override
  public double loss() {
    return loss;
  }

  @Override
  public void step(double learningRate, double momentum) {
    int depth = depth();
    if (momentum != 0 && velocity.length == 0) {
      velocity = new double[depth][sigma.length];
    }
    double[] suffix = new double[depth + 1];
    for (int i = 0; i < sigma.length; i++) {
      suffix[depth] = 1;
      for (int l = depth - 1; l >= 0; l--) {
        suffix[l] = suffix[l + 1] * s[l][i];
      }
      double error = suffix[0] - sigma[i];
      double prefix = 1;
      for (int l = 0; l < depth; l++) {
        double old = s[l][i];
        double change = -learningRate * error * prefix * suffix[l + 1];
        if (momentum != 0) {
          change = velocity[l][i] = momentum * velocity[l][i] + change;
        }
        s[l][i] = old + change;
        prefix *= old;
      }
    }
    look();
  }

  private void look() {
    double sum = 0;
    for (int i = 0; i < sigma.length; i++) {
      double error = product(i) - sigma[i];
      sum += error * error;
    }
    loss = sum / 2;
  }

  private double product(int mode) {
    double product = 1;
    for (double[] layer : s) {
      product *= layer[mode];
    }
    return product;
  }

  @Override
  public double safeLearningRate() {
    double largest = 0;
    for (double[] layer : s) {
      for (double factor : layer) {
        largest = Math.max(largest, Math.abs(factor));
      }
    }
    return CurvatureBound.safeLearningRate(largest, depth(), loss);
  }

  @Override
  public double[] singularValues() {
    double[] values = new double[sigma.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = -Math.abs(product(i));
    }
    Arrays.sort(values);
    return Arrays.stream(values).map(value -> -value).toArray();
  }

  /** D_l = diag(s_{l+1}² − s_l²), as Q_l = I for 0 < l < L. */
  @Override
  public double invariantDrift() {
    double largest = 0;
    for (int l = 0; l + 1 < s.length; l++) {
      for (int i = 0; i < sigma.length; i++) {
        double now = (s[l + 1][i] - s[l][i]) * (s[l + 1][i] + s[l][i]);
        double before = (start[l + 1][i] - start[l][i]) * (start[l + 1][i] + start[l][i]);
        largest = Math.max(largest, Math.abs(now - before));
      }
    }
    return largest;
  }

  @Override
  public LinearNetwork network() {
    DMatrixRMaj identity = CommonOps_DDRM.identity(sigma.length);
    List<LinearNetwork.Layer> layers = new ArrayList<>(depth());
    for (int l = 0; l < depth(); l++) {
      DMatrixRMaj output = l == depth() - 1 ? left : identity;
      DMatrixRMaj input = l == 0 ? right : identity;
      layers.add(new LinearNetwork.Layer(SingularValues.compose(output, s[l], input), false));
    }
    return new LinearNetwork(List.copyOf(layers));
  }

  @Override
  public AlignedModes copy() {
    AlignedModes copy = new AlignedModes(sigma, left, right, start, copy(s));
    copy.velocity = copy(velocity);
    return copy;
  }

  private static double[][] copy(double[][] layers) {
    return Arrays.stream(layers).map(double[]::clone).toArray(double[][]::new);
  }

  private static void requireFinite(String what, double number) {
    if (!Double.isFinite(number)) {
      throw new InvalidProblemException(what + " is " + number + "; it must be finite.");
    }
  }
}
