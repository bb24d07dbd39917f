package org.fathom4j.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import org.fathom4j.record.ComparisonCsv;
import org.fathom4j.record.ComparisonDirectory;
import org.fathom4j.record.ComparisonRecord;
import org.fathom4j.record.ComparisonRow;
import org.fathom4j.record.RunDirectory;
import org.fathom4j.record.RunRecord;
import org.fathom4j.record.RunStatus;
import org.fathom4j.train.TrainingProgress;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real runs on the made-up data. */
class ComparisonTest {

  @TempDir static Path once;
  private static ComparisonResult unbroken;

  @TempDir Path runs;

  @BeforeAll
  static void runUnbroken() throws IOException {
    unbroken = Comparisons.run(once, Comparisons.grid());
  }

  /** A comparison that is done, to be damaged. */
  private ComparisonDirectory copy() throws IOException {
    Path from = unbroken.directory().path();
    Path to = runs.resolve(from.getFileName());
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
    return new ComparisonDirectory(to);
  }

  private static String csv(ComparisonDirectory directory) throws IOException {
    return Files.readString(directory.comparisonCsv());
  }

  @Test
  void cells_are_classified_with_the_layer_of_the_cause() {
    assertThat(unbroken.record().status()).isEqualTo(RunStatus.DONE);
    assertThat(unbroken.cells())
        .extracting(
            cell -> cell.initialization() + " " + cell.depth() + " " + cell.outcome().word())
        .containsExactly(
            "mzas 3 learns",
            "mzas 6 learns",
            Comparisons.OVERFLOWING + " 3 diverges",
            Comparisons.OVERFLOWING + " 6 diverges");
    Cell learns = unbroken.cells().get(0);
    assertThat(learns.seeds()).containsExactly(1L, 7L);
    assertThat(learns.count(RunStatus.DONE)).isEqualTo(2);
    assertThat(learns.spread("trainAccuracy").orElseThrow().mean()).isGreaterThan(0.3);
    assertThat(learns.cause()).isEmpty();
    Cell diverges = unbroken.cells().get(3);
    assertThat(diverges.count(RunStatus.DIVERGED)).isEqualTo(2);
    assertThat(diverges.spread("trainLoss")).isEmpty();
    assertThat(diverges.cause()).hasValue("activations overflow float32 at layer 2 in iteration 1");
  }

  @Test
  void the_record_holds_the_whole_question() throws IOException {
    ComparisonRecord record = ComparisonRecord.read(unbroken.directory().comparisonJson());
    assertThat(record.status()).isEqualTo(RunStatus.DONE);
    assertThat(record.timing()).isEqualTo(unbroken.record().timing());
    assertThat(record.initializations()).containsExactly("mzas", Comparisons.OVERFLOWING);
    assertThat(record.depths()).containsExactly(3, 6);
    assertThat(record.seeds()).containsExactly(1L, 7L);
    assertThat(record.rates()).hasSize(4).allMatch(rate -> rate.learningRate() == 0.5);
    assertThat(record.chanceAccuracy()).isEqualTo(0.1);
    assertThat(record.commandLine()).containsExactly("--data", "fake");
  }

  @Test
  void every_run_has_its_rows_and_no_times() throws IOException {
    List<ComparisonRow> rows = ComparisonCsv.read(unbroken.directory().comparisonCsv());
    assertThat(rows).extracting(ComparisonRow::run).containsSubsequence("mzas-3-1", "mzas-6-7");
    assertThat(rows.stream().filter(row -> row.run().equals("mzas-3-7")))
        .extracting(ComparisonRow::metric)
        .containsExactly(
            "iterations",
            "start_loss",
            "train_loss",
            "train_accuracy",
            "test_loss",
            "test_accuracy");
    assertThat(rows.stream().filter(row -> row.run().endsWith("1e10-6-7")))
        .extracting(ComparisonRow::metric)
        .containsExactly("iterations");
    assertThat(rows).extracting(ComparisonRow::metric).noneMatch(name -> name.contains("second"));
  }

  @Test
  void equal_questions_give_equal_bytes() throws IOException {
    assertThat(csv(Comparisons.run(runs, Comparisons.grid()).directory()))
        .isEqualTo(csv(unbroken.directory()));
  }

