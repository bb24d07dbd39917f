package org.fathom4j.kernel;

import java.util.Arrays;
import java.util.List;

/**
 * The kernels that can run here, for tests that go through all: cuda is among them where there is a
 * GPU for it, or something that stands for one. A kernel that then fails fails the test.
 */
public final class UsableKernels {

  /** A stack that every kernel serves. */
  static final StackShape DEEP =
      new StackShape(
          BlockKind.NONLINEAR, BranchForm.PLAIN, 1000, 32, 32, Activation.RELU, Precision.FLOAT);

  private UsableKernels() {}

  /** In the order of {@link KernelName}; to be named as a method source, too. */
  public static List<KernelName> all() {
    return Arrays.stream(KernelName.values()).filter(UsableKernels::isUsable).toList();
  }

  /** Whether the machine has what a kernel computes on. */
  public static boolean isUsable(KernelName name) {
    return name != KernelName.CUDA || CudaReport.ofThisMachine().chosen().isPresent();
  }
}
