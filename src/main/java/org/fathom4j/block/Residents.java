package org.fathom4j.block;

import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.fathom4j.kernel.NativeVector;
import org.fathom4j.kernel.ResidentStack;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Sgd;

/**
 * Lets the residual layers of a network keep parameters, gradients and updater state in the memory
 * of their kernel, on a GPU, while it trains: {@code fit} then moves minibatches and nothing else.
 *
 * <p>From {@link #settle} until {@link #dismiss} the network's own arrays, {@code params()}, the
 * flat gradient and the updater's state, are out of date for these layers. {@code fit}, {@code
 * output} and {@code score} do not need them; whoever reads them, to save a model for instance,
 * calls {@link #bringParameters} or {@link #bringGradients} before. Whoever wants to write them
 * dismisses first.
 *
 * <pre>{@code
 * Residents.settle(net);
 * net.fit(data);
 * Residents.bringParameters(net);
 * ModelSerializer.writeModel(net, file, true);
 * }</pre>
 */
public final class Residents {

  private Residents() {}

  /**
   * Moves what can be moved: layers whose kernel has a memory of its own, in a network that {@link
   * OnePassUpdate} can update.
   *
   * @return whether any layer was, or is
   */
  public static boolean settle(MultiLayerNetwork net) {
    List<ResidualLayer> layers = layers(net, layer -> true);
    if (layers.isEmpty() || !OnePassUpdate.install(net).installed()) {
      return false;
    }
    boolean any = false;
    for (ResidualLayer layer : layers) {
      boolean fresh = layer.resident().isEmpty();
      if (layer.settle()) {
        any = true;
        if (fresh) {
          moveState(net, layer, true);
        }
      }
    }
    if (any) {
      OnePassUpdate.install(net); // plans anew: some parameters live elsewhere now
    }
    return any;
  }

  /** Whether any layer keeps its parameters elsewhere. */
  public static boolean any(MultiLayerNetwork net) {
    return !residents(net).isEmpty();
  }

  /** Makes the network's arrays of parameters, and the updater's state, what the kernels' are. */
  public static void bringParameters(MultiLayerNetwork net) {
    for (ResidualLayer layer : residents(net)) {
      layer.bringParameters();
      moveState(net, layer, false);
    }
  }

  /** Makes the network's arrays of gradients, or of updates, what the kernels' are. */
  public static void bringGradients(MultiLayerNetwork net) {
    residents(net).forEach(ResidualLayer::bringGradients);
  }

  /**
   * Σ g² over the gradients of a layer, summed where they are in double precision.
   *
   * @param layer that {@link #isResident}
   */
  public static double gradientSumOfSquares(Layer layer) {
    return ((ResidualLayer) layer).resident().orElseThrow().gradientSumOfSquares();
  }

  /** Whether a layer keeps its parameters elsewhere. */
  public static boolean isResident(Layer layer) {
    return layer instanceof ResidualLayer residual && residual.resident().isPresent();
  }

  /** Brings everything back into the network's arrays, for good. */
  public static void dismiss(MultiLayerNetwork net) {
    bringParameters(net);
    residents(net).forEach(ResidualLayer::dismiss);
  }

  /**
   * Gives the kernels' memory back without bringing anything: the end of a network that nobody will
   * look at again.
   */
  public static void release(MultiLayerNetwork net) {
    residents(net).forEach(ResidualLayer::release);
  }

  private static List<ResidualLayer> residents(MultiLayerNetwork net) {
    return layers(net, layer -> layer.resident().isPresent());
  }

  private static List<ResidualLayer> layers(
      MultiLayerNetwork net, Predicate<ResidualLayer> wanted) {
    return Arrays.stream(net.getLayers())
        .filter(ResidualLayer.class::isInstance)
        .map(ResidualLayer.class::cast)
        .filter(wanted)
        .toList();
  }

  /** The updater's state of one layer, to the kernel or back. */
  private static void moveState(MultiLayerNetwork net, ResidualLayer layer, boolean toKernel) {
    INDArray state = net.getUpdater().getStateViewArray();
    if (state == null) {
      return; // gradient descent has none
    }
    ResidentStack stack = layer.resident().orElseThrow();
    NativeVector all = HostMemory.of(state);
    for (UpdatePlan.Variable variable :
        UpdatePlan.variables((BaseMultiLayerUpdater<?>) net.getUpdater())) {
      if (variable.layer() == layer) {
        for (int i = 0; i < states(variable); i++) {
          long first = i == 0 ? variable.firstState() : variable.secondState();
          NativeVector part = all.slice(first, variable.length());
          ResidentStack.Part name = ResidualParams.part(variable.key());
          if (toKernel) {
            stack.writeState(name, i, part);
          } else {
            stack.readState(name, i, part);
          }
        }
      }
    }
    Reference.reachabilityFence(state);
  }

  private static int states(UpdatePlan.Variable variable) {
    return variable.rule() instanceof Sgd ? 0 : variable.rule() instanceof Adam ? 2 : 1;
  }
}