  @Test
  void networks_are_kept_only_if_somebody_asks() throws IOException {
    RunDirectory run = unbroken.directory().run("mzas", 6, 7);
    assertThat(run.modelZip()).doesNotExist();
    assertThat(run.checkpoints()).doesNotExist();
    assertThat(run.metricsCsv()).exists();
    RunDirectory kept = Comparisons.run(runs, Comparisons.grid(true)).directory().run("mzas", 6, 7);
    assertThat(kept.modelZip()).exists();
  }

  /** What nothing in the program catches: the nearest to a kill that a process survives. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  /** Ends the process's part in a comparison when a run has made some iterations. */
  private static ComparisonProgress killer(int run, int iterations) {
    return new ComparisonProgress() {
      private int running;

      @Override
      public void started(String name, int number, int all) {
        running = number;
        if (number == run && iterations == 0) {
          throw new Killed();
        }
      }

      @Override
      public TrainingProgress training() {
        return new TrainingProgress() {
          @Override
          public void iterated(int iteration, double loss) {
            if (running == run && iteration == iterations) {
              throw new Killed();
            }
          }
        };
      }
    };
  }

  /** The records of runs, by name. */
  private static Map<String, String> records(ComparisonDirectory directory) throws IOException {
    Map<String, String> records = new HashMap<>();
    try (Stream<Path> entries = Files.list(directory.path().resolve("runs"))) {
      for (Path run : entries.toList()) {
        Path json = run.resolve("run.json");
        if (Files.exists(json)) {
          records.put(run.getFileName().toString(), Files.readString(json));
        }
      }
    }
    return records;
  }

  /** Before each cell, and between the seeds of one. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5, 7})
  void a_comparison_killed_between_runs_goes_on_there_and_keeps_the_others(int run)
      throws IOException {
    Comparison killed = new Comparison(Comparisons.HOME, List.of(), killer(run, 0), () -> false);
    assertThatThrownBy(() -> killed.run(runs, Comparisons.grid(), RateSource.fixed(0.5)))
        .isInstanceOf(Killed.class);
    ComparisonDirectory directory = Comparisons.only(runs);
    Map<String, String> before = run == 1 ? Map.of() : records(directory);
    assertThat(before).hasSize(run - 1);
    RunRecord.Timing timing = ComparisonRecord.read(directory.comparisonJson()).timing();
    assertThat(timing.ended()).isNull();
    assertThat(timing.seconds() > 0).as("the time of runs that ended is kept").isEqualTo(run > 1);
    ComparisonResult whole = Comparisons.resume(directory);
    assertThat(whole.record().timing().seconds()).isGreaterThan(timing.seconds());
    assertThat(whole.record().timing().started()).isEqualTo(timing.started());
    assertThat(csv(directory)).isEqualTo(csv(unbroken.directory()));
    assertThat(records(directory)).containsAllEntriesOf(before);
  }

  /** Before the first checkpoint, which is written every third iteration, and after it. */
  @ParameterizedTest
  @ValueSource(ints = {2, 17})
  void a_comparison_killed_in_a_run_ends_in_the_same_bytes(int iterations) throws IOException {
    Comparison killed =
        new Comparison(Comparisons.HOME, List.of(), killer(2, iterations), () -> false);
    assertThatThrownBy(() -> killed.run(runs, Comparisons.grid(), RateSource.fixed(0.5)))
        .isInstanceOf(Killed.class);
    Comparisons.resume(Comparisons.only(runs));
    assertThat(csv(Comparisons.only(runs))).isEqualTo(csv(unbroken.directory()));
  }

  @Test
  void an_interrupted_comparison_says_so_tells_what_it_has_and_goes_on() throws IOException {
    AtomicInteger iterations = new AtomicInteger();
    ComparisonProgress counting =
        new ComparisonProgress() {
          @Override
          public TrainingProgress training() {
            return new TrainingProgress() {
              @Override
              public void iterated(int iteration, double loss) {
                iterations.incrementAndGet();
              }
            };
          }
        };
    Comparison interrupted =
        new Comparison(Comparisons.HOME, List.of(), counting, () -> iterations.get() >= 65);
    ComparisonResult result = interrupted.run(runs, Comparisons.grid(), RateSource.fixed(0.5));
    assertThat(result.record().status()).isEqualTo(RunStatus.INTERRUPTED);
    assertThat(result.cells()).hasSize(1);
    assertThat(result.cells().get(0).seeds()).containsExactly(1L);
    assertThat(Files.readString(result.directory().reportHtml())).contains("1 of 8 runs");
    Comparisons.resume(result.directory());
    assertThat(csv(result.directory())).isEqualTo(csv(unbroken.directory()));
  }

