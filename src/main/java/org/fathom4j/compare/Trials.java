package org.fathom4j.compare;

import java.io.IOException;
import org.fathom4j.train.TryoutInterruptedException;

/** What a search can find out about the network of one seed: how it does with a learning rate. */
interface Trials {

  /**
   * Loss on the training split before the first update, the same for every rate.
   *
   * @param rate that will be tried first
   * @return infinite if it is no number
   */
  double startLoss(double rate) throws IOException, TryoutInterruptedException;

  /**
   * Trains with a rate until so many updates are made; goes on with what a shorter trial of the
   * same rate left.
   *
   * @return done or diverged
   */
  Trial run(double rate, int iterations) throws IOException, TryoutInterruptedException;

  /** Frees the memory of what trials left; those that go on begin anew, to the same bits. */
  void forget();
}
