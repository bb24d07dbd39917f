package org.fathom4j.diagnostics;

import java.util.Locale;
import java.util.Optional;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.layers.IOutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.params.DefaultParamInitializer;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.fathom4j.block.ResidualLayer;
import org.fathom4j.kernel.DepthProbe;
import org.fathom4j.record.RunRecord;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;

/**
 * Where and why numbers stopped being finite.
 *
 * @param where the pass, or the loss between the two
 * @param layer the first layer concerned in the direction of that pass: 0 is z_0, l the residual
 *     block l, L + 1 the readout
 * @param cause what the numbers did
 */
public record Divergence(Where where, int layer, Cause cause) {

  /** The pass in which it showed. */
  public enum Where {
    FORWARD,
    LOSS,
    BACKWARD
  }

  /** What the numbers did. */
  public enum Cause {
    /** Grew past the largest finite number. */
    OVERFLOW,
    /** Fell below the smallest positive number, and what divides by them failed. */
    UNDERFLOW,
    /** Were no number without having grown first. */
    NAN
  }

  /**
   * Replays a minibatch, layer by layer, with the network's parameters as they are.
   *
   * @param net embedding, residual layers, readout without bias; its gradients are overwritten
   * @return empty if everything is finite
   */
  public static Optional<Divergence> find(MultiLayerNetwork net, DataSet batch) {
    Optional<Divergence> forward = findForward(net, batch.getFeatures());
    return forward.isPresent() ? forward : findBackward(net, batch);
  }

  private static Optional<Divergence> findForward(MultiLayerNetwork net, INDArray features) {
    INDArray z = features.castTo(net.params().dataType());
    double before = norm(z);
    int layer = 0;
    for (int i = 0; i < net.getnLayers(); i++) {
      Layer each = net.getLayer(i);
      if (each instanceof ResidualLayer residual) {
        DepthProbe probe = DepthProbe.everyLayer(residual.blocks());
        z = residual.inspect(z, probe);
        for (int l = 1; l <= residual.blocks(); l++) {
          double norm = probe.activationNorm(l);
          if (!Double.isFinite(norm)) {
            return Optional.of(
                new Divergence(Where.FORWARD, layer + l - 1, cause(before, norm, z.dataType())));
          }
          before = norm;
        }
        layer += residual.blocks();
      } else {
        // Of the readout U z_L itself: its softmax would turn infinity into NaN.
        z =
            each instanceof IOutputLayer
                ? z.mmul(each.getParam(DefaultParamInitializer.WEIGHT_KEY))
                : each.activate(z, false, LayerWorkspaceMgr.noWorkspaces());
        double norm = norm(z);
        if (!Double.isFinite(norm)) {
          return Optional.of(
              new Divergence(Where.FORWARD, layer, cause(before, norm, z.dataType())));
        }
        before = norm;
        layer++;
      }
    }
    return Optional.empty();
  }

  private static Optional<Divergence> findBackward(MultiLayerNetwork net, DataSet batch) {
    DataType type = net.params().dataType();
    int blocks = 0;
    for (Layer each : net.getLayers()) {
      if (each instanceof ResidualLayer residual) {
        residual.observe(DepthProbe.everyLayer(residual.blocks()));
        blocks += residual.blocks();
      }
    }
    try {
      net.setInput(batch.getFeatures());
      net.setLabels(batch.getLabels());
      net.computeGradientAndScore();
      if (!Double.isFinite(net.score())) {
        return Optional.of(
            new Divergence(
                Where.LOSS, blocks + 1, Double.isNaN(net.score()) ? Cause.NAN : Cause.OVERFLOW));
      }
      return firstNonFiniteGradient(net, blocks, type);
    } finally {
      for (Layer each : net.getLayers()) {
        if (each instanceof ResidualLayer residual) {
          residual.observe(null);
        }
      }
    }
  }

  private static Optional<Divergence> firstNonFiniteGradient(
      MultiLayerNetwork net, int blocks, DataType type) {
    Divergence found = null;
    double before = 1;
    int layer = blocks + 1;
    for (int i = net.getnLayers() - 1; i >= 0 && found == null; i--) {
      Layer each = net.getLayer(i);
      if (each instanceof ResidualLayer residual) {
        DepthProbe probe = residual.observed();
        for (int l = residual.blocks(); l >= 1 && found == null; l--) {
          layer--;
          double norm = probe.gradientNorm(l);
          double weights = gradientNorm(residual, l - 1);
          double worst = Double.isFinite(norm) ? weights : norm;
          if (!Double.isFinite(worst)) {
            found = new Divergence(Where.BACKWARD, layer, cause(before, worst, type));
          }
          before = norm;
        }
      } else {
        double norm = norm(each.getGradientsViewArray());
        int number = i == 0 ? 0 : layer;
        if (!Double.isFinite(norm)) {
          found = new Divergence(Where.BACKWARD, number, cause(before, norm, type));
        }
      }
    }
    return Optional.ofNullable(found);
  }

  private static double gradientNorm(ResidualLayer layer, int block) {
    double worst = 0;
    for (String key : layer.paramTable().keySet()) {
      double norm = norm(layer.gradientOf(block, key));
      worst = Double.isFinite(worst) ? norm : worst;
    }
    return worst;
  }

  /**
   * Infinity is overflow. NaN is overflow too where numbers before it were so large that products
   * of theirs are not finite, and underflow where they had become zero.
   */
  private static Cause cause(double before, double norm, DataType type) {
    double largest = type == DataType.DOUBLE ? Double.MAX_VALUE : Float.MAX_VALUE;
    if (Double.isInfinite(norm) || before > Math.sqrt(largest)) {
      return Cause.OVERFLOW;
    }
    return before == 0 ? Cause.UNDERFLOW : Cause.NAN;
  }

  private static double norm(INDArray array) {
    if (array.isInfinite().any()) {
      return Double.POSITIVE_INFINITY;
    }
    return Norms.of(array.castTo(DataType.DOUBLE));
  }

  /**
   * As {@code run.json} has it.
   *
   * @param iterations updates made before the one that could not be made
   */
  public RunRecord.Divergence recordedAfter(int iterations) {
    return new RunRecord.Divergence(
        iterations + 1,
        where.name().toLowerCase(Locale.ROOT),
        layer,
        cause.name().toLowerCase(Locale.ROOT));
  }

  /** In words, such as {@code activations overflowed first at layer 412}. */
  public String sentence() {
    String what =
        switch (where) {
          case FORWARD -> "activations";
          case LOSS -> "the loss";
          case BACKWARD -> "gradients";
        };
    String did =
        switch (cause) {
          case OVERFLOW -> "overflowed";
          case UNDERFLOW -> "underflowed to zero";
          case NAN -> "stopped being numbers (NaN)";
        };
    return where == Where.LOSS
        ? what + " " + did + ", though every activation up to the readout is finite"
        : what + " " + did + " first at layer " + layer;
  }
}
