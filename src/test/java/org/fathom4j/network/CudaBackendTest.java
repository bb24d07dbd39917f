package org.fathom4j.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.fathom4j.kernel.CudaDevice;
import org.fathom4j.kernel.CudaReport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CudaBackendTest {

  private static final int NEW = 13_000;

  /** A machine with GPUs A, B, … of these compute capabilities, such as 90. */
  private static CudaReport machine(int driver, int... capabilities) {
    List<CudaDevice> devices = new ArrayList<>();
    for (int capability : capabilities) {
      int i = devices.size();
      devices.add(
          new CudaDevice(
              i, "Card " + (char) ('A' + i), capability / 10, capability % 10, 7, 64, 63));
    }
    Optional<CudaDevice> chosen =
        devices.stream().filter(device -> device.isAtLeast(7, 5)).findFirst();
    return new CudaReport(
        OptionalInt.of(driver),
        devices,
        chosen,
        chosen.isPresent() ? Optional.empty() : Optional.of("Too old."));
  }

  private static CudaReport without(String problem) {
    return new CudaReport(OptionalInt.empty(), List.of(), Optional.empty(), Optional.of(problem));
  }

  @ParameterizedTest
  @ValueSource(ints = {37, 50, 52, 53, 60, 62, 70, 75, 80, 86, 87, 89})
  void it_runs_from_Kepler_s_last_to_Ada(int capability) {
    assertThat(CudaBackend.problem(machine(NEW, capability))).isEmpty();
    assertThat(CudaBackend.problem(machine(11_000, capability))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {20, 30, 35, 90, 100, 103, 120})
  void on_older_and_newer_GPUs_it_does_not(int capability) {
    assertThat(CudaBackend.problem(machine(NEW, capability)).orElseThrow())
        .startsWith(
            "ND4J's backend has machine code for compute capabilities 3.7 to 8.9 and nothing for GPU"
                + " 0 (Card A, compute capability "
                + capability / 10
                + "."
                + capability % 10
                + ").")
        .contains("drop --cuda");
  }

  @Test
  void on_a_newer_GPU_the_kernel_of_our_own_is_the_cure() {
    assertThat(CudaBackend.problem(machine(NEW, 90)).orElseThrow()).contains("--kernel cuda");
    assertThat(CudaBackend.problem(machine(NEW, 35)).orElseThrow())
        .doesNotContain("--kernel cuda")
        .contains("Compute on the processor");
  }

  @Test
  void of_several_GPUs_those_that_serve_are_named() {
    assertThat(CudaBackend.problem(machine(NEW, 80, 90, 86)).orElseThrow())
        .contains("nothing for GPU 1 (Card B, compute capability 9.0)")
        .endsWith("with CUDA_VISIBLE_DEVICES=0,2.");
    assertThat(CudaBackend.problem(machine(NEW, 80, 86))).isEmpty();
  }

  @Test
  void a_driver_from_before_CUDA_11_is_too_old() {
    assertThat(CudaBackend.problem(machine(10_020, 70)).orElseThrow())
        .isEqualTo(
            "The NVIDIA driver is too old: it serves CUDA 10.2, but ND4J's backend is made with CUDA"
                + " 11. Install driver 450.80 or newer.");
  }

  @Test
  void without_a_GPU_the_problem_is_the_machine_s() {
    assertThat(CudaBackend.problem(without("No driver here.")))
        .contains("No driver here. Or drop --cuda: fathom needs no GPU.");
  }

  @Test
  void a_report_of_a_machine_is_for_JSON_too() {
    GpuReport report = GpuReport.of(machine(12_040, 61, 90), false);

    assertThat(report.driver()).isEqualTo("12.4");
    assertThat(report.devices())
        .containsExactly(
            new GpuReport.Device(0, "Card A", "6.1", 7, 64, 63, false),
            new GpuReport.Device(1, "Card B", "9.0", 7, 64, 63, true));
    assertThat(report.problem()).isNull();
    assertThat(report.nd4jCuda().inThisBuild()).isFalse();
    assertThat(report.nd4jCuda().usable()).isFalse();
    assertThat(report.nd4jCuda().problem()).contains("CUDA_VISIBLE_DEVICES=0");
  }

  @Test
  void a_report_of_a_machine_without_a_driver_has_no_version() {
    GpuReport report = GpuReport.of(without("No driver here."), true);

    assertThat(report.driver()).isNull();
    assertThat(report.devices()).isEmpty();
    assertThat(report.problem()).isEqualTo("No driver here.");
    assertThat(report.nd4jCuda().inThisBuild()).isTrue();
  }
}
