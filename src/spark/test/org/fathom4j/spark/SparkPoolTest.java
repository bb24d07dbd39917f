package org.fathom4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.fathom4j.compare.Comparison;
import org.fathom4j.compare.ComparisonProgress;
import org.fathom4j.compare.ComparisonResult;
import org.fathom4j.compare.ComparisonSpec;
import org.fathom4j.compare.RateSource;
import org.fathom4j.compare.Task;
import org.fathom4j.compare.TunedRates;
import org.fathom4j.compare.TuningProgress;
import org.fathom4j.compare.WorkerPool;
import org.fathom4j.compare.WorkerPoolProvider;
import org.fathom4j.compare.Workplace;
import org.fathom4j.data.Preprocessing;
import org.fathom4j.network.Loss;
import org.fathom4j.network.NetworkSpec;
import org.fathom4j.network.OptimizerSpec;
import org.fathom4j.record.ComparisonDirectory;
import org.fathom4j.record.RunRecord;
import org.fathom4j.record.RunStatus;
import org.fathom4j.train.ExperimentSpec;
import org.fathom4j.train.TrainingProgress;
import org.fathom4j.train.Tryouts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.activations.Activation;

/** Real Spark, embedded, on the made-up data; surefire states one thread for all kernels. */
class SparkPoolTest {

  private static final Path HOME = Path.of("").toAbsolutePath();
  private static final String OVERFLOWING = "orthogonal:gain=1e10";

  @TempDir Path runs;

  private static ExperimentSpec experiment() {
    return new ExperimentSpec(
        "base",
        1,
        new ExperimentSpec.DataSpec("fake", null, null, null, Preprocessing.UNIT),
        new ExperimentSpec.Architecture(
            1,
            12,
            5,
            Activation.RELU,
            NetworkSpec.Block.NONLINEAR,
            "mzas",
            Loss.MSE,
            NetworkSpec.Layers.STACK,
            NetworkSpec.Precision.FLOAT),
        new ExperimentSpec.Optimization(
            OptimizerSpec.Method.SGD, 1, "constant", 0.9, 0, 30, null, 50),
        "auto",
        10,
        0);
  }

  private static ComparisonSpec grid() {
    return new ComparisonSpec(
        "",
        List.of("mzas", OVERFLOWING),
        List.of(3, 6),
        List.of(1L, 7L),
        OptionalInt.empty(),
        experiment(),
        false,
        false);
  }

  private static WorkerPool.Settings settings(String master, int threads) {
    return new WorkerPool.Settings("test", master, threads, HOME, experiment().data());
  }

  private static Comparison comparison(ComparisonProgress progress, Optional<String> master) {
    return new Comparison(
        HOME,
        List.of(),
        progress,
        () -> false,
        master.map(
            name -> base -> WorkerPoolProvider.find().open(settings(name, 1))));
  }

  private static byte[] csv(ComparisonResult result) throws IOException {
    return Files.readAllBytes(result.directory().comparisonCsv());
  }

  @Test
  void a_comparison_on_Spark_has_the_bytes_of_one_run_after_the_other() throws IOException {
    ComparisonResult sequential =
        comparison(ComparisonProgress.SILENT, Optional.empty())
            .run(runs.resolve("sequential"), grid(), RateSource.fixed(0.5));
    ComparisonResult onSpark =
        comparison(ComparisonProgress.SILENT, Optional.of("local[2]"))
            .run(runs.resolve("spark"), grid(), RateSource.fixed(0.5));
    assertThat(onSpark.record().status()).isEqualTo(RunStatus.DONE);
    assertThat(csv(onSpark)).isEqualTo(csv(sequential));
    assertThat(onSpark.cells().get(3).count(RunStatus.DIVERGED)).isEqualTo(2);
    RunRecord run = RunRecord.read(onSpark.directory().run("mzas", 6, 7).runJson());
    assertThat(run.threads()).isEqualTo(1);
  }

  @Test
  void learning_rates_are_searched_on_Spark() throws IOException {
    ComparisonSpec spec =
        new ComparisonSpec(
            "", List.of("mzas", "he"), List.of(3), List.of(1L, 2L), OptionalInt.empty(), experiment(), false, false);
    ComparisonResult sequential =
        comparison(ComparisonProgress.SILENT, Optional.empty())
            .run(runs.resolve("sequential"), spec, tuned());
    ComparisonResult onSpark =
        comparison(ComparisonProgress.SILENT, Optional.of("local[2]"))
            .run(runs.resolve("spark"), spec, tuned());
    assertThat(csv(onSpark)).isEqualTo(csv(sequential));
  }

  private static RateSource tuned() {
    return new TunedRates(new Tryouts(HOME, () -> false), 5, TuningProgress.SILENT);
  }

