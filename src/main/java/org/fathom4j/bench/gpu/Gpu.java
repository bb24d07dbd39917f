package org.fathom4j.bench.gpu;

import java.util.Optional;
import java.util.function.Supplier;
import org.fathom4j.kernel.CudaDevice;
import org.fathom4j.kernel.CudaException;
import org.fathom4j.kernel.CudaReport;
import org.fathom4j.kernel.KernelName;
import org.fathom4j.kernel.Kernels;
import org.fathom4j.kernel.StackKernel;
import org.fathom4j.record.GpuReceipt.Ceilings;

/** A GPU with the kernel that is to be checked on it, or the reason why there is none. */
public final class Gpu {

  /** What a GPU can do at best. */
  @FunctionalInterface
  public interface CeilingsMeasurement {

    /**
     * Measures.
     *
     * @param seconds to measure for
     * @throws CudaException if the driver refuses
     */
    Ceilings measure(CudaDevice device, double seconds);
  }

  private final CudaReport report;
  private final StackKernel kernel;
  private final CeilingsMeasurement ceilings;
  private final String problem;

  private Gpu(CudaReport report, StackKernel kernel, CeilingsMeasurement ceilings, String problem) {
    this.report = report;
    this.kernel = kernel;
    this.ceilings = ceilings;
    this.problem = problem;
  }

  /** The one that the CUDA kernel takes here. */
  public static Gpu ofThisMachine() {
    return of(
        CudaReport.ofThisMachine(),
        () -> Kernels.rawKernel(KernelName.CUDA).orElseThrow(),
        DeviceCeilings::measure);
  }

  /**
   * Another machine's, or one that a test plays.
   *
   * @param report what there is
   * @param kernel asked for only where a device is chosen; may throw {@link CudaException}
   * @param ceilings of the device
   */
  public static Gpu of(
      CudaReport report, Supplier<StackKernel> kernel, CeilingsMeasurement ceilings) {
    if (report.chosen().isEmpty()) {
      String problem = report.problem().orElse("No NVIDIA GPU was found.");
      return new Gpu(report, null, ceilings, problem);
    }
    try {
      return new Gpu(report, kernel.get(), ceilings, null);
    } catch (CudaException e) {
      return new Gpu(report, null, ceilings, e.getMessage());
    }
  }

  /** Why nothing can be checked, and the cure; empty where it can. */
  public Optional<String> problem() {
    return Optional.ofNullable(problem);
  }

  CudaReport report() {
    return report;
  }

  CudaDevice device() {
    return report.chosen().orElseThrow();
  }

  StackKernel kernel() {
    return kernel;
  }

  Ceilings ceilings(double seconds) {
    return ceilings.measure(device(), seconds);
  }
}
