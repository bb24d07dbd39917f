package org.fathom4j.kernel;

import java.nio.FloatBuffer;

/**
 * Numbers on their way between memory anywhere and arrays, which the compiler reads and writes
 * without the fences it sets around buffers.
 */
final class Staging {

  private final NativeVector memory;
  private final FloatBuffer view;

  Staging(int numbers) {
    memory = NativeVector.allocate(Precision.FLOAT, numbers);
    view = Arena.viewAt(memory.address(), numbers * Float.BYTES).asFloatBuffer();
  }

  /** Numbers from an address to an array. */
  void fetch(long address, float[] to, int at, int count) {
    Pointers.copy(address, memory.address(), (long) count * Float.BYTES);
    view.get(0, to, at, count);
  }

  /** Numbers from an array to an address. */
  void deliver(float[] from, int at, int count, long address) {
    view.put(0, from, at, count);
    Pointers.copy(memory.address(), address, (long) count * Float.BYTES);
  }

  /** Adds numbers of an array to those at an address. */
  void add(Blas blas, float[] from, int at, int count, long address) {
    view.put(0, from, at, count);
    blas.add(count, memory.address(), address);
  }
}
