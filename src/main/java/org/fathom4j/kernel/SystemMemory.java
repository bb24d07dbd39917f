package org.fathom4j.kernel;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/** What Linux tells of this machine's and this process's memory; empty on other systems. */
public final class SystemMemory {

  private static final Path MACHINE = Path.of("/proc/meminfo");
  private static final Path PROCESS = Path.of("/proc/self/status");
  private static final Path CLEAR_REFERENCES = Path.of("/proc/self/clear_refs");

  /** What makes Linux forget the largest resident memory so far (proc(5)). */
  private static final String RESET_PEAK = "5";

  private SystemMemory() {}

  /** What programs can still take without driving the machine into its swap, in bytes. */
  public static OptionalLong available() {
    return kilobytes(MACHINE, "MemAvailable:");
  }

  /** Memory of this process that is resident now, in bytes. */
  public static OptionalLong resident() {
    return kilobytes(PROCESS, "VmRSS:");
  }

  /** Largest resident memory of this process since it began or {@link #resetPeak}, in bytes. */
  public static OptionalLong peak() {
    return kilobytes(PROCESS, "VmHWM:");
  }

  /**
   * Starts a new peak from the resident memory of now.
   *
   * @return whether the system does that; the peak is that of the process's life otherwise
   */
  public static boolean resetPeak() {
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
    } catch (IOException | NumberFormatException e) {
      return OptionalLong.empty(); // a system without /proc
    }
    return OptionalLong.empty();
  }
}
