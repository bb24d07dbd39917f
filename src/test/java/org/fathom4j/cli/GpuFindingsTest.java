package org.fathom4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.fathom4j.cli.DoctorCommand.Finding;
import org.fathom4j.network.GpuReport;
import org.fathom4j.network.KernelReport;
import org.junit.jupiter.api.Test;

class GpuFindingsTest {

  private static final GpuReport.Device H200 =
      new GpuReport.Device(0, "NVIDIA H200", "9.0", 132, 3L << 39, 5L << 37, true);
  private static final GpuReport.Device OLD =
      new GpuReport.Device(1, "Tesla P4", "6.1", 20, 1L << 33, 0, false);

  private static GpuReport.Backend unusable(String problem) {
    return new GpuReport.Backend(false, false, problem);
  }

  @Test
  void a_GPU_has_a_line_with_what_decides_about_it() {
    assertThat(
            GpuFindings.of(
                new GpuReport(
                    "13.0", List.of(H200, OLD), null, new GpuReport.Backend(false, true, null)),
                List.of(),
                List.of(new KernelReport("cuda", true, "It runs."))))
        .containsExactly(
            Finding.good(
                "gpu",
                "0: NVIDIA H200, compute capability 9.0, 132 SMs, 1536.0 GiB (640.0 free), driver"
                    + " for CUDA 13.0; the cuda kernel's"),
            Finding.good(
                "gpu",
                "1: Tesla P4, compute capability 6.1, 20 SMs, 8.0 GiB, driver for CUDA 13.0"),
            Finding.good(
                "nd4j cuda", "ND4J's CUDA backend could run here, too: ./fathom --cuda …"));
  }

  @Test
  void where_the_backend_of_ND4J_cannot_run_nothing_is_wrong_but_it_is_said_why() {
    assertThat(
            GpuFindings.of(
                new GpuReport("13.0", List.of(H200), null, unusable("Too new. Drop --cuda.")),
                List.of(),
                List.of()))
        .element(1)
        .isEqualTo(
            new Finding(
                "nd4j cuda",
                true,
                "ND4J's CUDA backend (./fathom --cuda) could not run here",
                "Too new. Drop --cuda."));
  }

  @Test
  void a_GPU_that_is_not_used_is_a_problem_with_its_cure() {
    assertThat(
            GpuFindings.of(
                new GpuReport("11.4", List.of(OLD), "Old driver. Renew it.", unusable("x")),
                List.of(),
                List.of()))
        .contains(Finding.bad("gpu", "not used", "Old driver. Renew it."));
  }

  @Test
  void a_GPU_on_which_the_kernel_fails_is_a_problem_with_the_reason() {
    List<KernelReport> kernels =
        List.of(
            new KernelReport("fused", true, "The fused kernel."),
            new KernelReport("cuda", false, "Its answers are wrong. Renew the driver."));
    GpuReport gpu = new GpuReport("13.0", List.of(H200, OLD), null, unusable("x"));
    assertThat(GpuFindings.of(gpu, List.of(), kernels))
        .startsWith(
            Finding.bad(
                "gpu",
                "0: NVIDIA H200, compute capability 9.0, 132 SMs, 1536.0 GiB (640.0 free), driver"
                    + " for CUDA 13.0; not used",
                "Its answers are wrong. Renew the driver."))
        .element(1)
        .satisfies(old -> assertThat(old.ok()).isTrue());
  }

  @Test
  void in_a_build_with_the_backend_of_ND4J_nothing_is_wrong_if_the_cuda_kernel_is_refused() {
    GpuReport gpu =
        new GpuReport("13.0", List.of(OLD), null, new GpuReport.Backend(true, true, null));
    List<KernelReport> kernels =
        List.of(new KernelReport("cuda", false, "It works with arrays in the processor's memory."));
    assertThat(GpuFindings.of(gpu, List.of(), kernels)).allMatch(Finding::ok);
  }

  @Test
  void a_driver_without_GPUs_is_a_problem_with_its_cure() {
    assertThat(
            GpuFindings.of(
                new GpuReport("12.4", List.of(), "No GPU. Start it so.", unusable("x")),
                List.of(),
                List.of()))
        .containsExactly(
            Finding.bad("gpu", "none shown by the driver for CUDA 12.4", "No GPU. Start it so."));
  }

  @Test
  void a_GPU_that_only_nvidia_smi_sees_is_a_problem() {
    assertThat(
            GpuFindings.of(
                new GpuReport(null, List.of(), "No library. Install it.", unusable("x")),
                List.of("GPU 0: NVIDIA T4"),
                List.of()))
        .containsExactly(
            Finding.bad(
                "gpu", "GPU 0: NVIDIA T4, which cannot be reached", "No library. Install it."));
  }

  @Test
  void a_machine_without_a_GPU_is_well() {
    assertThat(
            GpuFindings.of(
                new GpuReport(null, List.of(), "No driver.", unusable("x")), List.of(), List.of()))
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.ok()).isTrue();
              assertThat(finding.found()).startsWith("none; fathom computes on the processor");
              assertThat(finding.cure()).isNull();
            });
  }
}
