package org.fathom4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.fathom4j.data.Dataset;
import org.fathom4j.kernel.KernelName;
import org.fathom4j.kernel.MemoryPlan.Kind;
import org.fathom4j.network.DepthSummary;
import org.fathom4j.network.NetworkSpec.Layers;
import org.fathom4j.network.ResidualNetwork;
import org.fathom4j.record.RunRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Plans of a network of 2,000 blocks, asked of one of 6, on machines of a made-up size. */
class MemoryNeedTest {

  private static final int DEPTH = 2000;
  private static final Dataset DATA = Experiments.dataset();

  private static ExperimentSpec spec(Layers layers, int depth) {
    return Experiments.fake(
        d -> {
          d.layers = layers;
          d.depth = depth;
          return d;
        });
  }

  private static DepthSummary summary(Layers layers) {
    ExperimentSpec deep = spec(layers, DEPTH);
    return DepthSummary.of(deep.networkFor(DATA), deep.optimizerOf(200), 64);
  }

  private static MultiLayerNetwork net(Layers layers) {
    ExperimentSpec shallow = spec(layers, 6);
    return ResidualNetwork.create(shallow.networkFor(DATA), shallow.optimizerOf(200), 3);
  }

  private static MemoryNeed withFree(Layers layers, long forActivations) {
    DepthSummary summary = summary(layers);
    return new MemoryNeed(summary, summary.weightBytes() + forActivations);
  }

  private static RunRecord.Kernel recorded(Kind kind) {
    return new RunRecord.Kernel("fused", "for a test", kind.option(), 1L);
  }

  private static long bytes(Kind kind) {
    return ResidualNetwork.memoryPlan(net(Layers.STACK), DEPTH, 64, kind).bytes();
  }

  @Test
  void activations_get_what_the_weights_leave() throws IOException {
    MultiLayerNetwork net = net(Layers.STACK);
    long keepAll = bytes(Kind.KEEP_ALL);

    assertThat(withFree(Layers.STACK, keepAll).plan(net).kind()).isEqualTo(Kind.KEEP_ALL);
    assertThat(withFree(Layers.STACK, keepAll - 1).plan(net).kind()).isEqualTo(Kind.KEEP_HIDDEN);
    assertThat(withFree(Layers.STACK, bytes(Kind.RECOMPUTE)).plan(net).kind())
        .isEqualTo(Kind.RECOMPUTE);
  }

  @Test
  void a_run_that_goes_on_keeps_its_plan_though_a_faster_one_fits() throws IOException {
    for (Kind kind : Kind.values()) {
      assertThat(
              withFree(Layers.STACK, 1L << 40).planAgain(net(Layers.STACK), recorded(kind)).kind())
          .isEqualTo(kind);
    }
  }

  /** The plan is asked for by name there, and held against free memory afterwards. */
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "CUDA")
  void a_plan_that_is_kept_says_once_how_much_is_free(KernelName kernel) throws IOException {
    MultiLayerNetwork net = net(Layers.STACK);
    ResidualNetwork.useKernel(net, kernel);
    RunRecord.Kernel before =
        new RunRecord.Kernel(kernel.option(), "for a test", Kind.KEEP_ALL.option(), 1L);

    assertThat(withFree(Layers.STACK, 1L << 30).planAgain(net, before).reason())
        .startsWith("keep-all: z")
        .endsWith(" examples; 1024.0 MiB are free.");
  }

  @Test
  void a_plan_that_does_not_fit_any_more_gives_way_to_one_that_does() throws IOException {
    assertThat(
            withFree(Layers.STACK, bytes(Kind.RECOMPUTE))
                .planAgain(net(Layers.STACK), recorded(Kind.KEEP_ALL))
                .kind())
        .isEqualTo(Kind.RECOMPUTE);
  }

  @Test
  void the_plan_of_another_kernel_or_of_an_older_record_does_not_bind() throws IOException {
    MemoryNeed roomy = withFree(Layers.STACK, 1L << 40);
    RunRecord.Kernel other = new RunRecord.Kernel("cuda", "for a test", "on-the-card", 1L);
    RunRecord.Kernel older = new RunRecord.Kernel("fused", "for a test", null, null);

    assertThat(roomy.planAgain(net(Layers.STACK), other).kind()).isEqualTo(Kind.KEEP_ALL);
    assertThat(roomy.planAgain(net(Layers.STACK), older).kind()).isEqualTo(Kind.KEEP_ALL);
  }

  @Test
  void too_little_for_any_plan_says_what_each_and_the_weights_take() {
    assertThatThrownBy(() -> withFree(Layers.STACK, 100_000).plan(net(Layers.STACK)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("64 examples in 2000 blocks of width 12 and hidden width 5")
        .hasMessageContaining("recompute would take")
        .hasMessageContaining("Reduce --batch-size")
        .hasMessageContaining("Weights, gradients and optimizer take 1.8 MiB beside them.");
  }

  /** 2,000 traces of one block each, and as many outputs. */
  @Test
  void layers_of_one_block_are_counted_and_refused_like_a_stack() throws IOException {
    MultiLayerNetwork net = net(Layers.BLOCKS);
    long need = withFree(Layers.BLOCKS, 1L << 40).plan(net).bytes();

    assertThat(need).isGreaterThan(2L * DEPTH * 64 * (12 + 5) * 4);
    assertThat(withFree(Layers.BLOCKS, need).plan(net).bytes()).isEqualTo(need);
    assertThatThrownBy(() -> withFree(Layers.BLOCKS, need / 2).plan(net))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("Each of 2,000 layers of one block")
        .hasMessageContaining("--layers stack");
  }
}
