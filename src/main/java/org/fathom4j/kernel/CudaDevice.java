package org.fathom4j.kernel;

/**
 * An NVIDIA GPU as its driver describes it.
 *
 * @param ordinal the driver's number of it, from 0
 * @param name such as NVIDIA H200
 * @param major compute capability before the point
 * @param minor compute capability after the point
 * @param multiprocessors SMs
 * @param totalBytes its memory
 * @param freeBytes what of it nobody has taken
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
}
