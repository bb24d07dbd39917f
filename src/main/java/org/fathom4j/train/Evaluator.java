package org.fathom4j.train;

import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.fathom4j.data.LabeledImages;
import org.fathom4j.data.Minibatches;
import org.fathom4j.network.Loss;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.DataSetPreProcessor;

/** Loss and accuracy of a network on a whole split, in its own order. */
final class Evaluator {

  private static final int BATCH = 1000;

  /** As {@code LossMCXENT} clips by default, {@code DEFAULT_SOFTMAX_CLIPPING_EPSILON}. */
  private static final double SMALLEST_PROBABILITY = 1e-10;

  private final Minibatches batches;
  private final int examples;
  private final Loss loss;

  Evaluator(LabeledImages split, DataSetPreProcessor input, DataType type, Loss loss) {
    batches = Minibatches.inOrder(split, BATCH, input, type);
    examples = split.size();
    this.loss = loss;
  }

  Score evaluate(MultiLayerNetwork net) {
    double lossSum = 0;
    long correct = 0;
    batches.startEpoch(0);
    while (batches.hasNext()) {
      DataSet batch = batches.next();
      INDArray output = net.output(batch.getFeatures(), false);
      double[][] found = output.castTo(DataType.DOUBLE).toDoubleMatrix();
      double[][] wanted = batch.getLabels().castTo(DataType.DOUBLE).toDoubleMatrix();
      for (int n = 0; n < found.length; n++) {
        lossSum += lossOf(found[n], wanted[n]);
        correct += argMax(found[n]) == argMax(wanted[n]) ? 1 : 0;
      }
    }
    return new Score(lossSum / examples, (double) correct / examples);
  }

  /** The loss as the network trains on it; cross-entropy clips probabilities as the framework. */
  private double lossOf(double[] output, double[] label) {
    double sum = 0;
    for (int k = 0; k < output.length; k++) {
      if (loss == Loss.MSE) {
        double difference = output[k] - label[k];
        sum += 0.5 * difference * difference;
      } else if (label[k] != 0) {
        sum -= label[k] * Math.log(clipped(output[k]));
      }
    }
    return sum;
  }

  private static double clipped(double probability) {
    return Double.isNaN(probability)
        ? probability
        : Math.min(1 - SMALLEST_PROBABILITY, Math.max(SMALLEST_PROBABILITY, probability));
  }

  /** The first of the largest; -1 if an output is no number, which is nobody's class. */
  private static int argMax(double[] values) {
    int best = 0;
    for (int k = 0; k < values.length; k++) {
      if (Double.isNaN(values[k])) {
        return -1;
      }
      if (values[k] > values[best]) {
        best = k;
      }
    }
    return best;
  }
}
