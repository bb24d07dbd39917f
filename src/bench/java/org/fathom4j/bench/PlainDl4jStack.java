package org.fathom4j.bench;

import org.deeplearning4j.nn.conf.ComputationGraphConfiguration.GraphBuilder;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.weights.WeightInit;
import org.fathom4j.block.FlatUpdater;
import org.fathom4j.network.HalfSquaredError;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;

/**
 * The stack in plain Deeplearning4j: two dense layers and an addition a block, in a computation
 * graph. Single precision, nonlinear blocks.
 */
final class PlainDl4jStack implements StackIteration {

  private final ComputationGraph graph;
  private final int depth;
  private final INDArray input;
  private final DataSet batch;

  /**
   * Builds the graph.
   *
   * @param flatUpdater whether the stock updater, cubic in the number of layers, is replaced
   */
  PlainDl4jStack(BenchSpec spec, boolean flatUpdater) {
    depth = spec.depth();
    int d = spec.width();
    int m = spec.hiddenWidth();
    GraphBuilder builder =
        new NeuralNetConfiguration.Builder()
            .seed(BenchSpec.SEED)
            .dataType(DataType.FLOAT)
            .updater(new Sgd(spec.learningRate()))
            .weightInit(WeightInit.ZERO)
            .graphBuilder()
            .addInputs("z0");
    for (int l = 1; l <= depth; l++) {
      String before = "z" + (l - 1);
      builder
          .addLayer("V" + l, dense(d, m, Activation.RELU), before)
          .addLayer("U" + l, dense(m, d, Activation.IDENTITY), "V" + l)
          .addVertex("z" + l, new ElementWiseVertex(ElementWiseVertex.Op.Add), before, "U" + l);
    }
    builder
        .addLayer(
            "loss",
            new LossLayer.Builder()
                .lossFunction(new HalfSquaredError())
                .activation(Activation.IDENTITY)
                .build(),
            "z" + depth)
        .setOutputs("loss");
    graph = new ComputationGraph(builder.build());
    graph.init();
    if (flatUpdater) {
      FlatUpdater.install(graph);
    }
    StackNumbers numbers = new StackNumbers(spec.stack());
    float[] matrix = new float[d * m];
    for (int l = 0; l < depth; l++) {
      long offset = (long) l * matrix.length;
      for (int i = 0; i < matrix.length; i++) {
        matrix[i] = (float) numbers.inner(offset + i);
      }
      weights("V", l + 1).assign(Nd4j.create(matrix, new int[] {d, m}, 'c'));
      for (int i = 0; i < matrix.length; i++) {
        matrix[i] = (float) numbers.outer(offset + i);
      }
      weights("U", l + 1).assign(Nd4j.create(matrix, new int[] {m, d}, 'c'));
    }
    float[] z = new float[spec.batchSize() * d];
    for (int i = 0; i < z.length; i++) {
      z[i] = (float) numbers.input(i);
    }
    input = Nd4j.create(z, new int[] {spec.batchSize(), d}, 'c');
    batch = new DataSet(input, graph.outputSingle(input).subi(1));
  }

  private static DenseLayer dense(int nIn, int nOut, Activation activation) {
    return new DenseLayer.Builder()
        .nIn(nIn)
        .nOut(nOut)
        .hasBias(false)
        .activation(activation)
        .build();
  }

  private INDArray weights(String matrix, int block) {
    return graph.getLayer(matrix + block).getParam("W");
  }

  @Override
  public void run() {
    graph.fit(batch);
  }

  @Override
  public Outcome outcome() {
    INDArray output = graph.outputSingle(input);
    graph.setInput(0, input);
    graph.setLabels(output.sub(1));
    graph.computeGradientAndScore();
    double[] gradients = new double[Math.toIntExact(graph.numParams())];
    int at = 0;
    for (String matrix : new String[] {"V", "U"}) {
      for (int l = 1; l <= depth; l++) {
        double[] numbers =
            graph
                .gradient()
                .getGradientFor(matrix + l + "_W")
                .castTo(DataType.DOUBLE)
                .dup('c')
                .data()
                .asDouble();
        System.arraycopy(numbers, 0, gradients, at, numbers.length);
        at += numbers.length;
      }
    }
    return new Outcome(output.castTo(DataType.DOUBLE).dup('c').data().asDouble(), gradients);
  }

  @Override
  public void fillInput(double value) {
    input.assign(value);
  }

  @Override
  public String memoryPlan() {
    return "keeps every layer's input in the framework's workspace";
  }

  @Override
  public void close() {
    Nd4j.getWorkspaceManager().destroyAllWorkspacesForCurrentThread();
  }
}
