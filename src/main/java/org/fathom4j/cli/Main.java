package org.fathom4j.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The program behind {@code ./fathom}: words to calls, no logic. */
@Command(
    name = "fathom",
    mixinStandardHelpOptions = true,
    version = "fathom 0.1.0-SNAPSHOT",
    description = "Residual networks ten thousand layers deep on Deeplearning4j.",
    subcommands = {PlotCommand.class, CommandLine.HelpCommand.class},
    synopsisSubcommandLabel = "COMMAND")
public final class Main {

  private Main() {}

  /** Runs one command and ends the process with its {@link ExitCode}. */
  public static void main(String[] arguments) {
    System.exit(commandLine().execute(arguments));
  }

  /** The parser with all commands, also for tests. */
  static CommandLine commandLine() {
    return new CommandLine(new Main());
  }
}
