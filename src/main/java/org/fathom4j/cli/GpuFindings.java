package org.fathom4j.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.fathom4j.cli.DoctorCommand.Finding;
import org.fathom4j.network.GpuReport;
import org.fathom4j.network.KernelReport;

/** What the doctor says of GPUs: one line each, then what ND4J's CUDA backend could do here. */
final class GpuFindings {

  private static final String SUBJECT = "gpu";
  private static final String CUDA_KERNEL = "cuda";
  private static final double GIB = 1L << 30;

  private GpuFindings() {}

  /**
   * The findings.
   *
   * @param gpu what the driver says
   * @param listed what nvidia-smi lists; empty where it is not there
   * @param kernels which kernels can run here, as far as that is known
   */
  static List<Finding> of(GpuReport gpu, List<String> listed, List<KernelReport> kernels) {
    List<Finding> findings = new ArrayList<>();
    Optional<String> refusal = refusal(gpu, kernels);
    for (GpuReport.Device device : gpu.devices()) {
      String words = words(device, gpu);
      findings.add(
          !device.chosen()
              ? Finding.good(SUBJECT, words)
              : refusal.isPresent()
                  ? Finding.bad(SUBJECT, words + "; not used", refusal.get())
                  : Finding.good(SUBJECT, words + "; the cuda kernel's"));
    }
    if (gpu.driver() == null && listed.isEmpty()) {
      // most machines; who expected a GPU reads why there is none beside the cuda kernel
      findings.add(
          Finding.good(
              SUBJECT,
              "none; fathom computes on the processor, --kernel cuda and --cuda cannot run here"));
    } else if (gpu.problem() != null) {
      String found =
          !gpu.devices().isEmpty()
              ? "not used"
              : listed.isEmpty()
                  ? "none shown by the driver for CUDA " + gpu.driver()
                  : String.join("; ", listed) + ", which cannot be reached";
      findings.add(Finding.bad(SUBJECT, found, gpu.problem()));
    }
    if (!gpu.devices().isEmpty() && !gpu.nd4jCuda().inThisBuild()) {
      findings.add(
          gpu.nd4jCuda().usable()
              ? Finding.good(
                  "nd4j cuda", "ND4J's CUDA backend could run here, too: ./fathom --cuda …")
              : new Finding(
                  "nd4j cuda",
                  true,
                  "ND4J's CUDA backend (./fathom --cuda) could not run here",
                  gpu.nd4jCuda().problem()));
    }
    return findings;
  }

  /**
   * Why the cuda kernel cannot run on the GPU that it would take; empty if it can, and in a build
   * where GPUs are for ND4J's backend.
   */
  private static Optional<String> refusal(GpuReport gpu, List<KernelReport> kernels) {
    return gpu.nd4jCuda().inThisBuild()
        ? Optional.empty()
        : kernels.stream()
            .filter(kernel -> kernel.name().equals(CUDA_KERNEL) && !kernel.usable())
            .map(KernelReport::reason)
            .findFirst();
  }

  private static String words(GpuReport.Device device, GpuReport gpu) {
    return String.format(
        Locale.ROOT,
        "%d: %s, compute capability %s, %d SMs, %.1f GiB%s, driver for CUDA %s",
        device.ordinal(),
        device.name(),
        device.computeCapability(),
        device.multiprocessors(),
        device.totalBytes() / GIB,
        device.freeBytes() > 0
            ? String.format(Locale.ROOT, " (%.1f free)", device.freeBytes() / GIB)
            : "",
        gpu.driver());
  }
}
