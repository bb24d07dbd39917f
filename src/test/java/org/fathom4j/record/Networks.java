package org.fathom4j.record;

import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** Small stock networks, inputs 5, hidden 7, classes 3; no two sizes equal. */
final class Networks {

  static final int EXAMPLES = 11;

  private Networks() {}

  static MultiLayerConfiguration configuration(DataType type, IUpdater updater) {
    return new NeuralNetConfiguration.Builder()
        .seed(17)
        .dataType(type)
        .updater(updater)
        .list()
        .layer(new DenseLayer.Builder().nIn(5).nOut(7).activation(Activation.TANH).build())
        .layer(
            new OutputLayer.Builder(LossFunction.MCXENT)
                .nIn(7)
                .nOut(3)
                .activation(Activation.SOFTMAX)
                .build())
        .build();
  }

  /** Three Adam steps from its start, so that parameters, updater and counters are not trivial. */
  static MultiLayerNetwork trained(DataType type) {
    return trained(type, new Adam(0.01));
  }

  static MultiLayerNetwork trained(DataType type, IUpdater updater) {
    MultiLayerNetwork network = new MultiLayerNetwork(configuration(type, updater));
    network.init();
    for (int i = 0; i < 3; i++) {
      network.fit(examples(type));
    }
    return network;
  }

  static ComputationGraph trainedGraph() {
    ComputationGraphConfiguration configuration =
        new NeuralNetConfiguration.Builder()
            .seed(17)
            .updater(new Adam(0.01))
            .graphBuilder()
            .addInputs("in")
            .addLayer("hidden", new DenseLayer.Builder().nIn(5).nOut(7).build(), "in")
            .addLayer(
                "out",
                new OutputLayer.Builder(LossFunction.MCXENT)
                    .nIn(7)
                    .nOut(3)
                    .activation(Activation.SOFTMAX)
                    .build(),
                "hidden")
            .setOutputs("out")
            .build();
    ComputationGraph graph = new ComputationGraph(configuration);
    graph.init();
    graph.fit(examples(DataType.FLOAT));
    return graph;
  }

  static DataSet examples(DataType type) {
    INDArray x = Nd4j.linspace(type, -1, 2.0 / (EXAMPLES * 5), EXAMPLES * 5).reshape(EXAMPLES, 5);
    INDArray y = Nd4j.zeros(type, EXAMPLES, 3);
    for (int i = 0; i < EXAMPLES; i++) {
      y.putScalar(i, i % 3, 1);
    }
    return new DataSet(x, y);
  }
}
