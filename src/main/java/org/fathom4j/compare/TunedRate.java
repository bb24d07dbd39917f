package org.fathom4j.compare;

import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;

/**
 * The learning rate of one initialization at one depth, with all that was tried to find it.
 *
 * @param initialization text as the catalogue reads it
 * @param depth L
 * @param learningRate the best η that every seed survives or, where none was found, the best of the
 *     first seed, not interior; empty if every rate diverged or none learnt
 * @param interior whether worse or infeasible rates were seen on both sides of it
 * @param trials in the order of their learning rates
 */
public record TunedRate(
    String initialization,
    int depth,
    OptionalDouble learningRate,
    boolean interior,
    List<Trial> trials) {

  public TunedRate {
    Objects.requireNonNull(initialization, "A tuned rate belongs to an initialization.");
    Objects.requireNonNull(learningRate, "A tuned rate is there or empty, not null.");
    trials = List.copyOf(trials);
  }
}
