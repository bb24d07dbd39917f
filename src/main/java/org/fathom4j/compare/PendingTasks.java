package org.fathom4j.compare;

import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;

/** Tasks that workers have been given, and what is to be done with their answers, in one thread. */
final class PendingTasks {

  private static final int MILLISECONDS_BETWEEN_LOOKS = 50;

  /** What is done with an answer; it may submit further tasks. */
  @FunctionalInterface
  interface Arrival<R> {
    void take(R answer) throws IOException;
  }

  /** A task that a worker was given. */
  private record Pending<R>(String name, Future<R> answer, Arrival<R> arrival) {

    boolean isDone() {
      return answer.isDone();
    }

    /** Takes the answer in; tells the cause if the worker could not do it. */
    Optional<String> take() throws IOException {
      try {
        arrival.take(answer.get());
        return Optional.empty();
      } catch (ExecutionException e) {
        Throwable cause = e.getCause();
        return Optional.of(cause.getMessage() == null ? cause.toString() : cause.getMessage());
      } catch (InterruptedException e) {
        throw new IllegalStateException("It was done, so there was nothing to wait for.", e);
      }
    }
  }

  private final WorkerPool workers;
  private final List<Pending<?>> pending = new ArrayList<>();
  private final Map<String, String> failures = new LinkedHashMap<>();

  PendingTasks(WorkerPool workers) {
    this.workers = workers;
  }

  /**
   * Gives a task to the workers.
   *
   * @param name what it is, for whoever is told that it failed
   * @param arrival what is done with its answer
   */
  <R extends Serializable> void submit(String name, Task<R> task, Arrival<R> arrival) {
    pending.add(new Pending<>(name, workers.submit(name, task), arrival));
  }

  /**
   * Takes answers in as they come, until no task is left.
   *
   * @param interrupted asked all the time; true ends it
   * @param failed told the name of each task that could not be done, and why
   * @return false if somebody interrupted it
   * @throws IOException if an answer could not be taken in
   */
  boolean takeAll(BooleanSupplier interrupted, BiConsumer<String, String> failed)
      throws IOException {
    while (!pending.isEmpty()) {
      if (interrupted.getAsBoolean()) {
        return false;
      }
      List<Pending<?>> done = pending.stream().filter(Pending::isDone).toList();
      if (done.isEmpty() && !pause()) {
        return false;
      }
      pending.removeAll(done);
      for (Pending<?> each : done) {
        Optional<String> failure = each.take();
        if (failure.isPresent()) {
          failures.put(each.name(), failure.get());
          failed.accept(each.name(), failure.get());
        }
      }
    }
    return true;
  }

  /** False if this thread is to stop. */
  private static boolean pause() {
    try {
      Thread.sleep(MILLISECONDS_BETWEEN_LOOKS);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Why tasks could not be done, by their names. */
  Map<String, String> failures() {
    return Collections.unmodifiableMap(failures);
  }
}
