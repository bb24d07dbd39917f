package org.fathom4j.train;

import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.fathom4j.record.DepthProfileRow;
import org.fathom4j.record.RunDirectory;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Looks into a network while it trains, at the iterations it chooses, and changes nothing.
 *
 * <p>Calls come from the training thread, in the order of the methods here. Whatever an observer
 * throws is logged and ends the observation; the training goes on.
 */
public interface TrainingObserver extends Closeable {

  /** Begins an observation, when a run has its directory and its network. */
  @FunctionalInterface
  interface Factory {

    /** Nobody looks. */
    Factory NONE =
        (directory, network, iteration) ->
            new TrainingObserver() {
              @Override
              public boolean samples(int next) {
                return false;
              }

              @Override
              public void updated(Update update) {}
            };

    /**
     * An observer of one run.
     *
     * @param iteration updates made before; 0 but for runs that are resumed
     * @throws IOException if it cannot be begun, which is logged; the training goes on without
     */
    TrainingObserver begin(RunDirectory directory, MultiLayerNetwork network, int iteration)
        throws IOException;
  }

  /**
   * Whether to look at the next iteration; if not, none of the other methods is called in it.
   *
   * @param iteration the update it will make, counted from 1
   */
  boolean samples(int iteration);

  /**
   * The forward pass is done.
   *
   * @param activations input of the network, then output of each of its layers; valid for the call
   */
  default void activated(List<INDArray> activations) throws IOException {}

  /**
   * The backward pass is done: the gradient arrays hold sums over the minibatch.
   *
   * @param examples in the minibatch
   */
  default void differentiated(int examples) throws IOException {}

  /** The update is made: parameters are new, the gradient arrays hold what was taken from them. */
  void updated(Update update) throws IOException;

  /** The run has ended, in whatever way. */
  @Override
  default void close() throws IOException {}

  /**
   * An iteration in numbers.
   *
   * @param iteration counted from 1
   * @param epoch passes over the training split completed
   * @param loss of its minibatch, before the update
   * @param learningRate of the update
   * @param examples in its minibatch
   * @param seconds at work since the run began, over all resumptions
   * @param profile norms along depth
   */
  record Update(
      int iteration,
      int epoch,
      double loss,
      double learningRate,
      int examples,
      double seconds,
      List<DepthProfileRow> profile) {

    public Update {
      profile = List.copyOf(profile);
    }
  }
}
