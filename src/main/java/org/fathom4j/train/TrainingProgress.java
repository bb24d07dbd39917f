package org.fathom4j.train;

/** What a trainer tells whoever watches; calls come from the training thread. */
public interface TrainingProgress {

  /** Nobody watches. */
  TrainingProgress SILENT = new TrainingProgress() {};

  /**
   * The loop is about to start.
   *
   * @param run name of the run directory
   * @param done iterations done before, by the run that is resumed
   * @param total iterations of the whole run
   */
  default void started(String run, int done, int total) {}

  /** An update was made, the {@code iteration}-th of the run. */
  default void iterated(int iteration, double loss) {}

  /** Both splits were evaluated. */
  default void evaluated(int iteration, Score train, Score test) {}

  /** The loop has ended, in whatever way. */
  default void stopped() {}
}
