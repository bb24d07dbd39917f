package org.fathom4j.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.fathom4j.data.Datasets;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * What the commands that make or check records share: where these are, and what is said of them.
 */
final class OutputOptions {

  /** What may be said beside {@code --resume} in every command. */
  private static final Set<String> BESIDE_RESUME =
      Set.of("--resume", "--runs-dir", "--json", "--quiet", "--cuda");

  @Option(
      names = "--runs-dir",
      paramLabel = "DIR",
      description =
          "Where the directories of runs, searches and comparisons go, and lie if given by name"
              + " (default: runs, beside the launcher).")
  private Path runsDirectory;

  @Option(
      names = "--json",
      description = "Prints the result as one JSON object (default: a table).")
  boolean json;

  @Option(names = "--quiet", description = "No progress on stderr (default: shown).")
  boolean quiet;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  /** The directory of directories. */
  Path runs() {
    return runsDirectory == null ? Datasets.home().resolve("runs") : runsDirectory;
  }

  /** Where the result goes. */
  PrintWriter out() {
    return command.commandLine().getOut();
  }

  /** Where the talk goes. */
  PrintWriter err() {
    return command.commandLine().getErr();
  }

  /** What the user typed after the command, argument files expanded: for the record. */
  List<String> words() {
    return command.commandLine().getParseResult().expandedArgs();
  }

  /**
   * Refuses options that cannot change what is resumed: they were decided when it began.
   *
   * @param what is resumed
   * @param allowed options that can be said all the same, beside those of this class
   * @throws IllegalArgumentException naming the others
   */
  void requireNothingBesideResume(String what, String... allowed) {
    Set<String> all =
        Stream.concat(BESIDE_RESUME.stream(), Stream.of(allowed)).collect(Collectors.toSet());
    String others =
        command.commandLine().getParseResult().matchedOptions().stream()
            .map(OptionSpec::longestName)
            .filter(name -> !all.contains(name))
            .distinct()
            .collect(Collectors.joining(", "));
    if (!others.isEmpty()) {
      throw new IllegalArgumentException(
          "--resume goes on with the options the "
              + what
              + " was started with; leave out "
              + others
              + ".");
    }
  }
}
