package org.fathom4j.theory.descent;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.fathom4j.theory.linear.Invariant;
import org.fathom4j.theory.linear.LinearNetwork;
import org.fathom4j.theory.linear.SingularValues;
import org.fathom4j.theory.linear.Target;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gradient descent on the full matrices of a linear network, from any initialization.
 *
 * <pre>
 *   W_l ← W_l − η G_l,   G_l = (W_L ⋯ W_{l+1})ᵀ E (W_{l-1} ⋯ W_1)ᵀ                         (A.1)
 * </pre>
 *
 * <p>A step costs 6(L−1)d³ flop. The arithmetic is EJML's for small matrices and layers that are
 * not square, OpenBLAS's otherwise; {@link #arithmetic} says which. Both are held to {@link
 * LinearNetwork#gradients}, the definition.
 *
 * <pre>{@code
 * Trajectory trajectory = GradientDescent.run(
 *     Initialization.zas().network(target, 1000), target, DescentSpec.withRate(1e-3, 100).at(0, 100));
 * }</pre>
 *
 * @see <a href="https://arxiv.org/abs/1911.00645">Wu, Wang &amp; Ma 2019, section 2</a>
 */
public final class GradientDescent implements Descent {

  /**
   * From this width on OpenBLAS wins, although every call of it crosses into native code: by 3 at
   * 8.
   */
  public static final int LEAST_WIDTH_FOR_OPENBLAS = 8;

  private static final Logger LOG = LoggerFactory.getLogger(GradientDescent.class);

  private final LinearNetwork start;
  private final Chain chain;
  private double loss;

  /** Stands at {@code start}, which is not changed. */
  public GradientDescent(LinearNetwork start, Target target) {
    this(start, target, choose(start, target));
  }

  GradientDescent(LinearNetwork start, Target target, Chain chain) {
    this.start = start;
    this.chain = chain;
    this.loss = chain.forward();
  }

  private static Chain choose(LinearNetwork start, Target target) {
    start.requireShape(target);
    if (start.inputWidth() >= LEAST_WIDTH_FOR_OPENBLAS && OpenBlasChain.takes(start)) {
      if (OpenBlasAvailability.REASON_AGAINST.isEmpty()) {
        return new OpenBlasChain(start, target);
      }
      LOG.warn(
          "OpenBLAS cannot be loaded ({}): gradient descent of width {} runs in EJML, several times"
              + " slower, with the same results.",
          OpenBlasAvailability.REASON_AGAINST,
          start.inputWidth());
    }
    return new EjmlChain(start, target);
  }

  /** Found out once, when first asked for. */
  private static final class OpenBlasAvailability {

    static final String REASON_AGAINST = reasonAgainst();

    private static String reasonAgainst() {
      try {
        openblas_nolapack.blas_get_num_threads();
        return "";
      } catch (LinkageError e) {
        return e.toString();
      }
    }
  }

  /** Descends from a network, which is not changed, and tells the course. */
  public static Trajectory run(LinearNetwork start, Target target, DescentSpec spec) {
    return DescentLoop.run(new GradientDescent(start, target), spec);
  }

  /** {@code ejml} or {@code openblas}. */
  public String arithmetic() {
    return chain instanceof OpenBlasChain ? "openblas" : "ejml";
  }

  @Override
  public double loss() {
    return loss;
  }

  @Override
  public void step(double learningRate, double momentum) {
    chain.backward(learningRate, momentum);
    loss = chain.forward();
  }

  /**
   * {@inheritDoc}
   *
   * <p>Takes the singular values of every layer: many times the cost of a step.
   */
  @Override
  public double safeLearningRate() {
    double largest = CurvatureBound.largestNorm(chain::layer, start.depth());
    return CurvatureBound.safeLearningRate(largest, start.depth(), loss);
  }

  @Override
  public TrajectoryPoint point(long iteration) {
    double[] values = SingularValues.of(chain.product()).values();
    IntFunction<LinearNetwork.Layer> now = chain::layer;
    return new TrajectoryPoint(
        iteration,
        loss,
        Arrays.stream(values).boxed().toList(),
        Invariant.drift(start::layer, now, start.depth()));
  }

  /** The network of the present iteration, a copy. */
  public LinearNetwork network() {
    List<LinearNetwork.Layer> layers = new ArrayList<>(start.depth());
    for (int l = 1; l <= start.depth(); l++) {
      layers.add(chain.layer(l));
    }
    return new LinearNetwork(List.copyOf(layers));
  }
}
