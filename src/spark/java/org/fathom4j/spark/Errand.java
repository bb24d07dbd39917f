package org.fathom4j.spark;

import java.io.File;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.io.FileUtils;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.Function;
import org.fathom4j.compare.Task;
import org.fathom4j.compare.Workplace;
import org.fathom4j.network.KernelFailure;
import org.fathom4j.train.ComputingThreads;

/**
 * Does a task on a worker, in a scratch directory of its own.
 *
 * <p>What the task throws is its answer: Spark would do it again, in vain. Only a worker that is
 * lost, or an error that nobody knows, makes Spark begin it anew.
 *
 * @param threads that the task computes with
 * @param data where it finds its data
 */
record Errand<R extends Serializable>(int threads, DataOnWorker data)
    implements Function<Task<R>, Answer<R>> {

  @Override
  public Answer<R> call(Task<R> task) throws IOException {
    Path scratch = Files.createTempDirectory(localDirectory(), "fathom-");
    try {
      ComputingThreads.use(threads);
      Path home = data.home(scratch);
      Path empty = Files.createDirectory(scratch.resolve("task"));
      TaskContext context = TaskContext.get();
      return new Answer<>(task.run(new Workplace(home, empty, context::isInterrupted)), null);
    } catch (Exception | OutOfMemoryError | LinkageError e) {
      return new Answer<>(null, words(e));
    } finally {
      FileUtils.deleteDirectory(scratch.toFile());
    }
  }

  /** Spark deletes it when the worker ends, however it ends. */
  private static Path localDirectory() {
    File[] directories = SparkEnv.get().blockManager().diskBlockManager().localDirs();
    return directories[0].toPath();
  }

  static String words(Throwable failure) {
    if (failure instanceof OutOfMemoryError) {
      return "Out of memory on a worker: "
          + failure.getMessage()
          + ". Give workers more, as in FATHOM_JAVA_OPTS=-Dspark.executor.memory=4g, or reduce"
          + " --batch-size, --width, --hidden-width or --depth.";
    }
    boolean said = failure instanceof IOException || failure instanceof IllegalArgumentException;
    return said && failure.getMessage() != null
        ? failure.getMessage()
        : KernelFailure.message(failure).orElseGet(failure::toString);
  }
}
