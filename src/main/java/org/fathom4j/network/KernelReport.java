package org.fathom4j.network;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.fathom4j.block.HostMemory;
import org.fathom4j.kernel.Activation;
import org.fathom4j.kernel.BlockKind;
import org.fathom4j.kernel.BranchForm;
import org.fathom4j.kernel.CudaException;
import org.fathom4j.kernel.KernelName;
import org.fathom4j.kernel.Kernels;
import org.fathom4j.kernel.Precision;
import org.fathom4j.kernel.StackShape;

/**
 * Whether a kernel can run here, for ReLU blocks.
 *
 * @param name as {@code --kernel} takes it
 * @param usable whether it can
 * @param reason why, or why not and what to do
 */
public record KernelReport(String name, boolean usable, String reason) {

  private static final StackShape DEEP =
      new StackShape(
          BlockKind.NONLINEAR, BranchForm.PLAIN, 10_000, 32, 32, Activation.RELU, Precision.FLOAT);

  /** All kernels of this version on this machine. */
  public static List<KernelReport> all() {
    List<KernelReport> reports = new ArrayList<>();
    for (KernelName name : KernelName.values()) {
      try {
        reports.add(ofUsable(name));
      } catch (IllegalArgumentException | CudaException e) {
        reports.add(new KernelReport(name.option(), false, e.getMessage()));
      }
    }
    return reports;
  }

  /**
   * One kernel that must be able to run here.
   *
   * @throws IllegalArgumentException if it cannot in this build
   * @throws CudaException if it cannot on this machine
   */
  public static KernelReport ofUsable(KernelName name) {
    String reason =
        Kernels.choose(Optional.of(name), Optional.of(DEEP), HostMemory.isBackend()).reason();
    return new KernelReport(name.option(), true, reason);
  }
}
