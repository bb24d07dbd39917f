package org.fathom4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class KernelsTest {

  @Test
  void every_choice_says_why() {
    KernelChoice choice = Kernels.choose(Optional.empty(), RELU, true, noDriver());
    assertThat(choice.name()).isEqualTo(KernelName.FUSED);
    assertThat(choice.reason()).contains("thread").contains("bits");
  }

  private static final Optional<StackShape> RELU = Optional.of(UsableKernels.DEEP);
  private static final Optional<KernelName> CUDA = Optional.of(KernelName.CUDA);

  private static Gpu noDriver() {
    return new Gpu(
        () ->
            CudaReport.of(
                () -> {
                  throw new CudaDriver.Missing("No driver here. Install one.");
                },
                Optional.empty()),
        blocks -> {
          throw new AssertionError("nothing to try the kernel on");
        });
  }

  private static Gpu gpu(int capability, Supplier<Optional<String>> check) {
    return new Gpu(
        () -> CudaReport.of(() -> new FakeDriver(13_000, capability), Optional.empty()),
        blocks -> check.get());
  }

  @Test
  void where_a_GPU_gives_right_answers_it_is_chosen() {
    Gpu gpu = gpu(90, Optional::empty);

    KernelChoice chosen = Kernels.choose(Optional.empty(), RELU, true, gpu);
    assertThat(chosen.name()).isEqualTo(KernelName.CUDA);
    assertThat(chosen.reason()).contains("on GPU 0 (Card A, compute capability 9.0).");
    KernelChoice asked = Kernels.choose(CUDA, RELU, true, gpu);
    assertThat(asked.name()).isEqualTo(KernelName.CUDA);
    assertThat(asked.reason()).contains("as requested, on GPU 0 (Card A");
  }

  @Test
  void a_stack_that_a_GPU_is_slow_for_stays_on_the_processor_unless_it_is_asked_for() {
    Gpu gpu = gpu(90, Optional::empty);
    for (StackShape stack :
        List.of(
            new StackShape(
                BlockKind.NONLINEAR, BranchForm.PLAIN, 1, 9, 9, Activation.RELU, Precision.FLOAT),
            new StackShape(
                BlockKind.NONLINEAR, BranchForm.PLAIN, 99, 9, 9, Activation.RELU, Precision.DOUBLE),
            new StackShape(
                BlockKind.NONLINEAR,
                BranchForm.PLAIN,
                99,
                129,
                9,
                Activation.RELU,
                Precision.FLOAT))) {
      KernelChoice chosen = Kernels.choose(Optional.empty(), Optional.of(stack), true, gpu);
      assertThat(chosen.name()).isEqualTo(KernelName.FUSED);
      assertThat(chosen.reason()).contains("--kernel cuda asks for it all the same");
      assertThat(Kernels.choose(CUDA, Optional.of(stack), true, gpu).name())
          .isEqualTo(KernelName.CUDA);
    }
  }

  @Test
  void the_kernel_is_tried_with_the_blocks_of_the_stack_once_for_all_depths() {
    List<StackShape> tried = new ArrayList<>();
    Gpu gpu =
        new Gpu(
            () -> CudaReport.of(() -> new FakeDriver(13_000, 90), Optional.empty()),
            blocks -> {
              tried.add(blocks);
              return blocks.activation() == Activation.TANH
                  ? Optional.of("tanh is wrong.")
                  : Optional.empty();
            });
    for (int depth : new int[] {20, 1000, 20}) {
      for (Activation activation : List.of(Activation.RELU, Activation.TANH)) {
        StackShape stack =
            new StackShape(
                BlockKind.NONLINEAR, BranchForm.SCALED, depth, 33, 7, activation, Precision.FLOAT);
        KernelChoice choice = Kernels.choose(Optional.empty(), Optional.of(stack), true, gpu);
        assertThat(choice.name())
            .isEqualTo(activation == Activation.RELU ? KernelName.CUDA : KernelName.FUSED);
      }
    }
    assertThat(tried)
        .extracting(
            StackShape::kind,
            StackShape::form,
            StackShape::width,
            StackShape::hiddenWidth,
            StackShape::activation,
            StackShape::precision)
        .containsExactly(
            tuple(BlockKind.NONLINEAR, BranchForm.SCALED, 33, 7, Activation.RELU, Precision.FLOAT),
            tuple(BlockKind.NONLINEAR, BranchForm.SCALED, 33, 7, Activation.TANH, Precision.FLOAT));
    assertThat(tried).allMatch(blocks -> blocks.depth() == 5);
  }

  @Test
  void a_memory_plan_that_the_cuda_kernel_has_not_keeps_to_the_processor_and_the_reason_says_so() {
    System.setProperty(FusedCpuKernel.PLAN_PROPERTY, "keep-hidden");
    try {
      Gpu gpu = gpu(90, Optional::empty);
      KernelChoice chosen = Kernels.choose(Optional.empty(), RELU, true, gpu);
      assertThat(chosen.name()).isEqualTo(KernelName.FUSED);
      assertThat(chosen.reason())
          .endsWith(
              " The GPU is not used: The cuda kernel has no memory plan keep-hidden; use keep-all"
                  + " or recompute.");
      assertThatThrownBy(() -> Kernels.choose(CUDA, RELU, true, gpu))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("no memory plan keep-hidden");
      System.setProperty(FusedCpuKernel.PLAN_PROPERTY, "recompute");
      assertThat(Kernels.choose(Optional.empty(), RELU, true, gpu).name())
          .isEqualTo(KernelName.CUDA);
    } finally {
      System.clearProperty(FusedCpuKernel.PLAN_PROPERTY);
    }
  }

  @Test
  void a_GPU_that_gives_wrong_answers_is_not_chosen_and_the_reason_says_so() {
    Gpu gpu = gpu(90, () -> Optional.of("Its answers are wrong. Renew the driver."));

    KernelChoice chosen = Kernels.choose(Optional.empty(), RELU, true, gpu);
    assertThat(chosen.name()).isEqualTo(KernelName.FUSED);
    assertThat(chosen.reason())
        .endsWith(" The GPU is not used: Its answers are wrong. Renew the driver.");
    assertThatThrownBy(() -> Kernels.choose(CUDA, RELU, true, gpu))
        .isInstanceOf(CudaException.class)
        .hasMessage("Its answers are wrong. Renew the driver.");
  }

  @Test
  void a_GPU_that_fails_when_it_is_tried_is_not_chosen() {
    Gpu gpu =
        gpu(
            90,
            () -> {
              throw new CudaException("cuModuleLoadData answers CUDA_ERROR_OF_A_TEST (200).");
            });

    assertThat(Kernels.choose(Optional.empty(), RELU, true, gpu).reason())
        .endsWith("not used: cuModuleLoadData answers CUDA_ERROR_OF_A_TEST (200).");
  }

  @Test
  void a_GPU_that_is_too_old_is_not_tried_and_the_reason_says_why() {
    Gpu gpu =
        gpu(
            61,
            () -> {
              throw new AssertionError("tried");
            });

    assertThat(Kernels.choose(Optional.empty(), RELU, true, gpu).reason())
        .contains("The GPU is not used: No GPU here is new enough");
    assertThatThrownBy(() -> Kernels.choose(CUDA, RELU, true, gpu))
        .isInstanceOf(CudaException.class)
        .hasMessageStartingWith("No GPU here is new enough");
  }

  @Test
  void where_there_is_no_driver_nobody_who_did_not_ask_hears_of_GPUs() {
    assertThat(Kernels.choose(Optional.empty(), RELU, true, noDriver()).reason())
        .doesNotContain("GPU", "driver");
    assertThatThrownBy(() -> Kernels.choose(CUDA, RELU, true, noDriver()))
        .isInstanceOf(CudaException.class)
        .hasMessage("No driver here. Install one.");
  }

  @Test
  void what_the_cuda_kernel_cannot_compute_anywhere_is_not_blamed_on_the_machine() {
    assertThatThrownBy(() -> Kernels.choose(CUDA, Optional.empty(), true, noDriver()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("--kernel nd4j");
    assertThatThrownBy(() -> Kernels.choose(CUDA, RELU, false, gpu(90, Optional::empty)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("drop --cuda");
  }

  @Test
  void where_the_fused_kernel_cannot_serve_the_reason_names_the_cure() {
    KernelChoice unknown = Kernels.choose(Optional.empty(), Optional.empty(), true);
    assertThat(unknown.name()).isEqualTo(KernelName.ND4J);
    assertThat(unknown.reason()).contains("identity, relu, tanh, sigmoid, softplus");
    KernelChoice device = Kernels.choose(Optional.empty(), RELU, false);
    assertThat(device.name()).isEqualTo(KernelName.ND4J);
    assertThat(device.reason()).contains("nd4j-native");
  }

  @Test
  void whoever_asks_for_a_kernel_gets_it_where_there_is_a_GPU_and_hears_that_it_was_asked_for() {
    Gpu gpu = gpu(90, Optional::empty);
    for (KernelName name : KernelName.values()) {
      KernelChoice choice = Kernels.choose(Optional.of(name), RELU, true, gpu);
      assertThat(choice.name()).isEqualTo(name);
      assertThat(choice.reason()).contains("as requested");
    }
  }

  @Test
  void a_raw_kernel_is_refused_for_an_activation_it_does_not_know() {
    assertThatThrownBy(
            () -> Kernels.choose(Optional.of(KernelName.REFERENCE), Optional.empty(), true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("--kernel nd4j");
  }

  @Test
  void a_raw_kernel_is_refused_where_arrays_live_on_a_device() {
    assertThatThrownBy(() -> Kernels.choose(Optional.of(KernelName.REFERENCE), RELU, false))
        .hasMessageContaining("device");
  }
}
