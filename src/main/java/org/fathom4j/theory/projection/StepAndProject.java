package org.fathom4j.theory.projection;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.NormOps_DDRM;
import org.fathom4j.theory.descent.CurvatureBound;
import org.fathom4j.theory.descent.Descent;
import org.fathom4j.theory.descent.TrajectoryPoint;
import org.fathom4j.theory.linear.InvalidProblemException;
import org.fathom4j.theory.linear.Invariant;
import org.fathom4j.theory.linear.LinearNetwork;
import org.fathom4j.theory.linear.SingularValues;
import org.fathom4j.theory.linear.Target;

/**
 * Gradient descent that keeps every layer within a distance ψ of the identity.
 *
 * <pre>
 *   W_l ← W_l − η G_l,   then   W_l ← I + U min(S, ψ) Vᵀ   with   W_l − I = U S Vᵀ
 * </pre>
 *
 * <p>The projection is onto {W : ‖W − I‖_2 ≤ ψ}, the nearest point in the Frobenius norm. ψ = ∞ is
 * plain gradient descent. Its {@link #floor} says what it can never reach: started at the identity,
 * a symmetric target's negative eigenvalues. {@link StepAndProjectModes} is the same in O(d) a step
 * for symmetric targets.
 *
 * <p>This class is the definition, one singular value decomposition a layer and step where a layer
 * may be outside.
 *
 * @see <a href="https://arxiv.org/abs/1802.06093">Bartlett, Helmbold &amp; Long 2018, Gradient
 *     descent with identity initialization efficiently learns positive definite linear
 *     transformations</a>
 */
public final class StepAndProject implements Descent {

  private final Target target;
  private final double radius;
  private final LinearNetwork start;
  private LinearNetwork network;
  private LinearNetwork.Gradients gradients;

  /**
   * Stands at a network.
   *
   * @param start square layers; projected first if they are outside
   * @param radius ψ, positive; infinite for plain gradient descent
   */
  public StepAndProject(LinearNetwork start, Target target, double radius) {
    requireRadius(radius);
    start.requireShape(target);
    this.target = target;
    this.radius = radius;
    this.start = projected(start);
    this.network = this.start;
  }

  /** ψ must be a positive number, infinity included. */
  static void requireRadius(double radius) {
    if (!(radius > 0)) {
      throw new InvalidProblemException(
          "ψ is "
              + radius
              + "; the distance that layers may have from the identity is positive, or infinite"
              + " for plain gradient descent.");
    }
  }

  static void refuseMomentum(String algorithm, double momentum) {
    if (momentum != 0) {
      throw new InvalidProblemException(
          String.format(
              "%s projects after every step and has no momentum, but μ = %s was asked for; leave"
                  + " it out.",
              algorithm, momentum));
    }
  }

  /**
   * What R cannot fall below, whatever the number of steps from the identity.
   *
   * <pre>
   *   Φ symmetric with eigenvalues λ_i:  P has eigenvalues u = θ^L, θ ∈ [1 − ψ, 1 + ψ], so
   *   R ≥ ½ Σ_i dist(λ_i, [u_min, (1 + ψ)^L])²,
   *   u_min = (1 − ψ)^L for ψ ≤ 1;  for ψ &gt; 1: 0 if L is even, or if L ≥ 3 and η(1 + |λ|) ≤ 1 for
   *   the least λ, whose θ then never changes sign; otherwise (1 − ψ)^L
   *   any other Φ:  R ≥ ½ Σ_i dist(σ_i, [max(0, 1 − ψ)^L, (1 + ψ)^L])²   (Mirsky)
   * </pre>
   *
   * <p>Derived, and the largest such number: with ψ &lt; 1, θ cannot come nearer to 0 than 1 − ψ.
   * The paper's theorem promises {@link #floorOfTheorem}, which is smaller, or equal where ψ ≥ 1
   * and no positive eigenvalue is out of reach.
   *
   * @param learningRate η, constant
   */
  public static double floor(Target target, int depth, double radius, double learningRate) {
    requireRadius(radius);
    double most = Math.pow(1 + radius, depth);
    if (!target.isSymmetric()) {
      return halfSquaredDistances(
          target.singularValues(), Math.pow(Math.max(0, 1 - radius), depth), most);
    }
    double[] eigenvalues = target.eigenvalues().values();
    double least = Arrays.stream(eigenvalues).min().orElseThrow();
    boolean keepsSign = depth % 2 == 0 || depth >= 3 && learningRate * (1 + Math.abs(least)) <= 1;
    double fewest = radius > 1 && keepsSign ? 0 : Math.pow(1 - radius, depth);
    return halfSquaredDistances(eigenvalues, fewest, most);
  }

