package org.fathom4j.kernel;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What {@link Kernels} asks about the GPU before the cuda kernel is chosen; each answer is found
 * once, at the first use.
 */
final class Gpu {

  private final Supplier<CudaReport> report;
  private final Function<StackShape, Optional<String>> check;
  private final Map<StackShape, Optional<String>> checked = new HashMap<>();

  /**
   * A GPU nobody has asked for yet.
   *
   * @param report of the machine
   * @param check tries the kernel on the GPU that was chosen, with a {@link CudaSelfCheck#sample};
   *     what is wrong with its answers, or empty
   */
  Gpu(Supplier<CudaReport> report, Function<StackShape, Optional<String>> check) {
    this.report = report;
    this.check = check;
  }

  /** Whether there is an NVIDIA driver, so that somebody may expect the GPU to be used. */
  boolean isExpected() {
    return report.get().driverVersion().isPresent();
  }

  /** Why the cuda kernel cannot compute a stack here, and the cure; empty if it can. */
  synchronized Optional<String> problem(StackShape stack) {
    CudaReport found = report.get();
    return found.problem().isPresent()
        ? found.problem()
        : checked.computeIfAbsent(CudaSelfCheck.sample(stack), this::tried);
  }

  private Optional<String> tried(StackShape sample) {
    try {
      return check.apply(sample);
    } catch (CudaException | InsufficientMemoryException e) {
      return Optional.of(e.getMessage());
    }
  }

  /** The GPU that the kernel runs on; to be called where there is no {@link #problem}. */
  String words() {
    return "GPU " + report.get().chosen().orElseThrow().words();
  }
}
