package org.fathom4j.network;

import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.LossUtil;

/**
 * Half the squared distance between output and label, summed over outputs.
 *
 * <pre>
 *   loss of one example   ½ Σ_k (ŷ_k − y_k)²      gradient ŷ − y
 * </pre>
 *
 * <p>The framework's own {@code LossMSE} divides by the number of outputs and has no ½; the papers
 * on deep linear networks use this one. As with all losses of the framework, the pre-activations
 * may be overwritten when the gradient is taken through an activation that works in place.
 */
public final class HalfSquaredError implements ILossFunction {

  private static final long serialVersionUID = 1L;

  @Override
  public double computeScore(
      INDArray labels, INDArray preOutput, IActivation activation, INDArray mask, boolean average) {
    double sum = computeScoreArray(labels, preOutput, activation, mask).sumNumber().doubleValue();
    return average ? sum / labels.size(0) : sum;
  }

  /** The loss of every example, [N, 1]. */
  @Override
  public INDArray computeScoreArray(
      INDArray labels, INDArray preOutput, IActivation activation, INDArray mask) {
    INDArray difference = difference(labels, preOutput, activation);
    INDArray squares = difference.muli(difference).muli(0.5);
    applyMask(squares, mask);
    return squares.sum(true, 1);
  }

  @Override
  public INDArray computeGradient(
      INDArray labels, INDArray preOutput, IActivation activation, INDArray mask) {
    INDArray byOutput = difference(labels, preOutput, activation);
    if (mask != null && LossUtil.isPerOutputMasking(byOutput, mask)) {
      applyMask(byOutput, mask);
    }
    INDArray byPreOutput = activation.backprop(preOutput, byOutput).getFirst();
    applyMask(byPreOutput, mask);
    return byPreOutput;
  }

  @Override
  public Pair<Double, INDArray> computeGradientAndScore(
      INDArray labels, INDArray preOutput, IActivation activation, INDArray mask, boolean average) {
    return new Pair<>(
        computeScore(labels, preOutput, activation, mask, average),
        computeGradient(labels, preOutput, activation, mask));
  }

  /** ŷ − y, in an array of its own. */
  private static INDArray difference(INDArray labels, INDArray preOutput, IActivation activation) {
    if (labels.size(1) != preOutput.size(1)) {
      throw new IllegalArgumentException(
          String.format(
              "Labels have %d columns, but the output layer has %d outputs. Give it one output a"
                  + " class.",
              labels.size(1), preOutput.size(1)));
    }
    INDArray output = activation.getActivation(preOutput.dup(), true);
    return output.subi(labels.castTo(output.dataType()));
  }

  private static void applyMask(INDArray array, INDArray mask) {
    if (mask != null) {
      LossUtil.applyMask(array, mask);
    }
  }

  @Override
  public String name() {
    return toString();
  }

  @Override
  public String toString() {
    return "HalfSquaredError()";
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof HalfSquaredError;
  }

  @Override
  public int hashCode() {
    return HalfSquaredError.class.hashCode();
  }
}
