package org.fathom4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.fathom4j.kernel.CudaException;
import org.fathom4j.kernel.FusedCpuKernel;
import org.fathom4j.network.Loss;
import org.fathom4j.network.NetworkSpec.Layers;
import org.fathom4j.network.NetworkSpec.Precision;
import org.fathom4j.network.OptimizerSpec.Method;
import org.fathom4j.record.RunDirectory;
import org.fathom4j.record.RunLock;
import org.fathom4j.record.RunRecord;
import org.fathom4j.record.RunStatus;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs that stop within this process; {@link KillTest} kills processes. */
class ResumeTest {

  private static final int ITERATIONS = 31;
  private static final ObjectMapper MAPPER = new ObjectMapper();

  @TempDir Path runs;
  @TempDir Path unbroken;

  @AfterEach
  void restoreDefaultTypes() {
    Experiments.restoreDefaultTypes();
  }

  /** What nothing in the program catches: the nearest to a kill that a process survives. */
  private static final class Killed extends Error {
    private static final long serialVersionUID = 1L;
  }

  private static ExperimentSpec fake(Consumer<Experiments.Draft> variation) {
    return Experiments.fake(
        draft -> {
          draft.iterations = ITERATIONS;
          draft.evaluateEvery = 5;
          draft.checkpointEvery = 7;
          variation.accept(draft);
          return draft;
        });
  }

  private static TrainingProgress killerAfter(int iterations) {
    return new TrainingProgress() {
      @Override
      public void iterated(int iteration, double loss) {
        if (iteration == iterations) {
          throw new Killed();
        }
      }
    };
  }

  private RunDirectory killedAfter(int iterations, ExperimentSpec spec) throws IOException {
    assertThatThrownBy(() -> Experiments.trainer(runs, killerAfter(iterations)).run(spec))
        .isInstanceOf(Killed.class);
    RunDirectory run = Experiments.only(runs);
    assertThat(RunRecord.read(run.runJson()).status()).isEqualTo(RunStatus.INCOMPLETE);
    return run;
  }

  @Test
  void a_kernel_that_fails_in_mid_run_fails_the_run_and_leaves_its_last_checkpoint()
      throws IOException {
    ExperimentSpec spec = fake(d -> {});
    TrainingProgress loser =
        new TrainingProgress() {
          @Override
          public void iterated(int iteration, double loss) {
            if (iteration == 17) {
              throw new CudaException("The GPU is lost. Look at nvidia-smi.");
            }
          }
        };
    assertThatThrownBy(() -> Experiments.trainer(runs, loser).run(spec))
        .isInstanceOf(CudaException.class);
    RunDirectory run = Experiments.only(runs);
    RunRecord record = RunRecord.read(run.runJson());
    assertThat(record.status()).isEqualTo(RunStatus.FAILED);
    assertThat(record.why()).isEqualTo("The GPU is lost. Look at nvidia-smi.");

    assertThat(Experiments.resume(run).status()).isEqualTo(RunStatus.DONE);
    assertSameAs(Experiments.run(unbroken, Experiments.withoutCheckpoints(spec)), run);
    assertThat(RunRecord.read(run.runJson()).resumptions())
        .extracting(RunRecord.Resumption::iteration)
        .containsExactly(14);
  }

  private static void assertSameAs(RunDirectory expected, RunDirectory found) throws IOException {
    assertThat(Experiments.bits(found)).isEqualTo(Experiments.bits(expected));
    assertThat(Experiments.metrics(found)).isEqualTo(Experiments.metrics(expected));
    assertThat(Files.readString(found.depthProfileCsv()))
        .isEqualTo(Files.readString(expected.depthProfileCsv()));
    RunRecord one = RunRecord.read(expected.runJson());
    RunRecord other = RunRecord.read(found.runJson());
    assertThat(other.status()).isEqualTo(one.status());
    assertThat(other.best()).isEqualTo(one.best());
    assertThat(other.last()).isEqualTo(one.last());
  }

  /** Before the first checkpoint, right at one, after one and an evaluation, at the very end. */
  @ParameterizedTest
  @ValueSource(ints = {1, 7, 8, 13, 31})
  void a_run_killed_at_any_iteration_ends_in_the_same_bits(int iteration) throws IOException {
    ExperimentSpec spec = fake(d -> {});
    RunDirectory run = killedAfter(iteration, spec);

    TrainingResult result = Experiments.resume(run);

    assertThat(result.status()).isEqualTo(RunStatus.DONE);
    assertThat(result.iterations()).isEqualTo(ITERATIONS);
    assertSameAs(Experiments.run(unbroken, Experiments.withoutCheckpoints(spec)), run);
    List<RunRecord.Resumption> resumptions = RunRecord.read(run.runJson()).resumptions();
    // The checkpoint of iteration 7k is written after the watcher has heard of it.
    assertThat(resumptions)
        .extracting(RunRecord.Resumption::iteration)
        .containsExactly((iteration - 1) / 7 * 7);
  }

