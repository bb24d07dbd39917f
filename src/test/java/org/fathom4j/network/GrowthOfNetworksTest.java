package org.fathom4j.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.Stream;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.fathom4j.block.ResidualLayer;
import org.fathom4j.init.Branch;
import org.fathom4j.init.Growth;
import org.fathom4j.init.Initializers;
import org.fathom4j.init.NetworkShape;
import org.fathom4j.kernel.DepthProbe;
import org.fathom4j.network.NetworkSpec.Block;
import org.fathom4j.network.NetworkSpec.Layers;
import org.fathom4j.network.NetworkSpec.Precision;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The stream of real networks grows along depth as the catalogue predicts, E‖z_L‖² = (1+c)^L. */
class GrowthOfNetworksTest {

  private static final int SEEDS = 40;
  private static final int EXAMPLES = 9;
  private static final int DEEPEST = 10;

  /** c·L ≤ 5: beyond it a mean over this many draws is no longer near the expectation. */
  private static final double LARGEST_GROWTH = 5;

  static Stream<Arguments> cases() {
    return Initializers.names().stream()
        .flatMap(name -> Stream.of(Branch.values()).map(branch -> Arguments.of(name, branch)));
  }

  private static NetworkShape shape(int depth) {
    return new NetworkShape(5, 96, 64, depth, 3);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void mean_growth_is_within_a_tenth_of_the_prediction(String name, Branch branch) {
    var scheme = Initializers.parse(name);
    int depth = DEEPEST;
    while (depth > 1 && depth * Growth.of(scheme, shape(depth), branch).excess() > LARGEST_GROWTH) {
      depth--;
    }
    NetworkSpec spec =
        Specs.of(
            shape(depth),
            name,
            branch == Branch.LINEAR ? Block.LINEAR : Block.NONLINEAR,
            branch == Branch.RELU ? Activation.RELU : Activation.IDENTITY,
            Loss.MSE,
            Layers.STACK,
            Precision.FLOAT);
    double sum = 0;
    for (int seed = 1; seed <= SEEDS; seed++) {
      MultiLayerNetwork net = ResidualNetwork.create(spec, Specs.sgd(0.1), seed);
      ResidualLayer stack = ResidualNetwork.residualLayers(net).get(0);
      DepthProbe probe = DepthProbe.everyLayer(depth);
      Nd4j.getRandom().setSeed(1000 + seed);
      INDArray z = Nd4j.randn(DataType.FLOAT, EXAMPLES, spec.shape().width());
      stack.inspect(z, probe);
      sum += Math.pow(probe.activationNorm(depth) / probe.activationNorm(0), 2);
    }

    double predicted = Math.pow(10, Growth.of(scheme, shape(depth), branch).log10());
    assertThat(sum / SEEDS)
        .as("depth %d, seeds 1 to %d", depth, SEEDS)
        .isCloseTo(predicted, within(0.1 * predicted));
  }
}
