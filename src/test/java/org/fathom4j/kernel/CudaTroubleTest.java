package org.fathom4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.fathom4j.kernel.CudaEmulation.Fault;
import org.junit.jupiter.api.Test;

/** What the driver and the device can refuse, in words that help. */
@EmulatedGpu
class CudaTroubleTest {

  private static final StackShape SHAPE =
      new StackShape(
          BlockKind.NONLINEAR, BranchForm.PLAIN, 40, 16, 8, Activation.RELU, Precision.FLOAT);

  private static void compute() {
    StackCase c = StackCase.random(SHAPE, 10);
    RawKernelContract.compute(new CudaKernel(), c, null);
  }

  @Test
  void a_device_lost_in_mid_run_says_that_the_last_checkpoint_is_intact_if_there_is_one() {
    compute();
    CudaEmulation.fail(Fault.DEVICE_LOST, 5);
    assertThatThrownBy(CudaTroubleTest::compute)
        .isInstanceOf(CudaException.class)
        .hasMessageContaining("CUDA_ERROR_LAUNCH_FAILED")
        .hasMessageEndingWith(
            "look at nvidia-smi. A run's last checkpoint, if it has one, is intact: --resume goes on"
                + " from there.");
    assertThat(CudaEmulation.trouble()).as("beside the lost device").isEmpty();
  }

  @Test
  void memory_that_is_refused_says_for_what_and_how_much_is_left() {
    CudaEmulation.fail(Fault.OUT_OF_MEMORY, 1);
    assertThatThrownBy(CudaTroubleTest::compute)
        .isInstanceOf(InsufficientMemoryException.class)
        .hasMessageContaining("the weights of a stack")
        .hasMessageContaining("MiB");
  }

  @Test
  void a_stack_too_large_for_the_device_is_refused_before_it_is_computed() {
    CudaEmulation.freeMemory(180 << 10);
    assertThatThrownBy(CudaTroubleTest::compute)
        .isInstanceOf(InsufficientMemoryException.class)
        .hasMessageContaining("Reduce --batch-size, --depth");
  }

  @Test
  void little_memory_is_enough_for_computing_again() {
    CudaEmulation.freeMemory(340 << 10);
    MemoryPlan plan = new CudaKernel().memoryPlan(SHAPE, 40, CudaContext.get().freeBytes());
    assertThat(plan.kind()).isEqualTo(MemoryPlan.Kind.RECOMPUTE);
  }

  @Test
  void a_plan_is_not_refused_for_memory_that_nobody_can_reach_any_more() {
    CudaEmulation.freeMemory(1 << 20);
    fill();
    CudaContext context = CudaContext.get();
    assertThat(new CudaKernel().memoryPlan(SHAPE, 40, context.freeBytes()).kind())
        .isEqualTo(MemoryPlan.Kind.KEEP_ALL);
    assertThat(context.freeBytes()).isGreaterThan(900 << 10);
  }

  /** Takes most of the memory, and forgets it. */
  private static void fill() {
    CudaContext.get().allocate(900 << 10, "a test");
  }

  @Test
  void updater_state_is_not_counted_as_free() {
    CudaEmulation.freeMemory(667 << 10);
    try (ResidentStack stack = new CudaKernel().resident(SHAPE).orElseThrow()) {
      assertThat(stack.memoryPlan(80).kind()).isEqualTo(MemoryPlan.Kind.KEEP_ALL);
      NativeVector zeros = RawKernelContract.vector(Precision.FLOAT, new double[40 * 16 * 8]);
      for (ResidentStack.Part part : List.of(ResidentStack.Part.INNER, ResidentStack.Part.OUTER)) {
        stack.writeState(part, 0, zeros);
        stack.writeState(part, 1, zeros);
      }
      // To keep all takes 568 KiB with weights and gradients; 600 are free, then 80 less.
      assertThat(stack.memoryPlan(80).kind()).isEqualTo(MemoryPlan.Kind.RECOMPUTE);
    }
  }

  @Test
  void without_a_device_the_kernel_says_so() {
    CudaEmulation.fail(Fault.NO_DEVICE, 1);
    assertThatThrownBy(CudaTroubleTest::compute).isInstanceOf(CudaException.class);
  }
}
