package org.fathom4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import org.fathom4j.kernel.MemoryPlan.Kind;
import org.junit.jupiter.api.Test;

/** Plans without a device: arithmetic on sizes. */
class CudaPlanTest {

  private static final int MULTIPROCESSORS = 132;
  private static final StackShape DEEP =
      new StackShape(
          BlockKind.NONLINEAR, BranchForm.PLAIN, 10_000, 64, 64, Activation.RELU, Precision.FLOAT);
  private static final long GIB = 1L << 30;

  private static CudaPlan choose(long freeBytes) {
    return CudaPlan.choose(DEEP, 1000, MULTIPROCESSORS, Optional.empty(), freeBytes);
  }

  @Test
  void everything_is_kept_where_it_fits() {
    CudaPlan plan = choose(130 * GIB);
    assertThat(plan.kind()).isEqualTo(Kind.KEEP_ALL);
    assertThat(plan.chunk()).isEqualTo(6 * MULTIPROCESSORS);
    // z and h of 10,000 blocks and ∂z and ∂a of a chunk, 1,000 examples of 64 floats each; ends.
    long slot = 1000L * 64 * 4;
    assertThat(plan.bytes()).isEqualTo((10_000 + 792) * 2 * slot + 6 * slot);
  }

  @Test
  void chunks_get_smaller_before_anything_is_computed_twice() {
    long least = CudaPlan.weightBytes(DEEP) + (10_000 + 16) * 2 * 256_000L + 6 * 256_000L;
    CudaPlan tight = choose(least);
    assertThat(tight.kind()).isEqualTo(Kind.KEEP_ALL);
    assertThat(tight.chunk()).isEqualTo(16);
    assertThat(choose(least - 1).kind()).isEqualTo(Kind.RECOMPUTE);
  }

  @Test
  void computing_again_takes_about_the_root_of_the_depth() {
    CudaPlan plan = choose(2 * GIB);
    assertThat(plan.kind()).isEqualTo(Kind.RECOMPUTE);
    assertThat(plan.segment()).isEqualTo(50); // √(10,000 · 64 / (2 · 128))
    assertThat(plan.bytes()).isLessThan(110L << 20);
  }

  @Test
  void too_much_is_an_error_that_says_how_much() {
    assertThatThrownBy(() -> choose(GIB))
        .isInstanceOf(InsufficientMemoryException.class)
        .hasMessageContaining("937.5 MiB")
        .hasMessageContaining("1024.0 MiB of the GPU's free memory")
        .hasMessageContaining("--kernel fused");
  }

  @Test
  void a_plan_that_is_asked_for_is_not_compared_with_free_memory() {
    Optional<Kind> asked = Optional.of(Kind.KEEP_ALL);
    assertThat(CudaPlan.choose(DEEP, 1000, MULTIPROCESSORS, asked, 0).kind())
        .isEqualTo(Kind.KEEP_ALL);
    assertThatThrownBy(
            () ->
                CudaPlan.choose(
                    DEEP, 1000, MULTIPROCESSORS, Optional.of(Kind.KEEP_HIDDEN), 130 * GIB))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void the_description_tells_what_is_kept() {
    MemoryPlan plan = choose(130 * GIB).describe(DEEP, 1000);
    assertThat(plan.reason())
        .startsWith("keep-all: z and h of all 10000 blocks and the gradients of 792 at a time")
        .endsWith("are kept on the GPU, 5271.0 MiB for 1000 examples");
    assertThat(plan.bytes()).isEqualTo(choose(130 * GIB).bytes());
  }
}
