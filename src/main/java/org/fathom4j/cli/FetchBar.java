package org.fathom4j.cli;

import java.io.PrintWriter;
import java.net.URI;
import java.util.OptionalLong;
import me.tongfei.progressbar.ProgressBar;
import org.fathom4j.data.FetchProgress;

/** Shows a download: a bar with speed and ETA on a terminal, one line a file elsewhere. */
final class FetchBar implements FetchProgress {

  private final PrintWriter err;
  private final boolean terminal;
  private ProgressBar bar;

  private FetchBar(PrintWriter err, boolean terminal) {
    this.err = err;
    this.terminal = terminal;
  }

  static FetchBar on(PrintWriter err) {
    return new FetchBar(err, Terminal.isErr());
  }

  @Override
  public void begin(String file, URI source, OptionalLong bytes) {
    if (!terminal) {
      err.println("Fetching " + source);
      err.flush();
      return;
    }
    bar =
        Bars.on(err)
            .setTaskName(file)
            .setInitialMax(bytes.orElse(-1))
            .setUnit(" kB", 1000)
            .showSpeed()
            .build();
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
