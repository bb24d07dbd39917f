package org.fathom4j.kernel;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;

/**
 * The GPU that this process computes on: memory, copies and launches, each error in words.
 *
 * <p>Everything runs in one order, on the device's default stream: a copy to the host waits for the
 * launches before it. Errors of a launch therefore come up at a later call. After one that left the
 * device unusable every call fails alike.
 *
 * <p>Threads share it, each with stacks of its own: their work goes into that one order, too.
 */
final class CudaContext {

  /** Activations leave a tenth to everybody else, as on the processor. */
  private static final double SHARE = 0.9;

  private static final double MIB = 1L << 20;

  private static CudaContext shared;

  private final CudaDevice device;
  private final CUcontext context = new CUcontext();
  private final Map<String, CUmodule> modules = new HashMap<>();
  private final Map<String, CUfunction> functions = new HashMap<>();

  private CudaContext(CudaDevice device) {
    this.device = device;
    CUdevice handle = new CUdevice();
    require(JCudaDriver.cuDeviceGet(handle, device.ordinal()), "finding the GPU");
    require(JCudaDriver.cuDevicePrimaryCtxRetain(context, handle), "opening the GPU");
  }

  /**
   * The context of this process, opened when it is first asked for.
   *
   * @throws CudaException if there is no GPU that serves; the message says why and what helps
   */
  static synchronized CudaContext get() {
    if (shared == null) {
      CudaReport report = CudaReport.ofThisMachine();
      CudaDevice device =
          report
              .chosen()
              .orElseThrow(() -> new CudaException(report.problem().orElse("There is no GPU.")));
      JCudaDriver.setExceptionsEnabled(false); // results are looked at, with better words
      shared = new CudaContext(device);
    }
    shared.enter();
    return shared;
  }

  /** For tests that change the driver: the next {@link #get} begins anew. */
  static synchronized void forget() {
    shared = null;
    CudaReport.forget();
  }

  /** The GPU as it was when the context was opened. */
  CudaDevice device() {
    return device;
  }

  /** Memory that activations may take now, in bytes. */
  long freeBytes() {
    enter();
    long[] free = new long[1];
    require(JCudaDriver.cuMemGetInfo(free, new long[1]), "asking for the GPU's free memory");
    return (long) (SHARE * free[0]);
  }

  /**
   * New memory of undefined content.
   *
   * @param what it is for, for the message if there is not enough
   * @throws InsufficientMemoryException if the device has not so much left
   */
  DeviceMemory allocate(long bytes, String what) {
    enter();
    DeviceMemory.Address pointer = new DeviceMemory.Address();
    int result = JCudaDriver.cuMemAlloc(pointer, Math.max(1, bytes));
    if (result == CUresult.CUDA_ERROR_OUT_OF_MEMORY && DeviceMemory.reclaim()) {
      result = JCudaDriver.cuMemAlloc(pointer, Math.max(1, bytes));
    }
    if (result == CUresult.CUDA_ERROR_OUT_OF_MEMORY) {
      throw new InsufficientMemoryException(
          String.format(
              Locale.ROOT,
              "The GPU %s has no %.1f MiB left for %s, only %.1f MiB. End other programs on it, or"
                  + " reduce --batch-size, --depth, --width or --hidden-width.",
              device.name(),
              bytes / MIB,
              what,
              freeBytes() / MIB));
    }
    require(result, "allocating memory for " + what);
    return new DeviceMemory(pointer, bytes, () -> free(pointer));
  }

  /** The process may be at its end, and the device lost: nothing to be done about an error. */
  private void free(DeviceMemory.Address pointer) {
    if (JCudaDriver.cuCtxSetCurrent(context) == CUresult.CUDA_SUCCESS) {
      JCudaDriver.cuMemFree(pointer);
    }
  }

