package org.fathom4j.kernel;

import java.util.Optional;
import java.util.function.Supplier;

/**
 * What {@link Kernels} asks about the GPU before the cuda kernel is chosen; each answer is found
 * once, at the first use.
 */
final class Gpu {

  private final Supplier<CudaReport> report;
  private final Supplier<Optional<String>> check;
  private Optional<String> checked; // null until the kernel was tried

  /**
   * A GPU nobody has asked for yet.
   *
   * @param report of the machine
   * @param check tries the kernel on the GPU that was chosen; what is wrong with its answers, or
   *     empty
   */
  Gpu(Supplier<CudaReport> report, Supplier<Optional<String>> check) {
    this.report = report;
    this.check = check;
  }

  /** Whether there is an NVIDIA driver, so that somebody may expect the GPU to be used. */
  boolean isExpected() {
    return report.get().driverVersion().isPresent();
  }

  /** Why the cuda kernel cannot run here, and the cure; empty if it can. */
  synchronized Optional<String> problem() {
    CudaReport found = report.get();
    if (found.problem().isPresent()) {
      return found.problem();
    }
    if (checked == null) {
      checked = tried();
    }
    return checked;
  }

  private Optional<String> tried() {
    try {
      return check.get();
    } catch (CudaException | InsufficientMemoryException e) {
      return Optional.of(e.getMessage());
    }
  }

  /** The GPU that the kernel runs on; to be called where there is no {@link #problem}. */
  String words() {
    return "GPU " + report.get().chosen().orElseThrow().words();
  }
}
