package org.fathom4j.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.fathom4j.data.Preprocessing;
import org.fathom4j.network.Loss;
import org.fathom4j.network.NetworkSpec;
import org.fathom4j.network.OptimizerSpec;
import org.fathom4j.record.RunDirectory;
import org.fathom4j.record.RunStatus;
import org.fathom4j.record.TrialLog;
import org.fathom4j.record.TrialRow;
import org.fathom4j.record.TuningRecord;
import org.fathom4j.train.ExperimentSpec;
import org.fathom4j.train.Trainer;
import org.fathom4j.train.TrainingProgress;
import org.fathom4j.train.TrainingResult;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.activations.Activation;

/** Real searches on the made-up data: 64 → 12, hidden 5 → 10. */
class TuningTest {

  private static final Path HOME = Path.of("").toAbsolutePath();
  private static final int ITERATIONS = 32;

  @TempDir static Path once;
  private static TuningResult unbroken;

  @TempDir private Path runs;

  @BeforeAll
  static void searchUnbroken() throws IOException {
    unbroken =
        new Tuning(once, HOME, List.of("tune"), TuningProgress.SILENT, () -> false).run(two());
  }

  private static RunDirectory whole() {
    return new RunDirectory(unbroken.directory());
  }

  private static ExperimentSpec base(int width) {
    return new ExperimentSpec(
        "tune",
        3,
        new ExperimentSpec.DataSpec("fake", null, null, null, Preprocessing.UNIT),
        new ExperimentSpec.Architecture(
            1,
            width,
            5,
            Activation.RELU,
            NetworkSpec.Block.NONLINEAR,
            "mzas",
            Loss.MSE,
            NetworkSpec.Layers.STACK,
            NetworkSpec.Precision.FLOAT),
        new ExperimentSpec.Optimization(
            OptimizerSpec.Method.SGD, 1, "linear", 0.9, 0, ITERATIONS, null, 50),
        "reference",
        0,
        0);
  }

  private static TuningSpec two() {
    return new TuningSpec(base(12), List.of("mzas", "xavier:fan=in"), List.of(3), 40);
  }

  private Tuning tuning(String place, TuningProgress progress, BooleanSupplier interrupted) {
    return new Tuning(runs.resolve(place), HOME, List.of("tune"), progress, interrupted);
  }

  private Tuning tuning(String place) {
    return tuning(place, TuningProgress.SILENT, () -> false);
  }

  private static byte[] bytes(Path file) throws IOException {
    return Files.readAllBytes(file);
  }

  @Test
  void the_rate_that_is_found_has_worse_neighbours_and_the_loss_that_training_has()
      throws IOException {
    TuningResult result = unbroken;

    assertThat(result.status()).isEqualTo(RunStatus.DONE);
    assertThat(result.rates().cells())
        .extracting(TunedRate::initialization)
        .containsExactly("mzas", "xavier:fan=in");
    for (TunedRate cell : result.rates().cells()) {
      assertThat(cell.interior()).isTrue();
      double rate = cell.learningRate().orElseThrow();
      Trial winner =
          cell.trials().stream()
              .filter(trial -> trial.learningRate() == rate)
              .findFirst()
              .orElseThrow();
      TrainingResult trained =
          new Trainer(
                  runs.resolve("trained"), HOME, List.of(), TrainingProgress.SILENT, () -> false)
              .run(base(12).with(cell.initialization(), 3).withLearningRate(rate));
      assertThat(winner.loss()).isEqualTo(trained.train().orElseThrow().loss());
      assertThat(winner.iterations()).isEqualTo(ITERATIONS);
    }
  }

  @Test
  void a_search_leaves_its_record_its_trials_and_its_rates() throws IOException {
    TuningResult result = unbroken;

    RunDirectory directory = new RunDirectory(result.directory());
    assertThat(directory.name()).matches("\\d{8}-\\d{6}-tune");
    TuningRecord record = TuningRecord.read(directory.tuningJson());
    assertThat(record.status()).isEqualTo(RunStatus.DONE);
    assertThat(record.data().sha256()).hasSize(4);
    assertThat(LearningRates.read(directory.learningRatesJson())).isEqualTo(result.rates());
    List<TrialRow> rows = TrialLog.read(directory.trialsCsv());
    assertThat(rows.get(0))
        .extracting(TrialRow::initialization, TrialRow::iterations, TrialRow::status)
        .containsExactly("mzas", 0, "start");
    assertThat(cost(rows, "mzas")).isPositive().isLessThanOrEqualTo(10L * ITERATIONS);
    assertThat(cost(rows, "xavier:fan=in")).isPositive().isLessThanOrEqualTo(10L * ITERATIONS);
  }

