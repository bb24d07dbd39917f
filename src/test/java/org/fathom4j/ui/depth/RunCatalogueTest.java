package org.fathom4j.ui.depth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.commons.io.FileUtils;
import org.fathom4j.record.RunStatus;
import org.fathom4j.ui.depth.RunCatalogue.Comparison;
import org.fathom4j.ui.depth.RunCatalogue.Run;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunCatalogueTest {

  private static final Instant START = Instant.parse("2026-01-02T03:04:05Z");

  @TempDir Path directory;
  private Path runs;
  private RunCatalogue catalogue;

  @BeforeEach
  void begin() {
    runs = directory.resolve("runs");
    catalogue = new RunCatalogue(runs);
  }

  private SyntheticRun run(String path, int second) throws IOException {
    return SyntheticRun.begin(runs.resolve(path), "mzas", 100, START.plusSeconds(second));
  }

  /** A fresh catalogue, for a listing serves again for a moment. */
  private List<Run> listed() {
    return new RunCatalogue(runs).runs();
  }

  @Test
  void a_directory_that_is_not_there_has_no_runs() {
    assertThat(catalogue.runs()).isEmpty();
    assertThat(catalogue.comparisons()).isEmpty();
    assertThat(catalogue.find("a")).isEmpty();
  }

  @Test
  void runs_and_runs_of_comparisons_are_listed_the_newest_first() throws IOException {
    run("older", 1);
    run("newest", 3);
    run("compared/runs/mzas-100-1", 2);
    Files.writeString(runs.resolve("compared/comparison.csv"), "");
    Files.createDirectories(runs.resolve("benchmarks"));
    Files.writeString(runs.resolve("README.md"), "no run");
    assertThat(listed())
        .extracting(Run::id)
        .containsExactly("newest", "compared~sruns~smzas-100-1", "older");
    assertThat(listed()).extracting(Run::comparison).containsExactly(null, "compared", null);
    assertThat(catalogue.comparisons()).extracting(Comparison::id).containsExactly("compared");
  }

  @Test
  void whatever_a_directory_is_called_it_is_found_by_its_id_alone() throws IOException {
    List<String> names =
        List.of("<script>alert(1)</script>".replace("/", "_"), "a~sb", "%2e%2e", "ζ λ", "'\"&");
    for (String name : names) {
      run(name, 1);
    }
    List<Run> all = listed();
    assertThat(all).extracting(Run::name).containsExactlyInAnyOrderElementsOf(names);
    for (Run run : all) {
      assertThat(run.id()).matches("[A-Za-z0-9._~-]+");
      assertThat(catalogue.find(run.id()).orElseThrow().directory()).isEqualTo(run.directory());
    }
    assertThat(catalogue.find("a~sb")).isEmpty();
  }

  @Test
  void nothing_above_or_beside_the_directory_is_found() throws IOException {
    SyntheticRun.begin(directory.resolve("beside"), "mzas", 100, START);
    run("inside", 1);
    for (String id :
        List.of(
            "..",
            "..~sbeside",
            "inside~s..~sinside",
            ".",
            "",
            "inside~sruns~s..",
            "~2E~2E",
            "inside~srunsx~sinside",
            directory.resolve("beside").toString(),
            "../beside")) {
      assertThat(catalogue.find(id)).as(id).isEmpty();
      assertThat(catalogue.findComparison(id)).as(id).isEmpty();
    }
  }

  @Test
  void links_are_passed_over_wherever_they_are() throws IOException {
    SyntheticRun outside =
        SyntheticRun.begin(directory.resolve("outside/runs/x"), "mzas", 100, START);
    Path record = outside.directory().runJson();
    run("real", 1);
    Files.createDirectories(runs.resolve("linked-record"));
    Files.createDirectories(runs.resolve("linked-runs"));
    Files.writeString(runs.resolve("linked-runs/comparison.csv"), "");
    try {
      Files.createSymbolicLink(runs.resolve("link"), outside.directory().path());
      Files.createSymbolicLink(runs.resolve("linked-record/run.json"), record);
      Files.createSymbolicLink(runs.resolve("linked-runs/runs"), directory.resolve("outside/runs"));
    } catch (UnsupportedOperationException | FileSystemException e) {
      assumeTrue(false, "This file system has no symbolic links.");
    }
    assertThat(listed()).extracting(Run::id).containsExactly("real");
    for (String id : List.of("link", "linked-record", "linked-runs~sruns~sx")) {
      assertThat(catalogue.find(id)).as(id).isEmpty();
    }
    assertThat(catalogue.findComparison("linked-runs")).isPresent();
  }

  @Test
  void a_damaged_record_is_listed_with_what_is_wrong_and_harms_no_other() throws IOException {
    run("good", 1);
    Files.createDirectories(runs.resolve("bad"));
    Files.writeString(runs.resolve("bad/run.json"), "{\"format\": 1, \"name\": ");
    Files.createDirectories(runs.resolve("compared"));
    Files.writeString(runs.resolve("compared/comparison.json"), "no json");
    List<Run> all = listed();
    assertThat(all).extracting(Run::id).containsExactlyInAnyOrder("good", "bad");
    Run bad = catalogue.find("bad").orElseThrow();
    assertThat(bad.record()).isNull();
    assertThat(bad.problem()).contains("bad").contains("run.json").contains("damaged");
    assertThat(catalogue.findComparison("compared").orElseThrow().problem()).contains("damaged");
  }

  @Test
  void a_record_of_a_later_version_or_of_monstrous_size_is_told_not_read() throws IOException {
    for (String name : List.of("later", "monstrous")) {
      Files.createDirectories(runs.resolve(name));
    }
    Files.writeString(runs.resolve("later/run.json"), "{\"format\": 99}");
    Files.write(runs.resolve("monstrous/run.json"), new byte[9 << 20]);
    assertThat(catalogue.find("later").orElseThrow().problem()).contains("newer version");
    assertThat(catalogue.find("monstrous").orElseThrow().problem())
        .contains("more than any record");
  }

  @Test
  void a_record_that_changes_is_read_again() throws IOException {
    SyntheticRun run = run("one", 1);
    assertThat(catalogue.find("one").orElseThrow().record().status())
        .isEqualTo(RunStatus.INCOMPLETE);
    run.end(10);
    assertThat(catalogue.find("one").orElseThrow().record().status()).isEqualTo(RunStatus.DONE);
  }

  @Test
  void a_run_that_is_removed_is_found_no_more() throws IOException {
    run("one", 1);
    assertThat(catalogue.find("one")).isPresent();
    FileUtils.deleteDirectory(runs.resolve("one").toFile());
    assertThat(catalogue.find("one")).isEmpty();
    assertThat(listed()).isEmpty();
  }

  @Test
  void runs_that_come_and_go_while_they_are_listed_harm_nothing() throws Exception {
    for (int i = 0; i < 20; i++) {
      run("stays-" + i, i);
    }
    Thread other =
        new Thread(
            () ->
                IntStream.range(0, 60)
                    .forEach(
                        i -> {
                          try {
                            run("fleeting", i);
                            FileUtils.deleteDirectory(runs.resolve("fleeting").toFile());
                          } catch (IOException e) {
                            throw new IllegalStateException(e);
                          }
                        }));
    other.start();
    try {
      while (other.isAlive()) {
        assertThat(listed())
            .extracting(Run::name)
            .filteredOn(name -> name.startsWith("stays-"))
            .hasSize(20);
      }
    } finally {
      other.join();
    }
  }

  @Test
  void the_comparison_that_is_kept_in_git_is_found() {
    RunCatalogue ours = new RunCatalogue(Path.of("runs"));
    Comparison comparison =
        ours.findComparison("20261123-122420-compare-initializers").orElseThrow();
    assertThat(comparison.problem()).isNull();
    assertThat(comparison.table()).isTrue();
    assertThat(comparison.report()).isTrue();
    assertThat(comparison.record().runs()).isEqualTo(144);
    assertThat(ours.comparisons()).extracting(Comparison::id).contains(comparison.id());
  }
}
