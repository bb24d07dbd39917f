package org.fathom4j.kernel;

import java.nio.ByteBuffer;

/**
 * A vector of any length as buffers, which hold 2³¹ bytes at most.
 *
 * <p>Whoever uses them keeps the vector's memory reachable.
 */
final class Windows {

  /** Half of what a buffer can hold; whole numbers of every precision. */
  static final int BYTES = 1 << 30;

  private final ByteBuffer[] buffers;
  private final int numbers; // in every window but the last
  private final int bytes; // of a number

  Windows(NativeVector vector, int windowBytes) {
    bytes = vector.precision().bytes();
    numbers = windowBytes / bytes;
    long length = vector.length();
    buffers = new ByteBuffer[Math.toIntExact((length + numbers - 1) / numbers)];
    for (int i = 0; i < buffers.length; i++) {
      long first = (long) i * numbers;
      int count = (int) Math.min(numbers, length - first);
      buffers[i] = Arena.viewAt(vector.address() + first * bytes, count * bytes);
    }
  }

  /** The buffer that holds a number. */
  ByteBuffer buffer(long index) {
    return buffers[(int) (index / numbers)];
  }

  /** Where it lies in the buffer, in bytes. */
  int offset(long index) {
    return (int) (index % numbers) * bytes;
  }

  /** How many numbers there are from it to the window's end. */
  long room(long index) {
    return numbers - index % numbers;
  }
}
