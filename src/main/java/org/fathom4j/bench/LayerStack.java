package org.fathom4j.bench;

import java.util.function.LongToDoubleFunction;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.fathom4j.block.ResidualStack;
import org.fathom4j.kernel.BlockKind;
import org.fathom4j.kernel.KernelName;
import org.fathom4j.kernel.Precision;
import org.fathom4j.kernel.StackShape;
import org.fathom4j.network.HalfSquaredError;
import org.fathom4j.network.ResidualNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.Sgd;

/**
 * A stack as a layer of Deeplearning4j with nothing but a loss behind it: for kernels that exist
 * only there.
 */
final class LayerStack implements StackIteration {

  /** Numbers written at once. */
  private static final int PIECE = 1 << 20;

  private final MultiLayerNetwork net;
  private final INDArray input;
  private final DataSet batch;

  /**
   * Builds the network.
   *
   * @param rate η of the mean over examples
   */
  LayerStack(KernelName kernel, StackShape shape, int examples, double rate) {
    DataType type = shape.precision() == Precision.FLOAT ? DataType.FLOAT : DataType.DOUBLE;
    boolean linear = shape.kind() == BlockKind.LINEAR;
    net =
        new MultiLayerNetwork(
            new NeuralNetConfiguration.Builder()
                .seed(BenchSpec.SEED)
                .dataType(type)
                .updater(new Sgd(rate))
                .list()
                .layer(
                    new ResidualStack.Builder()
                        .name("stack")
                        .depth(shape.depth())
                        .linear(linear)
                        .width(shape.width())
                        .hiddenWidth(shape.hiddenWidth())
                        .activation(linear ? Activation.IDENTITY : Activation.RELU)
                        .build())
                .layer(
                    new LossLayer.Builder()
                        .lossFunction(new HalfSquaredError())
                        .activation(Activation.IDENTITY)
                        .build())
                .build());
    INDArray parameters =
        Nd4j.createUninitialized(type, parameterCount(shape, linear)).reshape(1, -1);
    fill(parameters, shape, linear);
    net.init(parameters, false);
    ResidualNetwork.useKernel(net, kernel);
    input = Nd4j.createUninitialized(type, examples, shape.width());
    StackNumbers numbers = new StackNumbers(shape);
    fill(input.reshape(1, -1), numbers::input);
    batch = new DataSet(input, net.output(input).subi(1)); // ∂R/∂Z_L is 1 before the first update
  }

  private static long parameterCount(StackShape shape, boolean linear) {
    return (linear ? 1 : 2) * shape.depth() * shape.matrixLength();
  }

  /** Parameters lie as in the raw kernels: all V, then all U. */
  private static void fill(INDArray parameters, StackShape shape, boolean linear) {
    StackNumbers numbers = new StackNumbers(shape);
    long inner = linear ? parameters.length() : parameters.length() / 2;
    fill(parameters, i -> i < inner ? numbers.inner(i) : numbers.outer(i - inner));
  }

  /** Piece by piece through ND4J, whose backend may keep a vector on a device. */
  private static void fill(INDArray vector, LongToDoubleFunction number) {
    for (long from = 0; from < vector.length(); from += PIECE) {
      double[] piece = new double[(int) Math.min(PIECE, vector.length() - from)];
      for (int i = 0; i < piece.length; i++) {
        piece[i] = number.applyAsDouble(from + i);
      }
      INDArray numbers = Nd4j.createFromArray(piece).castTo(vector.dataType()).reshape(1, -1);
      vector
          .get(NDArrayIndex.all(), NDArrayIndex.interval(from, from + piece.length))
          .assign(numbers);
    }
  }

  @Override
  public void run() {
    net.fit(batch);
  }

  @Override
  public Outcome outcome() {
    INDArray output = net.output(input);
    net.setInput(input);
    net.setLabels(output.sub(1));
    net.computeGradientAndScore();
    return new Outcome(
        output.castTo(DataType.DOUBLE).data().asDouble(),
        net.getFlattenedGradients().castTo(DataType.DOUBLE).data().asDouble());
  }

  @Override
  public void fillInput(double value) {
    input.assign(value);
  }

  @Override
  public String memoryPlan() {
    return "keeps z and a of every block in the framework's workspace";
  }

  /** ND4J's arrays go with the garbage; the workspaces of this thread at once. */
  @Override
  public void close() {
    Nd4j.getWorkspaceManager().destroyAllWorkspacesForCurrentThread();
  }
}
