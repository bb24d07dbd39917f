package org.fathom4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.fathom4j.data.Datasets;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The program behind {@code ./fathom}: words to calls, no logic. */
@Command(
    name = "fathom",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    description = "Residual networks ten thousand layers deep on Deeplearning4j.",
    subcommands = {
      TrainCommand.class,
      InitCommand.class,
      DataCommand.class,
      PlotCommand.class,
      DoctorCommand.class,
      BenchCommand.class,
      CompletionCommand.class,
      CommandLine.HelpCommand.class
    },
    synopsisSubcommandLabel = "COMMAND",
    footer = {"", "Example: fathom train"})
public final class Main {

  private static final int HELP_WIDTH = 100;

  private Main() {}

  /** Runs one command and ends the process with its {@link ExitCode}. */
  public static void main(String[] arguments) {
    System.exit(run(commandLine(), arguments));
  }

  /** The parser with all commands, also for tests. */
  static CommandLine commandLine() {
    return new CommandLine(new Main())
        .setColorScheme(
            CommandLine.Help.defaultColorScheme(
                Terminal.isColorful() ? CommandLine.Help.Ansi.ON : CommandLine.Help.Ansi.OFF))
        .setOverwrittenOptionsAllowed(true) // a word after an argument file overrides it
        .setUsageHelpWidth(HELP_WIDTH)
        .setParameterExceptionHandler(Main::explainUsage)
        .setExecutionExceptionHandler(new Failures());
  }

  /** Runs one command. */
  static int run(CommandLine commandLine, String... arguments) {
    for (String argument : arguments) {
      if (isMissingArgumentFile(argument)) {
        commandLine
            .getErr()
            .println(
                "There is no argument file " + argument.substring(1) + ". " + availableModels());
        return ExitCode.USAGE;
      }
    }
    return commandLine.execute(arguments);
  }

  /** Picocli takes the name of a missing argument file for a plain word. */
  private static boolean isMissingArgumentFile(String argument) {
    return argument.startsWith("@")
        && !argument.startsWith("@@")
        && !Files.isReadable(Path.of(argument.substring(1)));
  }

  private static String availableModels() {
    Path models = Datasets.home().resolve("models");
    try (var files = Files.list(models)) {
      List<String> names =
          files
              .map(file -> "@models/" + file.getFileName())
              .filter(name -> name.endsWith(".args"))
              .sorted()
              .toList();
      return "Ready ones are " + String.join(", ", names) + ".";
    } catch (IOException e) {
      return "Argument files hold options, as in fathom train @my.args.";
    }
  }

  private static int explainUsage(ParameterException e, String[] arguments) {
    CommandLine command = e.getCommandLine();
    PrintWriter err = command.getErr();
    err.println(e.getMessage());
    UnmatchedArgumentException.printSuggestions(e, err);
    err.println("Try fathom" + path(command) + " --help.");
    return ExitCode.USAGE;
  }

  private static String path(CommandLine command) {
    String name = command.getCommandSpec().qualifiedName();
    return name.startsWith("fathom") ? name.substring("fathom".length()) : " " + name;
  }

  /** The version the jar was built as. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Main.class.getPackage().getImplementationVersion();
      return new String[] {"fathom " + (version == null ? "(from source)" : version)};
    }
  }
}
