package org.fathom4j.compare;

import org.fathom4j.train.TrainingProgress;

/** What a comparison tells whoever watches. */
public interface ComparisonProgress {

  /** Nobody watches. */
  ComparisonProgress SILENT =
      new ComparisonProgress() {
        @Override
        public TrainingProgress training() {
          return TrainingProgress.SILENT;
        }
      };

  /**
   * A run is about to start or to go on.
   *
   * @param run its name
   * @param number of the run, counted from 1
   * @param all runs of the comparison
   */
  default void started(String run, int number, int all) {}

  /**
   * A run that was made by a worker has come back.
   *
   * @param run its name
   * @param number of runs that have ended, this one with them
   * @param all runs of the comparison
   */
  default void returned(String run, int number, int all) {}

  /** A worker could not do something; the comparison goes on with the rest. */
  default void failed(String what, String cause) {}

  /** A run has ended, or had ended before. */
  default void judged(String run, Verdict verdict) {}

  /** Watches each run. */
  TrainingProgress training();
}
