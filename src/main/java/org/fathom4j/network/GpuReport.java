package org.fathom4j.network;

import java.util.List;
import org.fathom4j.kernel.CudaReport;

/**
 * The NVIDIA GPUs of this machine and who can compute on them, for people and for JSON.
 *
 * @param driver newest CUDA version that the driver serves, such as 13.0; null without a driver
 * @param devices in the driver's order
 * @param problem what is wrong with driver or GPUs, and the cure; null if nothing is
 * @param nd4jCuda whether ND4J's CUDA backend can compute here
 */
public record GpuReport(String driver, List<Device> devices, String problem, Backend nd4jCuda) {

  /**
   * A GPU.
   *
   * @param ordinal the driver's number of it, from 0
   * @param name such as NVIDIA H200
   * @param computeCapability such as 9.0
   * @param multiprocessors SMs
   * @param totalBytes its memory
   * @param freeBytes what of it nobody has taken; 0 where the driver does not tell
   * @param chosen whether the cuda kernel would run on it
   */
  public record Device(
      int ordinal,
      String name,
      String computeCapability,
      int multiprocessors,
      long totalBytes,
      long freeBytes,
      boolean chosen) {}

  /**
   * ND4J's CUDA backend.
   *
   * @param inThisBuild whether this build has it in place of the CPU backend
   * @param usable whether it can run on this machine
   * @param problem why not, and what to do; null if it can
   */
  public record Backend(boolean inThisBuild, boolean usable, String problem) {}

  /**
   * Asks the driver.
   *
   * @throws IllegalArgumentException if {@value CudaReport#DEVICE_PROPERTY} names no GPU
   */
  public static GpuReport ofThisMachine() {
    return of(CudaReport.ofThisMachine(), CudaBackend.isInThisBuild());
  }

  static GpuReport of(CudaReport machine, boolean cudaBuild) {
    String problem = CudaBackend.problem(machine).orElse(null);
    return new GpuReport(
        machine.driver().orElse(null),
        machine.devices().stream()
            .map(
                device ->
                    new Device(
                        device.ordinal(),
                        device.name(),
                        device.computeCapability(),
                        device.multiprocessors(),
                        device.totalBytes(),
                        device.freeBytes(),
                        machine.chosen().filter(device::equals).isPresent()))
            .toList(),
        machine.problem().orElse(null),
        new Backend(cudaBuild, problem == null, problem));
  }
}
