package org.fathom4j.train;

import java.nio.file.Path;
import java.util.Optional;
import org.fathom4j.diagnostics.Divergence;
import org.fathom4j.record.RunRecord;
import org.fathom4j.record.RunStatus;

/**
 * How a run ended.
 *
 * @param run its directory
 * @param status done, diverged or interrupted
 * @param why in a sentence
 * @param iterations updates made
 * @param train score on the whole training split; empty when it was not evaluated at the end
 * @param test score on the whole test split; empty likewise
 * @param seconds at work, evaluations and checkpoints included, summed over resumptions
 * @param secondsPerIteration median time of an update, of the first thousand; NaN before the first
 * @param parameters trainable numbers
 * @param kernel what computed the stack, and why
 * @param peakMemoryBytes largest resident memory of the process; -1 where the system does not tell
 * @param divergence where and why it diverged
 */
public record TrainingResult(
    Path run,
    RunStatus status,
    String why,
    int iterations,
    Optional<Score> train,
    Optional<Score> test,
    double seconds,
    double secondsPerIteration,
    long parameters,
    RunRecord.Kernel kernel,
    long peakMemoryBytes,
    Optional<Divergence> divergence) {

  /** The divergence in the words of {@code run.json}. */
  public Optional<RunRecord.Divergence> recordedDivergence() {
    return divergence.map(found -> found.recordedAfter(iterations));
  }
}
