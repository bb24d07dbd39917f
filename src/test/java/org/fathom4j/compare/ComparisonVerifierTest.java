package org.fathom4j.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import org.fathom4j.record.Checksums;
import org.fathom4j.record.ComparisonDirectory;
import org.fathom4j.record.RunDirectory;
import org.fathom4j.record.RunRecord;
import org.fathom4j.train.Check;
import org.fathom4j.train.ExperimentSpec;
import org.fathom4j.train.Trainer;
import org.fathom4j.train.TrainingProgress;
import org.fathom4j.train.Verification;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ComparisonVerifierTest {

  @TempDir static Path madeOnce;
  private static ComparisonDirectory made;

  @TempDir Path runs;
  private ComparisonDirectory comparison;

  @BeforeAll
  static void make() throws IOException {
    made = Comparisons.run(madeOnce, Comparisons.grid()).directory();
  }

  @BeforeEach
  void copy() throws IOException {
    comparison = new ComparisonDirectory(runs.resolve(made.name()));
    FileUtils.copyDirectory(made.path().toFile(), comparison.path().toFile());
  }

  private Verification verify() {
    return ComparisonVerifier.verify(comparison);
  }

  private static List<String> named(Verification verification, Check.Verdict verdict) {
    return verification.checks().stream()
        .filter(check -> check.verdict() == verdict)
        .map(Check::name)
        .toList();
  }

  private static String detail(Verification verification, String name) {
    return verification.checks().stream()
        .filter(check -> check.name().equals(name))
        .map(Check::detail)
        .collect(Collectors.joining());
  }

  /** Replaces text in a file. */
  private static void change(Path file, String what, String by) throws IOException {
    String before = Files.readString(file);
    assertThat(before).contains(what);
    Files.writeString(file, before.replaceFirst(what, by));
  }

  @Test
  void a_comparison_that_nobody_touched_holds_and_is_left_as_it_was() throws IOException {
    Map<String, String> before = contents();
    Verification verification = verify();
    assertThat(verification.checks()).allMatch(check -> check.verdict() == Check.Verdict.HOLDS);
    assertThat(verification.checks())
        .extracting(Check::name)
        .containsExactly(
            "file comparison.json",
            "file comparison.csv",
            "file comparison.md",
            "file report.html",
            "runs",
            "comparison.csv");
    assertThat(verification.directory()).isEqualTo(comparison.path());
    assertThat(contents()).isEqualTo(before);
  }

  private Map<String, String> contents() throws IOException {
    Map<String, String> contents = new TreeMap<>();
    try (Stream<Path> files = Files.walk(comparison.path())) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        contents.put(file.toString(), Checksums.hash(file) + Files.getLastModifiedTime(file));
      }
    }
    return contents;
  }

  @ParameterizedTest
  @ValueSource(strings = {"comparison.json", "comparison.csv", "comparison.md", "report.html"})
  void a_file_with_another_byte_differs(String name) throws IOException {
    Files.writeString(
        comparison.path().resolve(name), Files.readString(comparison.path().resolve(name)) + "\n");
    assertThat(named(verify(), Check.Verdict.DIFFERS)).contains("file " + name);
  }

  @Test
  void a_number_of_the_table_differs_from_its_run_though_hashes_were_made_anew()
      throws IOException {
    change(comparison.comparisonCsv(), "train_accuracy,0", "train_accuracy,1");
    Checksums.seal(comparison);
    Verification verification = verify();
    assertThat(named(verification, Check.Verdict.DIFFERS)).containsExactly("comparison.csv");
    assertThat(detail(verification, "comparison.csv"))
        .contains("mzas-3-1", "train_accuracy", "value=1.", "value=0.");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 5})
  void rows_that_are_missing_differ(int row) throws IOException {
    List<String> lines = Files.readAllLines(comparison.comparisonCsv());
    lines.remove(lines.size() - 1 - row);
    Files.write(comparison.comparisonCsv(), lines);
    Checksums.seal(comparison);
    assertThat(named(verify(), Check.Verdict.DIFFERS)).containsExactly("comparison.csv");
  }

  @Test
  void a_table_that_is_cut_short_or_gone_differs() throws IOException {
    String table = Files.readString(comparison.comparisonCsv());
    Files.writeString(comparison.comparisonCsv(), table.substring(0, table.length() - 9));
    assertThat(named(verify(), Check.Verdict.DIFFERS))
        .containsExactly("file comparison.csv", "comparison.csv");
    Files.delete(comparison.comparisonCsv());
    assertThat(named(verify(), Check.Verdict.DIFFERS))
        .containsExactly("file comparison.csv", "comparison.csv");
  }

  @Test
  void a_run_in_the_place_of_another_differs() throws IOException {
    RunDirectory first = comparison.run("mzas", 3, 1);
    FileUtils.deleteDirectory(first.path().toFile());
    FileUtils.copyDirectory(comparison.run("mzas", 3, 7).path().toFile(), first.path().toFile());
    Verification verification = verify();
    assertThat(named(verification, Check.Verdict.DIFFERS)).contains("runs");
    assertThat(detail(verification, "runs")).contains("belongs to another experiment");
  }

  @Test
  void a_learning_rate_of_the_record_that_is_not_the_runs_differs() throws IOException {
    change(comparison.comparisonJson(), "\"learningRate\" : 0.5", "\"learningRate\" : 0.25");
    Checksums.seal(comparison);
    Verification verification = verify();
    assertThat(named(verification, Check.Verdict.DIFFERS)).containsExactly("runs");
    assertThat(detail(verification, "runs")).contains("belongs to another experiment");
  }

  @Test
  void a_run_that_nobody_asked_for_differs() throws IOException {
    FileUtils.copyDirectory(
        comparison.run("mzas", 3, 7).path().toFile(), comparison.run("mzas-3-8").path().toFile());
    Verification verification = verify();
    assertThat(named(verification, Check.Verdict.DIFFERS)).containsExactly("runs");
    assertThat(detail(verification, "runs")).contains("mzas-3-8 is none of the runs");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{", "", "{}", "null"})
  void a_damaged_run_differs(String text) throws IOException {
    RunDirectory run = comparison.run("mzas", 6, 1);
    Files.writeString(run.runJson(), text);
    Verification verification = verify();
    assertThat(named(verification, Check.Verdict.DIFFERS)).containsExactly("runs");
    assertThat(named(verification, Check.Verdict.NOT_POSSIBLE)).containsExactly("comparison.csv");
    assertThat(detail(verification, "runs")).contains(run.runJson().toString());
  }

  @Test
  void a_run_without_scores_differs() throws IOException {
    RunDirectory run = comparison.run("mzas", 6, 1);
    Files.writeString(
        run.runJson(),
        Files.readString(run.runJson())
            .replaceAll("\"trainLoss\" : [-0-9.E]+", "\"trainLoss\" : null"));
    Verification verification = verify();
    assertThat(named(verification, Check.Verdict.DIFFERS)).containsExactly("runs");
    assertThat(detail(verification, "runs")).contains("lacks trainLoss");
  }

  @Test
  void a_run_on_other_data_differs() throws IOException {
    RunDirectory run = comparison.run("mzas", 6, 1);
    RunRecord record = RunRecord.read(run.runJson());
    String hash = record.data().sha256().values().iterator().next();
    Files.writeString(run.runJson(), Files.readString(run.runJson()).replace(hash, "0".repeat(64)));
    Verification verification = verify();
    assertThat(named(verification, Check.Verdict.DIFFERS)).containsExactly("runs");
    assertThat(detail(verification, "runs")).contains("other files");
  }

  @Test
  void a_run_of_a_newer_version_cannot_be_compared() throws IOException {
    change(comparison.run("mzas", 6, 1).runJson(), "\"format\" : 1", "\"format\" : 99");
    Verification verification = verify();
    assertThat(named(verification, Check.Verdict.DIFFERS)).isEmpty();
    assertThat(named(verification, Check.Verdict.NOT_POSSIBLE))
        .containsExactly("runs", "comparison.csv");
  }

  @Test
  void a_run_that_has_not_ended_in_a_comparison_that_is_done_differs() throws IOException {
    change(
        comparison.run("mzas", 6, 1).runJson(),
        "\"status\" : \"done\"",
        "\"status\" : \"interrupted\"");
    Verification verification = verify();
    assertThat(named(verification, Check.Verdict.DIFFERS)).containsExactly("runs");
    assertThat(detail(verification, "runs")).contains("mzas-6-1 is interrupted");
  }

  @Test
  void a_damaged_run_that_was_set_aside_is_none_of_its_runs() throws IOException {
    FileUtils.copyDirectory(
        comparison.run("mzas", 3, 7).path().toFile(),
        comparison.run("mzas-3-7.damaged-1").path().toFile());
    assertThat(verify().holds()).isTrue();
  }

  @Test
  void runs_that_are_not_here_are_named_and_the_others_compared() throws IOException {
    FileUtils.deleteDirectory(comparison.run("mzas", 6, 1).path().toFile());
    Verification verification = verify();
    assertThat(named(verification, Check.Verdict.DIFFERS)).isEmpty();
    assertThat(named(verification, Check.Verdict.NOT_POSSIBLE))
        .containsExactly("runs", "comparison.csv");
    assertThat(detail(verification, "runs")).isEqualTo("not here: mzas-6-1");
    change(comparison.comparisonCsv(), "train_accuracy,0", "train_accuracy,1");
    assertThat(named(verify(), Check.Verdict.DIFFERS)).contains("comparison.csv");
  }

  @Test
  void without_any_run_nothing_holds_but_the_files() throws IOException {
    FileUtils.deleteDirectory(comparison.path().resolve("runs").toFile());
    Verification verification = verify();
    assertThat(verification.holds()).isFalse();
    assertThat(named(verification, Check.Verdict.NOT_POSSIBLE))
        .containsExactly("runs", "comparison.csv");
    assertThat(detail(verification, "runs")).contains("none of its 8 runs");
  }

  @Test
  void one_that_is_done_does_not_hold_without_hashes_but_its_table_is_compared()
      throws IOException {
    Checksums.unseal(comparison);
    Verification verification = verify();
    assertThat(verification.holds()).isFalse();
    assertThat(named(verification, Check.Verdict.NOT_POSSIBLE)).containsExactly("files");
    assertThat(detail(verification, "files"))
        .contains("though the record says done", "fathom compare --resume writes");
    assertThat(named(verification, Check.Verdict.HOLDS)).containsExactly("runs", "comparison.csv");
    change(comparison.comparisonCsv(), "train_accuracy,0", "train_accuracy,1");
    assertThat(named(verify(), Check.Verdict.DIFFERS)).containsExactly("comparison.csv");
    Comparisons.resume(comparison);
    assertThat(verify().checks()).allMatch(check -> check.verdict() == Check.Verdict.HOLDS);
  }

  /** As a killed process leaves it: the last run has ended, its rows are not written yet. */
  @Test
  void one_that_was_killed_is_not_accused_but_its_rows_are_compared() throws IOException {
    Checksums.unseal(comparison);
    change(comparison.comparisonJson(), "\"status\" : \"done\"", "\"status\" : \"incomplete\"");
    List<String> lines = Files.readAllLines(comparison.comparisonCsv());
    Files.write(comparison.comparisonCsv(), lines.subList(0, lines.size() - 1));
    Verification verification = verify();
    assertThat(named(verification, Check.Verdict.HOLDS)).containsExactly("runs", "comparison.csv");
    assertThat(named(verification, Check.Verdict.NOTHING_TO_COMPARE)).containsExactly("files");
    change(comparison.comparisonCsv(), "train_accuracy,0", "train_accuracy,1");
    assertThat(named(verify(), Check.Verdict.DIFFERS)).containsExactly("comparison.csv");
  }

  @Test
  void one_without_a_run_that_has_ended_has_nothing_to_compare_but_hashes_if_it_was_interrupted()
      throws IOException {
    for (String from : List.of("incomplete", "interrupted", "failed")) {
      ComparisonDirectory begun = new ComparisonDirectory(runs.resolve(from));
      Files.createDirectory(begun.path());
      Files.writeString(
          begun.comparisonJson(),
          Files.readString(comparison.comparisonJson())
              .replace("\"status\" : \"done\"", "\"status\" : \"" + from + "\""));
      if (from.equals("interrupted")) {
        assertThat(ComparisonVerifier.verify(begun).holds()).isFalse();
        Checksums.seal(begun);
        assertThat(named(ComparisonVerifier.verify(begun), Check.Verdict.HOLDS))
            .containsExactly("file comparison.json");
      }
      Verification verification = ComparisonVerifier.verify(begun);
      assertThat(named(verification, Check.Verdict.NOTHING_TO_COMPARE))
          .containsExactlyElementsOf(
              from.equals("interrupted")
                  ? List.of("runs", "comparison.csv")
                  : List.of("files", "runs", "comparison.csv"));
      assertThat(verification.holds()).isTrue();
    }
  }

  private static ComparisonResult stoppedAfter(int questions, Path runs) throws IOException {
    int[] asked = {0};
    return new Comparison(
            Comparisons.HOME,
            List.of(),
            ComparisonProgress.SILENT,
            () -> ++asked[0] > questions) // asked after every iteration
        .run(runs, Comparisons.grid(), RateSource.fixed(0.5));
  }

  @Test
  void an_interrupted_one_holds_as_far_as_it_is_and_whole_when_it_went_on() throws IOException {
    ComparisonDirectory stopped = stoppedAfter(60, runs.resolve("stopped")).directory();
    Verification verification = ComparisonVerifier.verify(stopped);
    assertThat(named(verification, Check.Verdict.HOLDS))
        .contains("file comparison.json", "runs", "comparison.csv");
    assertThat(verification.holds()).isTrue();
    assertThat(detail(verification, "runs")).startsWith("1 of 8 have ended");

    Comparisons.resume(stopped);
    Verification whole = ComparisonVerifier.verify(stopped);
    assertThat(whole.checks()).allMatch(check -> check.verdict() == Check.Verdict.HOLDS);
    assertThat(Files.readString(stopped.comparisonCsv()))
        .isEqualTo(Files.readString(made.comparisonCsv()));
    Comparisons.resume(stopped);
    assertThat(ComparisonVerifier.verify(stopped).checks())
        .allMatch(check -> check.verdict() == Check.Verdict.HOLDS);
  }

  /** As the message of an interrupted run advises. */
  @Test
  void a_run_that_was_resumed_by_itself_is_no_difference() throws IOException {
    ComparisonDirectory stopped = stoppedAfter(60, runs.resolve("stopped")).directory();
    new Trainer(runs, Comparisons.HOME, List.of(), TrainingProgress.SILENT, () -> false)
        .resume(stopped.run("mzas", 3, 7));
    Verification verification = ComparisonVerifier.verify(stopped);
    assertThat(detail(verification, "runs")).startsWith("2 of 8 have ended");
    assertThat(verification.holds()).isTrue();
  }

  @Test
  void a_table_without_hashes_is_compared_also_where_the_comparison_was_interrupted()
      throws IOException {
    ComparisonDirectory stopped = stoppedAfter(60, runs.resolve("stopped")).directory();
    Checksums.unseal(stopped);
    change(stopped.comparisonCsv(), "train_accuracy,0", "train_accuracy,1");
    assertThat(named(ComparisonVerifier.verify(stopped), Check.Verdict.DIFFERS))
        .containsExactly("comparison.csv");
  }

  @Test
  void a_depth_check_is_made_again_and_deep_cells_may_have_one_seed() throws IOException {
    ComparisonSpec spec = Comparisons.grid();
    ExperimentSpec base = Comparisons.experiment(3);
    ComparisonDirectory check =
        Comparisons.run(
                runs.resolve("depth-check"),
                new ComparisonSpec(
                    "check",
                    List.of("mzas", "stable"),
                    spec.depths(),
                    spec.seeds(),
                    OptionalInt.of(6),
                    base,
                    false,
                    true))
            .directory();
    Verification verification = ComparisonVerifier.verify(check);
    assertThat(verification.checks()).allMatch(c -> c.verdict() == Check.Verdict.HOLDS);
    assertThat(verification.checks())
        .extracting(Check::name)
        .contains("file depth_check.csv", "depth_check.csv");
    List<String> lines = new ArrayList<>(Files.readAllLines(check.depthCheckCsv()));
    lines.set(1, lines.get(1).replaceFirst(",[^,]*$", ",1.5"));
    Files.write(check.depthCheckCsv(), lines);
    Checksums.seal(check);
    assertThat(named(ComparisonVerifier.verify(check), Check.Verdict.DIFFERS))
        .containsExactly("depth_check.csv");
    Files.delete(check.depthCheckCsv());
    Checksums.seal(check);
    assertThat(named(ComparisonVerifier.verify(check), Check.Verdict.DIFFERS))
        .containsExactly("depth_check.csv");
  }

  @Test
  void one_that_failed_has_no_hashes_and_its_rows_are_compared() throws IOException {
    Files.delete(comparison.run("mzas", 6, 1).runJson()); // to be made again
    ComparisonProgress failing =
        new ComparisonProgress() {
          @Override
          public void started(String name, int number, int all) {
            throw new IllegalStateException("the disk is full");
          }

          @Override
          public TrainingProgress training() {
            return TrainingProgress.SILENT;
          }
        };
    Comparison again = new Comparison(Comparisons.HOME, List.of(), failing, () -> false);
    assertThatThrownBy(() -> again.resume(comparison, RateSource.fixed(0.5)))
        .hasMessage("the disk is full");
    assertThat(comparison.sha256Sums()).doesNotExist();
    Verification verification = verify();
    assertThat(named(verification, Check.Verdict.NOTHING_TO_COMPARE)).containsExactly("files");
    assertThat(named(verification, Check.Verdict.HOLDS)).contains("runs");
    assertThat(verification.has(Check.Verdict.DIFFERS)).isFalse();
  }

  @Test
  void hashes_are_gone_while_a_comparison_is_at_work() throws IOException {
    boolean[] there = {true};
    FileUtils.deleteDirectory(comparison.run("mzas", 6, 1).path().toFile());
    new Comparison(
            Comparisons.HOME,
            List.of(),
            new ComparisonProgress() {
              @Override
              public void started(String name, int number, int all) {
                there[0] = Files.exists(comparison.sha256Sums());
              }

              @Override
              public TrainingProgress training() {
                return TrainingProgress.SILENT;
              }
            },
            () -> false)
        .resume(comparison, RateSource.fixed(0.5));
    assertThat(there[0]).isFalse();
    assertThat(verify().holds()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "{", "", "[1]", "null"})
  void a_record_that_is_none_differs(String text) throws IOException {
    Files.writeString(comparison.comparisonJson(), text);
    assertThat(named(verify(), Check.Verdict.DIFFERS))
        .containsExactly("file comparison.json", "record");
  }

  @Test
  void a_record_of_a_newer_version_cannot_be_compared() throws IOException {
    change(comparison.comparisonJson(), "\"format\" : 1", "\"format\" : 2");
    assertThat(named(verify(), Check.Verdict.NOT_POSSIBLE)).containsExactly("record");
  }

  @Test
  void a_record_without_a_specification_cannot_be_compared() throws IOException {
    JsonNode tree = new ObjectMapper().readTree(comparison.comparisonJson().toFile());
    ((ObjectNode) tree).putNull("specification");
    Files.writeString(comparison.comparisonJson(), tree.toString());
    Verification verification = verify();
    assertThat(named(verification, Check.Verdict.DIFFERS)).contains("file comparison.json");
    assertThat(verification.checks()).extracting(Check::name).contains("record");
  }
}
