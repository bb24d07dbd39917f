package org.fathom4j.train;

import java.util.function.BooleanSupplier;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.fathom4j.data.Dataset;
import org.fathom4j.data.Minibatches;
import org.fathom4j.network.ResidualNetwork;
import org.fathom4j.record.RandomState;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.api.DataSetPreProcessor;

/**
 * An experiment in memory: trains as far as it is asked to, tells how well it does, writes nothing.
 *
 * <p>Its parameters after i updates are those, to the bit, that {@link Trainer#run} of the same
 * specification has after i updates, in however many steps they were made and whatever other
 * tryouts did in between. Not for concurrent use.
 */
public final class Tryout {

  private final MultiLayerNetwork net;
  private final Minibatches batches;
  private final Evaluator evaluator;
  private final BooleanSupplier interrupted;
  private final int total;
  private RandomState random;
  private int iteration;
  private boolean diverged;

  Tryout(ExperimentSpec spec, Dataset dataset, MultiLayerNetwork net, BooleanSupplier interrupted) {
    this.net = net;
    this.interrupted = interrupted;
    DataType type = ResidualNetwork.dataType(spec.architecture().precision());
    DataSetPreProcessor input = spec.data().input().fit(dataset.train());
    int examples = dataset.train().size();
    batches =
        Minibatches.shuffled(
            dataset.train(),
            spec.batchSizeOf(examples),
            input,
            type,
            Seeds.of(spec.seed()).order());
    evaluator = new Evaluator(dataset.train(), input, type, spec.architecture().loss());
    total = spec.iterationsOf(examples);
    random = RandomState.capture();
    net.addListeners(new DivergenceGuard());
  }

  /** Updates made. */
  public int iteration() {
    return iteration;
  }

  /** Loss and accuracy on the whole training split, now. */
  public Score evaluate() {
    ResidualNetwork.settle(net);
    try {
      return evaluator.evaluate(net);
    } finally {
      ResidualNetwork.dismiss(net);
    }
  }

  /**
   * Trains until {@code to} updates are made.
   *
   * @return whether loss and gradients stayed finite; if not, {@link #iteration()} tells the
   *     updates made before, and the tryout is over
   * @throws IllegalArgumentException if {@code to} is behind, or beyond the experiment's length
   * @throws TryoutInterruptedException if the user asked for it; a second call goes on
   */
  public boolean advance(int to) throws TryoutInterruptedException {
    if (to < iteration || to > total) {
      throw new IllegalArgumentException(
          "A tryout of "
              + total
              + " iterations that made "
              + iteration
              + " cannot be trained up to iteration "
              + to
              + ".");
    }
    random.restore();
    ResidualNetwork.settle(net); // a device holds a tryout only while it computes
    try {
      while (iteration < to && !diverged) {
        if (interrupted.getAsBoolean()) {
          throw new TryoutInterruptedException(iteration);
        }
        update();
      }
    } finally {
      random = RandomState.capture();
      ResidualNetwork.dismiss(net);
    }
    return !diverged;
  }

  private void update() {
    if (!batches.hasNext()) {
      batches.startEpoch(batches.epoch() + 1);
    }
    try {
      net.fit(batches.next());
      iteration++;
    } catch (DivergenceGuard.Diverged e) {
      diverged = true;
    }
  }
}
