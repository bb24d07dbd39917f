package org.fathom4j.network;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.fathom4j.kernel.CudaDevice;
import org.fathom4j.kernel.CudaReport;

/**
 * ND4J's CUDA backend, nd4j-cuda-11.6 of 1.0.0-M2.1, which a build of its own has in place of the
 * CPU backend.
 *
 * <p>Its library holds machine code for compute capabilities 3.7, 5.0, 5.2, 6.0, 6.1, 7.0, 7.5, 8.0
 * and 8.6, and no PTX: code runs on GPUs of the same number before the point and no smaller one
 * after it, so there is nothing for GPUs from 9.0 (Hopper) on. Where the backend cannot run,
 * touching ND4J ends in a stack trace or ends the process: {@link #problem} is to be asked before.
 */
public final class CudaBackend {

  /** In nd4j-cuda alone. */
  private static final String MARK = "/nd4j-jcublas.properties";

  private static final int FIRST_MAJOR = 3;
  private static final int FIRST_MINOR = 7;
  private static final int LAST_MAJOR = 8;

  /** There are no GPUs of compute capability 4. */
  private static final String RANGE = "3.7 to 8.9";

  /** CUDA 11.0: every driver of CUDA 11 runs machine code made by 11.6. */
  private static final int DRIVER_VERSION_NEEDED = 11_000;

  private static final String DRIVER_NEEDED = "450.80";

  private CudaBackend() {}

  /** Whether this build computes with it. */
  public static boolean isInThisBuild() {
    return CudaBackend.class.getResource(MARK) != null;
  }

  /** Why it cannot run on this machine, and what to do; empty if it can. */
  public static Optional<String> problem() {
    return problem(CudaReport.ofThisMachine());
  }

  static Optional<String> problem(CudaReport machine) {
    if (machine.devices().isEmpty()) {
      return machine.problem().map(problem -> problem + " Or drop --cuda: fathom needs no GPU.");
    }
    if (machine.driverVersion().orElse(0) < DRIVER_VERSION_NEEDED) {
      return Optional.of(
          String.format(
              "The NVIDIA driver is too old: it serves CUDA %s, but ND4J's backend is made with CUDA"
                  + " 11. Install driver %s or newer.",
              machine.driver().orElseThrow(), DRIVER_NEEDED));
    }
    List<CudaDevice> others =
        machine.devices().stream().filter(device -> !hasCodeFor(device)).toList();
    if (others.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        String.format(
            "ND4J's backend has machine code for compute capabilities %s and nothing for %s. %s",
            RANGE, CudaDevice.words(others), cure(machine, others)));
  }

  /** Such code runs on the same major capability, from its own minor one on. */
  private static boolean hasCodeFor(CudaDevice device) {
    return device.isAtLeast(FIRST_MAJOR, FIRST_MINOR) && device.major() <= LAST_MAJOR;
  }

  private static String cure(CudaReport machine, List<CudaDevice> others) {
    String serving =
        machine.devices().stream()
            .filter(device -> !others.contains(device))
            .map(device -> Integer.toString(device.ordinal()))
            .collect(Collectors.joining(","));
    if (!serving.isEmpty()) {
      return "It takes every GPU that it sees: show it those that serve alone, with"
          + " CUDA_VISIBLE_DEVICES="
          + serving
          + ".";
    }
    return machine.chosen().isPresent()
        ? "The cuda kernel runs there: drop --cuda, and say --kernel cuda or nothing."
        : "Compute on the processor: drop --cuda.";
  }

  /**
   * Memory of the smallest GPU that nobody has taken yet, in bytes, in a build that keeps its
   * arrays there; empty in others.
   */
  public static OptionalLong freeBytes() {
    return isInThisBuild()
        ? CudaReport.ofThisMachine().devices().stream().mapToLong(CudaDevice::freeBytes).min()
        : OptionalLong.empty();
  }
}
