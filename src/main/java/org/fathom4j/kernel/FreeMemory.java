package org.fathom4j.kernel;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** How much memory this process can still take without driving the machine into its swap. */
final class FreeMemory {

  /** Activations leave a tenth to everybody else. */
  private static final double SHARE = 0.9;

  private FreeMemory() {}

  /** What Linux calls available, elsewhere what is free, less a tenth. */
  static long bytes() {
    return (long) (SHARE * SystemMemory.available().orElseGet(FreeMemory::free));
  }

  private static long free() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getFreeMemorySize();
  }
}
