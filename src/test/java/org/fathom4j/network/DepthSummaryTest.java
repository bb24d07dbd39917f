package org.fathom4j.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.fathom4j.init.NetworkShape;
import org.fathom4j.network.NetworkSpec.Block;
import org.fathom4j.network.NetworkSpec.Layers;
import org.fathom4j.network.NetworkSpec.Precision;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;

class DepthSummaryTest {

  static Stream<NetworkSpec> catalogue() {
    return Specs.catalogue();
  }

  @ParameterizedTest
  @MethodSource("catalogue")
  void it_counts_the_parameters_that_the_network_has(NetworkSpec spec) {
    MultiLayerNetwork net = ResidualNetwork.create(spec, Specs.sgd(0.1), Specs.SEED);
    DepthSummary summary = DepthSummary.of(spec, Specs.sgd(0.1), 13);

    assertThat(summary.parameters()).isEqualTo(net.numParams());
    assertThat(summary.embeddingParameters()).isEqualTo(net.getLayer(0).numParams());
    assertThat(summary.readoutParameters()).isEqualTo(net.getOutputLayer().numParams());
  }

  @ParameterizedTest
  @MethodSource("methods")
  void weights_gradients_and_the_updater_s_state_take_the_bytes_it_says(
      OptimizerSpec.Method method) {
    for (Precision precision : Precision.values()) {
      NetworkSpec spec = Specs.of("fixup", Block.NONLINEAR, Layers.STACK, precision);
      OptimizerSpec optimizer = Specs.optimizer(method, 0.1, 0);
      MultiLayerNetwork net = ResidualNetwork.create(spec, optimizer, Specs.SEED);
      INDArray state = net.getUpdater().getStateViewArray();
      long numbers =
          net.params().length()
              + net.getFlattenedGradients().length()
              + (state == null ? 0 : state.length());

      DepthSummary summary = DepthSummary.of(spec, optimizer, 13);
      int bytes = net.params().dataType().width();
      assertThat(summary.weightBytes()).isEqualTo(numbers * bytes);
      // A parameter has as many numbers of state, wherever it is.
      long states = state == null ? 0 : state.length() / net.params().length();
      assertThat(summary.blockStateBytes()).isEqualTo(states * summary.blockParameters() * bytes);
    }
  }

  static Iterable<OptimizerSpec.Method> methods() {
    return Specs.methods();
  }

  @Test
  void activations_are_the_stream_and_the_hidden_units_of_every_block() {
    NetworkSpec nonlinear = Specs.of("mzas", Block.NONLINEAR, Layers.STACK, Precision.FLOAT);
    NetworkSpec linear = Specs.of("mzas", Block.LINEAR, Layers.STACK, Precision.DOUBLE);

    assertThat(DepthSummary.of(nonlinear, Specs.sgd(1), 13).activationBytes())
        .isEqualTo(4 * 13 * (7 + 5) * 4L);
    assertThat(DepthSummary.of(linear, Specs.sgd(1), 13).activationBytes())
        .isEqualTo(4 * 13 * 7 * 8L);
  }

  @Test
  void a_block_takes_twelve_flop_for_each_example_and_weight_pair_and_a_linear_one_six() {
    NetworkSpec nonlinear = Specs.of("mzas", Block.NONLINEAR, Layers.STACK, Precision.FLOAT);
    NetworkSpec linear = Specs.of("mzas", Block.LINEAR, Layers.STACK, Precision.FLOAT);

    assertThat(DepthSummary.of(nonlinear, Specs.sgd(1), 13).flopPerIteration())
        .isEqualTo(12.0 * 13 * 7 * 5 * 4);
    assertThat(DepthSummary.of(linear, Specs.sgd(1), 13).flopPerIteration())
        .isEqualTo(6.0 * 13 * 7 * 7 * 4);
  }

  @Test
  void bytes_beyond_what_an_int_counts_are_counted() {
    NetworkSpec huge =
        Specs.of(
            new NetworkShape(784, 1 << 14, 1 << 13, 1 << 14, 10),
            "mzas",
            Block.NONLINEAR,
            Activation.RELU,
            Loss.MSE,
            Layers.STACK,
            Precision.DOUBLE);
    DepthSummary summary = DepthSummary.of(huge, Specs.sgd(1), 1 << 12);

    assertThat(summary.blockParameters()).isEqualTo(1L << 42);
    assertThat(summary.activationBytes()).isEqualTo(3L << (14 + 12 + 13 + 3));
    assertThat(summary.bytes()).isEqualTo(summary.weightBytes() + summary.activationBytes());
  }
}
