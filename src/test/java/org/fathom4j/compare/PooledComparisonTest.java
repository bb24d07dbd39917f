package org.fathom4j.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.fathom4j.record.Checksums;
import org.fathom4j.record.ComparisonDirectory;
import org.fathom4j.record.RunDirectory;
import org.fathom4j.record.RunRecord;
import org.fathom4j.record.RunStatus;
import org.fathom4j.record.TrialLog;
import org.fathom4j.record.TrialRow;
import org.fathom4j.train.Check;
import org.fathom4j.train.TrainingProgress;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Comparisons whose runs are made by workers: here threads, which get everything as bytes. */
class PooledComparisonTest {

  @TempDir static Path once;
  private static ComparisonResult sequential;

  @TempDir Path runs;
  @TempDir Path work;

  @BeforeAll
  static void runSequentially() throws IOException {
    sequential = Comparisons.run(once, Comparisons.grid());
  }

  /** Two threads; tasks and answers travel as bytes; some tasks fail. */
  private final class Threads implements WorkerPool {

    private final ExecutorService executor = Executors.newFixedThreadPool(2);
    private final List<String> submitted = new ArrayList<>();
    private final Predicate<String> fails;
    private volatile boolean closed;

    Threads(Predicate<String> fails) {
      this.fails = fails;
    }

    @Override
    public <R extends Serializable> Future<R> submit(String name, Task<R> task) {
      submitted.add(name);
      return executor.submit(
          () -> {
            if (fails.test(name)) {
              throw new IOException("The worker of " + name + " has no roof.");
            }
            Path scratch = Files.createTempDirectory(work, "task");
            return copy(copy(task).run(new Workplace(Comparisons.HOME, scratch, () -> closed)));
          });
    }

    @Override
    public void close() {
      closed = true;
      executor.shutdown();
    }
  }

