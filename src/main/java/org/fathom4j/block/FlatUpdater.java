package org.fathom4j.block;

import java.util.Map;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.MultiLayerUpdater;
import org.deeplearning4j.nn.updater.graph.ComputationGraphUpdater;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Makes the update of a network of many layers take time proportional to its size.
 *
 * <p>Deeplearning4j 1.0.0-M2.1's updater takes its own gradient for a foreign one, because {@code
 * DefaultGradient.gradient()} answers a fresh view that {@code BaseMultiLayerUpdater.update}
 * compares by identity; its branch for foreign gradients then takes views of views, K deep for K
 * parameter keys, and needs time proportional to K³: 3 s an iteration at 1,000 keys. The updaters
 * installed here hand over the very array that is compared with, so that the branch for own
 * gradients runs. Parameters come out bit for bit the same.
 *
 * <p>Install after {@code init()}, after loading, after cloning a network and after {@code
 * setLearningRate}, which all bring the stock updater back; the state of the updater is kept. A
 * network whose blocks are one {@link ResidualStack} does not need it.
 */
public final class FlatUpdater {

  private FlatUpdater() {}

  /** Replaces the updater of an initialized network. */
  public static void install(MultiLayerNetwork network) {
    INDArray state = network.getUpdater().getStateViewArray();
    network.setUpdater(state == null ? new OfNetwork(network) : new OfNetwork(network, state));
  }

  /** Replaces the updater of an initialized graph. */
  public static void install(ComputationGraph graph) {
    INDArray state = graph.getUpdater().getStateViewArray();
    graph.setUpdater(state == null ? new OfGraph(graph) : new OfGraph(graph, state));
  }

  /** The gradient itself where it lies in the network's own flat view. */
  private static Gradient recognizable(Gradient gradient, INDArray flat) {
    return isOwn(gradient, flat) ? new OwnGradient(gradient, flat) : gradient;
  }

  /** Whether a gradient lies in the network's own flat view. */
  static boolean isOwn(Gradient gradient, INDArray flat) {
    INDArray all = gradient.gradient();
    return flat != null
        && all.length() == flat.length()
        && all.data().platformAddress() == flat.data().platformAddress()
        && all.offset() == flat.offset();
  }

  /** The updater of a network. */
  static class OfNetwork extends MultiLayerUpdater {

    private static final long serialVersionUID = 1L;

    OfNetwork(MultiLayerNetwork network) {
      super(network);
    }

    OfNetwork(MultiLayerNetwork network, INDArray state) {
      super(network, state);
    }

    @Override
    public synchronized void update(
        Gradient gradient,
        int iteration,
        int epoch,
        int batchSize,
        LayerWorkspaceMgr workspaceMgr) {
      Gradient own = recognizable(gradient, getFlattenedGradientsView());
      super.update(own, iteration, epoch, batchSize, workspaceMgr);
    }
  }

  /** The updater of a graph. */
  static class OfGraph extends ComputationGraphUpdater {

    private static final long serialVersionUID = 1L;

    OfGraph(ComputationGraph graph) {
      super(graph);
    }

    OfGraph(ComputationGraph graph, INDArray state) {
      super(graph, state);
    }

    @Override
    public synchronized void update(
        Gradient gradient,
        int iteration,
        int epoch,
        int batchSize,
        LayerWorkspaceMgr workspaceMgr) {
      Gradient own = recognizable(gradient, getFlattenedGradientsView());
      super.update(own, iteration, epoch, batchSize, workspaceMgr);
    }
  }

  /** A gradient that answers the array the updater compares with. */
  private static final class OwnGradient extends DefaultGradient {

    private static final long serialVersionUID = 1L;

    private final transient Gradient gradient;
    private final transient INDArray flat;

    OwnGradient(Gradient gradient, INDArray flat) {
      super(flat);
      this.gradient = gradient;
      this.flat = flat;
    }

    @Override
    public INDArray gradient() {
      return flat;
    }

    @Override
    public Map<String, INDArray> gradientForVariable() {
      return gradient.gradientForVariable();
    }

    @Override
    public INDArray getGradientFor(String variable) {
      return gradient.getGradientFor(variable);
    }
  }
}
