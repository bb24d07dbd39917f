package org.fathom4j.diagnostics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.fathom4j.block.ResidualLayer;
import org.fathom4j.block.ResidualParams;
import org.fathom4j.diagnostics.Divergence.Cause;
import org.fathom4j.diagnostics.Divergence.Where;
import org.fathom4j.kernel.KernelName;
import org.fathom4j.network.Loss;
import org.fathom4j.network.NetworkSpec.Block;
import org.fathom4j.network.NetworkSpec.Layers;
import org.fathom4j.network.NetworkSpec.Precision;
import org.fathom4j.network.OptimizerSpec;
import org.fathom4j.network.ResidualNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;

class DivergenceTest {

  static Stream<Arguments> formsAndPrecisions() {
    return Stream.of(Layers.values())
        .flatMap(
            layers ->
                Stream.of(Precision.values()).map(precision -> Arguments.of(layers, precision)));
  }

  private static DataSet batch(Precision precision) {
    return Streams.batch(Streams.type(precision));
  }

  private static DataSet ones(Precision precision) {
    return Streams.ones(Streams.type(precision));
  }

  @ParameterizedTest
  @MethodSource("formsAndPrecisions")
  void finite_networks_have_not_diverged(Layers layers, Precision precision) {
    for (Block block : Block.values()) {
      for (Loss loss : Loss.values()) {
        MultiLayerNetwork net =
            Streams.network("xavier", 6, block, layers, precision, loss, OptimizerSpec.Method.SGD);

        assertThat(Divergence.find(net, batch(precision))).isEmpty();
      }
    }
  }

  /**
   * z_l = 10^l: the first power of ten that is no float is 10^39, the first that is no double
   * 10^309.
   */
  @ParameterizedTest
  @MethodSource("formsAndPrecisions")
  void a_stream_of_powers_of_ten_overflows_at_the_first_that_is_no_number(
      Layers layers, Precision precision) {
    int expected = precision == Precision.FLOAT ? 39 : 309;
    MultiLayerNetwork net = Streams.tenfold(expected + 5, layers, precision, 1, 1e-3);

    assertThat(Divergence.find(net, ones(precision)))
        .contains(new Divergence(Where.FORWARD, expected, Cause.OVERFLOW));
  }

  @Test
  void the_reference_kernel_finds_the_same_layer() {
    for (Precision precision : Precision.values()) {
      int expected = precision == Precision.FLOAT ? 39 : 309;
      MultiLayerNetwork net = Streams.tenfold(expected + 5, Layers.STACK, precision, 1, 1e-3);
      ResidualNetwork.useKernel(net, KernelName.REFERENCE);

      assertThat(Divergence.find(net, ones(precision)))
          .contains(new Divergence(Where.FORWARD, expected, Cause.OVERFLOW));
    }
  }

  @ParameterizedTest
  @EnumSource(Layers.class)
  void a_nonlinear_stream_overflows_where_its_blocks_one_by_one_first_do(Layers layers) {
    MultiLayerNetwork net = Streams.network("he", 250, Block.NONLINEAR, layers, Precision.FLOAT);
    DataSet batch = batch(Precision.FLOAT);
    INDArray z = batch.getFeatures().mmul(net.getLayer(0).getParam("W"));
    int expected = 0;
    search:
    for (ResidualLayer layer : ResidualNetwork.residualLayers(net)) {
      for (int l = 0; l < layer.blocks(); l++) {
        expected++;
        INDArray a = z.mmul(layer.parameter(l, ResidualParams.INNER));
        INDArray h = a.mul(a.gt(0).castTo(DataType.FLOAT));
        z = z.add(h.mmul(layer.parameter(l, ResidualParams.OUTER)));
        if (z.isInfinite().any() || z.isNaN().any()) {
          break search;
        }
      }
    }

    assertThat(expected).isBetween(100, 249);
    assertThat(Divergence.find(net, batch))
        .contains(new Divergence(Where.FORWARD, expected, Cause.OVERFLOW));
  }

  /** Every activation is finite, but the square of the readout is not. */
  @ParameterizedTest
  @MethodSource("formsAndPrecisions")
  void a_loss_may_overflow_though_every_activation_is_finite(Layers layers, Precision precision) {
    int depth = precision == Precision.FLOAT ? 25 : 200;
    MultiLayerNetwork net = Streams.tenfold(depth, layers, precision, 1, 1);

    assertThat(Divergence.find(net, ones(precision)))
        .contains(new Divergence(Where.LOSS, depth + 1, Cause.OVERFLOW));
  }

