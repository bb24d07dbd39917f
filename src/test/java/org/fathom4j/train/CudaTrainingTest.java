package org.fathom4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.fathom4j.kernel.CudaEmulation;
import org.fathom4j.kernel.CudaEmulation.Fault;
import org.fathom4j.kernel.CudaException;
import org.fathom4j.kernel.EmulatedGpu;
import org.fathom4j.network.OptimizerSpec.Method;
import org.fathom4j.record.RunDirectory;
import org.fathom4j.record.RunRecord;
import org.fathom4j.record.RunStatus;
import org.fathom4j.train.Check.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole runs on the emulated GPU. */
@EmulatedGpu
class CudaTrainingTest {

  @TempDir Path runs;
  @TempDir Path others;

  private static ExperimentSpec on(String kernel) {
    return Experiments.fake(
        draft -> {
          draft.kernel = kernel;
          draft.iterations = 11;
          draft.checkpointEvery = 4;
          draft.method = Method.NESTEROVS;
          draft.learningRate = 0.1;
          return draft;
        });
  }

  @Test
  void a_run_on_the_gpu_learns_what_it_learns_on_the_processor() throws IOException {
    TrainingResult there = Experiments.trainer(runs).run(on("cuda"));
    TrainingResult here = Experiments.trainer(others).run(on("fused"));
    double expected = here.train().orElseThrow().loss();
    assertThat(there.train().orElseThrow().loss()).isCloseTo(expected, within(1e-4 * expected));
    RunRecord record = RunRecord.read(new RunDirectory(there.run()).runJson());
    assertThat(record.kernel().name()).isEqualTo("cuda");
    assertThat(record.kernel().reason()).contains("Emulated GPU");
  }

  @Test
  void a_gpu_is_used_unasked_and_given_back() throws IOException {
    ExperimentSpec deep =
        Experiments.fake(
            draft -> {
              draft.depth = 40;
              draft.iterations = 2;
              return draft;
            });
    long before = CudaEmulation.bytesInUse();
    TrainingResult result = Experiments.trainer(runs).run(deep);
    RunRecord record = RunRecord.read(new RunDirectory(result.run()).runJson());
    assertThat(record.kernel().name()).isEqualTo("cuda");
    assertThat(record.kernel().reason()).contains("the fastest here");
    assertThat(CudaEmulation.bytesInUse()).isEqualTo(before);
  }

  @Test
  void an_interrupted_run_goes_on_to_the_bits_of_the_unbroken_one() throws IOException {
    AtomicInteger asked = new AtomicInteger();
    Trainer interrupted =
        new Trainer(
            runs,
            Experiments.HOME,
            List.of("train"),
            TrainingProgress.SILENT,
            () -> asked.incrementAndGet() == 7);
    TrainingResult first = interrupted.run(on("cuda"));
    assertThat(first.status()).isEqualTo(RunStatus.INTERRUPTED);
    RunDirectory run = new RunDirectory(first.run());
    Experiments.resume(run);
    RunDirectory unbroken = Experiments.run(others, on("cuda"));
    assertThat(Experiments.bits(run)).isEqualTo(Experiments.bits(unbroken));
    assertThat(Experiments.metrics(run)).isEqualTo(Experiments.metrics(unbroken));
    assertThat(Files.readString(run.depthProfileCsv()))
        .isEqualTo(Files.readString(unbroken.depthProfileCsv()));
  }

  @Test
  void a_run_that_diverges_does_so_where_it_does_on_the_processor() throws IOException {
    TrainingResult there = Experiments.trainer(runs).run(exploding("cuda"));
    TrainingResult here = Experiments.trainer(others).run(exploding("fused"));
    assertThat(there.status()).isEqualTo(RunStatus.DIVERGED);
    assertThat(there.iterations()).isEqualTo(here.iterations());
    assertThat(there.divergence().orElseThrow().where())
        .isEqualTo(here.divergence().orElseThrow().where());
    // What is saved are the last finite parameters.
    for (long bits : Experiments.bits(new RunDirectory(there.run())).get(0)) {
      assertThat(Double.longBitsToDouble(bits)).isFinite();
    }
    assertThat(CudaEmulation.bytesInUse()).isZero();
  }

