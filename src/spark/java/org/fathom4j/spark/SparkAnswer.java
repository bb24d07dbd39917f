package org.fathom4j.spark;

import java.io.IOException;
import java.io.Serializable;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.spark.api.java.JavaFutureAction;

/** The answer of a job with one task; its failures are in words for the user. */
record SparkAnswer<R extends Serializable>(JavaFutureAction<List<Answer<R>>> job)
    implements Future<R> {

  static final String GAVE_UP = "Spark gave up: ";

  @Override
  public R get() throws InterruptedException, ExecutionException {
    List<Answer<R>> answers;
    try {
      answers = job.get();
    } catch (ExecutionException e) {
      throw gaveUp(e);
    }
    return only(answers);
  }

  @Override
  public R get(long timeout, TimeUnit unit)
      throws InterruptedException, ExecutionException, TimeoutException {
    List<Answer<R>> answers;
    try {
      answers = job.get(timeout, unit);
    } catch (ExecutionException e) {
      throw gaveUp(e);
    }
    return only(answers);
  }

  private R only(List<Answer<R>> answers) throws ExecutionException {
    Answer<R> answer = answers.get(0);
    if (answer.failure() != null) {
      throw new ExecutionException(new IOException(answer.failure()));
    }
    return answer.value();
  }

  /** Workers were lost again and again, or the master is gone. */
  private static ExecutionException gaveUp(ExecutionException failure) {
    return new ExecutionException(
        new IOException(GAVE_UP + SparkPool.firstLine(failure.getCause()) + "."));
  }

  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    return job.cancel(mayInterruptIfRunning);
  }

  @Override
  public boolean isCancelled() {
    return job.isCancelled();
  }

  @Override
  public boolean isDone() {
    return job.isDone();
  }
}
