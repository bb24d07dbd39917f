package org.fathom4j.compare;

import java.io.IOException;
import java.util.ServiceLoader;

/** Opens {@link WorkerPool}s; found by {@link ServiceLoader} where it was built. */
public interface WorkerPoolProvider {

  /**
   * Opens a pool.
   *
   * @throws IllegalArgumentException if there can be no such pool
   * @throws IOException if its workers cannot be reached
   */
  WorkerPool open(WorkerPool.Settings settings) throws IOException;

  /**
   * The provider of this build.
   *
   * @throws IllegalArgumentException if it has none, saying how to get one
   */
  static WorkerPoolProvider find() {
    return ServiceLoader.load(WorkerPoolProvider.class)
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "--master needs Apache Spark, which this program was built without. Say --master"
                        + " to ./fathom itself, or in an argument file that ./fathom is given: it"
                        + " then builds with Spark. By hand: mvn -Pspark package, and the class path"
                        + " of target/spark."));
  }
}
