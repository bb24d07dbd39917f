package org.fathom4j.kernel;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import org.bytedeco.javacpp.Pointer;

/** How much memory this process can still take without driving the machine into its swap. */
public final class FreeMemory {

  /** Activations leave a tenth to everybody else. */
  private static final double SHARE = 0.9;

  private static final double GIB = 1L << 30;

  private FreeMemory() {}

  /**
   * What Linux calls available, elsewhere what is free, less a tenth; and no more than JavaCPP lets
   * a process have, by default four times the largest Java heap (system property {@code
   * org.bytedeco.javacpp.maxPhysicalBytes}).
   */
  public static long bytes() {
    return Math.min(machine(), allowed());
  }

  /**
   * The cure where it is JavaCPP's limit that decides {@link #bytes}: a sentence after a space;
   * nothing where it is the machine.
   */
  public static String cure() {
    return allowed() < machine()
        ? String.format(
            Locale.ROOT,
            " The machine has more: Java's settings allow this process %.1f GiB, by default four"
                + " times its largest heap; FATHOM_JAVA_OPTS=-Xmx8g allows 32 GiB.",
            Pointer.maxPhysicalBytes() / GIB)
        : "";
  }

  private static long machine() {
    return (long) (SHARE * SystemMemory.available().orElseGet(FreeMemory::free));
  }

  private static long allowed() {
    long limit = Pointer.maxPhysicalBytes();
    return limit == 0 ? Long.MAX_VALUE : Math.max(0, limit - Pointer.physicalBytes());
  }

  private static long free() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getFreeMemorySize();
  }
}
