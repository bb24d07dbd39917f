package org.fathom4j.block;

import org.fathom4j.kernel.EmulatedGpu;
import org.fathom4j.kernel.KernelName;
import org.junit.jupiter.api.Test;

/** What {@link ResidualLayerTest} asks of every kernel, on the emulated GPU. */
@EmulatedGpu
class CudaResidualLayerTest {

  private final ResidualLayerTest ofEveryKernel = new ResidualLayerTest();

  @Test
  void inference_after_training_gives_what_training_saw() {
    ofEveryKernel.inference_after_training_gives_what_training_saw(KernelName.CUDA);
  }

  @Test
  void a_backward_pass_after_inference_computes_the_forward_pass_again() {
    ofEveryKernel.a_backward_pass_after_inference_computes_the_forward_pass_again(KernelName.CUDA);
  }

  @Test
  void input_and_errors_of_any_layout_and_type_are_taken_as_their_numbers_and_left_alone() {
    ofEveryKernel.input_and_errors_of_any_layout_and_type_are_taken_as_their_numbers_and_left_alone(
        KernelName.CUDA);
  }

  @Test
  void neither_the_input_of_the_layer_nor_that_of_the_network_is_modified() {
    ofEveryKernel.neither_the_input_of_the_layer_nor_that_of_the_network_is_modified(
        KernelName.CUDA);
  }
}
