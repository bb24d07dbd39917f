package org.fathom4j.compare;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.fathom4j.block.ResidualLayer;
import org.fathom4j.block.ResidualParams;
import org.fathom4j.data.LabeledImages;
import org.fathom4j.network.Loss;
import org.fathom4j.network.NetworkSpec;
import org.fathom4j.network.NetworkSpec.Precision;
import org.fathom4j.network.ResidualNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * All activations, the loss and all gradients of a network on a whole split, in numbers that never
 * overflow: what a float or a double could not have held can be seen here.
 *
 * <pre>
 *   a = (z + b1) V + b2    h = σ(a) + b3    z' = z + α h U        and backwards by the chain rule
 * </pre>
 *
 * <p>Plain loops, straight from the equations; of the program it takes the parameters only.
 */
final class DirectLook {

  /** One block; a linear one has A for V, the identity for U and for σ. */
  private record Block(Wide v, Wide u, double alpha, double b1, double b2, double b3) {}

  private final NetworkSpec spec;
  private final List<Block> blocks = new ArrayList<>();
  private final List<Wide> streams = new ArrayList<>(); // z_0 … z_L
  private final List<Wide> branches = new ArrayList<>(); // h of block l at l - 1
  private final List<Wide> slopes = new ArrayList<>(); // σ'(a) of block l at l - 1
  private final List<Wide> streamGradients = new ArrayList<>(); // ∂z_0 … ∂z_L
  private final Wide output;
  private final Wide outputGradient;
  private final Wide losses; // of every example
  private final Wide readoutGradient;
  private final Wide[] worstGradients; // of block l at l: the larger of its matrices'
  private final double[] largestUpdates; // of block l at l: norm of the larger gradient
  private final double accuracy;

  DirectLook(NetworkSpec spec, MultiLayerNetwork net, LabeledImages split) {
    this.spec = spec;
    int depth = spec.shape().depth();
    Wide embedding = wide(net.getLayer(0).getParam("W"));
    Wide readout = wide(net.getOutputLayer().getParam("W"));
    for (ResidualLayer layer : ResidualNetwork.residualLayers(net)) {
      for (int l = 0; l < layer.blocks(); l++) {
        blocks.add(block(layer, l));
      }
    }
    streams.add(unitInputs(split).times(embedding));
    for (Block block : blocks) {
      forward(block);
    }
    output = streams.get(depth).times(readout);
    Wide targets = targets(split);
    outputGradient = spec.loss() == Loss.MSE ? output.plus(targets.scaled(-1)) : softmax(targets);
    losses = losses(targets);
    accuracy = accuracy(split);
    readoutGradient = streams.get(depth).transposed().times(outputGradient);
    worstGradients = new Wide[depth + 1];
    largestUpdates = new double[depth + 1];
    Wide dz = outputGradient.times(readout.transposed());
    streamGradients.add(dz);
    for (int l = depth; l >= 1; l--) {
      dz = backward(l, dz);
      streamGradients.add(0, dz);
    }
  }

  private Block block(ResidualLayer layer, int l) {
    if (spec.block() == NetworkSpec.Block.LINEAR) {
      double[][] eye = new double[spec.shape().width()][spec.shape().width()];
      for (int d = 0; d < eye.length; d++) {
        eye[d][d] = 1;
      }
      return new Block(wide(layer.parameter(l, ResidualParams.LINEAR)), Wide.of(eye), 1, 0, 0, 0);
    }
    Wide v = wide(layer.parameter(l, ResidualParams.INNER));
    Wide u = wide(layer.parameter(l, ResidualParams.OUTER));
    if (!layer.paramTable().containsKey(ResidualParams.SCALARS)) {
      return new Block(v, u, 1, 0, 0, 0);
    }
    double[] s = layer.parameter(l, ResidualParams.SCALARS).dup('c').ravel().toDoubleVector();
    return s.length == 1 ? new Block(v, u, s[0], 0, 0, 0) : new Block(v, u, s[0], s[1], s[2], s[3]);
  }

  private static Wide wide(INDArray matrix) {
    return Wide.of(matrix.toDoubleMatrix());
  }

  /** p / ‖p‖. */
  private static Wide unitInputs(LabeledImages split) {
    double[][] x = new double[split.size()][split.inputs()];
    for (int n = 0; n < x.length; n++) {
      double squares = 0;
      for (int j = 0; j < x[n].length; j++) {
        x[n][j] = split.pixel(n, j);
        squares += x[n][j] * x[n][j];
      }
      for (int j = 0; j < x[n].length; j++) {
        x[n][j] /= Math.sqrt(squares);
      }
    }
    return Wide.of(x);
  }

  private static Wide targets(LabeledImages split) {
    double[][] y = new double[split.size()][split.classes()];
    for (int n = 0; n < y.length; n++) {
      y[n][split.label(n)] = 1;
    }
    return Wide.of(y);
  }

