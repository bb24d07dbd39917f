package org.fathom4j.train;

import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.fathom4j.data.Dataset;
import org.fathom4j.kernel.SystemMemory;
import org.fathom4j.network.DepthSummary;
import org.fathom4j.network.NetworkSpec;
import org.fathom4j.network.ResidualNetwork;

/**
 * Starts experiments that leave nothing behind: no run directory, no model, no pictures.
 *
 * <p>The data are read once for all experiments that agree on them. Not for concurrent use.
 *
 * <pre>{@code
 * Tryout tryout = new Tryouts(Path.of("."), () -> false).start(spec);
 * if (tryout.advance(100)) {
 *   double loss = tryout.evaluate().loss();
 * }
 * }</pre>
 */
public final class Tryouts {

  private final Path home;
  private final BooleanSupplier interrupted;
  private ExperimentSpec loadedFor;
  private Dataset dataset;

  /**
   * A place to try things out.
   *
   * @param home the directory that holds {@code datasets/}
   * @param interrupted asked before every iteration; true ends the tryout with {@link
   *     TryoutInterruptedException}
   */
  public Tryouts(Path home, BooleanSupplier interrupted) {
    this.home = home;
    this.interrupted = interrupted;
  }

  /**
   * Builds the network of an experiment, untrained.
   *
   * @throws IllegalArgumentException if the specification asks for the impossible
   * @throws IOException if data cannot be read, or memory does not suffice
   */
  public Tryout start(ExperimentSpec spec) throws IOException {
    // Networks dropped before hold native memory, whose weight the collector does not feel.
    System.gc();
    MemoryNeed memory = MemoryNeed.of(spec, data(spec));
    MultiLayerNetwork net = Trainer.create(spec, data(spec));
    ResidualNetwork.useMemoryPlan(net, memory.plan(net).kind());
    return new Tryout(spec, data(spec), net, interrupted);
  }

  /** The data of an experiment. */
  public Dataset data(ExperimentSpec spec) throws IOException {
    boolean loaded =
        loadedFor != null
            && loadedFor.data().equals(spec.data())
            && loadedFor.seed() == spec.seed();
    if (!loaded) {
      dataset = Trainer.load(spec, home);
      loadedFor = spec;
    }
    return dataset;
  }

  /** The network of an experiment, its sizes filled in from the data. */
  public NetworkSpec network(ExperimentSpec spec) throws IOException {
    return spec.networkFor(data(spec));
  }

  /** Updates of the whole experiment. */
  public int iterations(ExperimentSpec spec) throws IOException {
    return spec.iterationsOf(data(spec).train().size());
  }

  /**
   * Fails if the weights of a network do not fit into the memory that is available.
   *
   * @throws IOException saying how much is needed, and which options make it less
   */
  public void requireWeightsFit(ExperimentSpec spec) throws IOException {
    MemoryNeed.of(spec, data(spec));
  }

  /**
   * How many tryouts like this one half of the free memory holds, at least 1 and at most {@code
   * wanted}.
   */
  public int room(ExperimentSpec spec, int wanted) throws IOException {
    OptionalLong available = SystemMemory.available();
    if (available.isEmpty()) {
      return 1;
    }
    int examples = data(spec).train().size();
    DepthSummary need =
        DepthSummary.of(network(spec), spec.optimizerOf(examples), spec.batchSizeOf(examples));
    return (int) Math.max(1, Math.min(wanted, available.getAsLong() / 2 / need.bytes()));
  }
}