  /** Updates, a longer trial being the continuation of the shorter one. */
  private static long cost(List<TrialRow> rows, String initialization) {
    return rows.stream()
        .filter(row -> row.initialization().equals(initialization))
        .map(TrialRow::learningRate)
        .distinct()
        .mapToLong(
            rate ->
                rows.stream()
                    .filter(
                        row ->
                            row.initialization().equals(initialization)
                                && row.learningRate() == rate)
                    .mapToInt(TrialRow::iterations)
                    .max()
                    .orElse(0))
        .sum();
  }

  @Test
  void equal_searches_leave_equal_bytes() throws IOException {
    RunDirectory one = whole();
    RunDirectory other = new RunDirectory(tuning("b").run(two()).directory());
    assertThat(bytes(other.trialsCsv())).isEqualTo(bytes(one.trialsCsv()));
    assertThat(bytes(other.learningRatesJson())).isEqualTo(bytes(one.learningRatesJson()));
  }

  /**
   * Killed: the record says incomplete, and half a row is at the end of the trials. Before and
   * after the header, the start of each initialization and the last trial, and at every fifth
   * between.
   */
  @Test
  void a_search_that_was_killed_goes_on_to_the_same_bytes() throws IOException {
    RunDirectory whole = whole();
    String trials = Files.readString(whole.trialsCsv());
    List<String> lines = trials.lines().toList();
    for (int kept = 0; kept <= lines.size(); kept++) {
      if (kept % 5 > 0 && !isAnEdge(lines, kept)) {
        continue;
      }
      RunDirectory cut = new RunDirectory(Files.createDirectories(runs.resolve("cut-" + kept)));
      TuningRecord.read(whole.tuningJson()).resumed().write(cut.tuningJson());
      StringBuilder half = new StringBuilder();
      lines.subList(0, kept).forEach(line -> half.append(line).append('\n'));
      if (kept < lines.size()) {
        half.append(lines.get(kept), 0, lines.get(kept).length() / 2);
      }
      Files.writeString(cut.trialsCsv(), half);
      AtomicInteger made = new AtomicInteger();
      TuningProgress counts =
          new TuningProgress() {
            @Override
            public void ended(String initialization, int depth, Trial trial) {
              made.incrementAndGet();
            }
          };

      TuningResult resumed = tuning("cut", counts, () -> false).resume(cut);

      assertThat(resumed.status()).isEqualTo(RunStatus.DONE);
      assertThat(cut.trialsCsv()).content().isEqualTo(trials);
      assertThat(bytes(cut.learningRatesJson())).isEqualTo(bytes(whole.learningRatesJson()));
      long ended = lines.stream().skip(Math.max(1, kept)).filter(l -> !l.contains("start")).count();
      assertThat(made).hasValue((int) ended);
    }
  }

  private static boolean isAnEdge(List<String> lines, int kept) {
    return kept <= 1
        || kept >= lines.size() - 1
        || lines.get(kept).contains("start")
        || lines.get(kept - 1).contains("start");
  }

  @Test
  void an_interrupted_search_says_so_keeps_its_cells_and_goes_on() throws IOException {
    RunDirectory whole = whole();
    List<TunedRate> done = new ArrayList<>();
    AtomicInteger trialsOfSecond = new AtomicInteger();
    TuningProgress watches =
        new TuningProgress() {
          @Override
          public void found(TunedRate rate) {
            done.add(rate);
          }

          @Override
          public void ended(String initialization, int depth, Trial trial) {
            trialsOfSecond.addAndGet(done.size());
          }
        };
    TuningResult stopped = tuning("stopped", watches, () -> trialsOfSecond.get() >= 2).run(two());

    assertThat(stopped.status()).isEqualTo(RunStatus.INTERRUPTED);
    assertThat(stopped.rates().cells()).hasSize(1);
    RunDirectory directory = new RunDirectory(stopped.directory());
    assertThat(TuningRecord.read(directory.tuningJson()).why())
        .isEqualTo("Interrupted with 1 of 2 cells done.");
    assertThat(LearningRates.read(directory.learningRatesJson()).cells()).hasSize(1);

    tuning("stopped").resume(directory);
    assertThat(bytes(directory.trialsCsv())).isEqualTo(bytes(whole.trialsCsv()));
    assertThat(bytes(directory.learningRatesJson())).isEqualTo(bytes(whole.learningRatesJson()));
  }

