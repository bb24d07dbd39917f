package org.fathom4j.cli;

import java.io.PrintWriter;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** Progress bars on the last line of a terminal. */
final class Bars {

  private static final int REFRESH_MILLIS = 250;

  private Bars() {}

  /**
   * A bar that redraws its line on {@code err}; whoever closes it ends the line.
   *
   * <p>The library's own output opens a JLine terminal, which sets SIGINT back to the system's
   * default: Ctrl-C would then end the process before its checkpoint.
   */
  static ProgressBarBuilder on(PrintWriter err) {
    int width = Terminal.columns() - 1; // a full line would wrap on some terminals
    return new ProgressBarBuilder()
        .setStyle(Terminal.isUnicode() ? ProgressBarStyle.UNICODE_BLOCK : ProgressBarStyle.ASCII)
        .setUpdateIntervalMillis(REFRESH_MILLIS)
        .setConsumer(new DelegatingProgressBarConsumer(line -> redraw(err, line, width), width));
  }

  private static void redraw(PrintWriter err, String line, int width) {
    err.print("\r" + line + " ".repeat(Math.max(0, width - line.length())));
    err.flush();
  }
}
