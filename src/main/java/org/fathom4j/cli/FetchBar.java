package org.fathom4j.cli;

import java.io.PrintWriter;
import java.net.URI;
import java.util.OptionalLong;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.fathom4j.data.FetchProgress;

/** Shows a download: a bar with speed and ETA on a terminal, one line a file elsewhere. */
final class FetchBar implements FetchProgress {

  private static final int WIDTH = 100;
  private static final int REFRESH_MILLIS = 250;

  private final PrintWriter err;
  private final boolean terminal;
  private ProgressBar bar;

  private FetchBar(PrintWriter err, boolean terminal) {
    this.err = err;
    this.terminal = terminal;
  }

  static FetchBar on(PrintWriter err) {
    return new FetchBar(err, System.console() != null);
  }

  @Override
  public void begin(String file, URI source, OptionalLong bytes) {
    if (!terminal) {
      err.println("Fetching " + source);
      err.flush();
      return;
    }
    bar =
        new ProgressBarBuilder()
            .setTaskName(file)
            .setInitialMax(bytes.orElse(-1))
            .setUnit(" kB", 1000)
            .showSpeed()
            .setStyle(ProgressBarStyle.ASCII)
            .setUpdateIntervalMillis(REFRESH_MILLIS)
            .setConsumer(new DelegatingProgressBarConsumer(this::redraw, WIDTH))
            .build();
  }

  private void redraw(String line) {
    err.print("\r" + line);
    err.flush();
  }

  @Override
  public void received(long bytes) {
    if (bar != null) {
      bar.stepTo(bytes);
    }
  }

  @Override
  public void end() {
    if (bar != null) {
      bar.close();
      bar = null;
      err.println();
      err.flush();
    }
  }

  @Override
  public void mirrorFailed(String file, URI mirror, String reason) {
    err.println(file + " not from " + mirror + ": " + reason);
    err.flush();
  }
}