  static Stream<Arguments> variations() {
    return Stream.of(
        variation(
            "adam, ragged epochs",
            d -> {
              d.method = Method.ADAM;
              d.learningRate = 0.01;
              d.epochs = 8;
            }),
        variation("nesterovs", d -> d.method = Method.NESTEROVS),
        variation("a schedule", d -> d.schedule = "cosine:warmup=10"),
        variation("double", d -> d.precision = Precision.DOUBLE),
        variation("full batches", d -> d.batchSize = 0),
        variation(
            "many blocks",
            d -> {
              d.layers = Layers.BLOCKS;
              d.depth = 20;
              d.method = Method.ADAM;
              d.learningRate = 0.01;
            }),
        variation(
            "fixup with weight decay",
            d -> {
              d.initialization = "fixup";
              d.weightDecay = 1e-3;
              d.loss = Loss.MCXENT;
            }),
        variation("a kernel by name", d -> d.kernel = "reference"));
  }

  private static Arguments variation(String what, Consumer<Experiments.Draft> change) {
    return Arguments.of(
        what,
        fake(
            d -> {
              d.learningRate = 0.1;
              change.accept(d);
            }));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("variations")
  void every_kind_of_run_goes_on_to_the_same_bits(String what, ExperimentSpec spec)
      throws IOException {
    RunDirectory run = killedAfter(17, spec);
    Experiments.resume(run);

    assertSameAs(Experiments.run(unbroken, Experiments.withoutCheckpoints(spec)), run);
  }

  @Test
  void a_run_may_be_killed_again_and_again() throws IOException {
    ExperimentSpec spec = fake(d -> d.method = Method.NESTEROVS);
    RunDirectory run = killedAfter(9, spec);
    for (int iteration : new int[] {8, 16, 29}) {
      assertThatThrownBy(() -> Experiments.trainer(runs, killerAfter(iteration)).resume(run))
          .isInstanceOf(Killed.class);
    }
    Experiments.resume(run);

    assertSameAs(Experiments.run(unbroken, Experiments.withoutCheckpoints(spec)), run);
    assertThat(RunRecord.read(run.runJson()).resumptions()).hasSize(4);
  }

  @Test
  void an_interrupted_run_leaves_a_checkpoint_and_goes_on() throws IOException {
    ExperimentSpec spec = fake(d -> d.checkpointEvery = 0);
    int[] asked = {0};
    Trainer trainer =
        new Trainer(
            runs,
            Experiments.HOME,
            List.of("train"),
            TrainingProgress.SILENT,
            () -> asked[0]++ == 11);
    TrainingResult result = trainer.run(spec);
    RunDirectory run = new RunDirectory(result.run());
    RunRecord record = RunRecord.read(run.runJson());

    assertThat(result.status()).isEqualTo(RunStatus.INTERRUPTED);
    assertThat(result.iterations()).isEqualTo(11);
    assertThat(result.train()).as("not evaluated at iteration 11").isEmpty();
    assertThat(record.status()).isEqualTo(RunStatus.INTERRUPTED);
    assertThat(record.why()).isEqualTo("Interrupted after iteration 11; --resume goes on.");
    assertThat(record.last().iteration()).isEqualTo(10);
    assertThat(run.checkpoints().resolve("checkpoint-000000011.zip")).exists();

    Experiments.resume(run);
    assertSameAs(Experiments.run(unbroken, Experiments.withoutCheckpoints(spec)), run);
  }

  @Test
  void a_run_interrupted_right_after_it_was_resumed_keeps_what_it_measured() throws IOException {
    RunDirectory run = killedAfter(9, fake(d -> {}));
    new Trainer(runs, Experiments.HOME, List.of("train"), TrainingProgress.SILENT, () -> true)
        .resume(run);

    RunRecord record = RunRecord.read(run.runJson());
    assertThat(record.status()).isEqualTo(RunStatus.INTERRUPTED);
    assertThat(record.last().iteration()).isEqualTo(5);
    assertThat(record.best().iteration()).isEqualTo(5);
  }

  @Test
  void a_damaged_checkpoint_falls_back_to_the_one_before() throws IOException {
    ExperimentSpec spec = fake(d -> {});
    RunDirectory run = killedAfter(24, spec);
    Path newest = run.checkpoints().resolve("checkpoint-000000021.zip");
    byte[] bytes = Files.readAllBytes(newest);
    Files.write(newest, Arrays.copyOf(bytes, bytes.length / 2));

    Experiments.resume(run);

    assertThat(RunRecord.read(run.runJson()).resumptions().get(0).iteration()).isEqualTo(14);
    assertSameAs(Experiments.run(unbroken, Experiments.withoutCheckpoints(spec)), run);
  }

  @Test
  void a_run_whose_checkpoints_are_all_damaged_is_not_begun_anew_by_stealth() throws IOException {
    RunDirectory run = killedAfter(24, fake(d -> {}));
    try (Stream<Path> checkpoints = Files.list(run.checkpoints())) {
      for (Path checkpoint : checkpoints.toList()) {
        Files.writeString(checkpoint, "no zip");
      }
    }
    String metrics = Files.readString(run.metricsCsv());

    assertThatThrownBy(() -> Experiments.resume(run))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("No checkpoint in " + run.checkpoints() + " can be read")
        .hasMessageContaining("Start a new run.");
    assertThat(Files.readString(run.metricsCsv())).isEqualTo(metrics);
  }

  @Test
  void a_run_that_is_done_has_nothing_to_resume() throws IOException {
    RunDirectory run = Experiments.run(runs, Experiments.fake());
    byte[] record = Files.readAllBytes(run.runJson());

    assertThatThrownBy(() -> Experiments.resume(run))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Run " + run.path() + " is done: there is nothing to resume. Start a new run instead.");
    assertThat(Files.readAllBytes(run.runJson())).isEqualTo(record);
  }

  @Test
  void a_run_that_diverged_has_nothing_to_resume() throws IOException {
    RunDirectory run =
        Experiments.run(
            runs,
            fake(
                d -> {
                  d.initialization = "he";
                  d.depth = 300;
                  d.hiddenWidth = 12;
                }));

    assertThatThrownBy(() -> Experiments.resume(run))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is diverged: there is nothing to resume");
  }

  @Test
  void a_run_in_use_is_left_alone() throws IOException {
    RunDirectory run = killedAfter(9, fake(d -> {}));
    try (RunLock lock = run.lock()) {
      assertThat(lock).isNotNull();
      assertThatThrownBy(() -> Experiments.resume(run))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("is in use by another process");
    }
  }

  private static void edit(RunDirectory run, Consumer<ObjectNode> change) throws IOException {
    ObjectNode tree = (ObjectNode) MAPPER.readTree(run.runJson().toFile());
    change.accept(tree);
    Files.write(run.runJson(), MAPPER.writeValueAsBytes(tree));
  }

  @Test
  void other_data_than_the_run_began_with_is_refused() throws IOException {
    RunDirectory run = killedAfter(9, fake(d -> {}));
    edit(
        run,
        tree -> {
          ObjectNode hashes = (ObjectNode) tree.at("/data/sha256");
          hashes.put(hashes.fieldNames().next(), "0".repeat(64));
        });

    assertThatThrownBy(() -> Experiments.resume(run))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("was trained on other files of fake")
        .hasMessageContaining("Restore the files, or start a new run.");
  }

  private static void editKernel(RunDirectory run, Consumer<ObjectNode> change) throws IOException {
    edit(run, tree -> change.accept((ObjectNode) tree.get("kernel")));
  }

  @Test
  void a_run_goes_on_with_the_memory_plan_it_was_started_with() throws IOException {
    RunDirectory run = killedAfter(9, fake(d -> {}));
    editKernel(run, kernel -> kernel.put("memoryPlan", "keep-hidden"));
    TrainingResult result = Experiments.resume(run);

    assertThat(result.kernel().memoryPlan()).isEqualTo("keep-hidden");
    assertThat(RunRecord.read(run.runJson()).resumptions())
        .singleElement()
        .extracting(resumption -> resumption.kernel().memoryPlan())
        .isEqualTo("keep-hidden");
  }

  @Test
  void a_run_whose_record_names_no_memory_plan_goes_on_with_the_fastest() throws IOException {
    RunDirectory run = killedAfter(9, fake(d -> {}));
    editKernel(run, kernel -> kernel.remove(List.of("memoryPlan", "activationBytes")));

    assertThat(Experiments.resume(run).kernel().memoryPlan()).isEqualTo("keep-all");
    assertThat(RunRecord.read(run.runJson()).kernel().memoryPlan()).isNull();
  }

  @Test
  void a_memory_plan_that_the_user_asks_for_comes_before_the_recorded_one() throws IOException {
    RunDirectory run = killedAfter(9, fake(d -> {}));
    System.setProperty(FusedCpuKernel.PLAN_PROPERTY, "recompute");
    try {
      assertThat(Experiments.resume(run).kernel().memoryPlan()).isEqualTo("recompute");
    } finally {
      System.clearProperty(FusedCpuKernel.PLAN_PROPERTY);
    }
  }

  @Test
  void a_record_of_something_else_is_refused_by_its_name() throws IOException {
    RunDirectory run = killedAfter(9, fake(d -> {}));
    edit(run, tree -> tree.putObject("specification").put("sweep", 3));
    assertThatThrownBy(() -> Experiments.resume(run))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(run.runJson() + " holds no specification that this version")
        .hasMessageContaining("Use the version that made it, or start a new run.");

    edit(run, tree -> tree.putObject("specification"));
    assertThatThrownBy(() -> Experiments.resume(run))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("An experiment needs a name");

    Files.writeString(run.runJson(), "{\"packages\": []}");
    assertThatThrownBy(() -> Experiments.resume(run))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(run.runJson() + " is not the record of a run");
  }

  @Test
  void a_metrics_file_that_was_changed_since_its_checkpoint_is_refused() throws IOException {
    RunDirectory run = killedAfter(9, fake(d -> {}));
    Files.writeString(run.metricsCsv(), "iteration,epoch,split,metric,value\n");

    assertThatThrownBy(() -> Experiments.resume(run))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("Cannot go on with " + run.metricsCsv())
        .hasMessageContaining("Restore the file, or start a new run.");
  }
}
