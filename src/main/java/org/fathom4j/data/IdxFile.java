package org.fathom4j.data;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.GZIPOutputStream;

/**
 * One file of images or labels in the IDX format of MNIST, plain or gzip-compressed.
 *
 * <pre>
 *   0x00 0x00   type   rank        type 0x08: unsigned bytes; images have rank 3, labels rank 1
 *   rank times  int32, big-endian  the shape: N, rows, columns, or N
 *   product of the shape values    one byte each, the last dimension fastest
 * </pre>
 *
 * <p>Reading is strict: a file must hold exactly the bytes its header promises, and a header that
 * promises more than {@value #MAX_VALUES} values is refused before anything is allocated for them.
 * {@link #sha256()} is the hash of the decompressed content, header included: a mirror may compress
 * anew, the content may not differ.
 *
 * @see <a
 *     href="https://web.archive.org/web/20220331130319/https://yann.lecun.com/exdb/mnist/">LeCun,
 *     Cortes &amp; Burges, The MNIST database, "File formats"</a>
 */
public final class IdxFile {

  /** What a file is meant to hold. */
  public enum Content {
    /** Grey images: N, rows, columns. */
    IMAGES(0x0000_0803, "image"),
    /** Class numbers: N. */
    LABELS(0x0000_0801, "label");

    private final int magic;
    private final String noun;

    Content(int magic, String noun) {
      this.magic = magic;
      this.noun = noun;
    }

    private int rank() {
      return magic & 0xff;
    }

    private Content other() {
      return this == IMAGES ? LABELS : IMAGES;
    }
  }

  /** Values one file may hold, five times what CIFAR-10 would need. */
  static final int MAX_VALUES = 1 << 30;

  private static final int MAX_FILE_BYTES = MAX_VALUES + (1 << 20);
  private static final int UNSIGNED_BYTE = 0x08;

  private final String name;
  private final Content content;
  private final int[] shape;
  private final byte[] values;
  private final String sha256;

  private IdxFile(String name, Content content, int[] shape, byte[] values, String sha256) {
    this.name = name;
    this.content = content;
    this.shape = shape;
    this.values = values;
    this.sha256 = sha256;
  }

  /**
   * Reads a file, compressed or not, whatever its name ends with.
   *
   * @throws DataException when the file is missing, is no IDX file, holds something else than
   *     expected, or holds fewer or more bytes than its header promises
   */
  public static IdxFile read(Path file, Content expected) throws DataException {
    try {
      if (Files.isDirectory(file)) {
        throw new DataException(
            file + " is a directory, where a file of " + expected.noun + "s was expected.");
      }
      long bytes = Files.size(file);
      if (bytes > MAX_FILE_BYTES) {
        throw new DataException(
            String.format(
                "%s is too large: %,d bytes, where at most %,d are read.",
                file, bytes, MAX_FILE_BYTES));
      }
      return parse(file.toString(), Files.readAllBytes(file), expected);
    } catch (NoSuchFileException e) {
      throw new DataException(file + " does not exist.", e);
    } catch (DataException e) {
      throw e;
    } catch (IOException e) {
      throw new DataException(file + " cannot be read: " + DataException.reason(e) + ".", e);
    }
  }

  /**
   * Reads a stream to its end; {@code name} is what error messages call it.
   *
   * @throws DataException as {@link #read(Path, Content)} does
   */
  public static IdxFile read(String name, InputStream stream, Content expected)
      throws DataException {
    byte[] bytes;
    try {
      bytes = stream.readNBytes(MAX_FILE_BYTES + 1);
    } catch (IOException e) {
      throw new DataException(name + " cannot be read: " + DataException.reason(e) + ".", e);
    }
    if (bytes.length > MAX_FILE_BYTES) {
      throw new DataException(
          String.format("%s is too large: at most %,d bytes are read.", name, MAX_FILE_BYTES));
    }
    return parse(name, bytes, expected);
  }

