package org.fathom4j.kernel;

import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.indexer.DoubleIndexer;
import org.bytedeco.javacpp.indexer.FloatIndexer;
import org.bytedeco.javacpp.indexer.Indexer;

/**
 * Numbers of one precision that lie one after another in native memory.
 *
 * <p>A vector made by {@link #at} is a view: whoever owns the memory must keep it alive. One made
 * by {@link #allocate} owns its memory, which goes back when the vector and its slices are garbage
 * or {@link #release} is called. Indices are checked.
 */
public final class NativeVector {

  private final Pointer pointer;
  private final Indexer indexer;
  private final Precision precision;
  private final long length;

  private NativeVector(Pointer pointer, Indexer indexer, Precision precision, long length) {
    this.pointer = pointer;
    this.indexer = indexer;
    this.precision = precision;
    this.length = length;
  }

  /** New memory; its content is undefined. */
  public static NativeVector allocate(Precision precision, long length) {
    return switch (precision) {
      case FLOAT -> ofFloats(new FloatPointer(length), length);
      case DOUBLE -> ofDoubles(new DoublePointer(length), length);
    };
  }

  /** A view of the {@code length} numbers that start at an address. */
  public static NativeVector at(long address, Precision precision, long length) {
    if (address == 0) {
      throw new IllegalArgumentException("A vector cannot start at address 0.");
    }
    return switch (precision) {
      case FLOAT -> ofFloats(new FloatsAt(address, length), length);
      case DOUBLE -> ofDoubles(new DoublesAt(address, length), length);
    };
  }

  private static NativeVector ofFloats(FloatPointer pointer, long length) {
    return new NativeVector(pointer, FloatIndexer.create(pointer), Precision.FLOAT, length);
  }

  private static NativeVector ofDoubles(DoublePointer pointer, long length) {
    return new NativeVector(pointer, DoubleIndexer.create(pointer), Precision.DOUBLE, length);
  }

  /** Number {@code index}, widened to double. */
  public double get(long index) {
    return indexer.getDouble(index);
  }

  /** Stores a number, rounded to this vector's precision; too large for it becomes infinite. */
  public void set(long index, double value) {
    indexer.putDouble(new long[] {index}, value);
  }

  /** A view of some of these numbers; whoever uses it keeps this vector's memory reachable. */
  public NativeVector slice(long first, long length) {
    if (first < 0 || length < 1 || first > this.length - length) {
      throw new IndexOutOfBoundsException(
          "There are no " + length + " numbers from " + first + " on in " + this.length + ".");
    }
    return at(address() + first * precision.bytes(), precision, length);
  }

  /** Where the first number lies. */
  public long address() {
    return pointer.address();
  }

  public Precision precision() {
    return precision;
  }

  public long length() {
    return length;
  }

  /** Frees memory that {@link #allocate} took; the vector must not be used afterwards. */
  public void release() {
    pointer.deallocate();
  }

  /** JavaCPP hands an address to a pointer only through its protected field. */
  private static final class FloatsAt extends FloatPointer {
    FloatsAt(long address, long length) {
      this.address = address;
      this.limit = length;
      this.capacity = length;
    }
  }

  private static final class DoublesAt extends DoublePointer {
    DoublesAt(long address, long length) {
      this.address = address;
      this.limit = length;
      this.capacity = length;
    }
  }
}