  @Test
  void trials_that_nobody_can_read_cost_a_finished_comparison_its_pictures_alone()
      throws IOException {
    ComparisonDirectory directory = copy();
    Files.writeString(directory.trialsCsv(), "init,depth\n");
    Files.delete(directory.reportHtml());
    ComparisonResult result = Comparisons.resume(directory);
    assertThat(result.record().status()).isEqualTo(RunStatus.DONE);
    assertThat(directory.reportHtml()).content().doesNotContain("<img");
    assertThat(unbroken.directory().reportHtml()).content().contains("<img");
    assertThat(csv(directory)).isEqualTo(csv(unbroken.directory()));
  }

  @Test
  void taking_up_a_finished_comparison_writes_its_outputs_again() throws IOException {
    ComparisonDirectory directory = copy();
    Map<String, String> before = records(directory);
    Files.delete(directory.comparisonCsv());
    Files.delete(directory.reportHtml());
    Files.delete(directory.plots().resolve("map.png"));
    ComparisonResult result = Comparisons.resume(directory);
    assertThat(result.cells()).hasSize(4);
    assertThat(csv(directory)).isEqualTo(csv(unbroken.directory()));
    assertThat(directory.reportHtml()).exists();
    assertThat(directory.plots().resolve("map.png")).exists();
    assertThat(records(directory)).isEqualTo(before);
  }

  /** Cut in its middle, emptied, and another kind of file altogether. */
  @ParameterizedTest
  @ValueSource(strings = {"half", "empty", "{}"})
  void a_damaged_record_of_one_run_is_set_aside_and_that_run_made_again(String damage)
      throws IOException {
    ComparisonDirectory directory = copy();
    Map<String, String> before = records(directory);
    Path record = directory.run("mzas", 6, 1).runJson();
    String text = Files.readString(record);
    Files.writeString(
        record,
        switch (damage) {
          case "half" -> text.substring(0, text.length() / 2);
          case "empty" -> "";
          default -> damage;
        });
    Comparisons.resume(directory);
    assertThat(csv(directory)).isEqualTo(csv(unbroken.directory()));
    assertThat(directory.path().resolve("runs/mzas-6-1.damaged-1/run.json")).exists();
    before.remove("mzas-6-1");
    assertThat(records(directory)).containsAllEntriesOf(before);
  }

  /** The whole measurement at the end, and one number of it. */
  @ParameterizedTest
  @ValueSource(strings = {"(?s)\"final\" : \\{.*?}.*?},", "\"trainLoss\" : [^,]*,"})
  void a_run_that_is_done_without_scores_is_set_aside_and_made_again(String removed)
      throws IOException {
    ComparisonDirectory directory = copy();
    Path json = directory.run("mzas", 3, 1).runJson();
    String whole = Files.readString(json);
    Files.writeString(json, whole.replaceAll(removed, ""));
    assertThat(json).content().hasSizeLessThan(whole.length());
    Comparisons.resume(directory);
    assertThat(csv(directory)).isEqualTo(csv(unbroken.directory()));
    assertThat(directory.path().resolve("runs/mzas-3-1.damaged-1/run.json")).exists();
  }

  @Test
  void a_run_that_lost_its_record_is_set_aside_and_made_again() throws IOException {
    ComparisonDirectory directory = copy();
    Files.delete(directory.run("mzas", 6, 1).runJson());
    Comparisons.resume(directory);
    assertThat(csv(directory)).isEqualTo(csv(unbroken.directory()));
    assertThat(directory.path().resolve("runs/mzas-6-1.damaged-1/metrics.csv")).exists();
  }

  @ParameterizedTest
  @ValueSource(strings = {"metrics.csv", "depth_profile.csv"})
  void a_csv_file_that_was_cut_short_is_noticed_and_its_run_made_again(String name)
      throws IOException {
    ComparisonDirectory directory = copy();
    Path file = directory.run("mzas", 3, 7).path().resolve(name);
    String text = Files.readString(file);
    Files.writeString(file, text.substring(0, text.length() / 2));
    Comparisons.resume(directory);
    assertThat(Files.readString(file)).endsWith("\n").hasLineCount((int) text.lines().count());
    assertThat(csv(directory)).isEqualTo(csv(unbroken.directory()));
    assertThat(directory.path().resolve("runs/mzas-3-7.damaged-1")).exists();
  }