  /** N images of rows × columns unsigned bytes, row by row; the array is not copied. */
  public static IdxFile images(String name, int rows, int columns, byte[] pixels) {
    if (rows < 1 || columns < 1 || pixels.length == 0 || pixels.length % (rows * columns) != 0) {
      throw new IllegalArgumentException(
          String.format(
              "%d bytes are no whole number of images of %d × %d pixels.",
              pixels.length, rows, columns));
    }
    int[] shape = {pixels.length / (rows * columns), rows, columns};
    return new IdxFile(
        name, Content.IMAGES, shape, pixels, hash(header(Content.IMAGES, shape), pixels));
  }

  /** N class numbers; the array is not copied. */
  public static IdxFile labels(String name, byte[] labels) {
    if (labels.length == 0) {
      throw new IllegalArgumentException("A label file needs at least one label.");
    }
    int[] shape = {labels.length};
    return new IdxFile(
        name, Content.LABELS, shape, labels, hash(header(Content.LABELS, shape), labels));
  }

  /** What error messages call this file. */
  public String name() {
    return name;
  }

  /** N, rows, columns for images; N for labels. */
  public int[] shape() {
    return shape.clone();
  }

  /** N. */
  public int count() {
    return shape[0];
  }

  /** SHA-256 of the decompressed file, header included, as 64 hexadecimal digits. */
  public String sha256() {
    return sha256;
  }

  /** The bytes after the header; not a copy. */
  byte[] values() {
    return values;
  }

  /**
   * Writes the file, compressed when its name ends in {@code .gz}; the bytes depend on nothing but
   * the content and the Java runtime's zlib (no time stamp, no file name).
   */
  public void write(Path file) throws IOException {
    try (OutputStream plain = Files.newOutputStream(file);
        OutputStream out =
            file.toString().endsWith(".gz") ? new GZIPOutputStream(plain, 1 << 16) : plain) {
      out.write(header(content, shape));
      out.write(values);
    }
  }

