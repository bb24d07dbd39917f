package org.fathom4j.block;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.fathom4j.kernel.BlockKind;
import org.fathom4j.kernel.BranchForm;
import org.fathom4j.kernel.KernelName;
import org.fathom4j.kernel.UsableKernels;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.Sgd;

/**
 * A stack of L blocks is the same network as L single blocks.
 *
 * <p>To the bit: both make the same calls of the BLAS on matrices of the same shape and layout, and
 * everything else works number by number.
 */
class StackEqualsBlocksTest {

  private static final int DEPTH = 6;

  private record Case(
      String name,
      DataType type,
      BlockKind kind,
      BranchForm form,
      KernelName kernel,
      IUpdater updater,
      UnaryOperator<NeuralNetConfiguration.Builder> global) {

    @Override
    public String toString() {
      return String.join(
          " ", type.name(), kind.name(), form.name(), kernel.name(), updater.toString(), name);
    }

    Nets.Setting setting() {
      return Nets.Setting.of(type).with(updater).with(global);
    }

    MultiLayerNetwork stacked() {
      return Nets.network(setting(), stackLayer());
    }

    ResidualStack stackLayer() {
      return Nets.scaled(
          kind == BlockKind.LINEAR ? Nets.linearStack(DEPTH) : Nets.stack(DEPTH), form);
    }

    Layer[] blockLayers() {
      Layer[] blocks = new Layer[DEPTH];
      for (int l = 0; l < DEPTH; l++) {
        blocks[l] = Nets.scaled(kind == BlockKind.LINEAR ? Nets.linearBlock() : Nets.block(), form);
      }
      return blocks;
    }

    MultiLayerNetwork blockwise() {
      return Nets.network(setting(), blockLayers());
    }
  }

