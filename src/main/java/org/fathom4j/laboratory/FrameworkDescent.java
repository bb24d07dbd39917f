package org.fathom4j.laboratory;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.ejml.data.DMatrixRMaj;
import org.fathom4j.block.OnePassUpdate;
import org.fathom4j.block.ResidualStack;
import org.fathom4j.network.HalfSquaredError;
import org.fathom4j.theory.descent.CurvatureBound;
import org.fathom4j.theory.descent.Descent;
import org.fathom4j.theory.descent.TrajectoryPoint;
import org.fathom4j.theory.linear.Invariant;
import org.fathom4j.theory.linear.LinearNetwork;
import org.fathom4j.theory.linear.SingularValues;
import org.fathom4j.theory.linear.Target;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.learning.config.Sgd;

/**
 * A Deeplearning4j network that descends on R = ½‖W_L ⋯ W_1 − Φ‖_F²: a {@link ResidualStack} of
 * linear blocks in double precision, nothing before it and nothing after it but the loss, fitted on
 * X = I.
 *
 * <pre>
 *   z_l = z_{l-1} + A_l z_{l-1},   W_l = I + A_l          one example, a column
 *   Z_0 = I,  Z_l = Z_{l-1} + Z_{l-1} A_lᵀ,  Z_L = Pᵀ     the minibatch: d examples in rows
 *   labels Φᵀ,  loss Σ_n ½‖ŷ_n − y_n‖² = R,  SGD: A_l ← A_l − η ∂R/∂A_l
 * </pre>
 *
 * <p>Summed over the examples, not averaged: the network's configuration says {@code
 * miniBatch(false)}. Parameters are stored as the stack stores them, {@code AW: [L, d, d]} with
 * A_lᵀ for l = 1, …, L. A layer that is 0, as the top one of ZAS, is A_l = −I, so that entries of
 * its W_l are exact to 1e-16 absolutely, not relatively.
 *
 * <p>Not thread-safe.
 */
public final class FrameworkDescent implements Descent {

  /** No random number is drawn: every parameter is assigned. ND4J takes 0 for the clock. */
  private static final long UNUSED_SEED = 1;

  private static final int NUMBERS_AT_A_TIME = 1 << 18;

  private final LinearNetwork start;
  private final Target target;
  private final int dimension;
  private final MultiLayerNetwork network;
  private final DataSet data;
  private double learningRate;
  private double loss; // of the present iteration, once it was asked for
  private boolean lossIsKnown;

  /**
   * Stands at a network.
   *
   * @param start square layers of the target's dimension; not changed
   * @throws IllegalArgumentException if a layer is of another shape
   */
  public FrameworkDescent(LinearNetwork start, Target target) {
    this.start = start;
    this.target = target;
    this.dimension = target.dimension();
    this.learningRate = 1;
    MultiLayerConfiguration configuration =
        new NeuralNetConfiguration.Builder()
            .seed(UNUSED_SEED)
            .dataType(DataType.DOUBLE)
            .miniBatch(false)
            .updater(new Sgd(learningRate))
            .list()
            .layer(
                new ResidualStack.Builder()
                    .width(dimension)
                    .depth(start.depth())
                    .linear(true)
                    .build())
            .layer(
                new LossLayer.Builder(new HalfSquaredError())
                    .activation(Activation.IDENTITY)
                    .build())
            .build();
    network = new MultiLayerNetwork(configuration);
    network.init(Nd4j.createUninitialized(DataType.DOUBLE, 1, parameters(start)), false);
    assign(start);
    OnePassUpdate.install(network);
    data = new DataSet(Nd4j.eye(dimension).castTo(DataType.DOUBLE), transposed(target.matrix()));
  }

  private long parameters(LinearNetwork network) {
    return (long) network.depth() * dimension * dimension;
  }

  private void assign(LinearNetwork from) {
    for (int first = 1; first <= from.depth(); first += layersAtATime()) {
      int last = Math.min(from.depth(), first + layersAtATime() - 1);
      double[] numbers = new double[(last - first + 1) * dimension * dimension];
      int next = 0;
      for (int l = first; l <= last; l++) {
        requireShape(from, l);
        DMatrixRMaj deviation = from.deviation(l);
        for (int j = 0; j < dimension; j++) {
          for (int i = 0; i < dimension; i++) {
            numbers[next++] = deviation.get(i, j); // A_lᵀ
          }
        }
      }
      stored(first, last).assign(Nd4j.createFromArray(numbers));
    }
  }

