package org.fathom4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.fathom4j.data.Dataset;
import org.fathom4j.kernel.CudaEmulation;
import org.fathom4j.kernel.EmulatedGpu;
import org.fathom4j.kernel.MemoryPlan;
import org.fathom4j.kernel.MemoryPlan.Kind;
import org.fathom4j.network.DepthSummary;
import org.fathom4j.network.OptimizerSpec.Method;
import org.fathom4j.record.RunRecord;
import org.fathom4j.record.RunStatus;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/**
 * Plans of 200 blocks of width 12 and hidden width 5 for 64 examples, on emulated GPUs of few KiB:
 * a tenth of the memory is left to others; weights, transposes and gradients take 281 KiB, Adam's
 * state 188; activations 934 to 968 where all are kept, by chunks of 16 or 24, or 191 where they
 * are computed again.
 */
@EmulatedGpu
class CudaMemoryNeedTest {

  private static final Dataset DATA = Experiments.dataset();
  private static final RunRecord.Kernel KEPT_ALL =
      new RunRecord.Kernel("cuda", "for a test", Kind.KEEP_ALL.option(), 1L);

  @TempDir Path runs;

  private final ListAppender<ILoggingEvent> warnings = new ListAppender<>();

  @BeforeEach
  void listen() {
    warnings.start();
    ((Logger) LoggerFactory.getLogger(MemoryNeed.class)).addAppender(warnings);
  }

  @AfterEach
  void listenNoMore() {
    ((Logger) LoggerFactory.getLogger(MemoryNeed.class)).detachAppender(warnings);
  }

  private static ExperimentSpec spec(Method method) {
    return Experiments.fake(
        draft -> {
          draft.kernel = "cuda";
          draft.depth = 200;
          draft.iterations = 1;
          draft.evaluateEvery = 1;
          draft.method = method;
          draft.learningRate = 0.01;
          return draft;
        });
  }

  private static MemoryNeed need(Method method) {
    ExperimentSpec spec = spec(method);
    return new MemoryNeed(
        DepthSummary.of(spec.networkFor(DATA), spec.optimizerOf(200), 64), 1L << 40);
  }

  private static MultiLayerNetwork net(Method method) {
    return Trainer.create(spec(method), DATA);
  }

  /** So much that others leave, of which a plan may count nine tenths. */
  private static void usable(int kib) {
    CudaEmulation.freeMemory((kib << 10) * 10L / 9 + 1);
  }

  @Test
  void a_device_too_small_for_the_state_of_the_optimizer_is_an_error_before_the_run()
      throws IOException {
    usable(560);
    assertThatThrownBy(() -> Experiments.trainer(runs).run(spec(Method.ADAM)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("of the GPU's free memory")
        .hasMessageEndingWith(" The optimizer's state takes 0.2 MiB that are not counted as free.");
    assertThat(runs).isEmptyDirectory();
    assertThat(Experiments.trainer(runs).run(spec(Method.SGD)).status()).isEqualTo(RunStatus.DONE);
  }

  @Test
  void the_state_decides_what_is_kept() throws IOException {
    usable(281 + 934 + 102);
    assertThat(need(Method.SGD).plan(net(Method.SGD)).kind()).isEqualTo(Kind.KEEP_ALL);
    assertThat(need(Method.NESTEROVS).plan(net(Method.NESTEROVS)).kind()).isEqualTo(Kind.KEEP_ALL);
    assertThat(need(Method.ADAM).plan(net(Method.ADAM)).kind()).isEqualTo(Kind.RECOMPUTE);
  }

  @Test
  void too_little_on_a_device_is_not_blamed_on_the_heap() {
    usable(300);
    assertThatThrownBy(() -> need(Method.SGD).plan(net(Method.SGD)))
        .isInstanceOf(IOException.class)
        .hasMessageEndingWith("or use --kernel fused.");
  }

  @Test
  void a_run_that_goes_on_with_smaller_chunks_keeps_its_plan_without_a_warning()
      throws IOException {
    usable(281 + 934 + 20);
    MultiLayerNetwork net = net(Method.SGD);
    MemoryPlan plan = need(Method.SGD).planAgain(net, KEPT_ALL);
    assertThat(plan.reason()).startsWith("keep-all: ").contains("the gradients of 16 at a time");
    assertThat(warnings.list).isEmpty();
  }

  @Test
  void a_plan_that_does_not_fit_any_more_gives_way_and_says_so() throws IOException {
    usable(600);
    assertThat(need(Method.SGD).planAgain(net(Method.SGD), KEPT_ALL).kind())
        .isEqualTo(Kind.RECOMPUTE);
    assertThat(warnings.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .singleElement()
        .asString()
        .contains("does not fit any more (keep-all: ")
        .contains("; 0.6 MiB are free for them, weights and gradients): another is taken.");
  }

  @Test
  void a_run_that_computed_again_goes_on_so_though_everything_could_be_kept() throws IOException {
    RunRecord.Kernel recomputed =
        new RunRecord.Kernel("cuda", "for a test", Kind.RECOMPUTE.option(), 1L);
    for (int kib : List.of(2000, 600)) {
      usable(kib);
      assertThat(need(Method.SGD).planAgain(net(Method.SGD), recomputed).kind())
          .isEqualTo(Kind.RECOMPUTE);
    }
    assertThat(warnings.list).isEmpty();
  }
}
