package org.fathom4j.bench.gpu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.fathom4j.kernel.CudaDevice;
import org.fathom4j.kernel.CudaException;
import org.fathom4j.kernel.CudaReport;
import org.fathom4j.kernel.StackKernel;
import org.fathom4j.record.GpuReceipt;
import org.fathom4j.record.GpuReceipt.Ceilings;
import org.fathom4j.record.GpuReceipt.IterationTime;
import org.fathom4j.record.PeerReport;
import org.fathom4j.record.Provenance;

/**
 * Is the kernel right on this GPU, and how fast is it? The answer is a {@link GpuReceipt}.
 *
 * <p>First the answers beside the reference kernel's in double precision ({@link ParityCheck}),
 * then the updates bit by bit ({@link UpdateCheck}), then the device's ceilings and seconds an
 * iteration ({@link StackTimings}). A failure ends nothing: the rest still runs, and the receipt
 * says both.
 */
public final class GpuCheck {

  /** The first line of the driver's own account of itself, on Linux. */
  private static final Path DRIVER = Path.of("/proc/driver/nvidia/version");

  private static final Pattern DRIVER_VERSION = Pattern.compile("\\s(\\d+\\.\\d+(\\.\\d+)?)\\s");

  private final GpuCheckSpec spec;
  private final Consumer<String> talk;

  /**
   * Prepares; nothing runs yet.
   *
   * @param talk receives a sentence about every step
   */
  public GpuCheck(GpuCheckSpec spec, Consumer<String> talk) {
    this.spec = spec;
    this.talk = talk;
  }

  /**
   * Checks and times.
   *
   * @param home directory with the git repository of the sources, for the receipt
   * @throws IllegalArgumentException if there is no GPU that can be used, with its problem for a
   *     message, or if a peer was timed on another
   */
  public GpuReceipt run(Gpu gpu, Path home) throws IOException {
    return spec.quick()
        ? run(gpu, home, ParityCases.quick(), UpdateCheck.SMALL)
        : run(gpu, home, ParityCases.all(), UpdateCheck.all());
  }

  /** The same with other stacks, for tests that have no minutes. */
  GpuReceipt run(Gpu gpu, Path home, List<ParityCase> cases, List<ParityCase> updated)
      throws IOException {
    gpu.problem()
        .ifPresent(
            problem -> {
              throw new IllegalArgumentException(problem);
            });
    requirePeersOf(gpu.device());
    StackKernel kernel = gpu.kernel();
    Findings findings = new Findings();
    GpuReceipt.Parity parity = new ParityCheck(kernel, findings, talk).run(cases);
    talk.accept("updates …");
    GpuReceipt.Updates updates = new UpdateCheck(kernel, findings).run(updated);
    Optional<Ceilings> ceilings = ceilings(gpu, findings);
    List<IterationTime> timings =
        ceilings
            .map(
                limits ->
                    new StackTimings(kernel, findings, talk)
                        .run(spec.shapesToTime(), limits, spec.seconds()))
            .orElse(List.of());
    if (spec.peers().isEmpty()) {
      findings.notRun("peers on the same device", "no --peer was given");
    }
    return new GpuReceipt(
        GpuReceipt.FORMAT,
        Instant.now(),
        findings.failureCount() == 0 && parity.comparisons() > 0 && updates.equal(),
        spec.quick(),
        device(gpu.report(), gpu.device()),
        program(home),
        parity,
        updates,
        timings,
        ceilings.orElse(null),
        spec.peers(),
        findings.notRun(),
        findings.failures(),
        findings.failureCount());
  }

  private void requirePeersOf(CudaDevice device) {
    for (PeerReport peer : spec.peers()) {
      if (!peer.device().equals(device.name())) {
        throw new IllegalArgumentException(
            String.format(
                "The --peer of %s was timed on %s, but this GPU is %s: time both on the same one.",
                peer.library(), peer.device(), device.name()));
      }
    }
  }

  private Optional<Ceilings> ceilings(Gpu gpu, Findings findings) {
    if (spec.quick()) {
      findings.notRun("timings", "--quick leaves them out");
      return Optional.empty();
    }
    talk.accept("ceilings of " + gpu.device().name() + " …");
    try {
      return Optional.of(gpu.ceilings(spec.seconds()));
    } catch (CudaException e) {
      findings.fail("ceilings", e.getMessage());
      findings.notRun("timings", "the device's ceilings could not be measured");
      return Optional.empty();
    }
  }

  private static GpuReceipt.Device device(CudaReport report, CudaDevice device) {
    return new GpuReceipt.Device(
        device.name(),
        device.computeCapability(),
        device.multiprocessors(),
        device.totalBytes(),
        report.driver().orElse(Provenance.UNKNOWN),
        driver(DRIVER));
  }

  /**
   * Such as 580.159.03, from {@code NVRM version: NVIDIA UNIX x86_64 Kernel Module 580.159.03 …}.
   */
  static String driver(Path account) {
    if (!Files.isReadable(account)) {
      return Provenance.UNKNOWN;
    }
    try {
      Matcher version = DRIVER_VERSION.matcher(Files.readString(account));
      return version.find() ? version.group(1) : Provenance.UNKNOWN;
    } catch (IOException e) {
      return Provenance.UNKNOWN; // the receipt says so; nothing else depends on it
    }
  }

  private static GpuReceipt.Program program(Path home) throws IOException {
    return new GpuReceipt.Program(
        Provenance.sources(home),
        Provenance.programVersion(),
        System.getProperty("java.vm.name") + " " + Runtime.version(),
        Provenance.system(),
        Provenance.processor(),
        KernelFiles.hashes());
  }
}
