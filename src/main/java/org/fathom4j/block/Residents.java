package org.fathom4j.block;

import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
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
 * output} and {@code score} do not need them; whoever reads them, to save or clone a model or in a
 * listener, calls {@link #bringParameters} or {@link #bringGradients} before. The network has no
 * hook that could do so by itself. Whoever wants to write to them, or to replace the updater, as
 * {@code setLearningRate} does, dismisses first and settles after: {@code fit} fails otherwise.
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
   * Moves what can be moved: layers without constraints whose kernel has a memory of its own, in a
   * network that {@link OnePassUpdate} can update.
   *
   * @return whether any layer was, or is
   * @throws org.fathom4j.kernel.InsufficientMemoryException if they do not fit there; nothing is
   *     moved then
   */
  public static boolean settle(MultiLayerNetwork net) {
    List<ResidualLayer> layers = layers(net, layer -> layer.residency().isEmpty());
    if (layers.isEmpty()) {
      return any(net);
    }
    if (!OnePassUpdate.install(net).installed()) {
      return false;
    }
    try {
      layers.forEach(ResidualLayer::settle);
      writeState(net, layers);
    } catch (RuntimeException e) {
      layers.forEach(ResidualLayer::release);
      throw e;
    }
    if (any(net)) {
      OnePassUpdate.install(net); // plans anew: some parameters live elsewhere now
    }
    return any(net);
  }

  /** Whether any layer keeps its parameters elsewhere. */
  public static boolean any(MultiLayerNetwork net) {
    return Arrays.stream(net.getLayers()).anyMatch(Residents::isResident);
  }

  /** Whether a layer keeps its parameters elsewhere. */
  public static boolean isResident(Layer layer) {
    return layer instanceof ResidualLayer residual && residual.residency().isPresent();
  }

  /** Makes the network's arrays of parameters, and the updater's state, what the kernels' are. */
  public static void bringParameters(MultiLayerNetwork net) {
    bringParametersWithoutState(net);
    List<ResidualLayer> stale =
        layers(net, layer -> layer.residency().filter(Residency::stateIsStale).isPresent());
    readState(net, stale);
    stale.forEach(layer -> layer.residency().orElseThrow().stateWasBrought());
  }

  /** The same for somebody who looks at parameters and does not save the network. */
  public static void bringParametersWithoutState(MultiLayerNetwork net) {
    residents(net).forEach(layer -> layer.residency().orElseThrow().bringParameters());
  }

  /** Makes the network's arrays of gradients, or of updates, what the kernels' are. */
  public static void bringGradients(MultiLayerNetwork net) {
    residents(net).forEach(layer -> layer.residency().orElseThrow().bringGradients());
  }

  /**
   * Σ g² over the gradients of a layer, summed where they are in double precision.
   *
   * @param layer that {@link #isResident}
   * @throws java.util.NoSuchElementException if it is not
   */
  public static double gradientSumOfSquares(Layer layer) {
    return ((ResidualLayer) layer).residency().orElseThrow().stack().gradientSumOfSquares();
  }

  /** Brings everything back into the network's arrays, for good. */
  public static void dismiss(MultiLayerNetwork net) {
    bringParameters(net);
    bringGradients(net);
    release(net);
  }

  /**
   * Gives the kernels' memory back without bringing anything: the end of a network that nobody will
   * look at again.
   */
  public static void release(MultiLayerNetwork net) {
    residents(net).forEach(ResidualLayer::release);
  }

  private static List<ResidualLayer> residents(MultiLayerNetwork net) {
    return layers(net, layer -> layer.residency().isPresent());
  }

  private static List<ResidualLayer> layers(
      MultiLayerNetwork net, Predicate<ResidualLayer> wanted) {
    return Arrays.stream(net.getLayers())
        .filter(ResidualLayer.class::isInstance)
        .map(ResidualLayer.class::cast)
        .filter(wanted)
        .toList();
  }

  private static void writeState(MultiLayerNetwork net, List<ResidualLayer> layers) {
    forEachState(net, layers, ResidentStack::writeState);
  }

  private static void readState(MultiLayerNetwork net, List<ResidualLayer> layers) {
    forEachState(net, layers, ResidentStack::readState);
  }

  /** What happens to a vector of state, the kernel's and the network's. */
  @FunctionalInterface
  private interface StateTransfer {
    void move(ResidentStack stack, ResidentStack.Part part, int index, NativeVector state);
  }

  private static void forEachState(
      MultiLayerNetwork net, List<ResidualLayer> layers, StateTransfer transfer) {
    INDArray state = net.getUpdater().getStateViewArray();
    if (state == null || layers.isEmpty()) {
      return; // gradient descent has none
    }
    Set<Layer> wanted = Collections.newSetFromMap(new IdentityHashMap<>());
    wanted.addAll(layers); // there may be thousands
    NativeVector all = HostMemory.of(state);
    for (UpdatePlan.Variable variable :
        UpdatePlan.variables((BaseMultiLayerUpdater<?>) net.getUpdater())) {
      if (variable.isResident() && wanted.contains(variable.layer())) {
        ResidentStack stack = ((ResidualLayer) variable.layer()).residency().orElseThrow().stack();
        ResidentStack.Part part = ResidualParams.part(variable.key());
        for (int i = 0; i < states(variable); i++) {
          long first = i == 0 ? variable.firstState() : variable.secondState();
          transfer.move(stack, part, i, all.slice(first, variable.length()));
        }
      }
    }
    Reference.reachabilityFence(state);
  }

  private static int states(UpdatePlan.Variable variable) {
    return variable.rule() instanceof Sgd ? 0 : variable.rule() instanceof Adam ? 2 : 1;
  }
}
