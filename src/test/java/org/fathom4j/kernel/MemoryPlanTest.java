package org.fathom4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
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

  /** One thread, so that the formulas of {@link MemoryPlan} stand alone. */
  private static Partition alone(StackShape shape, int examples) {
    return Partition.of(shape, examples, 1, 1);
  }

  private static MemoryPlan plan(Kind kind, StackShape shape, int examples) {
    return MemoryPlan.of(kind, shape, alone(shape, examples));
  }

  private static MemoryPlan choose(int examples, long freeBytes) {
    return MemoryPlan.choose(DEEP, alone(DEEP, examples), freeBytes);
  }

  /** A slab works in four places of the size of z and two of the size of h. */
  private static final int WORKING = 4 * 64 + 2 * 8;

  @Test
  void keeping_all_takes_every_z_and_h() {
    assertThat(plan(Kind.KEEP_ALL, DEEP, 128).bytes())
        .isEqualTo(4L * 128 * (10_001 * 64 + 10_000 * 8 + WORKING));
  }

  @Test
  void keeping_h_takes_one_z_in_thirty_two() {
    assertThat(plan(Kind.KEEP_HIDDEN, DEEP, 128).bytes())
        .isEqualTo(4L * 128 * (10_000 * 8 + 313 * 64 + WORKING));
  }

  @Test
  void recomputing_takes_about_the_square_root_of_the_depth() {
    MemoryPlan plan = plan(Kind.RECOMPUTE, DEEP, 128);
    assertThat(plan.segment()).isEqualTo(94); // √(10000 · 64 / 72)
    assertThat(plan.bytes()).isEqualTo(4L * 128 * ((107 + 94 + 1) * 64 + 94 * 8 + WORKING));
  }

  @Test
  void every_thread_after_the_first_takes_two_copies_of_a_chunk_of_gradients() {
    Partition two = Partition.of(DEEP, 128, 2, 1);
    long chunk = (256 << 10) / (2 * 64 * 8 * 4);
    assertThat(MemoryPlan.of(Kind.KEEP_ALL, DEEP, two).bytes())
        .isEqualTo(plan(Kind.KEEP_ALL, DEEP, 128).bytes() + 2 * chunk * 2 * 64 * 8 * 4);
  }

  @Test
  void with_memory_for_all_the_fastest_plan_is_chosen_and_says_its_size() {
    MemoryPlan plan = choose(128, 1L << 40);
    assertThat(plan.kind()).isEqualTo(Kind.KEEP_HIDDEN);
    assertThat(plan.reason()).contains("MiB for 128 examples").contains("are free");
  }

  @Test
  void wide_hidden_layers_keep_all_before_they_compute_z_backwards() {
    StackShape wide =
        new StackShape(
            BlockKind.NONLINEAR, BranchForm.PLAIN, 100, 32, 33, Activation.RELU, Precision.FLOAT);
    assertThat(MemoryPlan.all(wide, alone(wide, 10)))
        .extracting(MemoryPlan::kind)
        .containsExactly(Kind.KEEP_ALL, Kind.KEEP_HIDDEN, Kind.RECOMPUTE);
    assertThat(MemoryPlan.all(DEEP, alone(DEEP, 100)))
        .extracting(MemoryPlan::kind)
        .containsExactly(Kind.KEEP_HIDDEN, Kind.KEEP_ALL, Kind.RECOMPUTE);
  }

  /** And so gives the bits of the same blocks one by one. */
  @Test
  void a_trace_that_fits_the_cache_keeps_all() {
    assertThat(choose(10, 1L << 40).kind()).isEqualTo(Kind.KEEP_ALL);
  }

  @Test
  void with_less_memory_a_slower_plan_is_chosen_and_says_what_did_not_fit() {
    MemoryPlan plan = choose(128, plan(Kind.RECOMPUTE, DEEP, 128).bytes());
    assertThat(plan.kind()).isEqualTo(Kind.RECOMPUTE);
    assertThat(plan.reason()).contains("keep-all would take 351.7 MiB");
  }

  @Test
  void too_little_memory_for_any_plan_is_an_error_that_names_sizes_and_options() {
    assertThatThrownBy(() -> choose(128, 1_000_000))
        .isInstanceOf(InsufficientMemoryException.class)
        .hasMessageContaining("128 examples in 10000 blocks of width 64 and hidden width 8")
        .hasMessageContaining("recompute would take 6.8 MiB")
        .hasMessageContaining("--batch-size");
  }

  @Test
  void linear_blocks_keep_no_h() {
    assertThat(plan(Kind.KEEP_ALL, LINEAR, 8).bytes()).isEqualTo((901L + 4) * 8 * 16 * 8);
    assertThat(MemoryPlan.all(LINEAR, alone(LINEAR, 8)))
        .extracting(MemoryPlan::kind)
        .doesNotContain(Kind.KEEP_HIDDEN);
    assertThatThrownBy(() -> plan(Kind.KEEP_HIDDEN, LINEAR, 8))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("keep-all or recompute");
  }

  @Test
  void a_plan_in_many_layers_counts_each_of_them_and_its_output() {
    MemoryPlan one = plan(Kind.KEEP_ALL, LINEAR, 8);
    MemoryPlan many = one.inLayers(1000, 64);
    assertThat(many.bytes()).isEqualTo(1000 * (one.bytes() + 64));
    assertThat(many.kind()).isEqualTo(Kind.KEEP_ALL);
    assertThat(many.reason())
        .startsWith("keep-all in each of 1,000 layers, 883.9 MiB in all")
        .contains(one.reason());
  }

  @Test
  void the_plan_of_a_kernel_without_a_choice_is_refused_where_it_does_not_fit() {
    MemoryPlan plan = MemoryPlan.keepAll("z and a of all 7 blocks are kept", 3 << 20, 5);
    assertThat(plan.within(3 << 20).reason())
        .isEqualTo(
            "keep-all: z and a of all 7 blocks are kept, 3.0 MiB for 5 examples; 3.0 MiB are"
                + " free.");
    assertThatThrownBy(() -> plan.within((3 << 20) - 1))
        .isInstanceOf(InsufficientMemoryException.class)
        .hasMessageContaining("keep-all would take 3.0 MiB");
  }

  @Test
  void an_unknown_plan_is_refused_with_the_known_ones() {
    assertThatThrownBy(() -> Kind.of("keep-nothing"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("keep-nothing")
        .hasMessageContaining("keep-hidden, keep-all or recompute");
    assertThat(Kind.of("keep-all")).isEqualTo(Kind.KEEP_ALL);
  }

  /** Widths of lanes and of products, odd numbers of examples, more threads than work. */
  @ParameterizedTest
  @EnumSource(Kind.class)
  void a_trace_takes_the_bytes_its_plan_says_at_every_awkward_size(Kind kind) {
    int[] widths = {1, 3, 5, 8, 13, 64};
    int[] minibatches = {1, 7, 16, 100};
    for (int threads : new int[] {1, 2, 5}) {
      ThreadTeam team = TEAMS.get(threads);
      for (long worthAThread : new long[] {0, 2_000_000}) {
        StackKernel kernel = new FusedCpuKernel(team, Optional.of(kind), () -> 0, worthAThread);
        for (int width : widths) {
          for (int hidden : widths) {
            for (int examples : minibatches) {
              for (int depth : new int[] {1, 70}) {
                assertTakesWhatItSays(kernel, nonlinear(depth, width, hidden), examples);
              }
            }
          }
        }
      }
    }
  }

  private static final Map<Integer, ThreadTeam> TEAMS =
      Map.of(1, new ThreadTeam(1), 2, new ThreadTeam(2), 5, new ThreadTeam(5));

  private static StackShape nonlinear(int depth, int width, int hidden) {
    return new StackShape(
        BlockKind.NONLINEAR,
        BranchForm.PLAIN,
        depth,
        width,
        hidden,
        Activation.TANH,
        Precision.FLOAT);
  }

  private static void assertTakesWhatItSays(StackKernel kernel, StackShape shape, int examples) {
    long planned = kernel.memoryPlan(shape, examples, 0).bytes();
    try (StackKernel.Trace trace = kernel.newTrace(shape, examples)) {
      assertThat(trace.bytes()).as("%s, %d examples", shape, examples).isEqualTo(planned);
    }
  }

  @Test
  void the_reference_kernel_s_trace_takes_what_its_plan_says() {
    StackKernel kernel = new ReferenceKernel();
    for (StackShape shape : List.of(nonlinear(7, 5, 3), LINEAR)) {
      try (StackKernel.Trace trace = kernel.newTrace(shape, 11)) {
        assertThat(kernel.memoryPlan(shape, 11, 1L << 40).bytes()).isEqualTo(trace.bytes());
      }
    }
    assertThatThrownBy(() -> kernel.memoryPlan(LINEAR, 11, 1000))
        .isInstanceOf(InsufficientMemoryException.class);
    assertThat(kernel.keepingTo(Kind.KEEP_ALL).memoryPlan(LINEAR, 11, 0).reason())
        .startsWith("keep-all: z and a of all 900 blocks are kept")
        .doesNotContain("free");
    assertThatThrownBy(() -> kernel.keepingTo(Kind.RECOMPUTE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("recompute");
  }

  /** A run whose last minibatch is smaller, or that is resumed with less memory. */
  @Test
  void a_kernel_that_keeps_to_a_plan_keeps_to_it_whatever_minibatch_and_memory() {
    StackKernel free =
        new FusedCpuKernel(TEAMS.get(2), Optional.empty(), () -> 1L << 40, 2_000_000);
    assertThat(free.memoryPlan(DEEP, 128, 1L << 40).kind()).isEqualTo(Kind.KEEP_HIDDEN);
    assertThat(free.memoryPlan(DEEP, 8, 1L << 40).kind()).isEqualTo(Kind.KEEP_ALL);
    StackKernel kept = free.keepingTo(Kind.KEEP_HIDDEN);
    assertThat(kept.memoryPlan(DEEP, 8, 0).kind()).isEqualTo(Kind.KEEP_HIDDEN);
    try (StackKernel.Trace trace = kept.newTrace(DEEP, 8)) {
      assertThat(trace.bytes()).isEqualTo(kept.memoryPlan(DEEP, 8, 0).bytes());
    }
  }
}