  /** Copies bytes from the processor's memory. */
  void upload(DeviceMemory to, long offset, long hostAddress, long bytes) {
    enter();
    require(
        JCudaDriver.cuMemcpyHtoD(to.pointer(offset), new DeviceMemory.Host(hostAddress), bytes),
        "copying to the GPU");
  }

  /** Copies bytes to the processor's memory, after all launches so far. */
  void download(DeviceMemory from, long offset, long hostAddress, long bytes) {
    enter();
    require(
        JCudaDriver.cuMemcpyDtoH(new DeviceMemory.Host(hostAddress), from.pointer(offset), bytes),
        "copying from the GPU");
  }

  /** The first numbers of a piece of memory. */
  double[] doubles(DeviceMemory from, int count) {
    synchronize(); // the copy may hold up the garbage collector: it shall not wait for launches
    double[] numbers = new double[count];
    require(
        JCudaDriver.cuMemcpyDtoH(Pointer.to(numbers), from.pointer(0), (long) count * Double.BYTES),
        "copying from the GPU");
    return numbers;
  }

  /** Copies bytes from one place on the device to another. */
  void copy(long to, long from, long bytes) {
    enter();
    require(
        JCudaDriver.cuMemcpyDtoD(
            new DeviceMemory.Address(to), new DeviceMemory.Address(from), bytes),
        "copying on the GPU");
  }

  /** Sets all bytes to 0. */
  void clear(DeviceMemory memory) {
    enter();
    require(
        JCudaDriver.cuMemsetD8(memory.pointer(0), (byte) 0, memory.bytes()),
        "clearing memory on the GPU");
  }

  /** Waits for everything so far. */
  void synchronize() {
    enter();
    require(JCudaDriver.cuCtxSynchronize(), "waiting for the GPU");
  }

  /**
   * Starts a kernel.
   *
   * @param launch which one, and how many threads
   * @param arguments the fields of its parameter: addresses, integers, or bits of doubles
   */
  void start(Launch launch, long... arguments) {
    enter();
    int result =
        JCudaDriver.cuLaunchKernel(
            function(launch),
            Math.toIntExact(launch.blocksX()),
            Math.toIntExact(launch.blocksY()),
            1,
            launch.threads(),
            1,
            1,
            Math.toIntExact(launch.sharedBytes()),
            null,
            Pointer.to(Pointer.to(arguments)),
            null);
    require(result, "starting " + launch.kernel());
  }

  /**
   * A launch.
   *
   * @param module the file of {@code src/main/cuda} that holds the kernel
   * @param sharedBytes of memory that a thread block's threads share
   */
  record Launch(
      String module, String kernel, long blocksX, long blocksY, int threads, long sharedBytes) {}

  /** Loaded once, whichever thread asks first. */
  private synchronized CUfunction function(Launch launch) {
    return functions.computeIfAbsent(
        launch.kernel(),
        name -> {
          CUfunction function = new CUfunction();
          CUmodule module = modules.computeIfAbsent(launch.module(), this::module);
          require(
              JCudaDriver.cuModuleGetFunction(function, module, name),
              "finding the kernel " + name);
          return function;
        });
  }

  private CUmodule module(String name) {
    CUmodule module = new CUmodule();
    require(
        JCudaDriver.cuModuleLoadData(module, ptx(name)), "loading the kernels of " + name + ".ptx");
    return module;
  }

  /** The text of a module, ending in a 0 as the driver wants it. */
  private static byte[] ptx(String name) {
    try (InputStream in = CudaContext.class.getResourceAsStream(name + ".ptx")) {
      if (in == null) {
        throw new IllegalStateException("The jar has no " + name + ".ptx; build it anew.");
      }
      byte[] text = in.readAllBytes();
      return Arrays.copyOf(text, text.length + 1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The driver keeps the current context for each thread. */
  private void enter() {
    require(JCudaDriver.cuCtxSetCurrent(context), "using the GPU");
  }

  private static void require(int result, String what) {
    if (result != CUresult.CUDA_SUCCESS) {
      throw CudaTrouble.exception(result, what);
    }
  }
}
