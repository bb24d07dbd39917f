package org.fathom4j.cli;

import java.util.List;
import java.util.Optional;
import org.fathom4j.record.Provenance;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.ScopeType;

/** The program behind {@code ./fathom}: words to calls, no logic. */
@Command(
    name = "fathom",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    scope = ScopeType.INHERIT, // every command has --help and the same --version
    description = "Residual networks ten thousand layers deep on Deeplearning4j.",
    subcommands = {
      TrainCommand.class,
      TuneCommand.class,
      CompareCommand.class,
      InitCommand.class,
      DataCommand.class,
      UiCommand.class,
      PlotCommand.class,
      VerifyCommand.class,
      DoctorCommand.class,
      BenchCommand.class,
      GpuCheckCommand.class,
      TheoryCommand.class,
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
    CommandLine program = new CommandLine(new Main());
    for (String command : List.of("train", "tune", "compare")) {
      program
          .getSubcommands()
          .get(command)
          .getHelpSectionMap()
          .put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, TrainOptions::list);
    }
    return withManners(program);
  }

  /** How every command of this house reads words and tells failures. */
  static CommandLine withManners(CommandLine program) {
    Failures failures = new Failures();
    return program
        .setColorScheme(
            CommandLine.Help.defaultColorScheme(
                Terminal.isColorful() ? CommandLine.Help.Ansi.ON : CommandLine.Help.Ansi.OFF))
        .setOverwrittenOptionsAllowed(true) // a word after an argument file overrides it
        .setUsageHelpWidth(HELP_WIDTH)
        .registerConverter(int.class, Numbers::wholeNumber)
        .registerConverter(Integer.class, Numbers::wholeNumber)
        .registerConverter(long.class, Numbers::longWholeNumber)
        .registerConverter(Long.class, Numbers::longWholeNumber)
        .registerConverter(double.class, Numbers::number)
        .registerConverter(Double.class, Numbers::number)
        .setParameterExceptionHandler(failures)
        .setExecutionExceptionHandler(failures);
  }

  /** Runs one command. */
  static int run(CommandLine commandLine, String... arguments) {
    Optional<String> problem = ArgumentFiles.problem(arguments);
    if (problem.isPresent()) {
      commandLine.getErr().println(problem.get());
      commandLine.getErr().flush();
      return ExitCode.USAGE;
    }
    try {
      return commandLine.execute(arguments);
    } catch (OutOfMemoryError e) { // picocli's handlers see exceptions only
      return Failures.outOfMemory(e, commandLine);
    } catch (LinkageError e) {
      return Failures.notLoadable(e, commandLine);
    }
  }

  /** The version in the pom. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"fathom " + Provenance.programVersion()};
    }
  }
}
