package org.fathom4j.ui.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Map;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.fathom4j.init.Initializers;
import org.fathom4j.init.NetworkShape;
import org.fathom4j.network.Loss;
import org.fathom4j.network.NetworkSpec;
import org.fathom4j.network.OptimizerSpec;
import org.fathom4j.network.ResidualNetwork;
import org.fathom4j.network.Schedule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class SampledArraysTest {

  private static MultiLayerNetwork network(int depth, int width, NetworkSpec.Layers layers) {
    return ResidualNetwork.create(
        new NetworkSpec(
            new NetworkShape(11, width, 5, depth, 3),
            NetworkSpec.Block.NONLINEAR,
            Activation.RELU,
            Initializers.parse("xavier"),
            Loss.MSE,
            layers,
            NetworkSpec.Precision.FLOAT),
        new OptimizerSpec(OptimizerSpec.Method.SGD, 0.1, Schedule.CONSTANT, 0, 0, 10),
        7);
  }

  @Test
  void small_arrays_are_summarised_whole() {
    MultiLayerNetwork net = network(6, 7, NetworkSpec.Layers.STACK);
    SampledArrays arrays = new SampledArrays(net);
    assertThat(arrays.names()).containsExactly("0_W", "1_VW", "1_UW", "2_W");

    Map<String, ArraySummary> summaries = arrays.summaries(net.params(), 2);

    for (String name : arrays.names()) {
      INDArray array = net.getParam(name);
      ArraySummary expected = ArraySummary.of(array.dup('c').data().asDouble());
      ArraySummary actual = summaries.get(name);
      assertThat(actual.mean()).isCloseTo(2 * expected.mean(), within(1e-6));
      assertThat(actual.deviation()).isCloseTo(2 * expected.deviation(), within(1e-6));
      assertThat(actual.largest()).isEqualTo(2 * expected.largest());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1_000, 30_000})
  void of_a_deep_stack_a_fixed_number_of_weights_is_read_from_the_first_block_to_the_last(
      int depth) {
    MultiLayerNetwork net = network(depth, 7, NetworkSpec.Layers.STACK);
    INDArray inner = net.getParam("1_VW");
    INDArray flat = inner.reshape(inner.length());
    long last = flat.length() - 1;
    flat.assign(1);
    flat.putScalar(0, -5); // first weight of the first block, last weight of the last
    flat.putScalar(last, 9);

    ArraySummary summary = new SampledArrays(net).summaries(net.params(), 1).get("1_VW");

    assertThat(Arrays.stream(summary.counts()).sum()).isEqualTo(SampledArrays.NUMBERS);
    assertThat(summary.smallest()).isEqualTo(-5);
    assertThat(summary.largest()).isEqualTo(9);
  }

  @Test
  void of_very_many_layers_a_fixed_number_is_read_the_first_and_the_last_among_them() {
    SampledArrays arrays = new SampledArrays(network(300, 3, NetworkSpec.Layers.BLOCKS));
    assertThat(arrays.names()).contains("0_W", "301_W").hasSizeLessThan(2 * SampledArrays.LAYERS);
    assertThat(SampledArrays.spread(302)).hasSize(SampledArrays.LAYERS).contains(0, 301);
    assertThat(SampledArrays.spread(1)).containsExactly(0);
  }

  @Test
  void activations_are_summarised_by_their_first_rows() {
    INDArray activations = Nd4j.ones(100_000, 3);
    assertThat(Arrays.stream(SampledArrays.summaryOfRows(activations).counts()).sum())
        .isEqualTo(SampledArrays.NUMBERS / 3 * 3);
    assertThat(SampledArrays.summaryOfRows(Nd4j.ones(1, 70_000)).mean()).isEqualTo(1);
  }
}
