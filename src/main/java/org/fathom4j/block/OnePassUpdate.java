package org.fathom4j.block;

import java.util.Optional;
import org.deeplearning4j.nn.api.Updater;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.updater.BaseMultiLayerUpdater;
import org.deeplearning4j.nn.updater.MultiLayerUpdater;
import org.deeplearning4j.nn.updater.graph.ComputationGraphUpdater;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.deeplearning4j.optimize.api.ConvexOptimizer;
import org.deeplearning4j.optimize.api.StepFunction;
import org.deeplearning4j.optimize.solvers.BaseOptimizer;
import org.deeplearning4j.optimize.solvers.StochasticGradientDescent;
import org.deeplearning4j.optimize.solvers.accumulation.GradientsAccumulator;
import org.deeplearning4j.optimize.solvers.accumulation.IndexedTail;
import org.deeplearning4j.optimize.stepfunctions.NegativeGradientStepFunction;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Makes the update of a network one pass over memory instead of three and more.
 *
 * <p>Deeplearning4j divides the gradient by the minibatch, turns it into the update, adds weight
 * decay and subtracts it from the parameters, each in a pass of its own over all of them. Installed
 * here, the updater puts its work off until the step, which then does all of it at once. Results
 * are those of the stock updater, to the bit where ND4J's binary does not contract a product and a
 * sum into one rounding (the plain x86-64 one does not): parameters, state of the updater, and the
 * gradient view, which holds the update afterwards as ever. Saved models do not know of it.
 *
 * <p>It serves {@code Sgd}, {@code Nesterovs} and {@code Adam} with any schedules, layer by layer
 * alike or different, with or without weight decay, on the processor's memory in float or double.
 * For anything else {@link #install} changes nothing and says why; then networks of many layers
 * need {@link FlatUpdater}, whose cure this class contains.
 *
 * <p>Install after {@code init()}, after loading, after cloning a network and after {@code
 * setLearningRate}. An updater put in its place works as if this one had never been there. So does
 * this one where {@code update} is called outside of {@code fit}; the exception is a call right
 * after a {@code fit} that ended in an exception, which only the next {@code fit} tidies up.
 */
public final class OnePassUpdate {

  private OnePassUpdate() {}

  /**
   * Whether the update is one pass.
   *
   * @param installed whether it is
   * @param reason how, or why not
   */
  public record Choice(boolean installed, String reason) {}

  /** Replaces the updater of an initialized network, if it qualifies; the state is kept. */
  public static Choice install(MultiLayerNetwork network) {
    Updater updater = network.getUpdater();
    ConvexOptimizer optimizer = network.getOptimizer();
    Optional<String> obstacle = obstacle(updater, optimizer, network.params());
    if (obstacle.isPresent()) {
      return new Choice(false, obstacle.get());
    }
    Step step = new Step();
    OfNetwork own = new OfNetwork(network, updater.getStateViewArray(), step);
    network.setUpdater(own);
    network.setGradientsAccumulator(step);
    return installed();
  }

  /** Replaces the updater of an initialized graph, if it qualifies; the state is kept. */
  public static Choice install(ComputationGraph graph) {
    ComputationGraphUpdater updater = graph.getUpdater();
    ConvexOptimizer optimizer = graph.getOptimizer();
    Optional<String> obstacle = obstacle(updater, optimizer, graph.params());
    if (obstacle.isPresent()) {
      return new Choice(false, obstacle.get());
    }
    Step step = new Step();
    OfGraph own = new OfGraph(graph, updater.getStateViewArray(), step);
    graph.setUpdater(own);
    graph.setGradientsAccumulator(step);
    return installed();
  }

  private static Choice installed() {
    return new Choice(true, "One pass over memory; " + UpdatePlan.describe() + ".");
  }

  private static Optional<String> obstacle(
      Object updater, ConvexOptimizer optimizer, INDArray parameters) {
    if (!HostMemory.isBackend()) {
      return Optional.of(
          "This ND4J backend keeps arrays on a device; nd4j-native would have one-pass updates.");
    }
    if (!(optimizer instanceof StochasticGradientDescent)
        || !(((BaseOptimizer) optimizer).getStepFunction()
            instanceof NegativeGradientStepFunction)) {
      return Optional.of(
          "Training is not plain stochastic gradient descent, but by "
              + optimizer.getClass().getSimpleName()
              + " with the step function "
              + ((BaseOptimizer) optimizer).getStepFunction().getClass().getSimpleName()
              + ".");
    }
    GradientsAccumulator accumulator = optimizer.getGradientsAccumulator();
    if (accumulator != null && !(accumulator instanceof Step)) {
      return Optional.of(
          "A gradients accumulator is set already: " + accumulator.getClass().getName() + ".");
    }
    Class<?> type = updater.getClass();
    if (type != MultiLayerUpdater.class
        && type != ComputationGraphUpdater.class
        && type.getEnclosingClass() != FlatUpdater.class
        && type.getEnclosingClass() != OnePassUpdate.class) {
      return Optional.of("Its updater is not Deeplearning4j's own, but " + type.getName() + ".");
    }
    return UpdatePlan.obstacle((BaseMultiLayerUpdater<?>) updater, parameters);
  }

  private static final class OfNetwork extends FlatUpdater.OfNetwork {

    private static final long serialVersionUID = 1L;

    private final transient Step step;
    private final transient UpdatePlan plan;

    OfNetwork(MultiLayerNetwork network, INDArray state, Step step) {
      super(network, state);
      this.step = step;
      plan = new UpdatePlan(this);
    }

    @Override
    public synchronized void update(
        Gradient gradient,
        int iteration,
        int epoch,
        int batchSize,
        LayerWorkspaceMgr workspaceMgr) {
      if (FlatUpdater.isOwn(gradient, getFlattenedGradientsView())
          && step.isExpected()
          && network.getOptimizer().getGradientsAccumulator() == step) {
        step.putOff(plan.at(iteration, epoch, isMiniBatch() ? batchSize : 1));
      } else {
        super.update(gradient, iteration, epoch, batchSize, workspaceMgr);
      }
    }
  }

  private static final class OfGraph extends FlatUpdater.OfGraph {

    private static final long serialVersionUID = 1L;

    private final transient Step step;
    private final transient UpdatePlan plan;

    OfGraph(ComputationGraph graph, INDArray state, Step step) {
      super(graph, state);
      this.step = step;
      plan = new UpdatePlan(this);
    }

    @Override
    public synchronized void update(
        Gradient gradient,
        int iteration,
        int epoch,
        int batchSize,
        LayerWorkspaceMgr workspaceMgr) {
      if (FlatUpdater.isOwn(gradient, getFlattenedGradientsView())
          && step.isExpected()
          && network.getOptimizer().getGradientsAccumulator() == step) {
        step.putOff(plan.at(iteration, epoch, isMiniBatch() ? batchSize : 1));
      } else {
        super.update(gradient, iteration, epoch, batchSize, workspaceMgr);
      }
    }
  }

  /**
   * The end of an iteration of {@code StochasticGradientDescent.optimize}, which asks it in this
   * order: whether it has anything, at the start; then the updater runs; then it takes the step.
   * Without work put off, the step is the stock one.
   */
  private static final class Step implements GradientsAccumulator {

    private static final long serialVersionUID = 1L;

    private transient boolean expected; // between the start of an iteration and its step
    private transient UpdatePlan.Work work;

    boolean isExpected() {
      return expected;
    }

    void putOff(UpdatePlan.Work work) {
      this.work = work;
    }

    @Override
    public boolean hasAnything() {
      expected = true;
      work = null;
      return false;
    }

    @Override
    public void applyUpdate(
        StepFunction function, INDArray parameters, INDArray gradient, boolean isFinalStep) {
      UpdatePlan.Work now = work;
      expected = false;
      work = null;
      if (now == null) {
        function.step(parameters, gradient);
      } else {
        now.run(parameters, gradient);
      }
    }

    @Override
    public void applyUpdate(
        StepFunction function, INDArray parameters, INDArray gradient, double alpha) {
      throw alone();
    }

    @Override
    public void storeUpdate(INDArray update, int iteration, int epoch) {}

    @Override
    public void receiveUpdate(INDArray update) {
      throw alone();
    }

    private static UnsupportedOperationException alone() {
      return new UnsupportedOperationException(
          "The one-pass update shares gradients with nobody; set another gradients accumulator.");
    }

    @Override
    public void setExternalSource(IndexedTail source) {
      throw alone();
    }

    @Override
    public IndexedTail getExternalSource() {
      return null;
    }

    @Override
    public void markExternalUpdates(boolean updatesAvailable) {}

    @Override
    public void reset() {}

    @Override
    public void touch() {}
  }
}
