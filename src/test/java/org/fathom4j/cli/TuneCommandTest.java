package org.fathom4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TuneCommandTest {

  private static final List<String> SMALL =
      List.of("tune --data fake --width 7 --hidden-width 5 --iterations 16".split(" "));

  @TempDir private Path temporary;

  private Said tune(String... more) {
    List<String> words = new ArrayList<>(SMALL);
    words.addAll(List.of("--runs-dir", runs().toString()));
    words.addAll(List.of(more));
    return Said.by(words.toArray(String[]::new));
  }

  private Path runs() {
    return temporary.resolve("runs");
  }

  private Path onlyRun() throws IOException {
    try (Stream<Path> all = Files.list(runs())) {
      List<Path> found = all.toList();
      assertThat(found).hasSize(1);
      return found.get(0);
    }
  }

  @Test
  void json_is_one_object_with_the_keys_of_the_contract_and_the_file_holds_the_same()
      throws IOException {
    Said said =
        tune(
            "--init", "mzas,idinit:tau=1,epsilon=0.001", "--depth", "2,3", "--json", "--name", "x");
    assertThat(said.code()).as(said.err()).isEqualTo(ExitCode.DONE);
    JsonNode cells = new ObjectMapper().readTree(said.out()).get("cells");
    assertThat(cells).hasSize(4);
    assertThat(cells.findValuesAsText("init"))
        .containsExactly("mzas", "mzas", "idinit:epsilon=0.001", "idinit:epsilon=0.001");
    assertThat(cells.findValuesAsText("depth")).containsExactly("2", "3", "2", "3");
    for (JsonNode cell : cells) {
      assertThat(cell.fieldNames())
          .toIterable()
          .containsExactly("init", "depth", "learningRate", "interior", "trials");
      assertThat(cell.get("learningRate").asDouble()).isPositive();
      assertThat(cell.get("trials").get(0).fieldNames())
          .toIterable()
          .contains("learningRate", "status", "loss");
    }
    assertThat(onlyRun().getFileName().toString()).endsWith("-tune-x");
    assertThat(onlyRun().resolve("learning-rates.json")).content().isEqualTo(said.out());
  }

  @Test
  void the_table_goes_to_stdout_and_progress_to_stderr() {
    Said said = tune("--depth", "2");
    assertThat(said.out())
        .startsWith("init  depth  learning rate  interior  trials  loss")
        .contains("record  " + runs());
    assertThat(said.err())
        .startsWith("Tuning mzas at depth 2 for runs of 16 iterations")
        .contains(": loss ", " after 16 iterations", "mzas at depth 2: learning rate ");
    assertThat(tune("--depth", "2", "--quiet").err()).isEmpty();
  }

  @Test
  void what_no_rate_trains_is_told_and_no_failure() throws IOException {
    Said said =
        tune("--init", "he", "--depth", "400", "--width", "16", "--hidden-width", "16", "--json");
    assertThat(said.code()).isEqualTo(ExitCode.DONE);
    JsonNode cell = new ObjectMapper().readTree(said.out()).get("cells").get(0);
    assertThat(cell.get("learningRate").isNull()).isTrue();
    assertThat(cell.get("trials")).hasSize(1);
    assertThat(cell.get("trials").get(0).get("status").asText()).isEqualTo("diverged");
    assertThat(cell.get("trials").get(0).get("loss").isNull()).isTrue();
    assertThat(said.err()).contains("he at depth 400: no learning rate trains it");
  }

  @Test
  void the_table_says_plainly_where_no_rate_trains() {
    Said said = tune("--init", "he", "--depth", "400", "--width", "16", "--hidden-width", "16");
    assertThat(said.code()).isEqualTo(ExitCode.DONE);
    assertThat(said.out())
        .containsPattern("he +400 +none +no +1")
        .contains("No learning rate that was tried trains he at depth 400.");
  }

  @Test
  void an_argument_file_of_train_serves_and_later_lists_override_it() throws IOException {
    Path file = temporary.resolve("recipe.args");
    Files.writeString(file, "--init=xavier\n--depth=7\n--learning-rate=3\n--batch-size=50\n");
    Said said = tune("@" + file, "--depth", "1,2", "--init", "mzas", "--budget", "1", "--json");
    assertThat(said.code()).as(said.err()).isEqualTo(ExitCode.DONE);
    JsonNode cells = new ObjectMapper().readTree(said.out()).get("cells");
    assertThat(cells.findValuesAsText("init")).containsExactly("mzas", "mzas");
    assertThat(cells.findValuesAsText("depth")).containsExactly("1", "2");
    assertThat(cells.get(0).get("trials")).hasSize(1);
    assertThat(cells.get(0).get("interior").asBoolean()).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --init mzas,he,fixup,rezero,skipinit,stable,idinit,zero,hardt-ma,xaveir | There is no initializer 'xaveir'. Did you mean 'xavier'? Known: xavier,
          --init mzas,,he            | has an empty place
          --init mzas,he,mzas        | has 'mzas' twice
          --init orthogonal:gian=2   | has no option 'gian'. Did you mean 'gain'?
          --depth 10,1oo             | --depth is a list of whole numbers such as 10,100,1000, but in '10,1oo' '1oo' is no whole number.
          --depth 10,                | '' is no whole number
          --depth 10,0               | --depth must be at least 1, but is 0.
          --depth 10,20,10           | --depth has 10 twice
          --budget 0                 | --budget must be at least 1, but is 0.
          --data fkae                | There is no data set 'fkae'. Did you mean 'fake'?
          --bugdet 3                 | Did you mean '--budget'?
          --resume 20260101-000000-x --depth 3 | --resume goes on with the options the search was started with; leave out
          """)
  void bad_usage_is_exit_code_2_before_anything_is_written(String words, String message) {
    Said said = tune(words.split(" "));
    assertThat(said.code()).isEqualTo(ExitCode.USAGE);
    assertThat(said.out()).isEmpty();
    assertThat(said.err()).contains(message).doesNotContain("\tat ");
    assertThat(runs()).doesNotExist();
  }

  @Test
  void an_unknown_search_is_bad_usage() {
    Said said = Said.by("tune", "--resume", "nothing", "--runs-dir", temporary.toString());
    assertThat(said.code()).isEqualTo(ExitCode.USAGE);
    assertThat(said.err()).contains("No run 'nothing'");
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "signals are others there")
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void a_signal_to_stop_is_exit_code_130_and_resume_goes_on_to_the_bytes_of_the_unbroken_search()
      throws Exception {
    tune("--depth", "2", "--iterations", "1000", "--quiet");
    Path whole = onlyRun();
    Path stopped = temporary.resolve("stopped");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:TieredStopAtLevel=1",
                "--add-modules=jdk.incubator.vector",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "tune",
                "--data=fake",
                "--width=7",
                "--hidden-width=5",
                "--iterations=1000",
                "--depth=2",
                "--json",
                "--runs-dir=" + stopped)
            .start();
    try (BufferedReader err = process.errorReader()) {
      awaitLine(err, "iterations");
      awaitLine(err, ": loss");
      new ProcessBuilder("kill", "-TERM", Long.toString(process.pid())).start().waitFor();
      awaitLine(err, "Stopping after this iteration; trials that have ended are kept");
      assertThat(process.waitFor()).isEqualTo(ExitCode.INTERRUPTED);
    } finally {
      process.destroyForcibly();
    }
    try (Stream<Path> all = Files.list(stopped)) {
      Path run = all.findFirst().orElseThrow();
      assertThat(run.resolve("tuning.json")).content().contains("\"interrupted\"");
      Said resumed =
          Said.by(
              "tune",
              "--resume",
              run.getFileName().toString(),
              "--runs-dir",
              stopped.toString(),
              "--quiet");
      assertThat(resumed.code()).as(resumed.err()).isEqualTo(ExitCode.DONE);
      assertThat(run.resolve("trials.csv"))
          .content()
          .isEqualTo(Files.readString(whole.resolve("trials.csv")));
    }
  }

  private static void awaitLine(BufferedReader said, String part) throws IOException {
    for (String line = said.readLine(); line != null; line = said.readLine()) {
      if (line.contains(part)) {
        return;
      }
    }
    throw new AssertionError("The process ended without saying '" + part + "'.");
  }
}