  /** (3/2)^(l/2) passes float32 at l = 437 or so, whatever the rate. */
  @Test
  void a_forward_pass_that_overflows_has_no_rate_after_one_trial() throws IOException {
    TuningResult result =
        tuning("a")
            .run(new TuningSpec(withHidden(base(64), 64), List.of("xavier"), List.of(700), 40));
    TunedRate cell = result.rates().cells().get(0);
    assertThat(cell.learningRate()).isEmpty();
    assertThat(cell.interior()).isFalse();
    assertThat(cell.trials())
        .singleElement()
        .extracting(Trial::status, Trial::iterations)
        .containsExactly(Trial.Status.DIVERGED, 0);
  }

  private static ExperimentSpec withHidden(ExperimentSpec spec, int hiddenWidth) {
    var a = spec.architecture();
    return new ExperimentSpec(
        spec.name(),
        spec.seed(),
        spec.data(),
        new ExperimentSpec.Architecture(
            a.depth(),
            a.width(),
            hiddenWidth,
            a.activation(),
            a.block(),
            a.initialization(),
            a.loss(),
            a.layers(),
            a.precision()),
        spec.optimization(),
        spec.kernel(),
        0,
        0);
  }

  @Test
  void a_search_that_is_done_has_nothing_to_resume() throws IOException {
    RunDirectory directory =
        new RunDirectory(
            tuning("a").run(new TuningSpec(base(12), List.of("mzas"), List.of(1), 1)).directory());
    assertThatThrownBy(() -> tuning("a").resume(directory))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is done: there is nothing to resume");
  }

  @Test
  void trials_that_somebody_damaged_are_named_by_line_and_left_as_they_are() throws IOException {
    RunDirectory directory =
        new RunDirectory(
            tuning("a").run(new TuningSpec(base(12), List.of("mzas"), List.of(1), 1)).directory());
    TuningRecord.read(directory.tuningJson()).resumed().write(directory.tuningJson());
    String damaged = Files.readString(directory.trialsCsv()).replace("done", "d;ne");
    Files.writeString(directory.trialsCsv(), damaged);
    assertThatThrownBy(() -> tuning("a").resume(directory))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("trials.csv, line 3: ");
    assertThat(directory.trialsCsv()).hasContent(damaged);
  }

  @Test
  void a_record_of_another_version_is_refused() throws IOException {
    RunDirectory directory = new RunDirectory(Files.createDirectories(runs.resolve("future")));
    Files.writeString(directory.tuningJson(), "{\"format\": 2}");
    assertThatThrownBy(() -> tuning("a").resume(directory))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("was written by a newer version: its format is 2");
    Files.writeString(directory.tuningJson(), "{\"format\": 1}");
    assertThatThrownBy(() -> tuning("a").resume(directory))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("tuning.json is damaged");
  }

  @Test
  void half_a_record_is_refused_and_nothing_is_lost() throws IOException {
    RunDirectory directory = new RunDirectory(Files.createDirectories(runs.resolve("half")));
    String record = Files.readString(whole().tuningJson());
    Files.writeString(directory.tuningJson(), record.substring(0, record.length() / 2));
    Files.copy(whole().trialsCsv(), directory.trialsCsv());
    assertThatThrownBy(() -> tuning("a").resume(directory))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(directory.tuningJson() + " is damaged");
    assertThat(directory.trialsCsv()).hasSameTextualContentAs(whole().trialsCsv());
  }

  @Test
  void a_search_names_each_network_once() {
    assertThatThrownBy(() -> new TuningSpec(base(12), List.of("mzas", "mzas"), List.of(1), 40))
        .hasMessageContaining("each initialization and each depth once");
    assertThatThrownBy(() -> new TuningSpec(base(12), List.of("mzas"), List.of(1, 1), 40))
        .hasMessageContaining("each initialization and each depth once");
    assertThatThrownBy(() -> new TuningSpec(base(12), List.of(), List.of(1), 40))
        .hasMessageContaining("at least one initialization");
    assertThatThrownBy(() -> new TuningSpec(base(12), List.of("mzas"), List.of(1), 0))
        .hasMessage("--budget must be at least 1 learning rate, but is 0.");
  }
}
