package org.fathom4j.kernel;

import java.util.List;
import java.util.stream.Collectors;

/**
 * An NVIDIA GPU as its driver describes it.
 *
 * @param ordinal the driver's number of it, from 0
 * @param name such as NVIDIA H200
 * @param major compute capability before the point
 * @param minor compute capability after the point
 * @param multiprocessors SMs
 * @param totalBytes its memory
 * @param freeBytes what of it nobody had taken when it was asked; 0 where the driver did not tell
 */
public record CudaDevice(
    int ordinal,
    String name,
    int major,
    int minor,
    int multiprocessors,
    long totalBytes,
    long freeBytes) {

  /** Such as 9.0. */
  public String computeCapability() {
    return major + "." + minor;
  }

  /** Whether its compute capability is this one or a newer one. */
  public boolean isAtLeast(int otherMajor, int otherMinor) {
    return major > otherMajor || major == otherMajor && minor >= otherMinor;
  }

  /** Such as GPU 0 (NVIDIA H200, compute capability 9.0), GPU 1 (…). */
  public static String words(List<CudaDevice> devices) {
    return devices.stream()
        .map(device -> "GPU " + device.words())
        .collect(Collectors.joining(", "));
  }

  /** Number, name and compute capability, such as 0 (NVIDIA H200, compute capability 9.0). */
  public String words() {
    return ordinal + " (" + name + ", compute capability " + computeCapability() + ")";
  }
}
