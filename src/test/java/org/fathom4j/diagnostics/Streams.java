package org.fathom4j.diagnostics;

import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.fathom4j.block.ResidualLayer;
import org.fathom4j.block.ResidualParams;
import org.fathom4j.init.Initializers;
import org.fathom4j.init.NetworkShape;
import org.fathom4j.network.Loss;
import org.fathom4j.network.NetworkSpec;
import org.fathom4j.network.NetworkSpec.Block;
import org.fathom4j.network.NetworkSpec.Layers;
import org.fathom4j.network.NetworkSpec.Precision;
import org.fathom4j.network.OptimizerSpec;
import org.fathom4j.network.ResidualNetwork;
import org.fathom4j.network.Schedule;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;

/** Networks for the tests of this room; no two of their sizes are equal. */
final class Streams {

  static final long SEED = 17;
  static final int INPUTS = 11;
  static final int WIDTH = 7;
  static final int HIDDEN = 5;
  static final int CLASSES = 3;
  static final int EXAMPLES = 13;

  private Streams() {}

  static MultiLayerNetwork network(
      String initialization, int depth, Block block, Layers layers, Precision precision) {
    return network(
        initialization, depth, block, layers, precision, Loss.MSE, OptimizerSpec.Method.SGD);
  }

  static MultiLayerNetwork network(
      String initialization,
      int depth,
      Block block,
      Layers layers,
      Precision precision,
      Loss loss,
      OptimizerSpec.Method method) {
    NetworkSpec spec =
        new NetworkSpec(
            new NetworkShape(INPUTS, WIDTH, HIDDEN, depth, CLASSES),
            block,
            Activation.RELU,
            Initializers.parse(initialization),
            loss,
            layers,
            precision);
    return ResidualNetwork.create(
        spec, new OptimizerSpec(method, 0.01, Schedule.CONSTANT, 0.9, 0, 100), SEED);
  }

  /**
   * Linear blocks with A_l = 9 I, so that z_l = 10^l z_0 in every component, z_0 = {@code start}
   * for inputs of ones, and all outputs are {@code readout} times the sum of z_L.
   */
  static MultiLayerNetwork tenfold(
      int depth, Layers layers, Precision precision, double start, double readout) {
    MultiLayerNetwork net = network("mzas", depth, Block.LINEAR, layers, precision);
    net.getLayer(0).getParam("W").assign(start / INPUTS);
    net.getOutputLayer().getParam("W").assign(readout);
    INDArray nine = Nd4j.eye(WIDTH).castTo(net.params().dataType()).muli(9);
    for (ResidualLayer layer : ResidualNetwork.residualLayers(net)) {
      for (int l = 0; l < layer.blocks(); l++) {
        layer.parameter(l, ResidualParams.LINEAR).assign(nine);
      }
    }
    return net;
  }

  /** The type the network computes in. */
  static DataType type(Precision precision) {
    return ResidualNetwork.dataType(precision);
  }

  static DataSet batch(DataType type) {
    Nd4j.getRandom().setSeed(SEED);
    INDArray x = Nd4j.randn(DataType.DOUBLE, EXAMPLES, INPUTS).castTo(type);
    return new DataSet(x, labels(type));
  }

  static DataSet ones(DataType type) {
    return new DataSet(Nd4j.ones(type, EXAMPLES, INPUTS), labels(type));
  }

  private static INDArray labels(DataType type) {
    INDArray y = Nd4j.zeros(type, EXAMPLES, CLASSES);
    for (int n = 0; n < EXAMPLES; n++) {
      y.putScalar(n, n % CLASSES, 1);
    }
    return y;
  }
}