  @Test
  void a_run_of_another_version_is_an_error_that_names_it_and_touches_nothing() throws IOException {
    ComparisonDirectory directory = copy();
    Path record = directory.run("mzas", 6, 1).runJson();
    Files.writeString(
        record, Files.readString(record).replaceFirst("\"format\" : 1", "\"format\" : 99"));
    Map<String, String> before = records(directory);
    assertThatThrownBy(() -> Comparisons.resume(directory))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(record.toString())
        .hasMessageContaining("newer version: its format is 99");
    assertThat(records(directory)).isEqualTo(before);
  }

  /** Changes the record of a run: its threads, and when it started. */
  private static void forge(RunDirectory run, int threads, String started) throws IOException {
    String json = Files.readString(run.runJson());
    Files.writeString(
        run.runJson(),
        json.replaceFirst("\"threads\" : \\d+", "\"threads\" : " + threads)
            .replaceFirst("\"started\" : [^,]+", "\"started\" : \"" + started + "\""));
  }

  @Test
  void the_threads_of_a_comparison_are_those_of_its_oldest_run_that_can_be_read()
      throws IOException {
    ComparisonDirectory directory = copy();
    assertThat(Comparison.threads(directory))
        .hasValue(RunRecord.read(directory.run("mzas", 3, 1).runJson()).threads());
    forge(directory.run("mzas", 3, 7), 40, "2001-02-03T04:05:06Z");
    forge(directory.run("mzas", 6, 1), 50, "2000-02-03T04:05:06Z");
    forge(directory.run("mzas", 6, 7), 60, "2002-02-03T04:05:06Z");
    assertThat(Comparison.threads(directory)).hasValue(50);
    Files.writeString(directory.run("mzas", 6, 1).runJson(), "{");
    assertThat(Comparison.threads(directory)).hasValue(40);
    Files.delete(directory.run("mzas", 3, 7).runJson());
    assertThat(Comparison.threads(directory)).hasValue(60);
  }

  @Test
  void runs_that_the_fused_kernel_did_not_compute_have_no_threads_to_go_on_with()
      throws IOException {
    ComparisonDirectory directory = copy();
    for (RunDirectory run : directory.runs()) {
      String json = Files.readString(run.runJson());
      Files.writeString(
          run.runJson(), json.replace("\"name\" : \"fused\"", "\"name\" : \"reference\""));
    }
    assertThat(Comparison.threads(directory)).isEmpty();
  }

  @Test
  void the_threads_of_a_comparison_without_runs_are_in_its_own_record() throws IOException {
    ComparisonDirectory directory = copy();
    for (RunDirectory run : directory.runs()) {
      FileUtils.deleteDirectory(run.path().toFile());
    }
    Path json = directory.comparisonJson();
    String record = Files.readString(json);
    Files.writeString(json, record.replaceFirst("\"threads\" : \\d+", "\"threads\" : 41"));
    assertThat(Comparison.threads(directory)).hasValue(41);
    Files.writeString(json, record.replaceFirst("\"threads\" : \\d+,", ""));
    assertThat(Comparison.threads(directory)).isEmpty();
  }

  @Test
  void a_comparison_of_another_version_is_an_error() throws IOException {
    ComparisonDirectory directory = copy();
    Path json = directory.comparisonJson();
    Files.writeString(
        json, Files.readString(json).replaceFirst("\"format\" : 1", "\"format\" : 2"));
    assertThatThrownBy(() -> Comparisons.resume(directory))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(json + " was written by a newer version");
  }

  @ParameterizedTest
  @ValueSource(strings = {"half", "empty", "{}"})
  void a_damaged_record_of_the_comparison_is_an_error_that_names_it_and_touches_nothing(
      String damage) throws IOException {
    ComparisonDirectory directory = copy();
    Path json = directory.comparisonJson();
    String text = Files.readString(json);
    String damaged =
        switch (damage) {
          case "half" -> text.substring(0, text.length() / 2);
          case "empty" -> "";
          default -> damage;
        };
    Files.writeString(json, damaged);
    Map<String, String> before = records(directory);
    assertThatThrownBy(() -> Comparisons.resume(directory))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(json.toString());
    assertThat(json).content().isEqualTo(damaged);
    assertThat(records(directory)).isEqualTo(before);
    assertThat(csv(directory)).isEqualTo(csv(unbroken.directory()));
  }

