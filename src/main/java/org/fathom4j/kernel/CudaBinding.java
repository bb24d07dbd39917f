package org.fathom4j.kernel;

import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import jcuda.JCudaVersion;
import jcuda.LibUtils;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;
import org.bytedeco.javacpp.Loader;

/**
 * The NVIDIA driver by JCuda's binding, which needs the driver's own library and nothing else.
 *
 * <p>{@link #open} comes before every other use of JCuda in a process: it says in a sentence what
 * is missing, and loads the binding from a directory of this user. Left to itself JCuda writes it
 * to a fixed name in the directory of temporary files and loads whatever lies there already, which
 * on a shared machine may be somebody else's, or half of what another process is writing.
 */
final class CudaBinding implements CudaDriver {

  private static final Set<String> X86_64 = Set.of("amd64", "x86_64");
  private static final String TEMPORARY_FILES = "java.io.tmpdir";
  private static final String WINDOWS_HAS_NO_SUCH_MODULE = "0x7e";
  private static final int LONGEST_NAME = 256;

  private CudaBinding() {}

  /**
   * Loads the driver's library and the binding; the second call finds them loaded.
   *
   * @throws CudaDriver.Missing if there is no driver, or no binding for this platform
   */
  static synchronized CudaDriver open() throws Missing {
    String system = System.getProperty("os.name", "");
    String architecture = System.getProperty("os.arch", "");
    String library = driverLibrary(system, architecture);
    try {
      Loader.load(Loader.class);
      Loader.loadGlobal(library);
    } catch (UnsatisfiedLinkError e) {
      throw noDriver(library, e);
    }
    try {
      loadBinding();
    } catch (IOException | LinkageError e) {
      throw new Missing(
          "The binding to the NVIDIA driver cannot be loaded ("
              + firstLine(e)
              + "). Delete JavaCPP's cache, "
              + cacheDirectory()
              + ", so that it is written anew; programs must be allowed to run from there.");
    }
    return new CudaBinding();
  }

  /** The file name of the driver's library. */
  static String driverLibrary(String system, String architecture) throws Missing {
    String name = system.toLowerCase(Locale.ROOT);
    boolean windows = name.startsWith("windows");
    if (!X86_64.contains(architecture.toLowerCase(Locale.ROOT))
        || !windows && !name.equals("linux")) {
      throw new Missing(
          String.format(
              "GPUs are reached on Linux and Windows on x86-64 only, but this is %s on %s. Compute"
                  + " on the processor here: leave --kernel out.",
              system, architecture));
    }
    return windows ? "nvcuda.dll" : "libcuda.so.1";
  }

  /** The library is not there, or is there and cannot be loaded. */
  static Missing noDriver(String library, UnsatisfiedLinkError failure) {
    String why = firstLine(failure);
    boolean absent = why.contains("No such file") || why.contains(WINDOWS_HAS_NO_SUCH_MODULE);
    return new Missing(
        absent
            ? String.format(
                "No NVIDIA driver: its library %s is not here. On a machine with an NVIDIA GPU"
                    + " install driver %s or newer; start a container with its GPUs (docker run"
                    + " --gpus all).",
                library, CudaReport.DRIVER_NEEDED)
            : String.format(
                "The library of the NVIDIA driver cannot be loaded (%s). Install driver %s or newer"
                    + " anew.",
                why, CudaReport.DRIVER_NEEDED));
  }

  private static void loadBinding() throws IOException {
    String name =
        LibUtils.createLibraryFileName(
            LibUtils.createPlatformLibraryName("JCudaDriver-" + JCudaVersion.get()));
    URL resource = CudaBinding.class.getResource("/lib/" + name);
    if (resource == null) {
      throw new IOException("no " + name + " on the class path");
    }
    File own = Loader.cacheResource(resource); // one process at a time writes it
    if (own == null) {
      throw new IOException("no place to write " + name + " to");
    }
    String before = System.getProperty(TEMPORARY_FILES);
    System.setProperty(TEMPORARY_FILES, own.getParent());
    try {
      JCudaDriver.setExceptionsEnabled(false); // loads it, and takes the file that it finds
    } finally {
      System.setProperty(TEMPORARY_FILES, before);
    }
  }

