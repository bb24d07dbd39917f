package org.fathom4j.bench.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.fathom4j.kernel.Activation;
import org.fathom4j.kernel.BranchForm;
import org.fathom4j.kernel.CudaDevice;
import org.fathom4j.kernel.CudaException;
import org.fathom4j.kernel.CudaReport;
import org.fathom4j.kernel.InsufficientMemoryException;
import org.fathom4j.kernel.MemoryPlan;
import org.fathom4j.kernel.StackShape;
import org.fathom4j.record.GpuReceipt;
import org.fathom4j.record.GpuReceipt.Ceilings;
import org.fathom4j.record.GpuReceipt.IterationTime;
import org.fathom4j.record.GpuReceipt.Shape;
import org.fathom4j.record.PeerReport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GpuCheckTest {

  private static final CudaDevice DEVICE =
      new CudaDevice(0, "NVIDIA Test", 9, 0, 132, 1L << 37, 1L << 36);
  private static final CudaReport MACHINE =
      new CudaReport(
          OptionalInt.of(13_020), List.of(DEVICE), Optional.of(DEVICE), Optional.empty());
  private static final Gpu.CeilingsMeasurement CEILINGS =
      (device, seconds) -> new Ceilings(4e12, 6e13, "the test says so");

  private static final ParityCase STACK =
      ParityCase.nonlinear(BranchForm.PLAIN, 2, 3, 4, Activation.RELU, 5);

  @TempDir Path directory;

  private static GpuCheckSpec quick() {
    return new GpuCheckSpec(true, List.of(), List.of(), 0.01);
  }

  private GpuReceipt check(GpuCheckSpec spec, HostKernel kernel) throws IOException {
    return new GpuCheck(spec, sentence -> {})
        .run(gpu(kernel), directory, List.of(STACK), UpdateCheck.SMALL);
  }

  private static Gpu gpu(HostKernel kernel) {
    return Gpu.of(MACHINE, () -> kernel, CEILINGS);
  }

  @Test
  void a_quick_check_of_a_correct_kernel_passes_and_says_what_it_left_out() throws IOException {
    GpuReceipt receipt = check(quick(), new HostKernel());
    assertThat(receipt.passed()).isTrue();
    assertThat(receipt.quick()).isTrue();
    assertThat(receipt.timings()).isEmpty();
    assertThat(receipt.ceilings()).isNull();
    assertThat(receipt.notRun())
        .extracting(GpuReceipt.NotRun::what)
        .containsExactly("timings", "peers on the same device");
    assertThat(receipt.device().name()).isEqualTo("NVIDIA Test");
    assertThat(receipt.device().cudaVersion()).isEqualTo("13.2");
  }

  @Test
  void a_kernel_that_fails_does_not_pass_however_it_fails() throws IOException {
    GpuReceipt receipt =
        check(
            quick(),
            new HostKernel() {
              @Override
              protected void begin(StackShape shape) {
                throw new CudaException("lost");
              }
            });
    assertThat(receipt.passed()).isFalse();
    assertThat(receipt.failureCount()).isPositive();
  }

  @Test
  void without_a_device_there_is_no_receipt() {
    CudaReport none =
        new CudaReport(
            OptionalInt.empty(), List.of(), Optional.empty(), Optional.of("No driver. Get one."));
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new GpuCheck(quick(), sentence -> {})
                    .run(Gpu.of(none, HostKernel::new, CEILINGS), directory))
        .withMessage("No driver. Get one.");
  }

  @Test
  void a_whole_check_times_the_shapes_that_were_asked_for() throws IOException {
    Shape shape = new Shape(2, 3, 4, 5);
    GpuReceipt receipt =
        check(new GpuCheckSpec(false, List.of(shape), List.of(), 0.5), new HostKernel());
    assertThat(receipt.passed()).isTrue();
    assertThat(receipt.timings()).extracting(IterationTime::shape).containsExactly(shape);
    assertThat(receipt.ceilings().flopSource()).isEqualTo("the test says so");
  }

  @Test
  void a_quick_check_refuses_shapes_to_time() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new GpuCheckSpec(true, List.of(new Shape(1, 1, 1, 1)), List.of(), 1))
        .withMessageContaining("leave out --quick or --shape");
  }

  @Test
  void a_peer_that_was_timed_on_another_GPU_is_refused() {
    PeerReport elsewhere =
        new PeerReport(1, "PyTorch", "2.11.0", "NVIDIA Other", false, null, null, List.of());
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> check(new GpuCheckSpec(true, List.of(), List.of(elsewhere), 1), new HostKernel()))
        .withMessage(
            "The --peer of PyTorch was timed on NVIDIA Other, but this GPU is NVIDIA Test: time"
                + " both on the same one.");
  }

  @Test
  void ceilings_that_cannot_be_measured_are_a_failure_and_leave_no_timings() throws IOException {
    GpuReceipt receipt =
        new GpuCheck(
                new GpuCheckSpec(false, List.of(new Shape(2, 3, 4, 5)), List.of(), 0.01),
                sentence -> {})
            .run(
                Gpu.of(
                    MACHINE,
                    HostKernel::new,
                    (device, seconds) -> {
                      throw new CudaException("cuMemAlloc failed");
                    }),
                directory,
                List.of(STACK),
                UpdateCheck.SMALL);
    assertThat(receipt.passed()).isFalse();
    assertThat(receipt.timings()).isEmpty();
    assertThat(receipt.failures()).extracting(GpuReceipt.Failure::where).contains("ceilings");
  }

  @Test
  void times_are_held_against_the_ceilings() {
    Findings findings = new Findings();
    Shape shape = new Shape(20, 8, 4, 10);
    List<IterationTime> times =
        new StackTimings(new HostKernel(), findings, sentence -> {})
            .run(List.of(shape), new Ceilings(1e9, 1e9, "slow"), 0.01);
    assertThat(findings.failures()).isEmpty();
    IterationTime time = times.get(0);
    assertThat(shape.flop()).isEqualTo(12.0 * 10 * 8 * 4 * 20);
    assertThat(time.flopPerSecond() * time.seconds().median()).isCloseTo(shape.flop(), within(1.0));
    // 76,800 flop against 4 (3 · 2 · 640 + 2 · 10 · 12 · 20) = 34,560 bytes
    assertThat(time.boundBy()).isEqualTo("arithmetic");
    assertThat(time.floorSeconds()).isCloseTo(76.8e-6, within(1e-12));
    assertThat(time.fractionOfCeiling())
        .isCloseTo(time.floorSeconds() / time.seconds().median(), within(1e-12));
  }

  @Test
  void the_least_bytes_are_those_of_the_plan() {
    Shape shape = new Shape(100, 8, 4, 10);
    assertThat(StackTimings.leastBytes(shape, plan(MemoryPlan.Kind.KEEP_ALL, 1)))
        .isEqualTo(4 * (3 * 6400 + 2 * 100 * 10 * 12));
    assertThat(StackTimings.leastBytes(shape, plan(MemoryPlan.Kind.RECOMPUTE, 10)))
        .isEqualTo(4 * (3 * 6400 + 2 * 10 * 10 * 8));
    assertThat(StackTimings.leastBytes(shape, plan(MemoryPlan.Kind.KEEP_HIDDEN, 20)))
        .isEqualTo(4 * (3 * 6400 + 2 * (100 * 10 * 4 + 5 * 10 * 8)));
  }

  private static MemoryPlan plan(MemoryPlan.Kind kind, int segment) {
    return new MemoryPlan(kind, segment, 1, "a test");
  }

  @Test
  void a_stack_too_large_for_the_device_is_not_timed_and_named() {
    Findings findings = new Findings();
    HostKernel small =
        new HostKernel() {
          @Override
          protected void begin(StackShape shape) {
            throw new InsufficientMemoryException("The GPU has no 7 MiB left.");
          }
        };
    new StackTimings(small, findings, sentence -> {})
        .run(List.of(new Shape(2, 3, 4, 5)), new Ceilings(1, 1, ""), 0.01);
    assertThat(findings.failures()).isEmpty();
    assertThat(findings.notRun())
        .containsExactly(
            new GpuReceipt.NotRun("timing (2, 3, 4, 5)", "The GPU has no 7 MiB left."));
  }

  @Test
  void the_driver_says_its_version_in_its_first_line() throws IOException {
    Path account =
        Files.writeString(
            directory.resolve("version"),
            "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.159.04  Release Build\n"
                + "GCC version:  gcc version 13.3.0\n");
    assertThat(GpuCheck.driver(account)).isEqualTo("580.159.04");
    assertThat(GpuCheck.driver(directory.resolve("missing"))).isEqualTo("unknown");
  }

  /** FIPS 180-2's example: SHA-256 of abc. */
  @Test
  void kernels_are_hashed_in_a_directory_and_in_a_jar() throws IOException {
    String hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    Path classes = Files.createDirectories(directory.resolve("classes/org/fathom4j/kernel"));
    Files.writeString(classes.resolve("march.ptx"), "abc");
    Files.writeString(classes.resolve("march.txt"), "abc");
    assertThat(KernelFiles.hashes(directory.resolve("classes")))
        .containsOnlyKeys("march.ptx")
        .containsEntry("march.ptx", hash);
    Path jar = directory.resolve("program.jar");
    try (OutputStream out = Files.newOutputStream(jar);
        JarOutputStream entries = new JarOutputStream(out)) {
      entries.putNextEntry(new JarEntry("org/fathom4j/kernel/march.ptx"));
      entries.write("abc".getBytes(StandardCharsets.US_ASCII));
    }
    assertThat(KernelFiles.hashes(jar)).containsOnlyKeys("march.ptx").containsValue(hash);
  }

  /** Table "Throughput of Native Arithmetic Instructions" of NVIDIA's programming guide. */
  @Test
  void old_multiprocessors_have_half_the_lanes() {
    assertThat(lanes(7, 5)).isEqualTo(64);
    assertThat(lanes(8, 0)).isEqualTo(64);
    assertThat(lanes(8, 6)).isEqualTo(128);
    assertThat(lanes(9, 0)).isEqualTo(128);
    assertThat(lanes(12, 0)).isEqualTo(128);
  }

  private static int lanes(int major, int minor) {
    return DeviceCeilings.lanes(new CudaDevice(0, "any", major, minor, 1, 1, 1));
  }
}
