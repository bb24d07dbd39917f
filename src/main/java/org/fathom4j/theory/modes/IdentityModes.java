package org.fathom4j.theory.modes;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.ejml.data.DMatrixRMaj;
import org.fathom4j.theory.descent.CurvatureBound;
import org.fathom4j.theory.linear.InvalidProblemException;
import org.fathom4j.theory.linear.LinearNetwork;
import org.fathom4j.theory.linear.NormalForm;
import org.fathom4j.theory.linear.Target;

/**
 * The exact reduction of the identity initialization for normal targets, ΦΦᵀ = ΦᵀΦ: symmetric,
 * rotations, orthogonal.
 *
 * <pre>
 *   all layers equal W, which commutes with Φ and has eigenvalues θ_i           λ_i eigenvalues of Φ
 *   θ ← θ − η conj(θ)^{L−1} (θ^L − λ),   θ(0) = 1,   R = ½ Σ |θ_i^L − λ_i|²                (B.3)
 * </pre>
 *
 * <p>Kept is b = θ − 1 and θ^n = exp(n log θ), as in {@link ZeroAsymmetricModes}. The flow takes u
 * = θ^L on the straight segment from 1 to λ, so that it converges exactly when no eigenvalue of Φ
 * is negative; the power underflows to 0 where a negative one is approached, which means stuck, and
 * is no error.
 *
 * @see <a href="https://arxiv.org/abs/1802.06093">Bartlett, Helmbold &amp; Long 2018</a>, for
 *     symmetric targets; the normal case is derived in the project's theory notes, B.3
 */
public final class IdentityModes implements Modes {

  private final int depth;
  private final double start; // of θ
  private final NormalForm form;
  private final double[] re; // b = θ − 1
  private final double[] im;
  private double[] velocityRe = {};
  private double[] velocityIm = {};
  private double loss;

  /** The modes of a normal target, W_l = I. */
  public IdentityModes(Target target, int depth) {
    this(target, depth, 1);
  }

  /** The modes of a normal target, W_l = scale · I with a scale that is not negative. */
  public IdentityModes(Target target, int depth, double scale) {
    this(normalForm(target), depth, scale);
    if (!(scale >= 0) || Double.isInfinite(scale)) {
      throw new InvalidProblemException(
          "The layers begin at " + scale + " times the identity; that must not be negative.");
    }
  }

  private IdentityModes(NormalForm form, int depth, double start) {
    LinearNetwork.requireDepth(depth);
    this.depth = depth;
    this.start = start;
    this.form = form;
    this.re = new double[form.blocks().size()];
    this.im = new double[re.length];
    Arrays.fill(re, start - 1);
    look();
  }

  private static NormalForm normalForm(Target target) {
    if (!target.isNormal()) {
      throw new InvalidProblemException(
          "The target "
              + target.name()
              + " is not normal (ΦΦᵀ ≠ ΦᵀΦ): from the identity its layers do not keep their"
              + " eigenvectors. Use full matrices, or the zas initialization, which reduces every"
              + " target.");
    }
    return NormalForm.of(target.matrix());
  }

  @Override
  public int depth() {
    return depth;
  }

  /**
   * θ of every mode, {real, imaginary}: one entry for a real eigenvalue of the target, one (β ≥ 0)
   * for a conjugate pair.
   */
  public double[][] eigenvaluesOfALayer() {
    double[][] theta = new double[re.length][];
    for (int i = 0; i < theta.length; i++) {
      theta[i] = new double[] {1 + re[i], im[i]};
    }
    return theta;
  }

  /** λ of every mode, in the order of {@link #eigenvaluesOfALayer}. */
  public double[][] eigenvaluesOfTheTarget() {
    return form.blocks().stream()
        .map(block -> new double[] {block.alpha(), block.beta()})
        .toArray(double[][]::new);
  }

  @Override
  public double loss() {
    return loss;
  }

