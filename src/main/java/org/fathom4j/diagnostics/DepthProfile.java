package org.fathom4j.diagnostics;

import java.util.ArrayList;
import java.util.List;
import org.fathom4j.block.ResidualLayer;
import org.fathom4j.block.ResidualParams;
import org.fathom4j.kernel.DepthProbe;
import org.fathom4j.record.DepthProfileRow;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Norms along the depth of a network in training, at layers spread from the first to the last.
 *
 * <pre>
 *   activation_norm   √(mean over examples of ‖z_l‖²)            l = 0…L
 *   gradient_norm     √(mean over examples of ‖∂R_n/∂z_l‖²)      R_n: the loss of one example
 *   update_norm_V     ‖ΔV_l‖_F, likewise U (linear: A)           l = 1…L
 * </pre>
 *
 * <p>{@link #begin} before an iteration makes the residual layers record, {@link #end} after its
 * update reads. Between profiles nothing is recorded and nothing costs.
 */
public final class DepthProfile {

  private final List<ResidualLayer> layers;
  private final List<DepthProbe> probes = new ArrayList<>();
  private final int depth;
  private final DepthProbe chosen; // over the blocks of all layers

  /**
   * A profile of residual layers that follow one another.
   *
   * @param layers from the input on
   * @param count layers to report, at most
   */
  public DepthProfile(List<ResidualLayer> layers, int count) {
    this.layers = List.copyOf(layers);
    depth = layers.stream().mapToInt(ResidualLayer::blocks).sum();
    chosen = DepthProbe.spread(depth, count);
    int first = 0; // blocks before this layer
    for (ResidualLayer layer : layers) {
      int last = first + layer.blocks();
      List<Integer> local = new ArrayList<>();
      for (int l = first; l <= last; l++) {
        if (chosen.wants(l)) {
          local.add(l - first);
        }
      }
      probes.add(
          local.isEmpty()
              ? null
              : DepthProbe.at(layer.blocks(), local.stream().mapToInt(l -> l).toArray()));
      first = last;
    }
  }

  /** Records during the next iteration. */
  public void begin() {
    for (int i = 0; i < probes.size(); i++) {
      if (probes.get(i) != null) {
        probes.get(i).reset();
        layers.get(i).observe(probes.get(i));
      }
    }
  }

  /**
   * Stops recording and reports, after the update and before the next forward pass.
   *
   * @param iteration the update just made, counted from 1
   * @param examples in its minibatch
   */
  public List<DepthProfileRow> end(int iteration, int examples) {
    List<DepthProfileRow> rows = new ArrayList<>();
    double perExample = 1 / Math.sqrt(examples);
    int first = 0;
    for (int i = 0; i < layers.size(); i++) {
      ResidualLayer layer = layers.get(i);
      layer.observe(null);
      DepthProbe probe = probes.get(i);
      if (probe != null) {
        int[] local = probe.layers();
        for (int k = 0; k < local.length; k++) {
          if (local[k] == 0 && first > 0) {
            continue; // the last layer of the blocks before
          }
          int l = first + local[k];
          double z = probe.activationNorm(k) * perExample;
          double dz = probe.gradientNorm(k) * perExample;
          rows.add(new DepthProfileRow(iteration, l, "activation_norm", z));
          rows.add(new DepthProfileRow(iteration, l, "gradient_norm", dz));
          if (local[k] > 0) {
            addUpdates(rows, iteration, l, layer, local[k] - 1);
          }
        }
      }
      first += layer.blocks();
    }
    return rows;
  }

  private static void addUpdates(
      List<DepthProfileRow> rows, int iteration, int l, ResidualLayer layer, int block) {
    for (String key : layer.paramTable().keySet()) {
      String matrix =
          switch (key) {
            case ResidualParams.INNER -> "V";
            case ResidualParams.OUTER -> "U";
            case ResidualParams.LINEAR -> "A";
            default -> null;
          };
      if (matrix != null) {
        double norm = norm(layer.gradientOf(block, key));
        rows.add(new DepthProfileRow(iteration, l, "update_norm_" + matrix, norm));
      }
    }
  }

  /** In double precision: squares of small updates underflow in float. */
  private static double norm(INDArray matrix) {
    return Norms.of(matrix.castTo(DataType.DOUBLE));
  }
}
