package org.fathom4j.block;

import java.util.function.UnaryOperator;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.weights.WeightInit;
import org.fathom4j.kernel.BranchForm;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** Small networks with residual layers in the middle; no two of their dimensions are equal. */
final class Nets {

  static final long SEED = 20191107;
  static final int EXAMPLES = 5;
  static final int INPUTS = 4;
  static final int WIDTH = 7;
  static final int HIDDEN = 3;
  static final int OUTPUTS = 2;

  /**
   * What surrounds the residual layers.
   *
   * @param global further settings of the whole network
   */
  record Setting(
      DataType type,
      WorkspaceMode workspaces,
      IUpdater updater,
      UnaryOperator<NeuralNetConfiguration.Builder> global) {

    static Setting of(DataType type) {
      return new Setting(type, WorkspaceMode.ENABLED, new Sgd(0.1), b -> b);
    }

    Setting with(WorkspaceMode mode) {
      return new Setting(type, mode, updater, global);
    }

    Setting with(IUpdater other) {
      return new Setting(type, workspaces, other, global);
    }

    Setting with(UnaryOperator<NeuralNetConfiguration.Builder> further) {
      return new Setting(type, workspaces, updater, further);
    }

    private NeuralNetConfiguration.Builder builder() {
      return global.apply(
          new NeuralNetConfiguration.Builder()
              .seed(SEED)
              .dataType(type)
              .updater(updater.clone())
              .weightInit(WeightInit.XAVIER)
              .activation(Activation.TANH)
              .trainingWorkspaceMode(workspaces)
              .inferenceWorkspaceMode(workspaces));
    }
  }

  private Nets() {}

  /** Embedding 4 → 7, the residual layers, readout 7 → 2. */
  static MultiLayerConfiguration configuration(Setting setting, Layer... residual) {
    NeuralNetConfiguration.ListBuilder list = setting.builder().list();
    list.layer(new DenseLayer.Builder().nOut(WIDTH).build());
    for (Layer layer : residual) {
      list.layer(layer);
    }
    list.layer(readout());
    return list.setInputType(InputType.feedForward(INPUTS)).build();
  }

  static MultiLayerNetwork network(Setting setting, Layer... residual) {
    MultiLayerNetwork network = new MultiLayerNetwork(configuration(setting, residual));
    network.init();
    return network;
  }

  /** The same layers in a graph, named embedding, block0, block1, …, readout. */
  static ComputationGraphConfiguration graphConfiguration(Setting setting, Layer... residual) {
    ComputationGraphConfiguration.GraphBuilder builder =
        setting
            .builder()
            .graphBuilder()
            .addInputs("input")
            .addLayer("embedding", new DenseLayer.Builder().nOut(WIDTH).build(), "input");
    String last = "embedding";
    for (int i = 0; i < residual.length; i++) {
      builder.addLayer("block" + i, residual[i], last);
      last = "block" + i;
    }
    return builder
        .addLayer("readout", readout(), last)
        .setOutputs("readout")
        .setInputTypes(InputType.feedForward(INPUTS))
        .build();
  }

  static ComputationGraph graph(Setting setting, Layer... residual) {
    ComputationGraph graph = new ComputationGraph(graphConfiguration(setting, residual));
    graph.init();
    return graph;
  }

  private static OutputLayer readout() {
    return new OutputLayer.Builder(LossFunction.MSE)
        .nOut(OUTPUTS)
        .activation(Activation.IDENTITY)
        .build();
  }

  static ResidualBlock block() {
    return new ResidualBlock.Builder().hiddenWidth(HIDDEN).build();
  }

  static ResidualStack stack(int depth) {
    return new ResidualStack.Builder().depth(depth).hiddenWidth(HIDDEN).build();
  }

  static ResidualStack linearStack(int depth) {
    return new ResidualStack.Builder().depth(depth).linear(true).build();
  }

  static LinearResidualBlock linearBlock() {
    return new LinearResidualBlock.Builder().build();
  }

  static <C extends ResidualConfiguration> C scaled(C conf, BranchForm form) {
    conf.setBranchForm(form);
    return conf;
  }

  static DataSet data(DataType type, int examples) {
    Nd4j.getRandom().setSeed(SEED);
    INDArray x = Nd4j.randn(DataType.DOUBLE, examples, INPUTS).castTo(type);
    INDArray y = Nd4j.randn(DataType.DOUBLE, examples, OUTPUTS).castTo(type);
    return new DataSet(x, y);
  }

  static DataSet data(DataType type) {
    return data(type, EXAMPLES);
  }

  /** The first residual layer of a network. */
  static ResidualLayer residual(MultiLayerNetwork network) {
    return (ResidualLayer) network.getLayer(1);
  }

  /** Numbers of deviation 0.4 everywhere, scalars and biases included. */
  static void randomize(INDArray parameters) {
    Nd4j.getRandom().setSeed(SEED + 1);
    parameters.assign(Nd4j.randn(DataType.DOUBLE, parameters.shape()).muli(0.4));
  }

  /** Exact numbers: equal arrays here mean equal bits (save for the sign of zero). */
  static double[] numbers(INDArray array) {
    return array.dup('c').data().asDouble();
  }
}
