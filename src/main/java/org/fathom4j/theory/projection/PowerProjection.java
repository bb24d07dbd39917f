package org.fathom4j.theory.projection;

import java.util.Arrays;
import java.util.Collections;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.NormOps_DDRM;
import org.fathom4j.theory.descent.CurvatureBound;
import org.fathom4j.theory.descent.Descent;
import org.fathom4j.theory.descent.TrajectoryPoint;
import org.fathom4j.theory.factorization.BalancedFactorization;
import org.fathom4j.theory.linear.Eigenvalues;
import org.fathom4j.theory.linear.InvalidProblemException;
import org.fathom4j.theory.linear.Invariant;
import org.fathom4j.theory.linear.LinearNetwork;
import org.fathom4j.theory.linear.SingularValues;
import org.fathom4j.theory.linear.Target;

/**
 * The power projection algorithm: gradient descent whose product stays where the target is, among
 * the matrices of margin γ, and whose layers are balanced anew after every step.
 *
 * <pre>
 *   start   W_l = γ^{1/L} I
 *   step    W′_l = W_l − η G_l
 *   product A = W′_L ⋯ W′_1
 *   project B = argmin{‖B − A‖_F : uᵀBu ≥ γ for all unit u} = Q max(Λ, γ) Qᵀ + (A − Aᵀ)/2
 *           with (A + Aᵀ)/2 = Q Λ Qᵀ
 *   refactor (W_1, …, W_L) = the balanced factors of B                                  (D.1)
 * </pre>
 *
 * <p>For a target with margin at least γ, (Φ + Φᵀ)/2 ≥ γI, and η ≤ 1/(A.4) along the step:
 *
 * <pre>
 *   R(t+1) ≤ (1 − η L γ^{2−2/L}) R(t)
 * </pre>
 *
 * <p>because the set of B is convex and contains Φ, and layers keep singular values ≥ γ^{1/L}. For
 * any other target R stalls at the {@link #floor}. Cost a step: O(Ld³).
 *
 * @see <a href="https://arxiv.org/abs/1802.06093">Bartlett, Helmbold &amp; Long 2018; the steps
 *     reconstructed, the analysis our own</a>
 */
public final class PowerProjection implements Descent {

  private final Target target;
  private final double gamma;
  private LinearNetwork network;
  private LinearNetwork.Gradients gradients;

  /**
   * Stands at γ^{1/L} I.
   *
   * @param depth L
   * @param gamma γ, positive
   */
  public PowerProjection(Target target, int depth, double gamma) {
    requireGamma(gamma);
    LinearNetwork.requireDepth(depth);
    this.target = target;
    this.gamma = gamma;
    DMatrixRMaj deviation = CommonOps_DDRM.identity(target.dimension());
    CommonOps_DDRM.scale(Math.expm1(Math.log(gamma) / depth), deviation);
    this.network =
        new LinearNetwork(Collections.nCopies(depth, new LinearNetwork.Layer(deviation, true)));
  }

  private static void requireGamma(double gamma) {
    if (!(gamma > 0) || Double.isInfinite(gamma)) {
      throw new InvalidProblemException(
          "γ is "
              + gamma
              + "; the margin of the power projection is positive, and not above that of the target,"
              + " the least eigenvalue of (Φ + Φᵀ)/2.");
    }
  }

  /** The margin of a target: min uᵀΦu over unit u, the least eigenvalue of (Φ + Φᵀ)/2. */
  public static double margin(Target target) {
    return Arrays.stream(Eigenvalues.of(target.matrix()).values()).min().orElseThrow();
  }

  /** What R cannot fall below: ½‖B − Φ‖_F², B the projection of Φ. 0 if the margin of Φ is ≥ γ. */
  public static double floor(Target target, double gamma) {
    requireGamma(gamma);
    return target.loss(projection(target.matrix(), gamma));
  }

  /** 1 − η L γ^{2−2/L}: the factor of R in a step, for a target with margin ≥ γ and a safe η. */
  public static double contraction(double learningRate, int depth, double gamma) {
    return 1 - learningRate * depth * Math.pow(gamma, 2 - 2.0 / depth);
  }

  @Override
  public double loss() {
    return gradients().loss();
  }

  @Override
  public void step(double learningRate, double momentum) {
    StepAndProject.refuseMomentum("The power projection", momentum);
    LinearNetwork stepped = network.step(gradients(), learningRate);
    DMatrixRMaj product = stepped.product();
    network =
        Double.isFinite(NormOps_DDRM.normF(product))
            ? BalancedFactorization.network(projection(product, gamma), network.depth())
            : stepped; // diverged: there is nothing to project
    gradients = null;
  }

  /** {@inheritDoc} It is the rate of the theorem. */
  @Override
  public double safeLearningRate() {
    // Balanced: all layers have the norm of the first.
    double norm = NormOps_DDRM.inducedP2(network.layer(1).weight());
    return CurvatureBound.safeLearningRate(norm, network.depth(), loss());
  }

  @Override
  public TrajectoryPoint point(long iteration) {
    double[] values = SingularValues.of(gradients().product()).values();
    double drift = 0; // balanced at every iteration, so that only rounding is left of it
    for (int l = 1; l < network.depth(); l++) {
      drift = Math.max(drift, CommonOps_DDRM.elementMaxAbs(Invariant.of(network, l)));
    }
    return new TrajectoryPoint(iteration, loss(), Arrays.stream(values).boxed().toList(), drift);
  }

  /** The layers of the present moment. */
  public LinearNetwork network() {
    return network;
  }

  private LinearNetwork.Gradients gradients() {
    if (gradients == null) {
      gradients = network.gradients(target);
    }
    return gradients;
  }

  /** The nearest matrix of margin γ. */
  static DMatrixRMaj projection(DMatrixRMaj matrix, double gamma) {
    int d = matrix.numRows;
    Eigenvalues eigen = Eigenvalues.of(matrix);
    DMatrixRMaj nearest = matrix.copy();
    DMatrixRMaj outer = new DMatrixRMaj(d, d);
    for (int k = 0; k < d; k++) { // B = A + Σ (γ − λ_k) q_k q_kᵀ over λ_k < γ
      double missing = gamma - eigen.values()[k];
      if (missing > 0) {
        DMatrixRMaj vector = CommonOps_DDRM.extractColumn(eigen.vectors(), k, null);
        CommonOps_DDRM.multTransB(missing, vector, vector, outer);
        CommonOps_DDRM.addEquals(nearest, outer);
      }
    }
    return nearest;
  }
}
