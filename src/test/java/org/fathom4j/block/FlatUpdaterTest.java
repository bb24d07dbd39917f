package org.fathom4j.block;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.deeplearning4j.nn.updater.UpdaterBlock;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.fathom4j.kernel.BranchForm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.Sgd;

class FlatUpdaterTest {

  private static final Map<String, UnaryOperator<NeuralNetConfiguration.Builder>> REGULARIZATIONS =
      new TreeMap<>(
          Map.of(
              "no regularization", b -> b,
              "l2", b -> b.l2(0.01),
              "l1", b -> b.l1(0.01),
              "weight decay", b -> b.weightDecay(0.01)));

  private static final List<GradientNormalization> NORMALIZATIONS =
      List.of(
          GradientNormalization.None,
          GradientNormalization.ClipL2PerLayer,
          GradientNormalization.ClipL2PerParamType,
          GradientNormalization.ClipElementWiseAbsoluteValue);

  private record Case(String name, Nets.Setting setting, boolean mixed) {

    Layer[] blocks() {
      ResidualBlock second = Nets.scaled(Nets.block(), BranchForm.SCALED_AND_BIASED);
      if (mixed) {
        second.setIUpdater(new Nesterovs(0.05, 0.8));
      }
      return new Layer[] {Nets.block(), second, Nets.linearBlock()};
    }

    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Case> cases() {
    List<Case> cases = new ArrayList<>();
    Nets.Setting base = Nets.Setting.of(DataType.FLOAT);
    for (IUpdater updater : List.of(new Sgd(0.1), new Nesterovs(0.1, 0.9), new Adam(0.01))) {
      REGULARIZATIONS.forEach(
          (name, regularization) -> {
            for (GradientNormalization normalization : NORMALIZATIONS) {
              // A threshold low enough that something is clipped.
              UnaryOperator<NeuralNetConfiguration.Builder> global =
                  b ->
                      regularization
                          .apply(b)
                          .gradientNormalization(normalization)
                          .gradientNormalizationThreshold(0.05);
              String what = updater.getClass().getSimpleName() + ", " + name + ", " + normalization;
              cases.add(new Case(what, base.with(updater).with(global), false));
            }
          });
      cases.add(
          new Case(
              updater.getClass().getSimpleName() + " mixed with Nesterovs",
              base.with(updater).with(b -> b.l2(0.01)),
              true));
    }
    return cases.stream();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void a_network_is_trained_to_the_bits_of_the_stock_updater(Case c) {
    MultiLayerNetwork stock = Nets.network(c.setting(), c.blocks());
    MultiLayerNetwork flat = Nets.network(c.setting(), c.blocks());
    FlatUpdater.install(flat);
    double[] start = Nets.numbers(flat.params());
    DataSet data = Nets.data(DataType.FLOAT);
    for (int i = 0; i < 3; i++) {
      stock.fit(data);
      flat.fit(data);
    }
    assertThat(Nets.numbers(flat.params()))
        .isEqualTo(Nets.numbers(stock.params()))
        .isNotEqualTo(start);
    assertSameState(flat.updaterState(), stock.updaterState());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void a_graph_is_trained_to_the_bits_of_the_stock_updater(Case c) {
    ComputationGraph stock = Nets.graph(c.setting(), c.blocks());
    ComputationGraph flat = Nets.graph(c.setting(), c.blocks());
    FlatUpdater.install(flat);
    double[] start = Nets.numbers(flat.params());
    DataSet data = Nets.data(DataType.FLOAT);
    for (int i = 0; i < 3; i++) {
      stock.fit(data);
      flat.fit(data);
    }
    assertThat(Nets.numbers(flat.params()))
        .isEqualTo(Nets.numbers(stock.params()))
        .isNotEqualTo(start);
    assertSameState(flat.getUpdater().getStateViewArray(), stock.getUpdater().getStateViewArray());
  }

  private static void assertSameState(INDArray found, INDArray expected) {
    if (expected == null) {
      assertThat(found).isNull();
    } else {
      assertThat(Nets.numbers(found)).isEqualTo(Nets.numbers(expected));
    }
  }

  @Test
  void the_state_of_the_updater_survives_installation() {
    Nets.Setting adam = Nets.Setting.of(DataType.FLOAT).with(new Adam(0.01));
    MultiLayerNetwork stock = Nets.network(adam, Nets.block(), Nets.block());
    MultiLayerNetwork flat = Nets.network(adam, Nets.block(), Nets.block());
    DataSet data = Nets.data(DataType.FLOAT);
    for (int i = 0; i < 3; i++) {
      stock.fit(data);
      flat.fit(data);
    }
    double[] state = Nets.numbers(flat.updaterState());
    FlatUpdater.install(flat);
    assertThat(Nets.numbers(flat.updaterState())).isEqualTo(state);
    for (int i = 0; i < 3; i++) {
      stock.fit(data);
      flat.fit(data);
    }
    assertThat(Nets.numbers(flat.params())).isEqualTo(Nets.numbers(stock.params()));
  }

  @Test
  void a_gradient_from_elsewhere_is_applied_as_by_the_stock_updater() {
    Nets.Setting adam = Nets.Setting.of(DataType.FLOAT).with(new Adam(0.01));
    MultiLayerNetwork stock = Nets.network(adam, Nets.block(), Nets.block());
    MultiLayerNetwork flat = Nets.network(adam, Nets.block(), Nets.block());
    FlatUpdater.install(flat);
    assertThat(foreignUpdate(flat)).isEqualTo(foreignUpdate(stock));
  }

  /** The update that becomes of a gradient computed in another network. */
  private static double[] foreignUpdate(MultiLayerNetwork network) {
    INDArray foreign = Nd4j.linspace(DataType.FLOAT, -1, 0.01, network.numParams());
    Gradient gradient = new DefaultGradient(foreign);
    network
        .getUpdater()
        .update(network, gradient, 0, 0, Nets.EXAMPLES, LayerWorkspaceMgr.noWorkspaces());
    return Nets.numbers(foreign);
  }

  @Test
  void the_stock_updater_mistakes_the_networks_gradient_for_a_foreign_one() {
    MultiLayerNetwork network = networkOfBlocks(20);
    assertThat(branchesTaken(network)).containsExactly(0, 1);
  }

  @Test
  void the_flat_updater_takes_the_branch_whose_time_is_not_cubic() {
    MultiLayerNetwork network = networkOfBlocks(20);
    FlatUpdater.install(network);
    assertThat(branchesTaken(network)).containsExactly(1, 0);
  }

  private static MultiLayerNetwork networkOfBlocks(int count) {
    Layer[] blocks = new Layer[count];
    for (int l = 0; l < count; l++) {
      blocks[l] = Nets.block();
    }
    return Nets.network(Nets.Setting.of(DataType.FLOAT), blocks);
  }

  /** Calls of {updates of own gradients, updates of foreign gradients} in one iteration. */
  private static int[] branchesTaken(MultiLayerNetwork network) {
    int[] calls = new int[2];
    BaseMultiLayerUpdater<?> updater = (BaseMultiLayerUpdater<?>) network.getUpdater();
    updater.getUpdaterBlocks().replaceAll(block -> new Spy(block, calls));
    network.fit(Nets.data(DataType.FLOAT));
    return calls;
  }

  /** An updater block that counts which of its two entrances is used. */
  private static final class Spy extends UpdaterBlock {

    private final int[] calls;

    Spy(UpdaterBlock block, int[] calls) {
      super(
          block.getParamOffsetStart(),
          block.getParamOffsetEnd(),
          block.getUpdaterViewOffsetStart(),
          block.getUpdaterViewOffsetEnd(),
          block.getLayersAndVariablesInBlock());
      setUpdaterView(block.getUpdaterView());
      setGradientView(block.getGradientView());
      setUpdaterViewRequiresInitialization(block.isUpdaterViewRequiresInitialization());
      this.calls = calls;
    }

    @Override
    public void update(int iteration, int epoch) {
      calls[0]++;
      super.update(iteration, epoch);
    }

    @Override
    public void updateExternalGradient(
        int iteration, int epoch, INDArray fullGradient, INDArray fullParameters) {
      calls[1]++;
      super.updateExternalGradient(iteration, epoch, fullGradient, fullParameters);
    }
  }

  @Test
  void a_thousand_blocks_take_a_step() {
    MultiLayerNetwork network = networkOfBlocks(1000);
    FlatUpdater.install(network);
    double[] before = Nets.numbers(network.params());
    network.fit(Nets.data(DataType.FLOAT));
    assertThat(Nets.numbers(network.params())).isNotEqualTo(before).doesNotContain(Double.NaN);
  }
}