  @SuppressWarnings("unchecked") // a copy has the type of its original
  private static <T> T copy(T original) throws IOException, ClassNotFoundException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(original);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      return (T) in.readObject();
    }
  }

  private Comparison pooled(WorkerPool pool, BooleanSupplier interrupted) {
    return new Comparison(
        Comparisons.HOME,
        List.of("--data", "fake"),
        ComparisonProgress.SILENT,
        interrupted,
        Optional.of(base -> pool));
  }

  private ComparisonResult run(WorkerPool pool, ComparisonSpec spec) throws IOException {
    return pooled(pool, () -> false).run(runs, spec, RateSource.fixed(0.5));
  }

  private static String csv(ComparisonDirectory directory) throws IOException {
    return Files.readString(directory.comparisonCsv());
  }

  @Test
  void workers_give_the_bytes_of_one_run_after_the_other() throws IOException {
    ComparisonResult result = run(new Threads(name -> false), Comparisons.grid());
    assertThat(result.record().status()).isEqualTo(RunStatus.DONE);
    assertThat(csv(result.directory())).isEqualTo(csv(sequential.directory()));
    Path run = result.directory().run("mzas", 6, 7).path();
    RunRecord record = RunRecord.read(run.resolve("run.json"));
    assertThat(record.name()).isEqualTo("mzas-6-7");
    assertThat(record.commandLine()).containsExactly("--data", "fake");
    assertThat(run.resolve("model.zip")).doesNotExist();
    assertThat(Checksums.read(new RunDirectory(run)).orElseThrow().sha256())
        .containsOnlyKeys("run.json", "metrics.csv", "depth_profile.csv")
        .containsEntry("metrics.csv", Checksums.hash(run.resolve("metrics.csv")));
  }

  @Test
  void networks_come_back_if_somebody_asks() throws IOException {
    ComparisonSpec kept =
        new ComparisonSpec(
            "",
            List.of("mzas"),
            List.of(3),
            List.of(1L),
            OptionalInt.empty(),
            Comparisons.experiment(5),
            true,
            false);
    ComparisonResult result = run(new Threads(name -> false), kept);
    assertThat(result.directory().run("mzas", 3, 1).modelZip()).isNotEmptyFile();
  }

  @Test
  void a_failed_run_leaves_the_others_alone_and_is_made_by_resuming() throws IOException {
    ComparisonResult result = run(new Threads("mzas-6-1"::equals), Comparisons.grid());
    assertThat(result.record().status()).isEqualTo(RunStatus.FAILED);
    assertThat(result.failures())
        .containsOnlyKeys("mzas-6-1")
        .containsValue("The worker of mzas-6-1 has no roof.");
    assertThat(result.cells()).extracting(cell -> cell.runs().size()).containsExactly(2, 1, 2, 2);
    assertThat(ComparisonVerifier.verify(result.directory()).checks())
        .allMatch(check -> check.verdict() == Check.Verdict.HOLDS);
    Threads again = new Threads(name -> false);
    ComparisonResult whole =
        pooled(again, () -> false).resume(result.directory(), RateSource.fixed(0.5));
    assertThat(again.submitted).containsExactly("mzas-6-1");
    assertThat(whole.record().status()).isEqualTo(RunStatus.DONE);
    assertThat(whole.failures()).isEmpty();
    assertThat(csv(whole.directory())).isEqualTo(csv(sequential.directory()));
  }

  @Test
  void an_interrupted_comparison_keeps_what_is_done_and_goes_on_with_or_without_workers()
      throws IOException {
    int[] back = {0};
    ComparisonProgress counting =
        new ComparisonProgress() {
          @Override
          public void returned(String run, int number, int all) {
            back[0] = number;
            assertThat(all).isEqualTo(8);
          }

          @Override
          public TrainingProgress training() {
            return TrainingProgress.SILENT;
          }
        };
    Comparison interrupted =
        new Comparison(
            Comparisons.HOME,
            List.of(),
            counting,
            () -> back[0] >= 3,
            Optional.of(base -> new Threads(name -> false)));
    ComparisonResult result = interrupted.run(runs, Comparisons.grid(), RateSource.fixed(0.5));
    assertThat(result.record().status()).isEqualTo(RunStatus.INTERRUPTED);
    assertThat(result.cells().stream().mapToInt(cell -> cell.runs().size()).sum()).isBetween(3, 7);
    Comparisons.resume(result.directory());
    assertThat(csv(result.directory())).isEqualTo(csv(sequential.directory()));
  }

  @Test
  void workers_make_a_half_done_run_anew() throws IOException {
    int[] iterations = {0};
    Comparison halfDone =
        new Comparison(
            Comparisons.HOME, List.of(), ComparisonProgress.SILENT, () -> ++iterations[0] > 60);
    ComparisonDirectory directory =
        halfDone.run(runs, Comparisons.grid(), RateSource.fixed(0.5)).directory();
    assertThat(directory.run("mzas", 3, 7).checkpoints()).isNotEmptyDirectory();
    pooled(new Threads(name -> false), () -> false).resume(directory, RateSource.fixed(0.5));
    assertThat(csv(directory)).isEqualTo(csv(sequential.directory()));
    assertThat(directory.run("mzas", 3, 7).checkpoints()).doesNotExist();
  }

  @Test
  void learning_rates_are_searched_by_workers_too() throws IOException {
    ComparisonSpec spec =
        Comparisons.spec(List.of("mzas", "xavier"), List.of(3), List.of(1L, 2L), 20);
    ComparisonResult expected = Comparisons.silent().run(once, spec, Comparisons.tuned(6));
    Threads pool = new Threads(name -> false);
    ComparisonResult result = pooled(pool, () -> false).run(runs, spec, Comparisons.tuned(6));
    assertThat(pool.submitted)
        .startsWith(
            "the learning rate of mzas at depth 3", "the learning rate of xavier at depth 3")
        .hasSize(6);
    assertThat(csv(result.directory())).isEqualTo(csv(expected.directory()));
    assertThat(Files.readAllLines(result.directory().trialsCsv()))
        .containsExactlyInAnyOrderElementsOf(Files.readAllLines(expected.directory().trialsCsv()));
  }

  @Test
  void every_seed_tries_the_rate_before_it_is_taken() throws IOException {
    ComparisonSpec spec =
        Comparisons.spec(List.of("xavier"), List.of(60), List.of(1L, 2L, 3L, 4L), 30);
    ComparisonResult result = Comparisons.silent().run(runs, spec, Comparisons.tuned(40));
    double rate = result.record().rate("xavier", 60).orElseThrow().learningRate();
    assertThat(TrialLog.read(result.directory().trialsCsv()))
        .filteredOn(trial -> trial.learningRate() == rate && trial.iterations() == 30)
        .extracting(TrialRow::seed)
        .containsExactlyInAnyOrder(1L, 2L, 3L, 4L);
    assertThat(result.cells().get(0).count(RunStatus.DIVERGED)).isZero();
  }

  @Test
  void a_failed_search_is_told_and_its_cell_is_missing() throws IOException {
    ComparisonSpec spec = Comparisons.spec(List.of("mzas", "xavier"), List.of(3), List.of(1L), 10);
    ComparisonResult result =
        pooled(new Threads(name -> name.contains("rate of xavier")), () -> false)
            .run(runs, spec, Comparisons.tuned(6));
    assertThat(result.record().status()).isEqualTo(RunStatus.FAILED);
    assertThat(result.failures()).containsOnlyKeys("the learning rate of xavier at depth 3");
    assertThat(result.cells()).extracting(Cell::initialization).containsExactly("mzas");
    assertThat(ComparisonVerifier.verify(result.directory()).checks())
        .allMatch(check -> check.verdict() == Check.Verdict.HOLDS)
        .extracting(Check::name)
        .contains("file trials.csv");
  }

  @Test
  void workers_that_cannot_be_reached_are_an_error_before_anything_is_written() {
    Comparison comparison =
        new Comparison(
            Comparisons.HOME,
            List.of(),
            ComparisonProgress.SILENT,
            () -> false,
            Optional.of(
                base -> {
                  throw new IOException("Nobody is there.");
                }));
    assertThatThrownBy(() -> comparison.run(runs, Comparisons.grid(), RateSource.fixed(0.5)))
        .hasMessage("Nobody is there.");
    assertThat(runs).isEmptyDirectory();
  }
}