  @Test
  void a_comparison_csv_that_was_cut_short_is_written_again() throws IOException {
    ComparisonDirectory directory = copy();
    String text = csv(directory);
    Files.writeString(directory.comparisonCsv(), text.substring(0, text.length() / 2));
    Comparisons.resume(directory);
    assertThat(csv(directory)).isEqualTo(text);
  }

  @Test
  void a_run_of_another_question_is_an_error() throws IOException {
    ComparisonDirectory directory = copy();
    Path json = directory.run("mzas", 3, 1).runJson();
    Files.writeString(
        json, Files.readString(json).replaceFirst("\"batchSize\" : 50", "\"batchSize\" : 51"));
    assertThatThrownBy(() -> Comparisons.resume(directory))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("belongs to another experiment");
  }

  @Test
  void rates_of_a_file_belong_to_their_cells() throws IOException {
    LearningRates rates =
        new LearningRates(
            List.of(
                new TunedRate("mzas", 3, OptionalDouble.of(0.25), true, List.of()),
                new TunedRate(
                    "mzas",
                    6,
                    OptionalDouble.empty(),
                    false,
                    List.of(
                        new Trial(0.5, 9, Trial.Status.DIVERGED, 1),
                        new Trial(0.125, 9, Trial.Status.DIVERGED, 1)))));
    ComparisonSpec both = Comparisons.spec(List.of("mzas"), List.of(3, 6), List.of(1L), 10);
    ComparisonResult result =
        Comparisons.silent().run(runs, both, RateSource.of(rates, "rates.json"));
    assertThat(result.cells()).extracting(Cell::learningRate).containsExactly(0.25, 0.125);
    assertThat(result.cells().get(1).rateOrigin())
        .isEqualTo("rates.json; none learnt, this is the smallest that was tried");
  }

  @Test
  void a_cell_that_the_file_lacks_is_an_error_before_anything_is_written() {
    LearningRates rates =
        new LearningRates(
            List.of(new TunedRate("mzas", 3, OptionalDouble.of(0.25), true, List.of())));
    assertThatThrownBy(
            () ->
                Comparisons.silent()
                    .run(runs, Comparisons.grid(), RateSource.of(rates, "rates.json")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("rates.json has no learning rate of mzas at depth 6");
    assertThat(runs).isEmptyDirectory();
  }

  @Test
  void deep_cells_with_one_seed_stay_so_when_the_comparison_is_taken_up_again() throws IOException {
    ComparisonSpec spec =
        new ComparisonSpec(
            "",
            List.of("mzas"),
            List.of(3, 6),
            List.of(1L, 7L),
            OptionalInt.of(6),
            Comparisons.experiment(5),
            false,
            false);
    ComparisonResult result = Comparisons.run(runs, spec);
    assertThat(result.cells())
        .extracting(Cell::seeds)
        .containsExactly(List.of(1L, 7L), List.of(1L));
    assertThat(Comparisons.resume(result.directory()).cells()).isEqualTo(result.cells());
    assertThat(result.directory().markdown())
        .content()
        .contains("All 3 runs have ended", "from depth 6 on the first of them only");
  }

  @Test
  void a_depth_check_profiles_every_iteration_and_tells_schemes_apart() throws IOException {
    ComparisonSpec spec =
        new ComparisonSpec(
            "check",
            List.of("fixup", "xavier"),
            List.of(4, 20, 100),
            List.of(1L, 2L),
            OptionalInt.empty(),
            Comparisons.experiment(1).forDepthCheck(3),
            false,
            true);
    ComparisonResult result = Comparisons.silent().run(runs, spec, RateSource.fixed(1e-3));
    assertThat(result.depthChecks().get("fixup").isFlat()).isTrue();
    assertThat(result.depthChecks().get("xavier").isFlat()).isFalse();
    assertThat(result.depthChecks().get("fixup").curves())
        .extracting(curve -> curve.iteration())
        .contains(1, 2, 3)
        .doesNotContain(4);
    assertThat(result.directory().depthCheckCsv()).exists();
    assertThat(result.directory().plots().resolve("depth_check.png")).exists();
    assertThat(Files.readString(result.directory().reportHtml())).contains("steepest slope");
  }
}