  /** The decompressed file. */
  byte[] encode() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(header(content, shape));
    out.writeBytes(values);
    return out.toByteArray();
  }

  private static IdxFile parse(String name, byte[] file, Content expected) throws DataException {
    if (file.length == 0) {
      throw new DataException(
          name + " is empty (0 bytes), where " + expected.noun + "s were expected: fetch it anew.");
    }
    MessageDigest sha = sha256Digest();
    if (!StrictGzip.isGzip(file)) {
      return parse(name, new ByteArrayInputStream(file), expected, sha, false);
    }
    try (StrictGzip gzip = StrictGzip.open(file)) {
      IdxFile idx = parse(name, gzip, expected, sha, true);
      gzip.requireCleanEnd();
      return idx;
    } catch (DataException e) {
      throw e;
    } catch (IOException e) {
      throw new DataException(damaged(name, e), e);
    }
  }

  private static IdxFile parse(
      String name, InputStream source, Content expected, MessageDigest sha, boolean compressed)
      throws DataException {
    InputStream in = new DigestInputStream(source, sha);
    try {
      byte[] magic = in.readNBytes(4);
      requireMagic(name, magic, expected, compressed);
      int[] shape = new int[expected.rank()];
      byte[] sizes = in.readNBytes(4 * shape.length);
      if (sizes.length < 4 * shape.length) {
        throw truncated(name, 4 + sizes.length, 4 + 4L * shape.length, "of its header alone");
      }
      ByteBuffer.wrap(sizes).asIntBuffer().get(shape);
      int promised = promisedValues(name, shape, expected);
      int header = 4 + sizes.length;
      // Grows with what arrives, not with what is promised.
      byte[] values = in.readNBytes(promised);
      if (values.length < promised) {
        throw truncated(
            name,
            (long) header + values.length,
            (long) header + promised,
            "that its header promises (" + describe(shape, expected) + ")");
      }
      long extra = remaining(in);
      if (extra > 0) {
        throw new DataException(
            String.format(
                "%s is too long: %,d bytes more than the %,d that its header promises (%s). "
                    + "Fetch it anew.",
                name, extra, (long) header + promised, describe(shape, expected)));
      }
      return new IdxFile(name, expected, shape, values, HexFormat.of().formatHex(sha.digest()));
    } catch (DataException e) {
      throw e;
    } catch (IOException e) {
      throw new DataException(damaged(name, e), e);
    }
  }

  private static void requireMagic(String name, byte[] found, Content expected, boolean compressed)
      throws DataException {
    if (found.length < 4) {
      throw truncated(name, found.length, 4, "of its magic number alone");
    }
    int magic = ByteBuffer.wrap(found).getInt();
    if (magic == expected.magic) {
      return;
    }
    if (magic == expected.other().magic) {
      throw new DataException(
          String.format(
              "%s is a file of %ss (magic 0x%08x) where %ss (0x%08x) were expected: were the image "
                  + "and the label file swapped? Fetch both anew or swap their names.",
              name, expected.other().noun, magic, expected.noun, expected.magic));
    }
    String wanted = String.format("where %ss (magic 0x%08x)", expected.noun, expected.magic);
    if (found[0] == 0 && found[1] == 0 && found[2] != UNSIGNED_BYTE) {
      throw new DataException(
          String.format(
              "%s is an IDX file of element type 0x%02x %s of unsigned bytes (0x08) were expected.",
              name, found[2], wanted));
    }
    if (found[0] == 0 && found[1] == 0) {
      throw new DataException(
          String.format(
              "%s is an IDX file of %d dimensions %s of %d were expected.",
              name, found[3], wanted, expected.rank()));
    }
    String looks =
        compressed
            ? "its decompressed content is no IDX file"
            : "it is neither an IDX file nor gzip data"
                + (found[0] == '<' ? " but looks like a web page saved under this name" : "");
    throw new DataException(
        String.format(
            "%s starts with the bytes %s %s were expected: %s. Fetch it anew.",
            name, HexFormat.ofDelimiter(" ").formatHex(found), wanted, looks));
  }

  private static int promisedValues(String name, int[] shape, Content expected)
      throws DataException {
    long product = 1;
    for (int size : shape) {
      long unsigned = Integer.toUnsignedLong(size);
      if (unsigned == 0) {
        throw new DataException(
            String.format("%s promises %s: no size may be 0.", name, describe(shape, expected)));
      }
      // Both factors fit 32 bits, or the loop has ended before.
      product *= unsigned;
      if (product > MAX_VALUES) {
        throw new DataException(
            String.format(
                "%s promises %s, more than the %,d values that are read: its header is damaged.",
                name, describe(shape, expected), MAX_VALUES));
      }
    }
    return (int) product;
  }

  private static String describe(int[] shape, Content content) {
    String count = Integer.toUnsignedString(shape[0]);
    return content == Content.LABELS
        ? count + " labels"
        : String.format(
            "%s images of %s × %s pixels",
            count, Integer.toUnsignedString(shape[1]), Integer.toUnsignedString(shape[2]));
  }

  private static DataException truncated(String name, long found, long expected, String what) {
    return new DataException(
        String.format(
            "%s is truncated: %,d bytes of the %,d %s. Fetch it anew.",
            name, found, expected, what));
  }

  private static String damaged(String name, IOException e) {
    String what =
        e instanceof EOFException && e.getMessage() != null && e.getMessage().contains("ZLIB")
            ? "the gzip data end in the middle, the file was cut short"
            : DataException.reason(e);
    return name + " is damaged: " + what + ". Fetch it anew.";
  }

  /** Bytes left, counted at most up to the largest file that is read at all. */
  private static long remaining(InputStream in) throws IOException {
    byte[] buffer = new byte[1 << 13];
    long left = 0;
    for (int n; left < MAX_FILE_BYTES && (n = in.read(buffer)) > 0; ) {
      left += n;
    }
    return left;
  }

  private static byte[] header(Content content, int[] shape) {
    ByteBuffer header = ByteBuffer.allocate(4 + 4 * shape.length).putInt(content.magic);
    Arrays.stream(shape).forEach(header::putInt);
    return header.array();
  }

  private static String hash(byte[] header, byte[] values) {
    MessageDigest sha = sha256Digest();
    sha.update(header);
    return HexFormat.of().formatHex(sha.digest(values));
  }

  private static MessageDigest sha256Digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform must know SHA-256.", e);
    }
  }
}
