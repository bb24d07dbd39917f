package org.fathom4j.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Ctrl-C, or a polite kill, as a request to stop after the current iteration.
 *
 * <p>While one is open, such a signal makes {@link #getAsBoolean} true and the process lives on
 * until {@link #close}, at most ten minutes; it then ends with {@link ExitCode#INTERRUPTED}.
 */
final class Interruption implements BooleanSupplier, AutoCloseable {

  private static final long PATIENCE_MINUTES = 10;

  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread hook = new Thread(this::onSignal, "interruption");
  private volatile boolean requested;

  Interruption() {
    Runtime.getRuntime().addShutdownHook(hook);
  }

  private void onSignal() {
    requested = true;
    try {
      closed.await(PATIENCE_MINUTES, TimeUnit.MINUTES);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Runtime.getRuntime().halt(ExitCode.INTERRUPTED);
  }

  @Override
  public boolean getAsBoolean() {
    return requested;
  }

  /** The work is saved and the result is printed. */
  @Override
  public void close() {
    if (!requested) {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        // the signal came just now: the hook runs, and the latch below lets it end
      }
    }
    closed.countDown();
  }
}
