package org.fathom4j.kernel;

import java.util.ArrayList;
import java.util.List;

/** A driver that says what it was told, and refuses one call if it was told to. */
final class FakeDriver implements CudaDriver {

  static final long TOTAL = 100L << 30;
  static final long FREE = 99L << 30;

  private final int version;
  private final List<int[]> capabilities;
  private String refused = "";
  private int refusal;
  private int inside = -1; // the GPU whose context is entered

  /** GPUs whose context was entered, in order. */
  final List<Integer> entered = new ArrayList<>();

  private boolean initialized;

  /**
   * A driver.
   *
   * @param version 1000·major + 10·minor
   * @param capabilities of its GPUs, such as 90
   */
  FakeDriver(int version, int... capabilities) {
    this.version = version;
    this.capabilities = new ArrayList<>();
    for (int capability : capabilities) {
      this.capabilities.add(new int[] {capability / 10, capability % 10});
    }
  }

  FakeDriver refusing(String call, int code) {
    refused = call;
    refusal = code;
    return this;
  }

  boolean holdsAContext() {
    return inside >= 0;
  }

  private void answer(String call) throws Refusal {
    if (call.equals(refused)) {
      throw new Refusal(call, refusal, "CUDA_ERROR_OF_A_TEST");
    }
    if (!initialized && !call.equals("cuDriverGetVersion") && !call.equals("cuInit")) {
      throw new AssertionError(call + " before cuInit");
    }
  }

  @Override
  public int version() throws Refusal {
    answer("cuDriverGetVersion");
    return version;
  }

  @Override
  public void initialize() throws Refusal {
    answer("cuInit");
    initialized = true;
  }

  @Override
  public int deviceCount() throws Refusal {
    answer("cuDeviceGetCount");
    return capabilities.size();
  }

  @Override
  public String name(int ordinal) throws Refusal {
    answer("cuDeviceGetName");
    return "Card " + (char) ('A' + ordinal);
  }

  @Override
  public int major(int ordinal) throws Refusal {
    answer("cuDeviceGetAttribute");
    return capabilities.get(ordinal)[0];
  }

  @Override
  public int minor(int ordinal) throws Refusal {
    answer("cuDeviceGetAttribute");
    return capabilities.get(ordinal)[1];
  }

  @Override
  public int multiprocessors(int ordinal) throws Refusal {
    answer("cuDeviceGetAttribute");
    return 7;
  }

  @Override
  public long totalBytes(int ordinal) throws Refusal {
    answer("cuDeviceTotalMem");
    return TOTAL;
  }

  @Override
  public void enterContext(int ordinal) throws Refusal {
    answer("cuDevicePrimaryCtxRetain");
    if (inside >= 0) {
      throw new AssertionError("GPU " + inside + " was not left");
    }
    inside = ordinal;
    entered.add(ordinal);
  }

  @Override
  public long freeBytes() throws Refusal {
    answer("cuMemGetInfo");
    return FREE;
  }

  @Override
  public void leaveContext(int ordinal) throws Refusal {
    if (inside != ordinal) {
      throw new AssertionError("GPU " + ordinal + " was not entered");
    }
    inside = -1;
    answer("cuDevicePrimaryCtxRelease");
  }
}
