package org.fathom4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

class MainTest {

  /** Every command and every command of a command, but picocli's own {@code help}. */
  static Stream<String> commands() {
    return names(Main.commandLine());
  }

  private static Stream<String> names(CommandLine command) {
    return Stream.concat(
        Stream.of(command.getCommandSpec().qualifiedName()),
        command.getSubcommands().values().stream()
            .filter(sub -> !sub.getCommandName().equals("help"))
            .flatMap(MainTest::names));
  }

  private static CommandLine command(String qualifiedName) {
    CommandLine command = Main.commandLine();
    for (String word : qualifiedName.split(" ")) {
      command = word.equals("fathom") ? command : command.getSubcommands().get(word);
    }
    return command;
  }

  private static String[] words(String command, String... more) {
    return Stream.concat(Stream.of(command.split(" ")).skip(1), Stream.of(more))
        .toArray(String[]::new);
  }

  @ParameterizedTest
  @MethodSource("commands")
  void every_option_is_documented_with_its_default(String command) {
    for (OptionSpec option : command(command).getCommandSpec().options()) {
      if (!option.usageHelp() && !option.versionHelp()) {
        assertThat(String.join(" ", option.description()))
            .as(option.longestName())
            .contains("default");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("commands")
  void help_goes_to_stdout_and_ends_with_one_example(String command) {
    Said said = Said.by(words(command, "--help"));
    assertThat(said.code()).isEqualTo(ExitCode.DONE);
    assertThat(said.err()).isEmpty();
    assertThat(said.out()).startsWith("Usage: " + command).containsOnlyOnce("Example:");
    assertThat(said.out().lines().reduce((a, b) -> b).orElseThrow())
        .startsWith("Example: " + (command.equals("fathom") ? "fathom train" : ""))
        .contains(command);
  }

  @ParameterizedTest
  @MethodSource("commands")
  void every_command_tells_the_same_version(String command) {
    assertThat(Said.by(words(command, "--version")).out()).matches("fathom \\d+\\.\\d+\\S*\\R");
  }

  @ParameterizedTest
  @CsvSource({"fathom", "fathom init", "fathom data"})
  void a_group_without_a_command_is_bad_usage_and_shows_its_commands(String group) {
    Said said = Said.by(words(group));
    assertThat(said.code()).isEqualTo(ExitCode.USAGE);
    assertThat(said.out()).isEmpty();
    assertThat(said.err()).startsWith("Usage: " + group).contains("Commands:");
  }

  @Test
  void help_names_a_command() {
    assertThat(Said.by("help", "train").out()).isEqualTo(Said.by("train", "--help").out());
    assertThat(Said.by("help", "nothing").code()).isEqualTo(ExitCode.USAGE);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          trian               | There is no command 'trian'. Did you mean 'train'? Known: train, tune, compare,
          init shwo           | There is no command 'shwo'. Did you mean 'show'? Known: list, show.
          train --detph 3     | fathom train has no option '--detph' in this version. Did you mean '--depth'?
          train --detph=3     | fathom train has no option '--detph' in this version. Did you mean '--depth'?
          train --horizon     | fathom train has no option '--horizon' in this version.
          doctor --verbosely  | Known: --json, --cuda, --help, --version.
          train depth 3       | fathom train has no use for the word 'depth'. Did you mean '--depth'?
          doctor house        | fathom doctor has no use for the word 'house'.
          """)
  void an_unknown_word_is_bad_usage_with_the_nearest_spelling(String words, String message) {
    Said said = Said.by(words.split(" "));
    assertThat(said.code()).isEqualTo(ExitCode.USAGE);
    assertThat(said.out()).isEmpty();
    assertThat(said.err()).contains(message).contains("Try 'fathom").doesNotContain("\tat ");
  }

  @Test
  void an_argument_file_holds_options_and_comments_and_later_options_override(@TempDir Path dir)
      throws IOException {
    Path file = dir.resolve("sizes.args");
    Files.writeString(file, "# sizes\n--depth=7\n\n--width=6 # narrow\n--hidden-width=5\n");
    String sizes = "L=7, D=6, M=5";
    assertThat(Said.by("init", "show", "mzas", "@" + file).out()).contains(sizes);
    assertThat(Said.by("init", "show", "mzas", "@" + file, "--depth", "9").out())
        .contains("L=9, D=6, M=5");
  }

  @Test
  void a_missing_argument_file_is_bad_usage_and_shows_those_there_are() {
    Said said = Said.by("train", "@nothing.args");
    assertThat(said.code()).isEqualTo(ExitCode.USAGE);
    assertThat(said.err())
        .startsWith("There is no argument file nothing.args that can be read. Ready ones are @")
        .contains("mzas-100.args");
  }

  @Test
  void an_argument_file_that_an_argument_file_names_is_missed_too(@TempDir Path dir)
      throws IOException {
    Path outer = dir.resolve("outer.args");
    Files.writeString(outer, "@" + dir.resolve("inner.args") + "\n");
    Said said = Said.by("train", "@" + outer);
    assertThat(said.code()).isEqualTo(ExitCode.USAGE);
    assertThat(said.err()).startsWith("There is no argument file " + dir.resolve("inner.args"));
  }

  @Test
  void a_directory_is_no_argument_file(@TempDir Path dir) {
    Said said = Said.by("train", "@" + dir);
    assertThat(said.code()).isEqualTo(ExitCode.USAGE);
    assertThat(said.err()).startsWith(dir + " is a directory, no argument file.");
  }
}
