package org.fathom4j.kernel;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/** How much memory this process can still take without driving the machine into its swap. */
final class FreeMemory {

  private static final Path MEMINFO = Path.of("/proc/meminfo");
  private static final String AVAILABLE = "MemAvailable:";

  /** Activations leave a tenth to everybody else. */
  private static final double SHARE = 0.9;

  private FreeMemory() {}

  /** What Linux calls available, elsewhere what is free, less a tenth. */
  static long bytes() {
    return (long) (SHARE * available());
  }

  private static long available() {
    if (Files.isReadable(MEMINFO)) {
      try {
        for (String line : Files.readAllLines(MEMINFO)) {
          if (line.startsWith(AVAILABLE)) {
            String kilobytes = line.substring(AVAILABLE.length()).replace("kB", "").trim();
            return Long.parseLong(kilobytes) * 1024;
          }
        }
      } catch (IOException | NumberFormatException e) {
        return free(); // the system's own words are a convenience, not the only source
      }
    }
    return free();
  }

  private static long free() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getFreeMemorySize();
  }
}
