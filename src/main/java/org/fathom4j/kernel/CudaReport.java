package org.fathom4j.kernel;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Which NVIDIA GPUs this machine has, and whether {@link CudaKernel} can run on one.
 *
 * @param driverVersion newest CUDA version that the driver serves, 1000·major + 10·minor, such as
 *     13000; empty without a driver
 * @param devices in the driver's order
 * @param chosen the one that the kernel runs on
 * @param problem why there is none, and the cure; empty if there is one
 */
public record CudaReport(
    OptionalInt driverVersion,
    List<CudaDevice> devices,
    Optional<CudaDevice> chosen,
    Optional<String> problem) {

  /** System property: the driver's number of the GPU to use, by default the first that serves. */
  public static final String DEVICE_PROPERTY = "fathom.cuda.device";

  /** Asks the driver; takes a moment, and memory on the devices only while it asks. */
  public static CudaReport ofThisMachine() {
    throw new UnsupportedOperationException();
  }
}
