package org.fathom4j.compare;

import org.fathom4j.data.Preprocessing;
import org.fathom4j.init.Branch;
import org.fathom4j.init.BranchScalars;
import org.fathom4j.init.InitializationScheme;
import org.fathom4j.init.NetworkShape;
import org.fathom4j.network.NetworkSpec;
import org.fathom4j.network.OptimizerSpec;
import org.nd4j.linalg.activations.Activation;

/**
 * Where a search for a learning rate begins: what one update does to the network's output, read off
 * the laws of its matrices.
 *
 * <pre>
 *   η = 1/K
 *   K = (1 + c)^L [ ‖z_0‖² + r ‖x‖² + r L (G_V + G_U + G_α) ‖z_0‖² ]
 *
 *   G_U = α² κ M E(V²)        G_V = α² κ D E(U²)        G_α = µ κ M E(V²) E(U²)
 *   linear blocks: the bracket's last term is r L (α² + µ E(A²)) ‖z_0‖²
 *   ‖z_0‖² = D E(V_0²) ‖x‖²   r = max(1, D E(U_{L+1}²))
 * </pre>
 *
 * <p>K is the mean squared length of the gradient of one output: of the readout, of V_0, of all
 * branches, each lengthened by the growth c of {@link org.fathom4j.init.Growth}. For squared loss,
 * gradient descent is stable for η below about 2/K. A readout that starts at zero has length 1 once
 * it has learnt, hence r. µ is the factor on the learning rate of branch scalars; biases are left
 * out. So η falls as 1/L for mZAS, whose branches add up; not at all for Fixup, whose E(V²) is
 * already of order 1/L; and as (1 + c)^-L for Xavier.
 *
 * <p>Momentum µ makes it η(1 − µ). Adam moves every number by η whatever the gradient, so L
 * branches move the output by ηL: 1e-3, Kingma and Ba's rate, at depth 100, and as 1/L beyond.
 *
 * <p>A guess only: within a factor of ten for schemes that do not grow, on images of unit norm; too
 * small for those that do, since the mean of a product is carried by rare large ones. The search
 * widens from there.
 *
 * @see <a href="https://arxiv.org/abs/1911.00645">Wu, Wang &amp; Ma 2019, section 6, whose
 *     hand-tuned rates for mZAS fall as 1/L</a>
 * @see <a href="https://arxiv.org/abs/1901.09321">Zhang, Dauphin &amp; Ma 2019, section 3</a>
 */
final class LearningRateGuess {

  /** Kingma and Ba 2015, algorithm 1. */
  private static final double ADAM_RATE = 1e-3;

  private static final double ADAM_DEPTH = 100;

  private LearningRateGuess() {}

  /**
   * η for a network.
   *
   * @param input how pixels become inputs: ‖x‖² is 1 for unit, about d for the others
   * @return at least 0, which stands for everything below the smallest double
   */
  static double of(NetworkSpec network, Preprocessing input, OptimizerSpec optimizer) {
    double depth = network.shape().depth();
    return switch (optimizer.method()) {
      case ADAM -> ADAM_RATE * Math.min(1, ADAM_DEPTH / depth);
      case NESTEROVS -> (1 - optimizer.momentum()) / curvature(network, input);
      case SGD -> 1 / curvature(network, input);
    };
  }

  /** K. */
  private static double curvature(NetworkSpec network, Preprocessing input) {
    InitializationScheme scheme = network.initialization();
    NetworkShape shape = network.shape();
    Branch branch = branch(network);
    int width = shape.width();
    double inputPower = input == Preprocessing.UNIT ? 1 : shape.inputs();
    double streamPower =
        width * scheme.embedding(shape).meanSquare(shape.inputs(), width) * inputPower;
    double readoutPower =
        Math.max(1, width * scheme.readout(shape).meanSquare(width, shape.classes()));
    double growth = Math.pow(1 + scheme.excessGrowth(shape, branch), shape.depth());
    double branches = shape.depth() * branchGain(scheme, shape, branch) * streamPower;
    return growth * (streamPower + readoutPower * (inputPower + branches));
  }

  /** G_V + G_U + G_α. */
  private static double branchGain(InitializationScheme scheme, NetworkShape shape, Branch branch) {
    double alpha = scheme.scalars(shape).map(BranchScalars::multiplier).orElse(1.0);
    double scalarRate =
        scheme.scalars(shape).map(BranchScalars::learningRateMultiplier).orElse(0.0);
    int width = shape.width();
    int hidden = shape.hiddenWidth();
    if (branch == Branch.LINEAR) {
      return alpha * alpha + scalarRate * scheme.linear(shape).meanSquare(width, width);
    }
    double inner = scheme.inner(shape).meanSquare(width, hidden);
    double outer = scheme.outer(shape).meanSquare(hidden, width);
    double passed = branch.passedPower();
    return alpha * alpha * passed * (hidden * inner + width * outer)
        + scalarRate * passed * hidden * inner * outer;
  }

  /** Activations other than ReLU are near enough to the identity for small z. */
  private static Branch branch(NetworkSpec network) {
    if (network.block() == NetworkSpec.Block.LINEAR) {
      return Branch.LINEAR;
    }
    return network.activation() == Activation.RELU ? Branch.RELU : Branch.IDENTITY;
  }
}
