package org.fathom4j.cli;

import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;
import org.jline.utils.Signals;

/**
 * Ctrl-C, a polite kill or a closed terminal, as a request to stop after the current iteration.
 *
 * <p>While one is open, the first such signal makes {@link #getAsBoolean} true and the process
 * lives on; a second ends it at once with {@link ExitCode#INTERRUPTED}, and a checkpoint that is
 * half-written then is as if it had never been begun.
 */
final class Interruption implements BooleanSupplier, AutoCloseable {

  private static final List<String> SIGNALS = List.of("INT", "TERM", "HUP");

  private final Map<String, Object> handlersBefore = new LinkedHashMap<>();
  private final PrintWriter err;
  private final String words;
  private final CountDownLatch first = new CountDownLatch(1);
  private volatile boolean requested;

  Interruption(PrintWriter err) {
    this(err, "Stopping after this iteration with a checkpoint; once more stops at once.");
  }

  /**
   * A request that is answered in other words.
   *
   * @param words said at the first signal
   */
  Interruption(PrintWriter err, String words) {
    this.err = err;
    this.words = words;
    for (String signal : SIGNALS) {
      handlersBefore.put(signal, Signals.register(signal, this::onSignal));
    }
  }

  private void onSignal() {
    if (requested) {
      Runtime.getRuntime().halt(ExitCode.INTERRUPTED);
    }
    requested = true;
    first.countDown();
    err.println();
    err.println(words);
    err.flush();
  }

  @Override
  public boolean getAsBoolean() {
    return requested;
  }

  /** Waits for the first such signal. */
  void await() throws InterruptedException {
    first.await();
  }

  /** The work is saved and the result is printed. */
  @Override
  public void close() {
    handlersBefore.forEach(Signals::unregister);
  }
}
