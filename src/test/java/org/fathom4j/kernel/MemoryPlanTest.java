package org.fathom4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.fathom4j.kernel.MemoryPlan.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MemoryPlanTest {

  private static final StackShape DEEP =
      new StackShape(
          BlockKind.NONLINEAR, BranchForm.PLAIN, 10_000, 64, 8, Activation.RELU, Precision.FLOAT);
  private static final StackShape LINEAR =
      new StackShape(
          BlockKind.LINEAR, BranchForm.PLAIN, 900, 16, 16, Activation.IDENTITY, Precision.DOUBLE);

  @Test
  void keeping_all_takes_every_z_and_h() {
    assertThat(MemoryPlan.of(Kind.KEEP_ALL, DEEP, 128).bytes())
        .isEqualTo(4L * 128 * (10_001 * 64 + 10_000 * 8));
  }

  @Test
  void keeping_h_takes_one_z_in_thirty_two() {
    assertThat(MemoryPlan.of(Kind.KEEP_HIDDEN, DEEP, 128).bytes())
        .isEqualTo(4L * 128 * (10_000 * 8 + 313 * 64));
  }

  @Test
  void recomputing_takes_about_the_square_root_of_the_depth() {
    MemoryPlan plan = MemoryPlan.of(Kind.RECOMPUTE, DEEP, 128);
    assertThat(plan.segment()).isEqualTo(94); // √(10000 · 64 / 72)
    assertThat(plan.bytes()).isEqualTo(4L * 128 * ((107 + 94 + 1) * 64 + 94 * 8));
  }

  @Test
  void with_memory_for_all_the_fastest_plan_is_chosen_and_says_its_size() {
    MemoryPlan plan = MemoryPlan.choose(DEEP, 128, 1L << 40);
    assertThat(plan.kind()).isEqualTo(Kind.KEEP_HIDDEN);
    assertThat(plan.describe()).contains("MiB for 128 examples").contains("are free");
  }

  @Test
  void wide_hidden_layers_keep_all_before_they_compute_z_backwards() {
    StackShape wide =
        new StackShape(
            BlockKind.NONLINEAR, BranchForm.PLAIN, 100, 32, 33, Activation.RELU, Precision.FLOAT);
    assertThat(MemoryPlan.all(wide, 10))
        .extracting(MemoryPlan::kind)
        .containsExactly(Kind.KEEP_ALL, Kind.KEEP_HIDDEN, Kind.RECOMPUTE);
    assertThat(MemoryPlan.all(DEEP, 100))
        .extracting(MemoryPlan::kind)
        .containsExactly(Kind.KEEP_HIDDEN, Kind.KEEP_ALL, Kind.RECOMPUTE);
  }

  /** And so gives the bits of the same blocks one by one. */
  @Test
  void a_trace_that_fits_the_cache_keeps_all() {
    assertThat(MemoryPlan.choose(DEEP, 10, 1L << 40).kind()).isEqualTo(Kind.KEEP_ALL);
  }

  @Test
  void with_less_memory_a_slower_plan_is_chosen_and_says_what_did_not_fit() {
    long least = MemoryPlan.of(Kind.RECOMPUTE, DEEP, 128).bytes();
    MemoryPlan plan = MemoryPlan.choose(DEEP, 128, least);
    assertThat(plan.kind()).isEqualTo(Kind.RECOMPUTE);
    assertThat(plan.describe()).contains("keep-all would take 351.6 MiB");
  }

  @Test
  void too_little_memory_for_any_plan_is_an_error_that_names_sizes_and_options() {
    assertThatThrownBy(() -> MemoryPlan.choose(DEEP, 128, 1_000_000))
        .isInstanceOf(InsufficientMemoryException.class)
        .hasMessageContaining("128 examples in 10000 blocks of width 64 and hidden width 8")
        .hasMessageContaining("recompute would take 6.7 MiB")
        .hasMessageContaining("--batch-size");
  }

  @Test
  void linear_blocks_keep_no_h() {
    assertThat(MemoryPlan.of(Kind.KEEP_ALL, LINEAR, 8).bytes()).isEqualTo(901L * 8 * 16 * 8);
    assertThat(MemoryPlan.all(LINEAR, 8))
        .extracting(MemoryPlan::kind)
        .doesNotContain(Kind.KEEP_HIDDEN);
    assertThatThrownBy(() -> MemoryPlan.of(Kind.KEEP_HIDDEN, LINEAR, 8))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("keep-all or recompute");
  }

  @Test
  void an_unknown_plan_is_refused_with_the_known_ones() {
    assertThatThrownBy(() -> Kind.of("keep-nothing"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("keep-nothing")
        .hasMessageContaining("keep-hidden, keep-all or recompute");
    assertThat(Kind.of("keep-all")).isEqualTo(Kind.KEEP_ALL);
  }

  /** Working memory of the slabs comes on top; at this depth it is small. */
  @ParameterizedTest
  @EnumSource(Kind.class)
  void a_trace_takes_what_its_plan_says(Kind kind) {
    StackShape shape =
        new StackShape(
            BlockKind.NONLINEAR, BranchForm.PLAIN, 9_000, 16, 12, Activation.TANH, Precision.FLOAT);
    StackKernel kernel =
        new FusedCpuKernel(new ThreadTeam(2), Optional.of(kind), () -> 0, 2_000_000);
    long planned = kernel.memoryPlan(shape, 64).orElseThrow().bytes();
    try (StackKernel.Trace trace = kernel.newTrace(shape, 64)) {
      assertThat(trace.bytes() - planned).isBetween(0L, 1L << 20);
    }
  }
}