  private static String cacheDirectory() {
    try {
      return Loader.getCacheDir().toString();
    } catch (IOException e) {
      return "which cannot be written either";
    }
  }

  /** JCuda's messages hold whole stack traces. */
  private static String firstLine(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String message = root.getMessage() == null ? root.toString() : root.getMessage();
    return message.lines().findFirst().orElse(root.toString());
  }

  @Override
  public int version() throws Refusal {
    int[] version = {0};
    require("cuDriverGetVersion", JCudaDriver.cuDriverGetVersion(version));
    return version[0];
  }

  @Override
  public void initialize() throws Refusal {
    require("cuInit", JCudaDriver.cuInit(0));
  }

  @Override
  public int deviceCount() throws Refusal {
    int[] count = {0};
    require("cuDeviceGetCount", JCudaDriver.cuDeviceGetCount(count));
    return count[0];
  }

  @Override
  public String name(int ordinal) throws Refusal {
    byte[] name = new byte[LONGEST_NAME];
    require("cuDeviceGetName", JCudaDriver.cuDeviceGetName(name, name.length, device(ordinal)));
    int length = 0;
    while (length < name.length && name[length] != 0) {
      length++;
    }
    return new String(name, 0, length, StandardCharsets.UTF_8).strip();
  }

  @Override
  public int major(int ordinal) throws Refusal {
    return attribute(ordinal, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
  }

  @Override
  public int minor(int ordinal) throws Refusal {
    return attribute(ordinal, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
  }

  @Override
  public int multiprocessors(int ordinal) throws Refusal {
    return attribute(ordinal, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT);
  }

  private static int attribute(int ordinal, int which) throws Refusal {
    int[] value = {0};
    require(
        "cuDeviceGetAttribute", JCudaDriver.cuDeviceGetAttribute(value, which, device(ordinal)));
    return value[0];
  }

  @Override
  public long totalBytes(int ordinal) throws Refusal {
    long[] bytes = {0};
    require("cuDeviceTotalMem", JCudaDriver.cuDeviceTotalMem(bytes, device(ordinal)));
    return bytes[0];
  }

  @Override
  public void enterContext(int ordinal) throws Refusal {
    CUdevice device = device(ordinal);
    CUcontext context = new CUcontext();
    require("cuDevicePrimaryCtxRetain", JCudaDriver.cuDevicePrimaryCtxRetain(context, device));
    int pushed = JCudaDriver.cuCtxPushCurrent(context);
    if (pushed != CUresult.CUDA_SUCCESS) {
      JCudaDriver.cuDevicePrimaryCtxRelease(device);
      require("cuCtxPushCurrent", pushed);
    }
  }

  @Override
  public long freeBytes() throws Refusal {
    long[] free = {0};
    long[] total = {0};
    require("cuMemGetInfo", JCudaDriver.cuMemGetInfo(free, total));
    return free[0];
  }

  @Override
  public void leaveContext(int ordinal) throws Refusal {
    int popped = JCudaDriver.cuCtxPopCurrent(new CUcontext());
    require("cuDevicePrimaryCtxRelease", JCudaDriver.cuDevicePrimaryCtxRelease(device(ordinal)));
    require("cuCtxPopCurrent", popped);
  }

  private static CUdevice device(int ordinal) throws Refusal {
    CUdevice device = new CUdevice();
    require("cuDeviceGet", JCudaDriver.cuDeviceGet(device, ordinal));
    return device;
  }

  private static void require(String call, int code) throws Refusal {
    if (code != CUresult.CUDA_SUCCESS) {
      throw new Refusal(call, code, CUresult.stringFor(code));
    }
  }
}
