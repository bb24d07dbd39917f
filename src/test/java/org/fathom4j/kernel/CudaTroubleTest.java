package org.fathom4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
  void a_device_lost_in_mid_run_says_that_checkpoints_are_intact() {
    compute();
    CudaEmulation.fail(Fault.DEVICE_LOST, 5);
    assertThatThrownBy(CudaTroubleTest::compute)
        .isInstanceOf(CudaException.class)
        .hasMessageContaining("CUDA_ERROR_LAUNCH_FAILED")
        .hasMessageContaining("--resume");
    CudaEmulation.trouble();
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
  void without_a_device_the_kernel_says_so() {
    CudaEmulation.fail(Fault.NO_DEVICE, 1);
    assertThatThrownBy(CudaTroubleTest::compute).isInstanceOf(CudaException.class);
  }
}
