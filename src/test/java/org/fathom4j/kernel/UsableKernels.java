package org.fathom4j.kernel;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The kernels that can run here, for tests that go through all: cuda is among them where there is a
 * GPU, or something that stands for one.
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

  /** Whether a kernel can be asked for here. */
  public static boolean isUsable(KernelName name) {
    try {
      Kernels.choose(Optional.of(name), Optional.of(DEEP), true);
      return true;
    } catch (CudaException e) {
      return false;
    }
  }
}
