package org.fathom4j.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Where the runs lie, for commands that share nothing else with those that train. */
final class RunsDirectory {

  @Option(
      names = "--runs-dir",
      paramLabel = "DIR",
      defaultValue = "${sys:fathom.home:-.}/runs",
      description = "Where the directories of runs lie (default: ${DEFAULT-VALUE}).")
  private Path path;

  Path path() {
    return path;
  }
}