  /**
   * What the theorem on negative eigenvalues promises, whatever ψ is: R ≥ ½ Σ_{λ_i &lt; 0} λ_i².
   *
   * <p>It asks for a symmetric target, layers that begin at aI, a ≥ 0, and eigenvalues θ that do
   * not jump across 0: an even L, ψ ≤ 1, or small steps. For large ones at odd depth it is false: L
   * = 3, Φ = −I, η = 0.6 converges.
   */
  public static double floorOfTheorem(Target target) {
    return Arrays.stream(target.eigenvalues().values())
        .filter(value -> value < 0)
        .map(value -> value * value / 2)
        .sum();
  }

  private static double halfSquaredDistances(double[] values, double least, double most) {
    double sum = 0;
    for (double value : values) {
      double distance = value < least ? least - value : Math.max(0, value - most);
      sum += distance * distance;
    }
    return sum / 2;
  }

  @Override
  public double loss() {
    return gradients().loss();
  }

  @Override
  public void step(double learningRate, double momentum) {
    refuseMomentum("Step-and-project", momentum);
    network = projected(network.step(gradients(), learningRate));
    gradients = null;
  }

  /**
   * {@inheritDoc}
   *
   * <p>The gradient step cannot increase R. The projection may.
   */
  @Override
  public double safeLearningRate() {
    double largest = CurvatureBound.largestNorm(network::layer, network.depth());
    return CurvatureBound.safeLearningRate(largest, network.depth(), loss());
  }

  @Override
  public TrajectoryPoint point(long iteration) {
    double[] values = SingularValues.of(gradients().product()).values();
    return new TrajectoryPoint(
        iteration, loss(), Arrays.stream(values).boxed().toList(), Invariant.drift(start, network));
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

  private LinearNetwork projected(LinearNetwork network) {
    if (Double.isInfinite(radius)) {
      return network;
    }
    List<LinearNetwork.Layer> layers = new ArrayList<>(network.depth());
    for (LinearNetwork.Layer layer : network.layers()) {
      layers.add(projected(layer));
    }
    return new LinearNetwork(List.copyOf(layers));
  }

  private LinearNetwork.Layer projected(LinearNetwork.Layer layer) {
    DMatrixRMaj deviation = layer.residual() ? layer.matrix() : layer.deviation();
    double norm = NormOps_DDRM.normF(deviation);
    if (norm <= radius || !Double.isFinite(norm)) { // ‖A‖_2 ≤ ‖A‖_F; what diverged stays so
      return layer;
    }
    SingularValues svd = SingularValues.of(deviation);
    if (svd.values()[0] <= radius) {
      return layer;
    }
    DMatrixRMaj scaled = svd.left();
    for (int j = 0; j < svd.values().length; j++) {
      double value = Math.min(svd.values()[j], radius);
      for (int i = 0; i < scaled.numRows; i++) {
        scaled.set(i, j, scaled.get(i, j) * value);
      }
    }
    DMatrixRMaj nearest = new DMatrixRMaj(deviation.numRows, deviation.numCols);
    CommonOps_DDRM.multTransB(scaled, svd.right(), nearest);
    return new LinearNetwork.Layer(nearest, true);
  }
}
