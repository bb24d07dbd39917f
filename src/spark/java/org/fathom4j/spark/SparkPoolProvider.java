package org.fathom4j.spark;

import java.io.IOException;
import org.fathom4j.compare.WorkerPool;
import org.fathom4j.compare.WorkerPoolProvider;

/** Workers of Apache Spark, for every master that Spark knows. */
public final class SparkPoolProvider implements WorkerPoolProvider {

  @Override
  public WorkerPool open(WorkerPool.Settings settings) throws IOException {
    return SparkPool.open(settings);
  }
}
