package org.fathom4j.kernel;

import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/**
 * One piece of native memory, cut into aligned slots; given back on {@link #close}, or when nobody
 * can reach the arena any more.
 */
final class Arena implements AutoCloseable {

  /** Slots start and end at multiples of this: a cache line, and the widest vector. */
  static final int ALIGNMENT = 64;

  private static final Cleaner CLEANER = Cleaner.create();

  private final long address;
  private final long bytes;
  private final Cleaner.Cleanable memory;

  Arena(long bytes) {
    this.bytes = bytes;
    Pointer block = Pointer.malloc(bytes + ALIGNMENT);
    if (block == null || block.isNull()) {
      throw new OutOfMemoryError(
          String.format(
              "The system refuses %,d bytes of native memory for the activations of a stack."
                  + " Reduce --batch-size, --depth, --width or --hidden-width.",
              bytes));
    }
    address = slot(block.address());
    memory = CLEANER.register(this, () -> Pointer.free(block));
  }

  /** The next multiple of {@link #ALIGNMENT}. */
  static long slot(long bytes) {
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  long bytes() {
    return bytes;
  }

  /** Where byte {@code offset} lies. */
  long address(long offset) {
    return address + offset;
  }

  /** A view of memory anywhere; whoever uses it keeps the memory's owner reachable. */
  static ByteBuffer viewAt(long address, int length) {
    return new BytesAt(address, length).asByteBuffer().order(ByteOrder.nativeOrder());
  }

  @Override
  public void close() {
    memory.clean();
  }

  private static final class BytesAt extends BytePointer {
    BytesAt(long address, long length) {
      this.address = address;
      this.limit = length;
      this.capacity = length;
    }
  }
}
