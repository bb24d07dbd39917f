package org.fathom4j.kernel;

import java.util.Arrays;

/**
 * Norms along depth, filled in by a kernel while it computes: ‖z_l‖_F of the residual stream and
 * ‖∂R/∂z_l‖_F of its gradient, over all examples of the minibatch, at chosen layers l = 0…L.
 *
 * <p>Layer 0 is the input of the stack, layer L its output. Values are sums over the minibatch's
 * loss, not divided by the number of examples. A probe serves one minibatch at a time.
 */
public final class DepthProbe {

  private final int[] layers;
  private final int[] position; // of a layer in layers, -1 if it was not chosen
  private final double[] activationNorms;
  private final double[] gradientNorms;

  private DepthProbe(int depth, int[] layers) {
    this.layers = layers;
    this.position = new int[depth + 1];
    Arrays.fill(position, -1);
    for (int i = 0; i < layers.length; i++) {
      position[layers[i]] = i;
    }
    activationNorms = new double[layers.length];
    gradientNorms = new double[layers.length];
    reset();
  }

  /** At most {@code count} layers, spread evenly from 0 to {@code depth}, both ends included. */
  public static DepthProbe spread(int depth, int count) {
    if (depth < 0 || count < 2) {
      throw new IllegalArgumentException(
          "A probe needs a depth of at least 0 and two layers, not " + depth + " and " + count);
    }
    int chosen = Math.min(count, depth + 1);
    int[] layers = new int[chosen];
    for (int i = 0; i < chosen; i++) {
      layers[i] = chosen == 1 ? 0 : (int) Math.round((double) i * depth / (chosen - 1));
    }
    return new DepthProbe(depth, layers);
  }

  /** The given layers, ascending, of 0…{@code depth}. */
  public static DepthProbe at(int depth, int... layers) {
    for (int i = 0; i < layers.length; i++) {
      if (layers[i] < 0 || layers[i] > depth || (i > 0 && layers[i] <= layers[i - 1])) {
        throw new IllegalArgumentException(
            "Layers must ascend from 0 to " + depth + ", but are " + Arrays.toString(layers));
      }
    }
    return new DepthProbe(depth, layers.clone());
  }

  /** Every layer from 0 to {@code depth}. */
  public static DepthProbe everyLayer(int depth) {
    return spread(depth, Math.max(depth + 1, 2));
  }

  /** Whether the norms at this layer were asked for. */
  public boolean wants(int layer) {
    return position[layer] >= 0;
  }

  /** Records ‖z_l‖_F, infinite only if an entry is, at a layer that {@link #wants} named. */
  public void recordActivationNorm(int layer, double norm) {
    activationNorms[position[layer]] = norm;
  }

  /** Records ‖∂R/∂z_l‖_F, infinite only if an entry is, at a layer that {@link #wants} named. */
  public void recordGradientNorm(int layer, double norm) {
    gradientNorms[position[layer]] = norm;
  }

  /** Forgets all values; until they are recorded again they read as NaN. */
  public void reset() {
    Arrays.fill(activationNorms, Double.NaN);
    Arrays.fill(gradientNorms, Double.NaN);
  }

  /** The chosen layers, ascending. */
  public int[] layers() {
    return layers.clone();
  }

  /** ‖z_l‖_F at the i-th chosen layer. */
  public double activationNorm(int i) {
    return activationNorms[i];
  }

  /** ‖∂R/∂z_l‖_F at the i-th chosen layer. */
  public double gradientNorm(int i) {
    return gradientNorms[i];
  }
}