  private void requireShape(LinearNetwork from, int layer) {
    int rows = from.layer(layer).outputs();
    int columns = from.layer(layer).inputs();
    if (rows != dimension || columns != dimension) {
      throw new IllegalArgumentException(
          String.format(
              "Layer %d is %d×%d, but all blocks of a stack are %d×%d, as the target %s is.",
              layer, rows, columns, dimension, dimension, target.name()));
    }
  }

  /** An operation of ND4J takes some 10 µs whatever its length. */
  private int layersAtATime() {
    return Math.max(1, NUMBERS_AT_A_TIME / (dimension * dimension));
  }

  /** The entries of A_lᵀ for l from first to last, a view of the parameters. */
  private INDArray stored(int first, int last) {
    long size = (long) dimension * dimension;
    INDArray parameters = network.params();
    return parameters
        .reshape(parameters.length())
        .get(NDArrayIndex.interval((first - 1) * size, last * size));
  }

  private static INDArray transposed(DMatrixRMaj matrix) {
    double[][] columns = new double[matrix.numCols][matrix.numRows];
    for (int i = 0; i < matrix.numRows; i++) {
      for (int j = 0; j < matrix.numCols; j++) {
        columns[j][i] = matrix.get(i, j);
      }
    }
    return Nd4j.createFromArray(columns);
  }

  private static DMatrixRMaj transposed(INDArray array) {
    double[][] rows = array.toDoubleMatrix();
    DMatrixRMaj matrix = new DMatrixRMaj(rows[0].length, rows.length);
    for (int i = 0; i < rows.length; i++) {
      for (int j = 0; j < rows[0].length; j++) {
        matrix.set(j, i, rows[i][j]);
      }
    }
    return matrix;
  }

  @Override
  public double loss() {
    if (!lossIsKnown) {
      // LossLayer of 1.0.0-M2.1 averages its score over examples whatever miniBatch says.
      loss = network.score(data) * dimension;
      lossIsKnown = true;
    }
    return loss;
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException for a momentum: the framework's is Nesterov's, no heavy ball
   */
  @Override
  public void step(double rate, double momentum) {
    if (momentum != 0) {
      throw new IllegalArgumentException(
          "Deeplearning4j has Nesterov's momentum, not the heavy ball of μ = "
              + momentum
              + "; descend without it, or with another engine.");
    }
    if (rate != learningRate) {
      network.setLearningRate(rate);
      OnePassUpdate.install(network);
      learningRate = rate;
    }
    network.fit(data);
    lossIsKnown = false;
  }

  @Override
  public double safeLearningRate() {
    double largest = CurvatureBound.largestNorm(network()::layer, start.depth());
    return CurvatureBound.safeLearningRate(largest, start.depth(), loss());
  }

  @Override
  public TrajectoryPoint point(long iteration) {
    double[] values = SingularValues.of(product()).values();
    return new TrajectoryPoint(
        iteration,
        loss(),
        Arrays.stream(values).boxed().toList(),
        Invariant.drift(start, network()));
  }

  /** P, [d, d], as the network computes it: its output on X = I. */
  public DMatrixRMaj product() {
    return transposed(network.output(data.getFeatures()));
  }

  /** The layers of the present iteration, a copy. */
  public LinearNetwork network() {
    List<DMatrixRMaj> deviations = new ArrayList<>(start.depth());
    for (int first = 1; first <= start.depth(); first += layersAtATime()) {
      int last = Math.min(start.depth(), first + layersAtATime() - 1);
      double[] numbers = stored(first, last).toDoubleVector();
      int next = 0;
      for (int l = first; l <= last; l++) {
        DMatrixRMaj deviation = new DMatrixRMaj(dimension, dimension);
        for (int j = 0; j < dimension; j++) {
          for (int i = 0; i < dimension; i++) {
            deviation.set(i, j, numbers[next++]);
          }
        }
        deviations.add(deviation);
      }
    }
    return LinearNetwork.residual(deviations);
  }

  /** The Deeplearning4j network itself, with its parameters of the present iteration. */
  MultiLayerNetwork framework() {
    return network;
  }

  /** X = I and Φᵀ. */
  DataSet data() {
    return data;
  }
}
