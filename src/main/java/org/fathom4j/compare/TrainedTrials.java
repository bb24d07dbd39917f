package org.fathom4j.compare;

import java.io.IOException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import org.fathom4j.train.ExperimentSpec;
import org.fathom4j.train.Tryout;
import org.fathom4j.train.TryoutInterruptedException;
import org.fathom4j.train.Tryouts;

/**
 * Trials that train.
 *
 * <p>As many networks as memory has room for stay where they stopped, the best of those that can go
 * on; a trial whose network was dropped is trained again from its beginning, to the same bits.
 */
final class TrainedTrials implements Trials {

  /** Candidates a search goes on with. */
  private static final int MOST_KEPT = 6;

  private final Tryouts tryouts;
  private final ExperimentSpec cell;
  private final int kept;
  private final int all; // updates of a whole trial
  private final Map<Double, Kept> networks = new HashMap<>();
  private double startLoss = Double.NaN;

  private record Kept(Tryout tryout, double loss) {}

  TrainedTrials(Tryouts tryouts, ExperimentSpec cell) throws IOException {
    this.tryouts = tryouts;
    this.cell = cell;
    kept = tryouts.room(cell, MOST_KEPT);
    all = tryouts.iterations(cell);
  }

  @Override
  public double startLoss(double rate) throws IOException {
    Tryout tryout = tryouts.start(cell.withLearningRate(rate));
    startLoss = loss(tryout);
    keep(rate, tryout, startLoss);
    return startLoss;
  }

  /** For trials that go on after the start was measured before. */
  void startsWith(double loss) {
    startLoss = loss;
  }

  @Override
  public Trial run(double rate, int iterations) throws IOException, TryoutInterruptedException {
    Kept before = networks.remove(rate);
    Tryout tryout = before == null ? tryouts.start(cell.withLearningRate(rate)) : before.tryout();
    boolean finite = tryout.advance(iterations);
    double loss = finite ? loss(tryout) : Double.POSITIVE_INFINITY;
    if (Double.isInfinite(loss) || loss > Verdict.FAR_ABOVE * startLoss) {
      return new Trial(rate, tryout.iteration(), Trial.Status.DIVERGED, Double.POSITIVE_INFINITY);
    }
    if (iterations < all) {
      keep(rate, tryout, loss);
    }
    return new Trial(rate, iterations, Trial.Status.DONE, loss);
  }

  @Override
  public void forget() {
    networks.clear();
  }

  private static double loss(Tryout tryout) {
    double loss = tryout.evaluate().loss();
    return Double.isFinite(loss) ? loss : Double.POSITIVE_INFINITY;
  }

  private void keep(double rate, Tryout tryout, double loss) {
    networks.put(rate, new Kept(tryout, loss));
    if (networks.size() > kept) {
      networks.entrySet().stream()
          .max(Comparator.comparingDouble(entry -> entry.getValue().loss()))
          .map(Map.Entry::getKey)
          .ifPresent(networks::remove);
    }
  }
}
