package org.fathom4j.data;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipException;

/**
 * Decompresses one gzip member and, unlike {@link java.util.zip.GZIPInputStream}, notices bytes
 * after its end.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc1952">RFC 1952, GZIP file format 4.3, section
 *     2.3</a>
 */
final class StrictGzip extends CheckedInputStream {

  private static final int FIXED_HEADER = 10;
  private static final int TRAILER = 8;
  private static final int DEFLATE = 8;

  private static final int HEADER_CRC = 1 << 1;
  private static final int EXTRA_FIELD = 1 << 2;
  private static final int FILE_NAME = 1 << 3;
  private static final int COMMENT = 1 << 4;
  private static final int RESERVED = 0b1110_0000;

  private final byte[] gzip;
  private final int bodyStart;
  private final Inflater inflater;

  /** Does the file start as gzip files do? */
  static boolean isGzip(byte[] file) {
    return file.length >= 2 && file[0] == 0x1f && file[1] == (byte) 0x8b;
  }

  static StrictGzip open(byte[] gzip) throws IOException {
    return new StrictGzip(gzip, bodyStart(gzip), new Inflater(true));
  }

  private StrictGzip(byte[] gzip, int bodyStart, Inflater inflater) {
    super(
        new InflaterInputStream(
            new ByteArrayInputStream(gzip, bodyStart, gzip.length - bodyStart), inflater, 1 << 16),
        new CRC32());
    this.gzip = gzip;
    this.bodyStart = bodyStart;
    this.inflater = inflater;
  }

  /**
   * To be called when everything was read: checks the checksum and the length that the trailer
   * states, and that nothing follows.
   */
  void requireCleanEnd() throws IOException {
    int trailer = Math.toIntExact(bodyStart + inflater.getBytesRead());
    if (gzip.length - trailer < TRAILER) {
      throw new EOFException("the gzip data end inside their trailer");
    }
    if (littleEndianInt(trailer) != (int) getChecksum().getValue()) {
      throw new ZipException("the checksum (CRC-32) of the gzip data does not match");
    }
    if (littleEndianInt(trailer + 4) != (int) inflater.getBytesWritten()) {
      throw new ZipException("the gzip data have another length than their trailer states");
    }
    int extra = gzip.length - trailer - TRAILER;
    if (extra > 0) {
      throw new ZipException("the gzip data are followed by " + extra + " bytes too many");
    }
  }

  @Override
  public void close() throws IOException {
    super.close();
    inflater.end();
  }

  private static int bodyStart(byte[] gzip) throws IOException {
    if (gzip.length < FIXED_HEADER) {
      throw new EOFException("the gzip data end inside their header");
    }
    if (gzip[2] != DEFLATE) {
      throw new ZipException("the gzip data use the unknown compression method " + gzip[2]);
    }
    int flags = gzip[3];
    if ((flags & RESERVED) != 0) {
      throw new ZipException("the gzip header sets reserved flags");
    }
    int at = FIXED_HEADER;
    if ((flags & EXTRA_FIELD) != 0) {
      requireHeader(gzip, at + 2);
      at += 2 + ((gzip[at] & 0xff) | (gzip[at + 1] & 0xff) << 8);
    }
    if ((flags & FILE_NAME) != 0) {
      at = afterZero(gzip, at);
    }
    if ((flags & COMMENT) != 0) {
      at = afterZero(gzip, at);
    }
    if ((flags & HEADER_CRC) != 0) {
      at += 2;
    }
    requireHeader(gzip, at);
    return at;
  }

  private static int afterZero(byte[] gzip, int from) throws IOException {
    int at = from;
    while (true) {
      requireHeader(gzip, at + 1);
      if (gzip[at++] == 0) {
        return at;
      }
    }
  }

  private static void requireHeader(byte[] gzip, int length) throws EOFException {
    if (gzip.length < length) {
      throw new EOFException("the gzip data end inside their header");
    }
  }

  private int littleEndianInt(int at) {
    return (gzip[at] & 0xff)
        | (gzip[at + 1] & 0xff) << 8
        | (gzip[at + 2] & 0xff) << 16
        | (gzip[at + 3] & 0xff) << 24;
  }
}
