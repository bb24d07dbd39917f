package org.fathom4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.fathom4j.record.ComparisonDirectory;
import org.fathom4j.record.RunDirectory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VerifyCommandTest {

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final String[] SMALL = {
    "--data=fake", "--width=12", "--hidden-width=5", "--batch-size=64", "--iterations=10", "--quiet"
  };

  @TempDir Path runs;
  private RunDirectory run;

  @BeforeEach
  void train() throws IOException {
    Said said = say("train", "--depth=3", "--json");
    assertThat(said.code()).as(said.err()).isEqualTo(ExitCode.DONE);
    run = new RunDirectory(Path.of(MAPPER.readTree(said.out()).path("run").textValue()));
  }

  /** Something small, in the directory of this test. */
  private Said say(String command, String... more) {
    return Said.by(
        Stream.of(new String[] {command, "--runs-dir=" + runs}, SMALL, more)
            .flatMap(Stream::of)
            .toArray(String[]::new));
  }

  private Said verify(String... words) {
    return Said.by(
        Stream.concat(Stream.of("verify", "--runs-dir=" + runs), Stream.of(words))
            .toArray(String[]::new));
  }

  @Test
  void a_run_that_nobody_touched_holds_by_name_and_by_path() {
    for (String name : List.of(run.name(), run.path().toString())) {
      Said said = verify(name);
      assertThat(said.code()).as(said.out()).isEqualTo(ExitCode.DONE);
      assertThat(said.out().lines().filter(line -> line.contains(" holds "))).hasSize(10);
      assertThat(said.out().lines().reduce((a, b) -> b).orElseThrow())
          .isEqualTo(run.path() + " holds: 10 checks");
      assertThat(said.err()).contains("Replaying " + run.name() + ", iterations 0 to 10");
    }
  }

  @Test
  void what_was_changed_is_named_and_the_exit_code_is_4() throws IOException {
    Files.writeString(
        run.metricsCsv(),
        Files.readString(run.metricsCsv()).replaceFirst("(1,0,batch,loss,).*", "$10.25"));
    Said said = verify("--quiet", run.name());
    assertThat(said.code()).isEqualTo(ExitCode.CHECK_FAILED);
    assertThat(said.out())
        .containsPattern("file metrics.csv +differs")
        .containsPattern("replay +differs")
        .contains(run.path() + " differs: file metrics.csv, replay");
    assertThat(said.err()).isEmpty();
  }

  @Test
  void a_changed_number_is_a_failure_where_the_hashes_were_taken_away() throws IOException {
    Files.writeString(
        run.metricsCsv(),
        Files.readString(run.metricsCsv()).replaceFirst("(9,\\d,batch,loss,).*", "$10.25"));
    Files.delete(run.sha256Sums());
    Said said = verify("--iterations=3", run.name());
    assertThat(said.code()).as(said.out()).isEqualTo(ExitCode.FAILED);
    assertThat(said.out())
        .containsPattern("files +not checked +there is no SHA256SUMS, though the record says done")
        .contains("cannot be verified here: not checked are files");
  }

  @Test
  void json_is_one_object_with_null_for_what_was_not_compared() throws IOException {
    Files.delete(run.sha256Sums());
    Said said = verify("--json", "--iterations=3", run.name());
    assertThat(said.code()).isEqualTo(ExitCode.FAILED);
    JsonNode tree = MAPPER.readTree(said.out());
    assertThat(tree.fieldNames()).toIterable().containsExactly("run", "holds", "checks");
    assertThat(tree.path("run").textValue()).isEqualTo(run.path().toString());
    assertThat(tree.path("holds").booleanValue()).isFalse();
    assertThat(tree.path("checks")).hasSize(7);
    JsonNode files = tree.path("checks").path(0);
    assertThat(files.path("name").textValue()).isEqualTo("files");
    assertThat(files.get("holds").isNull()).isTrue();
    assertThat(files.path("detail").textValue()).contains("there is no SHA256SUMS");
    JsonNode replay = tree.path("checks").path(6);
    assertThat(replay.path("holds").booleanValue()).isTrue();
    assertThat(replay.path("detail").textValue()).startsWith("3 of 10 iterations again");
  }

  @Test
  void what_cannot_be_compared_here_is_a_failure_not_a_difference() throws IOException {
    Files.delete(run.sha256Sums());
    Files.writeString(
        run.runJson(),
        Files.readString(run.runJson()).replaceFirst("\"format\" : 1", "\"format\" : 2"));
    Said said = verify(run.name());
    assertThat(said.code()).isEqualTo(ExitCode.FAILED);
    assertThat(said.out())
        .contains("newer version")
        .contains("cannot be verified here: not checked are files, record");
    assertThat(verify("--json", run.name()).out()).contains("\"holds\" : false");
  }

  @Test
  void every_run_of_a_comparison_has_a_line() throws IOException {
    Said compared =
        say("compare", "--depth=3", "--init=mzas,xavier", "--seeds=1,2", "--learning-rate=0.1");
    assertThat(compared.code()).as(compared.err()).isEqualTo(ExitCode.DONE);
    ComparisonDirectory comparison;
    try (Stream<Path> entries = Files.list(runs)) {
      comparison =
          entries
              .map(ComparisonDirectory::new)
              .filter(c -> Files.exists(c.comparisonJson()))
              .findFirst()
              .orElseThrow();
    }
    Said said = verify("--quiet", comparison.name());
    assertThat(said.code()).as(said.out()).isEqualTo(ExitCode.DONE);
    assertThat(said.out()).contains(comparison.path() + " holds: 6 checks");
    assertThat(said.out().lines().skip(said.out().lines().count() - 4))
        .allMatch(line -> line.endsWith(" holds: 8 checks; nothing to compare for model"));

    RunDirectory first = comparison.runs().get(0);
    Files.writeString(first.depthProfileCsv(), "x\n");
    Said changed = verify("--quiet", comparison.name());
    assertThat(changed.code()).isEqualTo(ExitCode.CHECK_FAILED);
    assertThat(changed.out()).containsPattern("\\nruns +differs");
    assertThat(changed.out().lines().filter(line -> line.contains(" holds: "))).hasSize(3);
    assertThat(changed.out()).contains(first.name() + " differs: file depth_profile.csv");

    Said json = verify("--quiet", "--json", comparison.path().toString());
    JsonNode tree = MAPPER.readTree(json.out());
    assertThat(tree.fieldNames())
        .toIterable()
        .containsExactly("comparison", "holds", "checks", "runs");
    assertThat(tree.path("holds").booleanValue()).isFalse();
    assertThat(tree.path("runs")).hasSize(4);

    Said wrong = verify("--iterations=0", comparison.name());
    assertThat(wrong.code()).isEqualTo(ExitCode.USAGE);
    assertThat(wrong.out()).isEmpty();
  }

  @Test
  void a_comparison_whose_record_is_none_differs() throws IOException {
    Path empty = Files.createDirectory(runs.resolve("empty"));
    Files.writeString(empty.resolve("comparison.json"), "{}");
    Said said = verify("empty");
    assertThat(said.code()).isEqualTo(ExitCode.CHECK_FAILED);
    assertThat(said.out()).containsPattern("record +differs");
  }

  @Test
  void bad_usage_is_told() {
    assertThat(verify().code()).isEqualTo(ExitCode.USAGE);
    Said unknown = verify("nonsense");
    assertThat(unknown.code()).isEqualTo(ExitCode.USAGE);
    assertThat(unknown.err()).contains("No run 'nonsense'").contains(run.name());
    for (String wrong : List.of("0", "-1", "x", "")) {
      Said said = verify("--iterations=" + wrong, run.name());
      assertThat(said.code()).isEqualTo(ExitCode.USAGE);
      assertThat(said.err()).contains("--iterations");
      assertThat(said.out()).isEmpty();
    }
  }
}