  static Stream<Case> cases() {
    List<Case> cases = new ArrayList<>();
    for (DataType type : List.of(DataType.FLOAT, DataType.DOUBLE)) {
      for (BlockKind kind : BlockKind.values()) {
        for (BranchForm form : BranchForm.values()) {
          if (kind == BlockKind.LINEAR && form.isBiased()) {
            continue;
          }
          for (KernelName kernel : UsableKernels.all()) {
            cases.add(new Case("", type, kind, form, kernel, new Sgd(0.1), b -> b));
          }
        }
        for (IUpdater updater : List.of(new Sgd(0.1), new Nesterovs(0.1, 0.9), new Adam(0.01))) {
          BranchForm scaled = BranchForm.SCALED;
          cases.add(new Case("l2", type, kind, scaled, KernelName.ND4J, updater, b -> b.l2(0.01)));
          cases.add(
              new Case(
                  "weight decay",
                  type,
                  kind,
                  scaled,
                  KernelName.ND4J,
                  updater,
                  b -> b.weightDecay(0.01)));
        }
      }
    }
    return cases.stream();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void output_gradient_and_ten_steps_of_training_are_the_same_to_the_bit(Case c) {
    MultiLayerNetwork stacked = c.stacked();
    MultiLayerNetwork blockwise = c.blockwise();
    Nets.randomize(stacked.params());
    copy(stacked, blockwise);
    useKernel(stacked, c.kernel());
    useKernel(blockwise, c.kernel());
    DataSet data = Nets.data(c.type());

    assertThat(Nets.numbers(stacked.output(data.getFeatures())))
        .isEqualTo(Nets.numbers(blockwise.output(data.getFeatures())));

    differentiate(stacked, data);
    differentiate(blockwise, data);
    assertThat(stacked.score()).isFinite();
    assertSameEverywhere(stacked, blockwise, true);

    for (int i = 0; i < 10; i++) {
      stacked.fit(data);
      blockwise.fit(data);
    }
    assertSameEverywhere(stacked, blockwise, false);
    assertThat(Nets.numbers(stacked.output(data.getFeatures())))
        .isEqualTo(Nets.numbers(blockwise.output(data.getFeatures())));
  }

  @Test
  void a_graph_of_blocks_is_the_network_of_one_stack() {
    Case c =
        new Case(
            "",
            DataType.FLOAT,
            BlockKind.NONLINEAR,
            BranchForm.SCALED_AND_BIASED,
            KernelName.ND4J,
            new Adam(0.01),
            b -> b);
    MultiLayerNetwork stacked = c.stacked();
    MultiLayerNetwork blockwise = c.blockwise();
    ComputationGraph graph = Nets.graph(c.setting(), c.blockLayers());
    Nets.randomize(stacked.params());
    copy(stacked, blockwise);
    graph.setParams(blockwise.params().dup());
    DataSet data = Nets.data(DataType.FLOAT);
    for (int i = 0; i < 10; i++) {
      stacked.fit(data);
      blockwise.fit(data);
      graph.fit(data);
    }
    assertThat(Nets.numbers(graph.params())).isEqualTo(Nets.numbers(blockwise.params()));
    assertThat(Nets.numbers(graph.outputSingle(data.getFeatures())))
        .isEqualTo(Nets.numbers(stacked.output(data.getFeatures())));
  }

  @Test
  void a_stack_without_workspaces_is_the_blocks_with_workspaces() {
    Nets.Setting setting = Nets.Setting.of(DataType.FLOAT);
    MultiLayerNetwork stacked = Nets.network(setting.with(WorkspaceMode.NONE), Nets.stack(DEPTH));
    Layer[] blocks = new Layer[DEPTH];
    for (int l = 0; l < DEPTH; l++) {
      blocks[l] = Nets.block();
    }
    MultiLayerNetwork blockwise = Nets.network(setting, blocks);
    copy(stacked, blockwise);
    DataSet data = Nets.data(DataType.FLOAT);
    for (int i = 0; i < 10; i++) {
      stacked.fit(data);
      blockwise.fit(data);
    }
    assertSameEverywhere(stacked, blockwise, false);
  }

  private static void differentiate(MultiLayerNetwork network, DataSet data) {
    network.setInput(data.getFeatures());
    network.setLabels(data.getLabels());
    network.computeGradientAndScore();
  }

  private static void useKernel(MultiLayerNetwork network, KernelName kernel) {
    for (org.deeplearning4j.nn.api.Layer layer : network.getLayers()) {
      if (layer instanceof ResidualLayer residual) {
        residual.useKernel(kernel);
      }
    }
  }

  /** Parameters of the network of one stack to the network of single blocks. */
  private static void copy(MultiLayerNetwork stacked, MultiLayerNetwork blockwise) {
    stacked.getLayer(0).paramTable().forEach(blockwise.getLayer(0)::setParam);
    ResidualLayer stack = Nets.residual(stacked);
    for (int l = 0; l < DEPTH; l++) {
      for (String key : stack.paramTable().keySet()) {
        INDArray own = blockwise.getLayer(1 + l).getParam(key);
        own.assign(stack.parameter(l, key).reshape(own.shape()));
      }
    }
    stacked.getLayer(2).paramTable().forEach(blockwise.getLayer(DEPTH + 1)::setParam);
  }

  private static void assertSameEverywhere(
      MultiLayerNetwork stacked, MultiLayerNetwork blockwise, boolean gradients) {
    ResidualLayer stack = Nets.residual(stacked);
    for (int l = 0; l < DEPTH; l++) {
      ResidualLayer block = (ResidualLayer) blockwise.getLayer(1 + l);
      for (String key : stack.paramTable().keySet()) {
        INDArray ofStack = gradients ? stack.gradientOf(l, key) : stack.parameter(l, key);
        INDArray ofBlock = gradients ? block.gradientOf(0, key) : block.parameter(0, key);
        assertThat(Nets.numbers(ofStack))
            .as("%s of block %d", key, l)
            .isEqualTo(Nets.numbers(ofBlock));
      }
    }
    for (int i : new int[] {0, 1}) {
      org.deeplearning4j.nn.api.Layer first = stacked.getLayer(i == 0 ? 0 : 2);
      org.deeplearning4j.nn.api.Layer second = blockwise.getLayer(i == 0 ? 0 : DEPTH + 1);
      INDArray expected = gradients ? second.getGradientsViewArray() : second.params();
      INDArray found = gradients ? first.getGradientsViewArray() : first.params();
      assertThat(Nets.numbers(found)).isEqualTo(Nets.numbers(expected));
    }
  }
}