  /** What nothing in the program catches: the nearest to a kill that a process survives. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;

    Killed() {
      super("killed", null, false, false); // Spark prints traces
    }
  }

  @Test
  void a_comparison_whose_driver_was_killed_goes_on_on_Spark() throws IOException {
    List<String> back = Collections.synchronizedList(new ArrayList<>());
    ComparisonProgress killer =
        new ComparisonProgress() {
          @Override
          public void returned(String run, int number, int all) {
            back.add(run);
            if (number == 3) {
              throw new Killed();
            }
          }

          @Override
          public TrainingProgress training() {
            return TrainingProgress.SILENT;
          }
        };
    assertThatThrownBy(
            () ->
                comparison(killer, Optional.of("local[2]"))
                    .run(runs.resolve("killed"), grid(), RateSource.fixed(0.5)))
        .isInstanceOf(Killed.class);
    assertThat(back).hasSize(3);
    Path directory;
    try (var entries = Files.list(runs.resolve("killed"))) {
      directory = entries.findFirst().orElseThrow();
    }
    ComparisonResult resumed =
        comparison(ComparisonProgress.SILENT, Optional.of("local[2]"))
            .resume(
                new ComparisonDirectory(directory), RateSource.fixed(0.5));
    ComparisonResult unbroken =
        comparison(ComparisonProgress.SILENT, Optional.empty())
            .run(runs.resolve("unbroken"), grid(), RateSource.fixed(0.5));
    assertThat(resumed.record().status()).isEqualTo(RunStatus.DONE);
    assertThat(csv(resumed)).isEqualTo(csv(unbroken));
  }

  /** Says where it is, unless it is told to fail. */
  private record Asked(String failure) implements Task<String> {
    @Override
    public String run(Workplace here) throws IOException {
      if (failure != null) {
        throw new IOException(failure);
      }
      Files.writeString(here.scratch().resolve("left behind"), "anything");
      return here.scratch().toString();
    }
  }

  @Test
  void a_failed_task_is_told_in_its_own_words_and_leaves_the_others_alone() throws Exception {
    try (SparkPool pool = SparkPool.open(settings("local[2]", 1))) {
      Future<String> good = pool.submit("good", new Asked(null));
      Future<String> bad = pool.submit("bad", new Asked("There is no roof."));
      Future<String> another = pool.submit("another", new Asked(null));
      assertThatThrownBy(bad::get)
          .isInstanceOf(ExecutionException.class)
          .cause()
          .hasMessage("There is no roof.");
      assertThat(Path.of(good.get())).doesNotExist();
      assertThat(another.get()).isNotEqualTo(good.get());
    }
  }

  /** The nearest to a lost worker that this process survives; true at the last attempt. */
  private record Lost(String memory, int times) implements Task<String> {
    @Override
    public String run(Workplace here) throws IOException {
      Path attempts = Path.of(memory);
      String before = Files.exists(attempts) ? Files.readString(attempts) : "";
      Files.writeString(attempts, before + "x");
      if (before.length() < times) {
        throw new Killed();
      }
      return before + "x";
    }
  }

  @Test
  void a_task_whose_worker_is_lost_begins_anew() throws Exception {
    try (SparkPool pool = SparkPool.open(settings("local[2,4]", 1))) {
      Future<String> answer =
          pool.submit("lost twice", new Lost(runs.resolve("attempts").toString(), 2));
      assertThat(answer.get()).isEqualTo("xxx");
    }
  }

  @Test
  void a_task_whose_worker_is_lost_each_time_fails_alone() throws Exception {
    try (SparkPool pool = SparkPool.open(settings("local[2,4]", 1))) {
      Future<String> lost =
          pool.submit("lost always", new Lost(runs.resolve("attempts").toString(), 9));
      assertThatThrownBy(lost::get)
          .cause()
          .isInstanceOf(IOException.class)
          .hasMessageContaining("Spark gave up: ")
          .hasMessageContaining("failed 4 times");
      assertThat(pool.submit("after it", new Asked(null)).get()).isNotEmpty();
    }
  }

  @Test
  void a_number_of_threads_that_this_process_does_not_have_is_told() throws Exception {
    try (SparkPool pool = SparkPool.open(settings("local[2]", 2))) {
      assertThatThrownBy(pool.submit("threads", new Asked(null))::get)
          .cause()
          .hasMessageContaining("computes with 1 threads already and cannot change to 2");
    }
  }

  @Test
  void a_master_that_Spark_does_not_know_is_bad_usage() {
    assertThatThrownBy(() -> SparkPool.open(settings("locla[2]", 1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("--master locla[2] cannot be used")
        .hasMessageContaining("Could not parse Master URL");
    assertThatThrownBy(() -> SparkPool.open(settings(" ", 1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("--master is empty");
  }

  @Test
  void more_threads_than_cores_are_bad_usage() {
    assertThatThrownBy(() -> SparkPool.open(settings("local[1]", 2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("--master local[1] cannot be used");
  }
}
