package org.fathom4j.compare;

import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Future;
import org.fathom4j.train.ExperimentSpec;

/**
 * Workers that do the tasks of a comparison, many at once, in this process or on other machines.
 *
 * <p>A task that fails does not disturb the others; one whose worker is lost is done again by
 * another.
 */
public interface WorkerPool extends AutoCloseable {

  /**
   * What a pool must know.
   *
   * @param name of the comparison, for whoever looks at the workers
   * @param master which workers, such as {@code local[2]} or {@code spark://host:7077}
   * @param threads that each task computes with
   * @param home the directory that holds {@code datasets/} here
   * @param data that the tasks read
   */
  record Settings(
      String name, String master, int threads, Path home, ExperimentSpec.DataSpec data) {

    public Settings {
      Objects.requireNonNull(name, "A pool of workers needs a name.");
      Objects.requireNonNull(master, "A pool of workers needs a master.");
      Objects.requireNonNull(home, "A pool of workers needs a home.");
      Objects.requireNonNull(data, "A pool of workers needs data.");
      if (threads < 1) {
        throw new IllegalArgumentException("--threads must be at least 1, but is " + threads + ".");
      }
    }
  }

  /** Opens a pool, once it is known what for. */
  @FunctionalInterface
  interface Opener {

    /**
     * Opens a pool.
     *
     * @param base what all experiments of the comparison share
     * @throws IllegalArgumentException if there can be no such pool
     * @throws IOException if its workers cannot be reached
     */
    WorkerPool open(ExperimentSpec base) throws IOException;
  }

  /**
   * Has a task done.
   *
   * @param name what it is, for whoever looks at the workers
   * @return fails with what is to be told to the user as the message of its cause
   */
  <R extends Serializable> Future<R> submit(String name, Task<R> task);

  /** Stops what is not done, and lets the workers go. */
  @Override
  void close();
}
