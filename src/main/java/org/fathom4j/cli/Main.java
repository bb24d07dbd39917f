package org.fathom4j.cli;

import java.util.List;
import java.util.Optional;
import org.fathom4j.network.CudaBackend;
import org.fathom4j.record.Provenance;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
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

  /** Read by the launcher, which takes the build; kept here to be known, and checked. */
  @Option(
      names = "--cuda",
      scope = ScopeType.INHERIT,
      description =
          "Takes the build with ND4J's CUDA backend, for GPUs of compute capability 3.7 to 8.9"
              + " (default: the CPU backend; --kernel cuda needs no other).")
  private boolean cuda;

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
    return withManners(program).setExecutionStrategy(Main::execute);
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

  /** Where ND4J's backend cannot run, commands that would touch it do not begin. */
  private static int execute(ParseResult words) {
    Integer helped = CommandLine.executeHelpRequest(words);
    if (helped != null) {
      return helped;
    }
    ParseResult innermost = words;
    while (innermost.hasSubcommand()) {
      innermost = innermost.subcommand();
    }
    CommandLine command = innermost.commandSpec().commandLine();
    boolean asked = ((Main) words.commandSpec().userObject()).cuda;
    boolean inThisBuild = CudaBackend.isInThisBuild();
    if (asked && !inThisBuild) {
      return Failures.badUsage(
          "--cuda takes the build with ND4J's CUDA backend, but this is another: start it by the"
              + " launcher, as in ./fathom --cuda train.",
          command);
    }
    if (inThisBuild && !(command.getCommand() instanceof WithoutNd4j)) {
      try {
        Optional<String> problem = CudaBackend.problem();
        if (problem.isPresent()) {
          return Failures.failed(
              "ND4J's CUDA backend, which --cuda asks for, cannot run here. " + problem.get(),
              command);
        }
      } catch (IllegalArgumentException e) { // a system property that names no GPU
        return Failures.badUsage(e.getMessage(), command);
      }
    }
    return new CommandLine.RunLast().execute(words);
  }

  /** The version in the pom. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {"fathom " + Provenance.programVersion()};
    }
  }
}