  /**
   * z_l = s 10^l stays small, outputs are o = 7 s 10^L, and ∂R/∂z_l = 3 o 10^{L-l}, labels being
   * nothing beside o: it grows towards the input until it is no number.
   */
  @ParameterizedTest
  @MethodSource("formsAndPrecisions")
  void gradients_may_overflow_on_their_way_back_from_a_finite_loss(
      Layers layers, Precision precision) {
    boolean inFloat = precision == Precision.FLOAT;
    int depth = inFloat ? 45 : 350;
    double start = inFloat ? 1e-30 : 1e-250;
    double largest = inFloat ? Float.MAX_VALUE : Double.MAX_VALUE;
    MultiLayerNetwork net = Streams.tenfold(depth, layers, precision, start, 1);
    double log10Output = Math.log10(7 * start) + depth;
    int expected = depth;
    while (Math.log10(3) + log10Output + depth - expected < Math.log10(largest)) {
      expected--;
    }

    assertThat(expected).isBetween(1, depth - 10);
    assertThat(Divergence.find(net, ones(precision)))
        .contains(new Divergence(Where.BACKWARD, expected, Cause.OVERFLOW));
  }

  @ParameterizedTest
  @CsvSource({"STACK,1", "STACK,3", "STACK,6", "BLOCKS,1", "BLOCKS,3", "BLOCKS,6"})
  void a_weight_that_is_no_number_is_found_at_its_block(Layers layers, int block) {
    for (String key : new String[] {ResidualParams.INNER, ResidualParams.OUTER}) {
      MultiLayerNetwork net =
          Streams.network("xavier", 6, Block.NONLINEAR, layers, Precision.FLOAT);
      parameter(net, block, key).putScalar(1, 2, Float.NaN);

      assertThat(Divergence.find(net, batch(Precision.FLOAT)))
          .contains(new Divergence(Where.FORWARD, block, Cause.NAN));
    }
  }

  private static INDArray parameter(MultiLayerNetwork net, int block, String key) {
    int first = 0;
    for (ResidualLayer layer : ResidualNetwork.residualLayers(net)) {
      if (block <= first + layer.blocks()) {
        return layer.parameter(block - 1 - first, key);
      }
      first += layer.blocks();
    }
    throw new AssertionError("no block " + block);
  }

  @ParameterizedTest
  @MethodSource("formsAndPrecisions")
  void embedding_is_layer_zero_and_readout_the_layer_after_the_last(
      Layers layers, Precision precision) {
    MultiLayerNetwork net = Streams.network("xavier", 4, Block.NONLINEAR, layers, precision);
    net.getOutputLayer().getParam("W").putScalar(2, 1, Double.NaN);
    assertThat(Divergence.find(net, batch(precision)))
        .contains(new Divergence(Where.FORWARD, 5, Cause.NAN));

    net.getLayer(0).getParam("W").putScalar(2, 1, Double.NaN);
    assertThat(Divergence.find(net, batch(precision)))
        .contains(new Divergence(Where.FORWARD, 0, Cause.NAN));
  }

  @Test
  void a_readout_that_overflows_before_its_softmax_has_overflowed() {
    MultiLayerNetwork net =
        Streams.network(
            "mzas",
            4,
            Block.NONLINEAR,
            Layers.STACK,
            Precision.FLOAT,
            Loss.MCXENT,
            OptimizerSpec.Method.SGD);
    net.getLayer(0).getParam("W").assign(1e15);
    net.getOutputLayer().getParam("W").assign(1e30);

    assertThat(Divergence.find(net, ones(Precision.FLOAT)))
        .contains(new Divergence(Where.FORWARD, 5, Cause.OVERFLOW));
  }

  @Test
  void a_search_leaves_nothing_that_records() {
    MultiLayerNetwork[] nets = {
      Streams.tenfold(45, Layers.BLOCKS, Precision.FLOAT, 1e-30, 1), // backward
      Streams.tenfold(25, Layers.BLOCKS, Precision.FLOAT, 1, 1), // loss
      Streams.tenfold(45, Layers.BLOCKS, Precision.FLOAT, 1, 1), // forward
      Streams.tenfold(3, Layers.BLOCKS, Precision.FLOAT, 1, 1)
    };
    for (MultiLayerNetwork net : nets) {
      Divergence.find(net, ones(Precision.FLOAT));

      assertThat(ResidualNetwork.residualLayers(net))
          .allSatisfy(layer -> assertThat(layer.observed()).isNull());
    }
  }

  @Test
  void a_search_leaves_the_parameters_as_they_are() {
    MultiLayerNetwork net = Streams.tenfold(45, Layers.STACK, Precision.FLOAT, 1e-30, 1);
    float[] before = net.params().dup().data().asFloat();
    Divergence.find(net, ones(Precision.FLOAT));

    assertThat(net.params().dup().data().asFloat()).isEqualTo(before);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "FORWARD  | 412 | OVERFLOW  | activations overflowed first at layer 412",
        "FORWARD  | 0   | NAN       | activations stopped being numbers (NaN) first at layer 0",
        "LOSS     | 101 | OVERFLOW  | the loss overflowed, though every activation up to the readout is finite",
        "BACKWARD | 7   | OVERFLOW  | gradients overflowed first at layer 7",
        "BACKWARD | 7   | UNDERFLOW | gradients underflowed to zero first at layer 7"
      })
  void it_says_itself_in_a_sentence(Where where, int layer, Cause cause, String sentence) {
    assertThat(new Divergence(where, layer, cause).sentence()).isEqualTo(sentence);
  }
}