  private void forward(Block block) {
    Wide z = streams.get(streams.size() - 1);
    Wide a = z.plus(block.b1()).times(block.v()).plus(block.b2());
    boolean linear =
        spec.block() == NetworkSpec.Block.LINEAR || spec.activation() == Activation.IDENTITY;
    Wide h = linear ? a : spec.activation() == Activation.RELU ? a.relu() : a.tanh();
    slopes.add(linear ? a.ones() : spec.activation() == Activation.RELU ? a.step() : h.tanhSlope());
    h = h.plus(block.b3());
    branches.add(h);
    streams.add(z.plus(h.times(block.u()).scaled(block.alpha())));
  }

  /** Takes ∂z_l to ∂z_{l-1}. */
  private Wide backward(int l, Wide dz) {
    Block block = blocks.get(l - 1);
    Wide da = dz.times(block.u().transposed()).scaled(block.alpha()).entrywise(slopes.get(l - 1));
    Wide dV = streams.get(l - 1).plus(block.b1()).transposed().times(da);
    Wide dU =
        spec.block() == NetworkSpec.Block.LINEAR
            ? dV
            : branches.get(l - 1).transposed().times(dz).scaled(block.alpha());
    worstGradients[l] = dV.largest() > dU.largest() ? dV : dU;
    largestUpdates[l] = Math.max(dV.norm(), dU.norm());
    return dz.plus(da.times(block.v().transposed()));
  }

  private Wide softmax(Wide targets) {
    double[][] y = new double[output.rows()][];
    for (int n = 0; n < y.length; n++) {
      // Beneath the largest of its row no exponential overflows, however large that is.
      double largest = Arrays.stream(output.m()[n]).max().orElseThrow();
      y[n] =
          Arrays.stream(output.m()[n])
              .map(value -> Math.exp(Math.scalb(value - largest, output.e())))
              .toArray();
      double sum = Arrays.stream(y[n]).sum();
      y[n] = Arrays.stream(y[n]).map(value -> value / sum).toArray();
    }
    return Wide.of(y).plus(targets.scaled(-1));
  }

  private Wide losses(Wide targets) {
    if (spec.loss() == Loss.MSE) {
      return outputGradient.entrywise(outputGradient).rowSums().scaled(0.5);
    }
    double[][] loss = new double[outputGradient.rows()][1];
    double[][] p = outputGradient.plus(targets).values();
    double[][] y = targets.values();
    for (int n = 0; n < loss.length; n++) {
      for (int k = 0; k < p[n].length; k++) {
        loss[n][0] -= y[n][k] == 0 ? 0 : Math.log(Math.max(p[n][k], 1e-10));
      }
    }
    return Wide.of(loss);
  }

  private double accuracy(LabeledImages split) {
    double[][] y = output.m();
    int right = 0;
    for (int n = 0; n < y.length; n++) {
      int best = 0;
      for (int k = 1; k < y[n].length; k++) {
        best = y[n][k] > y[n][best] ? k : best;
      }
      right += best == split.label(n) ? 1 : 0;
    }
    return (double) right / y.length;
  }

  double accuracy() {
    return accuracy;
  }

  /** Mean over examples; infinite beyond double. */
  double loss() {
    return losses.columnSum().values()[0][0] / losses.rows();
  }

  /** √(mean over examples of ‖z_l‖²). */
  double activationNorm(int l) {
    return streams.get(l).norm() / Math.sqrt(streams.get(l).rows());
  }

  double gradientNorm(int l) {
    return streamGradients.get(l).norm() / Math.sqrt(streams.get(l).rows());
  }

  /** Norm of the larger of the mean gradients of a block's matrices. */
  double blockGradientNorm(int l) {
    return largestUpdates[l] / streams.get(l).rows();
  }

  /**
   * What a type could not have held first, as a comparison words it; empty if it could have held
   * all.
   */
  String beyond(Precision precision) {
    int depth = spec.shape().depth();
    double most =
        precision == Precision.FLOAT ? Math.log(Float.MAX_VALUE) : Math.log(Double.MAX_VALUE);
    double limit = most / Math.log(2);
    String type = precision == Precision.FLOAT ? "float32" : "float64";
    if (streams.get(0).largest() > limit) {
      return "activations overflow " + type + " at the embedding";
    }
    for (int l = 1; l <= depth; l++) {
      if (Math.max(streams.get(l).largest(), branches.get(l - 1).largest()) > limit) {
        return "activations overflow " + type + " at layer " + l;
      }
    }
    if (output.largest() > limit) {
      return "activations overflow " + type + " at the readout";
    }
    if (losses.columnSum().largest() > limit) {
      return "the loss overflows " + type;
    }
    if (readoutGradient.largest() > limit) {
      return "gradients overflow " + type + " at the readout";
    }
    for (int l = depth; l >= 1; l--) {
      if (Math.max(streamGradients.get(l).largest(), worstGradients[l].largest()) > limit) {
        return "gradients overflow " + type + " at layer " + l;
      }
    }
    return streamGradients.get(0).largest() > limit
        ? "gradients overflow " + type + " at the embedding"
        : "";
  }
}
