package org.fathom4j.train;

import java.io.IOException;
import java.util.List;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.fathom4j.network.ResidualNetwork;
import org.fathom4j.record.RunDirectory;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps a training from its {@link TrainingObserver}: the first failure is logged and ends it. */
final class HarmlessObserver extends BaseTrainingListener implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(HarmlessObserver.class);

  private final MultiLayerNetwork network;
  private TrainingObserver observer; // null when it has failed
  private boolean sampling;

  private HarmlessObserver(MultiLayerNetwork network) {
    this.network = network;
  }

  static HarmlessObserver begin(
      TrainingObserver.Factory factory,
      RunDirectory directory,
      MultiLayerNetwork network,
      int iteration) {
    HarmlessObserver harmless = new HarmlessObserver(network);
    harmless.attempt(() -> harmless.observer = factory.begin(directory, network, iteration));
    network.addListeners(harmless);
    return harmless;
  }

  /** What an observer does. */
  @FunctionalInterface
  private interface Action {
    void run() throws IOException;
  }

  private void attempt(Action action) {
    try {
      action.run();
    } catch (IOException | RuntimeException | LinkageError | OutOfMemoryError e) {
      TrainingObserver failed = observer;
      observer = null;
      sampling = false;
      LOG.warn(
          "The training goes on without its monitor: {}",
          e.getMessage() == null ? e.toString() : e.getMessage());
      LOG.debug("What the monitor threw", e);
      if (failed != null) {
        attempt(failed::close); // it may hold a file
      }
    }
  }

  /** Whether the next iteration, the {@code iteration}-th, is looked at. */
  boolean samples(int iteration) {
    sampling = false;
    if (observer != null) {
      attempt(() -> sampling = observer.samples(iteration));
    }
    return sampling;
  }

  @Override
  public void onForwardPass(Model model, List<INDArray> activations) {
    if (sampling) {
      attempt(() -> observer.activated(activations));
    }
  }

  @Override
  public void onGradientCalculation(Model model) {
    if (sampling) {
      int examples = ((MultiLayerNetwork) model).getInputMiniBatchSize();
      attempt(
          () -> {
            ResidualNetwork.bringGradients(network);
            observer.differentiated(examples);
          });
    }
  }

  /** The iteration is done. */
  void updated(TrainingObserver.Update update) {
    if (sampling) {
      attempt(
          () -> {
            ResidualNetwork.bringParametersWithoutState(network);
            ResidualNetwork.bringGradients(network);
            observer.updated(update);
          });
    }
  }

  @Override
  public void close() {
    sampling = false;
    TrainingObserver last = observer;
    observer = null;
    if (last != null) {
      attempt(last::close);
    }
  }
}
