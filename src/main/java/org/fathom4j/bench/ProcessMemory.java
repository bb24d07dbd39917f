package org.fathom4j.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/** What Linux tells of this process's memory; empty on other systems. */
final class ProcessMemory {

  private static final Path STATUS = Path.of("/proc/self/status");
  private static final Path CLEAR_REFERENCES = Path.of("/proc/self/clear_refs");

  /** What makes Linux forget the largest resident memory so far (proc(5)). */
  private static final String RESET_PEAK = "5";

  private ProcessMemory() {}

  /** Resident now, in bytes. */
  static OptionalLong resident() {
    return kilobytes(STATUS, "VmRSS:");
  }

  /** Largest resident memory since {@link #resetPeak}, in bytes. */
  static OptionalLong peak() {
    return kilobytes(STATUS, "VmHWM:");
  }

  /** What programs can still take, in bytes. */
  static OptionalLong available() {
    return kilobytes(Path.of("/proc/meminfo"), "MemAvailable:");
  }

  /**
   * Starts a new peak from the resident memory of now.
   *
   * @return whether the system does that; the peak is that of the process's life otherwise
   */
  static boolean resetPeak() {
    try {
      Files.writeString(CLEAR_REFERENCES, RESET_PEAK);
      return true;
    } catch (IOException e) {
      return false; // no such file, or not allowed in this container
    }
  }

  private static OptionalLong kilobytes(Path file, String key) {
    try {
      for (String line : Files.readAllLines(file)) {
        if (line.startsWith(key)) {
          String number = line.substring(key.length()).replace("kB", "").trim();
          return OptionalLong.of(Long.parseLong(number) * 1024);
        }
      }
      return OptionalLong.empty();
    } catch (IOException | NumberFormatException e) {
      return OptionalLong.empty(); // a system without /proc
    }
  }
}
