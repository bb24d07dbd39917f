package org.fathom4j.compare;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.fathom4j.record.RunRecord;
import org.fathom4j.record.RunStatus;
import org.fathom4j.train.ComputingThreads;

/**
 * One seed in one cell of a comparison, from the records of its run.
 *
 * @param seed of the run
 * @param run name of its directory
 * @param status done or diverged
 * @param verdict whether it learnt
 * @param iterations updates made
 * @param startLoss of the first minibatch; empty if not even that was finite
 * @param metrics of the whole splits at the end, as {@code trainLoss}; empty if it diverged
 * @param secondsPerIteration typical time of one update; empty before the first
 * @param seconds at work
 * @param kernel what computed it, and on how many threads
 */
public record SeedRun(
    long seed,
    String run,
    RunStatus status,
    Verdict verdict,
    int iterations,
    OptionalDouble startLoss,
    Map<String, Double> metrics,
    OptionalDouble secondsPerIteration,
    double seconds,
    String kernel) {

  public SeedRun {
    metrics = Map.copyOf(metrics);
  }

  static SeedRun of(
      long seed, String directory, RunRecord record, Verdict verdict, OptionalDouble startLoss) {
    boolean done = record.status() == RunStatus.DONE;
    Double perIteration = record.timing().secondsPerIteration();
    return new SeedRun(
        seed,
        directory,
        record.status(),
        verdict,
        done ? record.last().iteration() : record.divergence().iteration() - 1,
        startLoss,
        done ? record.last().metrics() : Map.of(),
        perIteration == null ? OptionalDouble.empty() : OptionalDouble.of(perIteration),
        record.timing().seconds(),
        record.kernel().name() + ", " + ComputingThreads.inWords(record.threads()));
  }

  /** A metric of the end, if the run was done and it is finite. */
  Optional<Double> metric(String name) {
    return Optional.ofNullable(metrics.get(name)).filter(Double::isFinite);
  }
}
