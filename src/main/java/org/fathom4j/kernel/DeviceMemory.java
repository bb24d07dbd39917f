package org.fathom4j.kernel;

import java.lang.ref.Cleaner;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;

/**
 * A piece of a GPU's memory; given back on {@link #close}, or when nobody can reach it any more.
 *
 * <p>Its content is undefined until something is written.
 */
final class DeviceMemory implements AutoCloseable {

  private static final Cleaner CLEANER = Cleaner.create();

  /**
   * For the cleaner's few calls to the driver, of microseconds each. Should that be too short, the
   * worst is an allocation refused that would have been possible a moment later.
   */
  private static final long PATIENCE_MILLIS = 100;

  private final Address pointer;
  private final long bytes;
  private final Cleaner.Cleanable memory;
  private volatile boolean isClosed;

  /** Memory that the driver gave out; {@code free} gives it back. */
  DeviceMemory(Address pointer, long bytes, Runnable free) {
    this.pointer = pointer;
    this.bytes = bytes;
    memory = CLEANER.register(this, free);
  }

  /** Gives back what nobody can reach any more; whether that was tried. */
  static boolean reclaim() {
    System.gc();
    try {
      Thread.sleep(PATIENCE_MILLIS); // the cleaner works on a thread of its own
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Where it begins, as kernels know it. */
  long address() {
    return address(0);
  }

  /** Where byte {@code offset} lies. */
  long address(long offset) {
    requireOpen();
    return pointer.value() + offset;
  }

  /** The same for the driver's own functions. */
  CUdeviceptr pointer(long offset) {
    requireOpen();
    return pointer.withByteOffset(offset);
  }

  long bytes() {
    return bytes;
  }

  /** A launch on memory that was given back would end the process's work on the device. */
  private void requireOpen() {
    if (isClosed) {
      throw new IllegalStateException("Memory on the GPU is used after it was given back.");
    }
  }

  @Override
  public void close() {
    isClosed = true;
    memory.clean();
  }

  /** A device address that can be read: the binding keeps it to itself and its subclasses. */
  static final class Address extends CUdeviceptr {

    /** Nowhere, until the driver writes where. */
    Address() {}

    Address(long value) {
      super(new CUdeviceptr(), value);
    }

    long value() {
      return getNativePointer() + getByteOffset();
    }
  }

  /** Memory of the processor, for the driver's functions. */
  static final class Host extends Pointer {

    Host(long address) {
      super(address);
    }
  }
}
