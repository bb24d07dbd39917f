package org.fathom4j.network;

import java.util.List;
import java.util.stream.Stream;
import org.fathom4j.init.Initializers;
import org.fathom4j.init.NetworkShape;
import org.fathom4j.network.NetworkSpec.Block;
import org.fathom4j.network.NetworkSpec.Layers;
import org.fathom4j.network.NetworkSpec.Precision;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;

/** Small networks for the tests of this room; no two of their sizes are equal. */
final class Specs {

  static final long SEED = 20191107;
  static final int EXAMPLES = 13;
  static final NetworkShape SHAPE = new NetworkShape(11, 7, 5, 4, 3);

  private Specs() {}

  static NetworkSpec of(String initialization) {
    return of(initialization, Block.NONLINEAR, Layers.STACK, Precision.DOUBLE);
  }

  static NetworkSpec of(String initialization, Block block, Layers layers, Precision precision) {
    return of(SHAPE, initialization, block, Activation.RELU, Loss.MSE, layers, precision);
  }

  static NetworkSpec of(
      NetworkShape shape,
      String initialization,
      Block block,
      Activation activation,
      Loss loss,
      Layers layers,
      Precision precision) {
    return new NetworkSpec(
        shape, block, activation, Initializers.parse(initialization), loss, layers, precision);
  }

  /** Every initializer of the catalogue, as either kind of block, in either form. */
  static Stream<NetworkSpec> catalogue() {
    return Initializers.names().stream()
        .flatMap(
            name ->
                Stream.of(Block.values())
                    .flatMap(
                        block ->
                            Stream.of(Layers.values())
                                .map(layers -> of(name, block, layers, Precision.FLOAT))));
  }

  static OptimizerSpec sgd(double learningRate) {
    return optimizer(OptimizerSpec.Method.SGD, learningRate, 0);
  }

  static OptimizerSpec optimizer(
      OptimizerSpec.Method method, double learningRate, double weightDecay) {
    return new OptimizerSpec(method, learningRate, Schedule.CONSTANT, 0.9, weightDecay, 100);
  }

  /** Normal inputs and one-hot labels, classes in turn. */
  static DataSet batch(DataType type) {
    Nd4j.getRandom().setSeed(SEED);
    INDArray x = Nd4j.randn(DataType.DOUBLE, EXAMPLES, SHAPE.inputs()).castTo(type);
    INDArray y = Nd4j.zeros(type, EXAMPLES, SHAPE.classes());
    for (int n = 0; n < EXAMPLES; n++) {
      y.putScalar(n, n % SHAPE.classes(), 1);
    }
    return new DataSet(x, y);
  }

  /** Exact numbers: equal lists mean equal bits (save for the sign of zero). */
  static double[] numbers(INDArray array) {
    return array.dup('c').data().asDouble();
  }

  static List<OptimizerSpec.Method> methods() {
    return List.of(OptimizerSpec.Method.values());
  }
}