  private static ExperimentSpec exploding(String kernel) {
    return Experiments.fake(
        draft -> {
          draft.kernel = kernel;
          draft.depth = 60;
          draft.initialization = "xavier";
          draft.learningRate = 1e3;
          return draft;
        });
  }

  @Test
  void a_run_on_the_gpu_is_verified_to_the_bit() throws IOException {
    RunDirectory run = Experiments.run(runs, on("cuda"));
    Verification verification =
        new Verifier(Experiments.HOME, Optional.empty(), TrainingProgress.SILENT).verify(run, 11);
    assertThat(verification.holds()).as(verification.toString()).isTrue();
    assertThat(CudaEmulation.bytesInUse()).isZero();
  }

  @Test
  void a_tryout_is_on_the_gpu_only_while_it_computes() throws Exception {
    Tryouts tryouts = new Tryouts(Experiments.HOME, () -> false);
    Tryout one = tryouts.start(on("cuda"));
    Tryout other = tryouts.start(on("cuda"));
    for (int to : new int[] {3, 11}) {
      one.advance(to);
      other.advance(to);
      assertThat(one.evaluate()).isEqualTo(other.evaluate());
      assertThat(CudaEmulation.bytesInUse()).isZero();
    }
    TrainingResult run = Experiments.trainer(runs).run(on("cuda"));
    assertThat(one.evaluate().loss()).isEqualTo(run.train().orElseThrow().loss());
  }

  @Test
  void a_device_lost_in_mid_run_leaves_the_last_checkpoint_to_go_on_from() throws IOException {
    TrainingProgress losing =
        new TrainingProgress() {
          @Override
          public void iterated(int iteration, double loss) {
            if (iteration == 6) {
              CudaEmulation.fail(Fault.DEVICE_LOST, 3);
            }
          }
        };
    assertThatThrownBy(() -> Experiments.trainer(runs, losing).run(on("cuda")))
        .isInstanceOf(CudaException.class)
        .hasMessageContaining("A run's last checkpoint, if it has one, is intact: --resume");
    assertThat(CudaEmulation.trouble()).as("beside the lost device").isEmpty();
    CudaEmulation.reset();
    RunDirectory run = Experiments.only(runs);
    assertThat(RunRecord.read(run.runJson()).status()).isEqualTo(RunStatus.FAILED);
    assertThat(Experiments.resume(run).status()).isEqualTo(RunStatus.DONE);
    assertThat(Experiments.bits(run))
        .isEqualTo(Experiments.bits(Experiments.run(others, on("cuda"))));
  }

  @Test
  void where_the_GPU_fails_a_run_can_be_neither_verified_nor_refuted() throws IOException {
    RunDirectory run = Experiments.run(runs, on("cuda"));
    CudaEmulation.fail(Fault.DEVICE_LOST, 3);
    assertVerdicts(run, Verdict.NOT_POSSIBLE, "The GPU failed at ");
    CudaEmulation.reset();
    // Room for the plan of the record, as far as that shows before anything is allocated.
    CudaEmulation.fail(Fault.OUT_OF_MEMORY, 1);
    assertVerdicts(run, Verdict.NOT_POSSIBLE, "The GPU Emulated GPU has no ");
    CudaEmulation.reset();
    assertVerdicts(run, Verdict.HOLDS, "");
  }

  private static void assertVerdicts(RunDirectory run, Verdict verdict, String words) {
    Verification verification =
        new Verifier(Experiments.HOME, Optional.empty(), TrainingProgress.SILENT).verify(run, 5);
    for (String name : List.of("model", "replay")) {
      assertThat(verification.checks())
          .filteredOn(check -> check.name().equals(name))
          .singleElement()
          .satisfies(
              check -> {
                assertThat(check.verdict()).as(check.detail()).isEqualTo(verdict);
                assertThat(check.detail()).contains(words);
              });
    }
  }
}