  @Override
  public void step(double learningRate, double momentum) {
    if (momentum != 0 && velocityRe.length == 0) {
      velocityRe = new double[re.length];
      velocityIm = new double[re.length];
    }
    double[] power = new double[2];
    double[] conjugate = new double[2];
    for (int i = 0; i < re.length; i++) {
      power(re[i], im[i], depth, power);
      power(re[i], -im[i], depth - 1, conjugate);
      double errorRe = power[0] - form.blocks().get(i).alpha();
      double errorIm = power[1] - form.blocks().get(i).beta();
      double changeRe = -learningRate * (conjugate[0] * errorRe - conjugate[1] * errorIm);
      double changeIm = -learningRate * (conjugate[0] * errorIm + conjugate[1] * errorRe);
      if (momentum != 0) {
        changeRe = velocityRe[i] = momentum * velocityRe[i] + changeRe;
        changeIm = velocityIm[i] = momentum * velocityIm[i] + changeIm;
      }
      re[i] += changeRe;
      im[i] += changeIm;
    }
    look();
  }

  private void look() {
    double[] power = new double[2];
    double sum = 0;
    for (int i = 0; i < re.length; i++) {
      NormalForm.Block block = form.blocks().get(i);
      power(re[i], im[i], depth, power);
      double errorRe = power[0] - block.alpha();
      double errorIm = power[1] - block.beta();
      sum += block.size() * (errorRe * errorRe + errorIm * errorIm);
    }
    loss = sum / 2;
  }

  /** (1 + b)^n. A real base stays real: no angle of π that rounding would tilt. */
  static void power(double re, double im, int n, double[] result) {
    if (n == 0) {
      result[0] = 1;
      result[1] = 0;
      return;
    }
    double logarithm = logModulus(re, im);
    double modulus = Math.exp(n * logarithm);
    if (im == 0) {
      result[0] = 1 + re < 0 && n % 2 != 0 ? -modulus : modulus;
      result[1] = 0;
    } else {
      double angle = n * Math.atan2(im, 1 + re);
      result[0] = modulus * Math.cos(angle);
      result[1] = modulus * Math.sin(angle);
    }
  }

  /** ln|1 + b|. */
  private static double logModulus(double re, double im) {
    double squareLessOne = re * (2 + re) + im * im;
    return squareLessOne > -0.5
        ? 0.5 * Math.log1p(squareLessOne)
        : Math.log(Math.hypot(1 + re, im)); // near 0 the square has lost its digits
  }

  @Override
  public double safeLearningRate() {
    double largest = 0;
    for (int i = 0; i < re.length; i++) {
      largest = Math.max(largest, Math.hypot(1 + re[i], im[i]));
    }
    return CurvatureBound.safeLearningRate(largest, depth, loss);
  }

  @Override
  public double[] singularValues() {
    List<Double> values = new ArrayList<>();
    for (int i = 0; i < re.length; i++) {
      double modulus = Math.exp(depth * logModulus(re[i], im[i]));
      values.addAll(Collections.nCopies(form.blocks().get(i).size(), modulus));
    }
    values.sort(Collections.reverseOrder());
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }

  /** 0: the layers are equal and normal at every iteration. */
  @Override
  public double invariantDrift() {
    return 0;
  }

  @Override
  public LinearNetwork network() {
    List<NormalForm.Block> deviations = new ArrayList<>();
    for (int i = 0; i < re.length; i++) {
      deviations.add(new NormalForm.Block(re[i], im[i]));
    }
    DMatrixRMaj deviation = form.with(deviations);
    return new LinearNetwork(Collections.nCopies(depth, new LinearNetwork.Layer(deviation, true)));
  }

  @Override
  public IdentityModes copy() {
    IdentityModes copy = new IdentityModes(form, depth, start);
    System.arraycopy(re, 0, copy.re, 0, re.length);
    System.arraycopy(im, 0, copy.im, 0, im.length);
    copy.velocityRe = velocityRe.clone();
    copy.velocityIm = velocityIm.clone();
    copy.look();
    return copy;
  }
}
