package org.fathom4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CudaReportTest {

  private static final int NEW = 13_000;

  private static CudaReport of(FakeDriver driver) {
    return CudaReport.of(() -> driver, Optional.empty());
  }

  private static CudaReport of(FakeDriver driver, String requested) {
    return CudaReport.of(() -> driver, Optional.of(requested));
  }

  private static String problem(CudaReport report) {
    assertThat(report.chosen()).isEmpty();
    return report.problem().orElseThrow();
  }

  @Test
  void a_GPU_is_described_as_its_driver_describes_it() {
    CudaReport report = of(new FakeDriver(NEW, 90));

    CudaDevice card = new CudaDevice(0, "Card A", 9, 0, 7, FakeDriver.TOTAL, FakeDriver.FREE);
    assertThat(report)
        .isEqualTo(
            new CudaReport(
                OptionalInt.of(NEW), List.of(card), Optional.of(card), Optional.empty()));
    assertThat(report.driver()).contains("13.0");
    assertThat(card.computeCapability()).isEqualTo("9.0");
  }

  @Test
  void the_first_GPU_that_is_new_enough_is_chosen() {
    assertThat(of(new FakeDriver(NEW, 61, 74, 75, 90)).chosen().orElseThrow().ordinal())
        .isEqualTo(2);
  }

  @Test
  void the_oldest_driver_and_the_oldest_GPU_that_serve_are_enough() {
    assertThat(of(new FakeDriver(CudaReport.DRIVER_VERSION_NEEDED, 75)).problem()).isEmpty();
    assertThat(of(new FakeDriver(CudaReport.DRIVER_VERSION_NEEDED - 10, 75)).problem()).isPresent();
    assertThat(of(new FakeDriver(CudaReport.DRIVER_VERSION_NEEDED, 70)).problem()).isPresent();
  }

  @Test
  void the_GPU_that_was_asked_for_is_chosen() {
    assertThat(of(new FakeDriver(NEW, 75, 90), " 1 ").chosen().orElseThrow().name())
        .isEqualTo("Card B");
  }

  @Test
  void a_machine_without_a_driver_is_told_so_in_the_source_s_words() {
    CudaReport report =
        CudaReport.of(
            () -> {
              throw new CudaDriver.Missing("No driver here. Install one.");
            },
            Optional.of("3"));

    assertThat(problem(report)).isEqualTo("No driver here. Install one.");
    assertThat(report.driverVersion()).isEmpty();
    assertThat(report.driver()).isEmpty();
    assertThat(report.devices()).isEmpty();
  }

  @Test
  void a_driver_that_is_too_old_is_told_with_both_versions() {
    FakeDriver driver = new FakeDriver(11_040, 80);
    CudaReport report = of(driver);

    assertThat(problem(report))
        .isEqualTo(
            "The NVIDIA driver is too old: it serves CUDA 11.4, but the kernel's code needs CUDA"
                + " 11.8. Install driver 520 or newer.");
    assertThat(report.devices()).hasSize(1);
  }

  @Test
  void a_driver_before_CUDA_11_is_not_asked_for_memory_by_a_function_that_it_lacks() {
    FakeDriver driver = new FakeDriver(10_020, 70);

    assertThat(of(driver).devices()).extracting(CudaDevice::freeBytes).containsExactly(0L);
    assertThat(driver.entered).isEmpty();
  }

  @Test
  void no_GPU_has_one_answer_however_the_driver_says_it() {
    String none = problem(of(new FakeDriver(NEW)));

    assertThat(none)
        .startsWith("The NVIDIA driver shows no GPU to this process.")
        .contains("CUDA_VISIBLE_DEVICES", "docker run --gpus all");
    assertThat(problem(of(new FakeDriver(NEW).refusing("cuInit", 100)))).isEqualTo(none);
  }

  @Test
  void GPUs_that_are_too_old_are_named() {
    assertThat(problem(of(new FakeDriver(NEW, 61, 70))))
        .isEqualTo(
            "No GPU here is new enough: the kernel's code needs compute capability 7.5 or newer,"
                + " but there is GPU 0 (Card A, compute capability 6.1), GPU 1 (Card B, compute"
                + " capability 7.0). Compute on the processor: leave --kernel out.");
  }

  @Test
  void a_GPU_that_was_asked_for_and_is_too_old_is_not_replaced_by_another() {
    assertThat(problem(of(new FakeDriver(NEW, 61, 90), "0")))
        .isEqualTo(
            "GPU 0 (Card A, compute capability 6.1) is too old: the kernel's code needs compute"
                + " capability 7.5 or newer. Ask for GPU 1 (Card B, compute capability 9.0)"
                + " instead.");
    assertThat(problem(of(new FakeDriver(NEW, 61), "0"))).endsWith("leave --kernel out.");
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "one", "", "1.0", "99999999999"})
  void what_is_no_number_of_a_GPU_is_refused_on_every_machine(String requested) {
    assertThatThrownBy(
            () ->
                CudaReport.of(
                    () -> {
                      throw new CudaDriver.Missing("none");
                    },
                    Optional.of(requested)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("-Dfathom.cuda.device=" + requested + " is no number of a GPU");
  }

  @Test
  void a_number_beyond_the_last_GPU_is_refused_with_those_there_are() {
    assertThatThrownBy(() -> of(new FakeDriver(NEW, 75, 90), "2"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("-Dfathom.cuda.device=2 names no GPU of this machine.")
        .hasMessageContaining("GPU 0 (Card A, compute capability 7.5), GPU 1 (Card B");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cuDriverGetVersion",
        "cuInit",
        "cuDeviceGetCount",
        "cuDeviceGetName",
        "cuDeviceGetAttribute",
        "cuDeviceTotalMem"
      })
  void a_driver_that_refuses_a_call_is_a_problem_that_names_call_and_error(String call) {
    assertThat(problem(of(new FakeDriver(NEW, 90).refusing(call, 999))))
        .startsWith(
            "The NVIDIA driver does not work: " + call + " answers CUDA_ERROR_OF_A_TEST (999).")
        .contains("nvidia-smi");
  }

  /** Exclusive to another process, or full: who computes on it later is told then. */
  @ParameterizedTest
  @ValueSource(strings = {"cuDevicePrimaryCtxRetain", "cuMemGetInfo", "cuDevicePrimaryCtxRelease"})
  void a_GPU_that_does_not_tell_its_free_memory_has_0(String call) {
    CudaReport report = of(new FakeDriver(NEW, 90).refusing(call, 2));

    assertThat(report.chosen().orElseThrow().freeBytes()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "cuMemGetInfo"})
  void no_context_is_left_behind(String refused) {
    FakeDriver driver = new FakeDriver(NEW, 75, 90).refusing(refused, 2);
    of(driver);

    assertThat(driver.entered).containsExactly(0, 1);
    assertThat(driver.holdsAContext()).isFalse();
  }

  @Test
  void a_report_has_a_GPU_or_a_problem() {
    assertThatThrownBy(
            () ->
                new CudaReport(OptionalInt.empty(), List.of(), Optional.empty(), Optional.empty()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void this_machine_has_an_answer_and_always_the_same() {
    CudaReport report = CudaReport.ofThisMachine();

    assertThat(CudaReport.ofThisMachine()).isSameAs(report);
    assertThat(report.problem().isPresent()).isNotEqualTo(report.chosen().isPresent());
  }
}
