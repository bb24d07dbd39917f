package org.fathom4j.theory.projection;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.fathom4j.theory.descent.CurvatureBound;
import org.fathom4j.theory.descent.Descent;
import org.fathom4j.theory.descent.TrajectoryPoint;
import org.fathom4j.theory.linear.Eigenvalues;
import org.fathom4j.theory.linear.LinearNetwork;
import org.fathom4j.theory.linear.Target;

/**
 * {@link StepAndProject} from the identity towards a symmetric target, reduced without
 * approximation to eigenvalues: all layers are the same matrix V diag(θ) Vᵀ, V of Φ = V diag(λ) Vᵀ.
 *
 * <pre>
 *   θ_i ← clip(θ_i − η θ_i^{L−1}(θ_i^L − λ_i),  1 − ψ,  1 + ψ),   θ_i(0) = 1
 *   R = ½ Σ_i (θ_i^L − λ_i)²
 * </pre>
 *
 * <p>O(d) a step at any depth; θ − 1 is what is stored. The invariants stay 0.
 *
 * @see <a href="https://arxiv.org/abs/1802.06093">Bartlett, Helmbold &amp; Long 2018</a>
 */
public final class StepAndProjectModes implements Descent {

  private final double[] lambda;
  private final DMatrixRMaj vectors;
  private final int depth;
  private final double radius;
  private final double[] b; // θ − 1

  /**
   * Stands at the identity.
   *
   * @param target symmetric
   * @param depth L
   * @param radius ψ, positive; infinite for plain gradient descent
   */
  public StepAndProjectModes(Target target, int depth, double radius) {
    StepAndProject.requireRadius(radius);
    LinearNetwork.requireDepth(depth);
    Eigenvalues eigen = target.eigenvalues();
    this.depth = depth;
    this.radius = radius;
    this.lambda = eigen.values();
    this.vectors = eigen.vectors();
    this.b = new double[lambda.length];
  }

  @Override
  public double loss() {
    double sum = 0;
    for (int i = 0; i < b.length; i++) {
      double error = power(b[i], depth) - lambda[i];
      sum += error * error;
    }
    return sum / 2;
  }

  @Override
  public void step(double learningRate, double momentum) {
    StepAndProject.refuseMomentum("Step-and-project", momentum);
    for (int i = 0; i < b.length; i++) {
      double gradient = power(b[i], depth - 1) * (power(b[i], depth) - lambda[i]);
      b[i] = Math.max(-radius, Math.min(radius, b[i] - learningRate * gradient));
    }
  }

  @Override
  public double safeLearningRate() {
    double largest = 0;
    for (double deviation : b) {
      largest = Math.max(largest, Math.abs(1 + deviation));
    }
    return CurvatureBound.safeLearningRate(largest, depth, loss());
  }

  @Override
  public TrajectoryPoint point(long iteration) {
    List<Double> values = new ArrayList<>();
    for (double eigenvalue : productEigenvalues()) {
      values.add(Math.abs(eigenvalue));
    }
    values.sort(Collections.reverseOrder());
    return new TrajectoryPoint(iteration, loss(), values, 0);
  }

  /** u_i = θ_i^L, in the order of {@link #targetEigenvalues}. */
  public double[] productEigenvalues() {
    return Arrays.stream(b).map(deviation -> power(deviation, depth)).toArray();
  }

  /** λ_i. */
  public double[] targetEigenvalues() {
    return lambda.clone();
  }

  /** The matrices of the present moment. */
  public LinearNetwork network() {
    DMatrixRMaj scaled = vectors.copy();
    for (int j = 0; j < b.length; j++) {
      for (int i = 0; i < b.length; i++) {
        scaled.set(i, j, scaled.get(i, j) * b[j]);
      }
    }
    DMatrixRMaj deviation = new DMatrixRMaj(b.length, b.length);
    CommonOps_DDRM.multTransB(scaled, vectors, deviation);
    return new LinearNetwork(Collections.nCopies(depth, new LinearNetwork.Layer(deviation, true)));
  }

  /** (1 + b)^n. */
  private static double power(double deviation, int exponent) {
    return deviation > -1
        ? Math.exp(exponent * Math.log1p(deviation))
        : Math.pow(1 + deviation, exponent);
  }
}
