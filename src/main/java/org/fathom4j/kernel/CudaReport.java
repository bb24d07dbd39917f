package org.fathom4j.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Which NVIDIA GPUs this machine has, and whether {@link CudaKernel} can run on one.
 *
 * <p>The kernel asks for a GPU of compute capability {@value #OLDEST_MAJOR}.{@value #OLDEST_MINOR}
 * or newer (Turing) and a driver that serves CUDA 11.8: its code is PTX 7.8, which the driver
 * compiles for the GPU that it finds.
 *
 * @param driverVersion newest CUDA version that the driver serves, 1000·major + 10·minor, such as
 *     13000; empty without a driver
 * @param devices in the driver's order
 * @param chosen the one that the kernel runs on
 * @param problem why there is none, and the cure; empty if there is one
 */
public record CudaReport(
    OptionalInt driverVersion,
    List<CudaDevice> devices,
    Optional<CudaDevice> chosen,
    Optional<String> problem) {

  /** System property: the driver's number of the GPU to use, by default the first that serves. */
  public static final String DEVICE_PROPERTY = "fathom.cuda.device";

  /** Compute capability, before the point, of the oldest GPUs that the kernel's code is for. */
  public static final int OLDEST_MAJOR = 7;

  /** Compute capability after the point. */
  public static final int OLDEST_MINOR = 5;

  /** What {@link #driverVersion} must be at least: CUDA 11.8, the first to know PTX 7.8. */
  public static final int DRIVER_VERSION_NEEDED = 11_080;

  /** NVIDIA's number of the first driver that serves CUDA 11.8. */
  public static final String DRIVER_NEEDED = "520";

  /**
   * The oldest driver that is asked for free memory. The binding calls a function that older ones
   * lack, and a missing function ends the process.
   */
  private static final int DRIVER_VERSION_FOR_CONTEXTS = 11_000;

  private static CudaReport ofThisMachine;

  /** Checks that exactly one of the two is there. */
  public CudaReport {
    devices = List.copyOf(devices);
    if (chosen.isPresent() == problem.isPresent()) {
      throw new IllegalArgumentException("Either a GPU is chosen or there is a problem.");
    }
  }

  /**
   * Asks the driver, once a process; takes a moment, and memory on the devices only while it asks.
   *
   * @throws IllegalArgumentException if {@value #DEVICE_PROPERTY} names no GPU of this machine
   */
  public static synchronized CudaReport ofThisMachine() {
    if (ofThisMachine == null) {
      ofThisMachine =
          of(CudaBinding::open, Optional.ofNullable(System.getProperty(DEVICE_PROPERTY)));
    }
    return ofThisMachine;
  }

  /** For tests that change the driver: the next question is asked anew. */
  static synchronized void forget() {
    ofThisMachine = null;
  }

  /**
   * Asks a driver.
   *
   * @param requested value of {@value #DEVICE_PROPERTY}
   */
  static CudaReport of(CudaDriver.Source source, Optional<String> requested) {
    OptionalInt ordinal = requested.map(CudaReport::ordinal).orElse(OptionalInt.empty());
    CudaDriver driver;
    try {
      driver = source.open();
    } catch (CudaDriver.Missing e) {
      return unusable(OptionalInt.empty(), List.of(), e.getMessage());
    }
    OptionalInt version = OptionalInt.empty();
    List<CudaDevice> devices = new ArrayList<>();
    try {
      version = OptionalInt.of(driver.version());
      driver.initialize();
      int count = driver.deviceCount();
      for (int i = 0; i < count; i++) {
        devices.add(device(driver, i, version.getAsInt()));
      }
    } catch (CudaDriver.Refusal e) {
      return unusable(version, devices, refused(e));
    }
    return choice(version.getAsInt(), devices, ordinal);
  }

  private static CudaReport unusable(
      OptionalInt version, List<CudaDevice> devices, String problem) {
    return new CudaReport(version, devices, Optional.empty(), Optional.of(problem));
  }

  private static OptionalInt ordinal(String requested) {
    try {
      int ordinal = Integer.parseInt(requested.strip());
      if (ordinal >= 0) {
        return OptionalInt.of(ordinal);
      }
    } catch (NumberFormatException e) {
      // the message below says what was found
    }
    throw new IllegalArgumentException(
        "-D"
            + DEVICE_PROPERTY
            + "="
            + requested
            + " is no number of a GPU: give 0 for the driver's first, 1 for its second, or leave it"
            + " out for the first that serves.");
  }

  private static CudaDevice device(CudaDriver driver, int ordinal, int version)
      throws CudaDriver.Refusal {
    return new CudaDevice(
        ordinal,
        driver.name(ordinal),
        driver.major(ordinal),
        driver.minor(ordinal),
        driver.multiprocessors(ordinal),
        driver.totalBytes(ordinal),
        version < DRIVER_VERSION_FOR_CONTEXTS ? 0 : freeBytes(driver, ordinal));
  }

  /** 0 from a GPU that gives no context now: it is full, or belongs to one process alone. */
  private static long freeBytes(CudaDriver driver, int ordinal) {
    try {
      driver.enterContext(ordinal);
      try {
        return driver.freeBytes();
      } finally {
        driver.leaveContext(ordinal);
      }
    } catch (CudaDriver.Refusal e) {
      return 0;
    }
  }

  private static String refused(CudaDriver.Refusal refusal) {
    return refusal.code() == CudaDriver.Refusal.NO_DEVICE
        ? noDevice()
        : "The NVIDIA driver does not work: "
            + refusal.getMessage()
            + ". See whether nvidia-smi works; after an update of the driver the machine must be"
            + " started anew.";
  }

  private static String noDevice() {
    return "The NVIDIA driver shows no GPU to this process. See what nvidia-smi lists and whether"
        + " CUDA_VISIBLE_DEVICES hides it; start a container with its GPUs (docker run --gpus"
        + " all).";
  }

  private static CudaReport choice(int version, List<CudaDevice> devices, OptionalInt requested) {
    OptionalInt found = OptionalInt.of(version);
    if (devices.isEmpty()) {
      return unusable(found, devices, noDevice());
    }
    if (requested.isPresent() && requested.getAsInt() >= devices.size()) {
      throw new IllegalArgumentException(
          String.format(
              "-D%s=%d names no GPU of this machine. Its driver shows %s; name one of them, or leave"
                  + " it out for the first that serves.",
              DEVICE_PROPERTY, requested.getAsInt(), CudaDevice.words(devices)));
    }
    if (version < DRIVER_VERSION_NEEDED) {
      return unusable(
          found,
          devices,
          String.format(
              "The NVIDIA driver is too old: it serves CUDA %s, but the kernel's code needs CUDA %s."
                  + " Install driver %s or newer.",
              words(version), words(DRIVER_VERSION_NEEDED), DRIVER_NEEDED));
    }
    Optional<CudaDevice> serving = devices.stream().filter(CudaReport::serves).findFirst();
    Optional<CudaDevice> chosen =
        requested.isPresent()
            ? Optional.of(devices.get(requested.getAsInt())).filter(CudaReport::serves)
            : serving;
    return chosen.isPresent()
        ? new CudaReport(found, devices, chosen, Optional.empty())
        : unusable(found, devices, tooOld(devices, requested, serving));
  }

  private static boolean serves(CudaDevice device) {
    return device.isAtLeast(OLDEST_MAJOR, OLDEST_MINOR);
  }

  private static String tooOld(
      List<CudaDevice> devices, OptionalInt requested, Optional<CudaDevice> serving) {
    String needed =
        String.format(
            "the kernel's code needs compute capability %d.%d or newer",
            OLDEST_MAJOR, OLDEST_MINOR);
    if (requested.isPresent()) {
      return String.format(
          "GPU %s is too old: %s. %s",
          devices.get(requested.getAsInt()).words(),
          needed,
          serving
              .map(other -> "Ask for GPU " + other.words() + " instead.")
              .orElse("Compute on the processor: leave --kernel out."));
    }
    return String.format(
        "No GPU here is new enough: %s, but there is %s. Compute on the processor: leave --kernel"
            + " out.",
        needed, CudaDevice.words(devices));
  }

  /** A CUDA version such as 11.8. */
  private static String words(int version) {
    return String.format(Locale.ROOT, "%d.%d", version / 1000, version % 1000 / 10);
  }

  /** The newest CUDA version that the driver serves, such as 13.0; empty without a driver. */
  public Optional<String> driver() {
    return driverVersion.isPresent()
        ? Optional.of(words(driverVersion.getAsInt()))
        : Optional.empty();
  }
}
