package org.fathom4j.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.fathom4j.block.ResidualLayer;
import org.fathom4j.block.ResidualParams;
import org.fathom4j.init.Initializers;
import org.fathom4j.network.NetworkSpec.Block;
import org.fathom4j.network.NetworkSpec.Layers;
import org.fathom4j.network.NetworkSpec.Precision;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Which tensors receive a gradient at the first three updates.
 *
 * <p>A product of matrices has a gradient in one of its factors as soon as none of the others is
 * zero: schemes with zeros wake their tensors one after the other. The words are the papers'
 * symbols; before its turn a gradient is exactly zero, from its turn on it is not zero in any
 * block.
 */
class StepZeroOneTwoTest {

  private static final int STEPS = 3;

  /** Scheme, tensors that wake at update 0 | 1 | 2, for residual blocks. */
  static Stream<Arguments> residualBlocks() {
    String atOnce = "V0 V U R | |";
    String zeroAsymmetric = "R | V0 U | V";
    return Stream.of(
        Arguments.of("xavier", atOnce),
        Arguments.of("xavier-uniform", atOnce),
        Arguments.of("he", atOnce),
        Arguments.of("mzas", zeroAsymmetric),
        Arguments.of("identity", "V0 U R | V |"),
        Arguments.of("near-identity", atOnce),
        Arguments.of("fixup", "R | V0 U | V α b1 b2 b3"),
        Arguments.of("rezero", "V0 α R | V U |"),
        Arguments.of("skipinit", "V0 α R | V U |"),
        Arguments.of("hardt-ma", atOnce),
        Arguments.of("orthogonal", atOnce),
        Arguments.of("zero", zeroAsymmetric),
        Arguments.of("stable", atOnce),
        Arguments.of("idinit", atOnce));
  }

  /** The same for linear blocks. */
  static Stream<Arguments> linearBlocks() {
    String atOnce = "V0 A R | |";
    String zeroAsymmetric = "R | V0 A |";
    return Stream.of(
        Arguments.of("xavier", atOnce),
        Arguments.of("xavier-uniform", atOnce),
        Arguments.of("he", atOnce),
        Arguments.of("mzas", zeroAsymmetric),
        Arguments.of("identity", atOnce),
        Arguments.of("near-identity", atOnce),
        Arguments.of("fixup", "R | V0 A | α"),
        Arguments.of("rezero", "V0 α R | A |"),
        Arguments.of("skipinit", "V0 α R | A |"),
        Arguments.of("hardt-ma", atOnce),
        Arguments.of("orthogonal", atOnce),
        Arguments.of("zero", zeroAsymmetric),
        Arguments.of("stable", atOnce),
        Arguments.of("idinit", atOnce));
  }

  @Test
  void both_tables_have_a_row_for_every_initializer() {
    assertThat(residualBlocks().map(row -> row.get()[0]))
        .containsExactlyElementsOf(Initializers.names());
    assertThat(linearBlocks().map(row -> row.get()[0]))
        .containsExactlyElementsOf(Initializers.names());
  }

  @ParameterizedTest
  @MethodSource("residualBlocks")
  void tensors_of_a_stack_wake_as_the_table_says(String scheme, String table) {
    assertWakes(Specs.of(scheme, Block.NONLINEAR, Layers.STACK, Precision.DOUBLE), table);
  }

  @ParameterizedTest
  @MethodSource("residualBlocks")
  void tensors_of_single_blocks_wake_as_the_table_says(String scheme, String table) {
    assertWakes(Specs.of(scheme, Block.NONLINEAR, Layers.BLOCKS, Precision.DOUBLE), table);
  }

  @ParameterizedTest
  @MethodSource("linearBlocks")
  void tensors_of_a_linear_stack_wake_as_the_table_says(String scheme, String table) {
    assertWakes(Specs.of(scheme, Block.LINEAR, Layers.STACK, Precision.DOUBLE), table);
  }

  @Test
  void branches_of_two_zero_matrices_never_wake() {
    MultiLayerNetwork net =
        ResidualNetwork.create(Specs.of("identity"), Specs.sgd(0.1), Specs.SEED);
    ResidualLayer stack = ResidualNetwork.residualLayers(net).get(0);
    stack.params().assign(0);
    DataSet batch = Specs.batch(DataType.DOUBLE);
    double before = net.score(batch);
    for (int i = 0; i < 20; i++) {
      net.fit(batch);
    }

    assertThat(Specs.numbers(stack.params())).containsOnly(0);
    assertThat(net.score(batch)).as("embedding and readout learn").isLessThan(before);
  }

  private static void assertWakes(NetworkSpec spec, String table) {
    Map<String, Integer> expected = new TreeMap<>();
    String[] steps = table.split("\\|", -1);
    for (int step = 0; step < STEPS; step++) {
      for (String tensor : steps[step].strip().split(" ")) {
        if (!tensor.isEmpty()) {
          expected.put(tensor, step);
        }
      }
    }
    assertThat(wakes(spec)).isEqualTo(expected);
  }

  /** Tensor → first update at which its gradient is not zero. */
  private static Map<String, Integer> wakes(NetworkSpec spec) {
    MultiLayerNetwork net = ResidualNetwork.create(spec, Specs.sgd(0.005), Specs.SEED);
    DataSet batch = Specs.batch(DataType.DOUBLE);
    Map<String, Integer> wakes = new TreeMap<>();
    Set<String> all = new TreeSet<>();
    for (int step = 0; step < STEPS; step++) {
      net.setInput(batch.getFeatures());
      net.setLabels(batch.getLabels());
      net.computeGradientAndScore();
      for (Map.Entry<String, Boolean> tensor : awake(net).entrySet()) {
        all.add(tensor.getKey());
        if (tensor.getValue()) {
          wakes.putIfAbsent(tensor.getKey(), step);
        } else {
          assertThat(wakes)
              .as("tensors that sleep again at update " + step)
              .doesNotContainKey(tensor.getKey());
        }
      }
      net.fit(batch);
    }
    assertThat(wakes.keySet()).as("tensors that wake").isEqualTo(all);
    return wakes;
  }

  /** Tensor → whether its gradient differs from zero, which all blocks must agree on. */
  private static Map<String, Boolean> awake(MultiLayerNetwork net) {
    Map<String, Boolean> awake = new LinkedHashMap<>();
    put(awake, "V0", net.getLayer(0).getGradientsViewArray());
    put(awake, "R", net.getOutputLayer().getGradientsViewArray());
    for (ResidualLayer layer : ResidualNetwork.residualLayers(net)) {
      for (int l = 0; l < layer.blocks(); l++) {
        for (String key : layer.paramTable().keySet()) {
          INDArray gradient = layer.gradientOf(l, key);
          if (key.equals(ResidualParams.SCALARS)) {
            String[] scalars = {"α", "b1", "b2", "b3"};
            for (int k = 0; k < gradient.length(); k++) {
              INDArray row = gradient.reshape(gradient.length());
              put(awake, scalars[k], row.get(NDArrayIndex.interval(k, k + 1)));
            }
          } else {
            put(awake, key.substring(0, 1), gradient);
          }
        }
      }
    }
    return awake;
  }

  private static void put(Map<String, Boolean> awake, String tensor, INDArray gradient) {
    boolean isAwake = gradient.amaxNumber().doubleValue() != 0;
    Boolean before = awake.put(tensor, isAwake);
    assertThat(before == null || before == isAwake).as("all blocks agree on " + tensor).isTrue();
  }
}
