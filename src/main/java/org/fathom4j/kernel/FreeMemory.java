package org.fathom4j.kernel;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import org.bytedeco.javacpp.Pointer;

/** How much memory this process can still take without driving the machine into its swap. */
public final class FreeMemory {

  /** Activations leave a tenth to everybody else. */
  private static final double SHARE = 0.9;

  private FreeMemory() {}

  /**
   * What Linux calls available, elsewhere what is free, less a tenth; and no more than JavaCPP lets
   * a process have, by default four times the largest Java heap (system property {@code
   * org.bytedeco.javacpp.maxPhysicalBytes}).
   */
  public static long bytes() {
    long machine = (long) (SHARE * SystemMemory.available().orElseGet(FreeMemory::free));
    long limit = Pointer.maxPhysicalBytes();
    return limit == 0 ? machine : Math.max(0, Math.min(machine, limit - Pointer.physicalBytes()));
  }

  private static long free() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getFreeMemorySize();
  }
}
