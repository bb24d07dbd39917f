package org.fathom4j.record;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UTFDataFormatException;
import java.nio.ByteBuffer;
import org.bytedeco.javacpp.indexer.DoubleIndexer;
import org.bytedeco.javacpp.indexer.FloatIndexer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.concurrency.AffinityManager;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The bytes of {@code Nd4j.write(INDArray, DataOutputStream)} for float and double vectors, read
 * with bounds.
 *
 * <pre>
 *   UTF "MIXED_DATA_TYPES" · long 2·rank+4 · UTF "LONG"  · longs rank, shape, strides, extras, 1, order
 *   UTF "MIXED_DATA_TYPES" · long length   · UTF "FLOAT" · values, big-endian
 * </pre>
 *
 * <p>{@code Nd4j.read} allocates whatever length a file claims, needs the whole entry as one byte
 * array and moves one number at a time; this reader tells the length first and streams the rest.
 */
final class StockArray {

  /** More than any header takes. */
  static final int LARGEST_HEADER_BYTES = 1024;

  private static final int CHUNK = 1 << 14;
  private static final int LARGEST_RANK = 32;

  /** Type and length of the values that follow. */
  record Header(DataType type, long length) {

    long valueBytes() {
      return Math.multiplyExact(length, (long) type.width());
    }
  }

  /** The bytes are not such an array. */
  static final class FormatException extends IOException {

    private static final long serialVersionUID = 1L;

    FormatException(String message) {
      super(message);
    }
  }

  private StockArray() {}

  static void write(INDArray array, DataOutputStream out) throws IOException {
    // The stock writer copies views, too: their buffer holds more than their values.
    INDArray whole = array.isView() ? array.dup() : array;
    Nd4j.getAffinityManager().ensureLocation(whole, AffinityManager.Location.HOST);
    whole.shapeInfoDataBuffer().write(out);
    out.writeUTF("MIXED_DATA_TYPES");
    out.writeLong(whole.length());
    out.writeUTF(whole.dataType().name());
    ByteBuffer bytes = ByteBuffer.allocate(CHUNK * whole.dataType().width());
    if (whole.dataType() == DataType.FLOAT) {
      FloatIndexer values = (FloatIndexer) whole.data().indexer();
      float[] chunk = new float[CHUNK];
      for (long start = 0; start < whole.length(); start += CHUNK) {
        int count = (int) Math.min(CHUNK, whole.length() - start);
        values.get(start, chunk, 0, count);
        bytes.asFloatBuffer().put(chunk, 0, count);
        out.write(bytes.array(), 0, count * Float.BYTES);
      }
    } else if (whole.dataType() == DataType.DOUBLE) {
      DoubleIndexer values = (DoubleIndexer) whole.data().indexer();
      double[] chunk = new double[CHUNK];
      for (long start = 0; start < whole.length(); start += CHUNK) {
        int count = (int) Math.min(CHUNK, whole.length() - start);
        values.get(start, chunk, 0, count);
        bytes.asDoubleBuffer().put(chunk, 0, count);
        out.write(bytes.array(), 0, count * Double.BYTES);
      }
    } else {
      throw new IllegalArgumentException(
          "Only networks in float or double can be saved, not in " + whole.dataType() + ".");
    }
  }

  /** Reads up to the first value. */
  static Header readHeader(DataInputStream in) throws IOException {
    try {
      requireMode(in.readUTF());
      long shapeLength = in.readLong();
      requireText("LONG", in.readUTF());
      if (shapeLength < 4 || shapeLength > 2 * LARGEST_RANK + 4) {
        throw new FormatException("its shape claims " + shapeLength + " numbers");
      }
      long[] shape = new long[(int) shapeLength];
      for (int i = 0; i < shape.length; i++) {
        shape[i] = in.readLong();
      }
      if (shapeLength != 2 * shape[0] + 4) {
        throw new FormatException("its shape is inconsistent");
      }
      long elements = 1;
      for (int i = 1; i <= shape[0]; i++) {
        if (shape[i] < 0) {
          throw new FormatException("its shape has the negative length " + shape[i]);
        }
        elements = Math.multiplyExact(elements, shape[i]);
      }
      requireMode(in.readUTF());
      long length = in.readLong();
      String type = in.readUTF();
      if (length != elements) {
        throw new FormatException(
            "its shape holds " + elements + " numbers, but it claims " + length);
      }
      return switch (type) {
        case "FLOAT" -> new Header(DataType.FLOAT, length);
        case "DOUBLE" -> new Header(DataType.DOUBLE, length);
        default -> throw new FormatException("its type is '" + type + "', not FLOAT or DOUBLE");
      };
    } catch (EOFException e) {
      throw new FormatException("it ends inside its header");
    } catch (UTFDataFormatException e) {
      throw new FormatException("its header is no text");
    } catch (ArithmeticException e) {
      throw new FormatException("its shape overflows");
    }
  }

  private static void requireMode(String mode) throws FormatException {
    if (!mode.equals("MIXED_DATA_TYPES") && !mode.equals("LONG_SHAPE")) {
      throw new FormatException(
          "its storage mode '" + mode + "' is not that of DL4J 1.0.0-beta4 or later");
    }
  }

  private static void requireText(String expected, String found) throws FormatException {
    if (!expected.equals(found)) {
      throw new FormatException("its header says '" + found + "' instead of '" + expected + "'");
    }
  }

  /** Reads the values into a new vector outside any workspace. */
  static INDArray readValues(Header header, DataInputStream in) throws IOException {
    INDArray array = Nd4j.createUninitializedDetached(header.type(), header.length());
    // On a device there is no memory of the processor behind an array until somebody asks for it.
    Nd4j.getAffinityManager().ensureLocation(array, AffinityManager.Location.HOST);
    ByteBuffer bytes = ByteBuffer.allocate(CHUNK * header.type().width());
    try {
      if (header.type() == DataType.FLOAT) {
        FloatIndexer values = (FloatIndexer) array.data().indexer();
        float[] chunk = new float[CHUNK];
        for (long start = 0; start < header.length(); start += CHUNK) {
          int count = (int) Math.min(CHUNK, header.length() - start);
          in.readFully(bytes.array(), 0, count * Float.BYTES);
          bytes.asFloatBuffer().get(chunk, 0, count);
          values.put(start, chunk, 0, count);
        }
      } else {
        DoubleIndexer values = (DoubleIndexer) array.data().indexer();
        double[] chunk = new double[CHUNK];
        for (long start = 0; start < header.length(); start += CHUNK) {
          int count = (int) Math.min(CHUNK, header.length() - start);
          in.readFully(bytes.array(), 0, count * Double.BYTES);
          bytes.asDoubleBuffer().get(chunk, 0, count);
          values.put(start, chunk, 0, count);
        }
      }
    } catch (EOFException e) {
      throw new FormatException("it ends before its " + header.length() + " numbers do");
    }
    Nd4j.getAffinityManager().tagLocation(array, AffinityManager.Location.HOST);
    return array;
  }
}
