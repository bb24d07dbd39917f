package org.fathom4j.kernel;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;

/**
 * Threads that share the work of one kernel pass, a task each, and wait awake for the next one.
 *
 * <p>Task 0 runs on the caller. If another network is computing on the team at that moment, the
 * caller does all tasks itself: tasks are the same, so is the result.
 */
final class ThreadTeam {

  /** Some tens of microseconds: longer than the pause between two tasks of one pass. */
  private static final int SPINS = 2_000;

  private final Member[] members; // of tasks 1, 2, …
  private final AtomicBoolean busy = new AtomicBoolean();
  private final AtomicInteger unfinished = new AtomicInteger();
  private volatile Thread caller;

  ThreadTeam(int threads) {
    members = new Member[threads - 1];
    for (int i = 0; i < members.length; i++) {
      members[i] = new Member(i + 1);
      members[i].thread.start();
    }
  }

  /** How many tasks can run at the same time. */
  int size() {
    return members.length + 1;
  }

  /** Runs tasks 0…{@code tasks}-1, at most {@link #size}, and returns when all are done. */
  void run(int tasks, IntConsumer work) {
    if (tasks > size()) {
      throw new IllegalArgumentException(tasks + " tasks for " + size() + " threads");
    }
    if (tasks == 1 || !busy.compareAndSet(false, true)) {
      for (int i = 0; i < tasks; i++) {
        work.accept(i);
      }
      return;
    }
    try {
      caller = Thread.currentThread();
      unfinished.set(tasks - 1);
      for (int i = 1; i < tasks; i++) {
        members[i - 1].give(work);
      }
      try {
        work.accept(0);
      } finally {
        awaitOthers();
      }
      for (int i = 1; i < tasks; i++) {
        members[i - 1].rethrow();
      }
    } finally {
      busy.set(false);
    }
  }

  private void awaitOthers() {
    for (int spins = 0; unfinished.get() > 0; spins++) {
      if (spins < SPINS) {
        Thread.onSpinWait();
      } else if (Thread.currentThread().isInterrupted()) {
        Thread.yield(); // parking would return at once; the interrupt is for the caller to see
      } else {
        LockSupport.park(this);
      }
    }
  }

  private final class Member implements Runnable {

    private final int task;
    private final Thread thread;
    private volatile IntConsumer work; // null while there is none
    private Throwable failure; // written before unfinished is counted down, read after

    Member(int task) {
      this.task = task;
      thread = new Thread(this, "fathom-kernel-" + task);
      thread.setDaemon(true);
    }

    void give(IntConsumer work) {
      this.work = work;
      LockSupport.unpark(thread);
    }

    void rethrow() {
      Throwable thrown = failure;
      failure = null;
      if (thrown instanceof RuntimeException e) {
        throw e;
      }
      if (thrown instanceof Error e) {
        throw e;
      }
    }

    @Override
    public void run() {
      while (true) {
        for (int spins = 0; work == null; spins++) {
          if (spins < SPINS) {
            Thread.onSpinWait();
          } else {
            LockSupport.park(ThreadTeam.this);
          }
        }
        IntConsumer now = work;
        work = null;
        try {
          now.accept(task);
        } catch (RuntimeException | Error e) {
          failure = e;
        }
        if (unfinished.decrementAndGet() == 0) {
          LockSupport.unpark(caller);
        }
      }
    }
  }
}
