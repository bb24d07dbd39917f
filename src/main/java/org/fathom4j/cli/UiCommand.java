package org.fathom4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.fathom4j.ui.MonitorServer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code fathom ui}: past and running runs in a browser. */
@Command(
    name = "ui",
    sortOptions = false,
    description = {
      "Shows past and running runs in a browser, until Ctrl-C.",
      "",
      "The Depth page lists the runs and comparisons of --runs-dir, draws norms along depth and compares"
          + " runs; Deeplearning4j's own pages (overview, model, system) are a click away. Training"
          + " elsewhere is followed as it writes; with train --ui these pages show more of it."
    },
    footer = {"", "Example: fathom ui --port 9001"})
final class UiCommand implements Callable<Integer> {

  private static final int LARGEST_PORT = 65_535;

  @Spec private CommandSpec spec;

  @Mixin private RunsDirectory directory;

  @Option(
      names = "--port",
      defaultValue = "" + MonitorServer.PORT,
      description = "Port to listen on; 0 for any that is free (default: ${DEFAULT-VALUE}).")
  private int port;

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      defaultValue = MonitorServer.LOOPBACK,
      description =
          "Address to listen on; another than this machine's own loopback lets everybody who reaches"
              + " it read the runs (default: ${DEFAULT-VALUE}).")
  private String host;

  @Override
  public Integer call() throws IOException {
    requirePort("--port", port);
    Path runsDirectory = directory.path();
    if (!Files.isDirectory(runsDirectory)) {
      throw new IllegalArgumentException(
          "There is no directory "
              + runsDirectory
              + ". Train something first, or name another with"
              + " --runs-dir.");
    }
    PrintWriter err = spec.commandLine().getErr();
    try (MonitorServer server = MonitorServer.start(runsDirectory, host, port);
        Interruption interruption = new Interruption(err, "The monitor stops.")) {
      if (!MonitorServer.isLoopback(host)) {
        err.println(
            "Warning: --host "
                + host
                + " opens the monitor to every machine that reaches this one. Whoever does can read all"
                + " runs in "
                + runsDirectory
                + "; there is no password and no encryption. Safer from afar: leave --host out, and"
                + " forward the port with ssh -L.");
        err.flush();
      }
      PrintWriter out = spec.commandLine().getOut();
      out.println(server.getAddress() + "/depth");
      out.flush();
      interruption.await();
      return ExitCode.DONE;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return ExitCode.INTERRUPTED;
    }
  }

  /**
   * Refuses what is no port.
   *
   * @param port may be null, if none was given
   */
  static void requirePort(String option, Integer port) {
    if (port != null && (port < 0 || port > LARGEST_PORT)) {
      throw new IllegalArgumentException(
          option + " takes a port from 0 to " + LARGEST_PORT + ", not " + port + ".");
    }
  }
}
