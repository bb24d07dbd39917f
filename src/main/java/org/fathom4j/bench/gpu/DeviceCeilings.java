package org.fathom4j.bench.gpu;

import static jcuda.driver.CUdevice_attribute.CU_DEVICE_ATTRIBUTE_CLOCK_RATE;

import java.util.Locale;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;
import org.fathom4j.bench.Timing;
import org.fathom4j.kernel.CudaDevice;
import org.fathom4j.kernel.CudaException;
import org.fathom4j.record.GpuReceipt.Ceilings;

/**
 * What a GPU could do at best: copies within its memory, measured; multiply-adds in single
 * precision, counted from its multiprocessors and its largest clock.
 *
 * <pre>
 *   copies    bytes read + bytes written, over the median time of a copy far larger than any cache
 *   flop/s    multiprocessors · lanes · 2 · clock      lanes: 64 for 7.5 and 8.0, 128 for all newer
 * </pre>
 *
 * <p>Cards run below their largest clock when they get hot, so the second is a bound that no
 * program reaches; {@code stack_peers.py} measures a matrix product beside it.
 *
 * @see <a href="https://docs.nvidia.com/cuda/cuda-c-programming-guide/">CUDA C++ Programming Guide,
 *     table "Throughput of Native Arithmetic Instructions"</a>
 */
final class DeviceCeilings {

  private static final long LARGEST_COPY = 2L << 30;
  private static final long SMALLEST_COPY = 64L << 20;
  private static final double SHARE_OF_FREE = 0.2;

  private static final int LANES = 128;
  private static final int LANES_BEFORE_86 = 64;

  private DeviceCeilings() {}

  /**
   * Measures; takes two copies' room on the device, and gives it back.
   *
   * @param seconds to measure copies for
   * @throws CudaException if the driver refuses
   */
  static Ceilings measure(CudaDevice device, double seconds) {
    check("cuInit", JCudaDriver.cuInit(0));
    CUdevice handle = new CUdevice();
    check("cuDeviceGet", JCudaDriver.cuDeviceGet(handle, device.ordinal()));
    int[] kilohertz = new int[1];
    check(
        "cuDeviceGetAttribute",
        JCudaDriver.cuDeviceGetAttribute(kilohertz, CU_DEVICE_ATTRIBUTE_CLOCK_RATE, handle));
    CUcontext context = new CUcontext();
    check("cuDevicePrimaryCtxRetain", JCudaDriver.cuDevicePrimaryCtxRetain(context, handle));
    double copies;
    try {
      check("cuCtxPushCurrent", JCudaDriver.cuCtxPushCurrent(context));
      try {
        copies = copyBytesPerSecond(device, seconds);
      } finally {
        JCudaDriver.cuCtxPopCurrent(new CUcontext());
      }
    } finally {
      JCudaDriver.cuDevicePrimaryCtxRelease(handle);
    }
    double hertz = 1e3 * kilohertz[0];
    return new Ceilings(
        copies,
        2.0 * device.multiprocessors() * lanes(device) * hertz,
        String.format(
            Locale.ROOT,
            "%d multiprocessors · %d lanes · 2 · %.3f GHz, its largest clock; not measured",
            device.multiprocessors(),
            lanes(device),
            hertz * 1e-9));
  }

  /** Multiply-adds in single precision that a multiprocessor begins in a cycle. */
  static int lanes(CudaDevice device) {
    return device.major() < 8 || device.major() == 8 && device.minor() < 6
        ? LANES_BEFORE_86
        : LANES;
  }

  private static double copyBytesPerSecond(CudaDevice device, double seconds) {
    long bytes =
        Math.max(
            SMALLEST_COPY, Math.min(LARGEST_COPY, (long) (SHARE_OF_FREE * device.freeBytes())));
    CUdeviceptr from = new CUdeviceptr();
    CUdeviceptr to = new CUdeviceptr();
    check("cuMemAlloc", JCudaDriver.cuMemAlloc(from, bytes));
    try {
      check("cuMemAlloc", JCudaDriver.cuMemAlloc(to, bytes));
      try {
        // memory that nobody wrote may not be there yet
        check("cuMemsetD32", JCudaDriver.cuMemsetD32(from, 0x3f800000, bytes / Float.BYTES));
        check("cuMemsetD32", JCudaDriver.cuMemsetD32(to, 0, bytes / Float.BYTES));
        Timing timing =
            Timing.of(
                () -> {
                  check("cuMemcpyDtoD", JCudaDriver.cuMemcpyDtoD(to, from, bytes));
                  check("cuCtxSynchronize", JCudaDriver.cuCtxSynchronize());
                },
                seconds);
        return 2.0 * bytes / timing.median();
      } finally {
        JCudaDriver.cuMemFree(to);
      }
    } finally {
      JCudaDriver.cuMemFree(from);
    }
  }

  private static void check(String call, int result) {
    if (result != CUresult.CUDA_SUCCESS) {
      throw new CudaException(
          call
              + " failed while the device's ceilings were measured: "
              + CUresult.stringFor(result)
              + ".");
    }
  }
}
