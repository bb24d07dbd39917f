package org.fathom4j.record;

import com.fasterxml.jackson.core.io.NumberOutput;
import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * A CSV file that grows row by row: one header line, fields without commas or quotes, ASCII, one
 * newline after every row.
 *
 * <p>Rows wait in a buffer until it is full, a second has passed, or {@link #sync()} is called: who
 * follows the file sees what happens. A killed process may leave part of a last row; readers drop
 * what no newline ends.
 */
final class CsvLog implements AutoCloseable {

  private static final int BUFFER_BYTES = 1 << 16;
  private static final long NANOS_BETWEEN_WRITES = 1_000_000_000;
  private static final Pattern WORD = Pattern.compile("[A-Za-z][A-Za-z0-9_]*");

  private final Path path;
  private final RandomAccessFile file;
  private final StringBuilder pending = new StringBuilder(BUFFER_BYTES);
  private long length;
  private long written = System.nanoTime();
  private boolean closed;

  /** Opens at the end of the first {@code length} bytes; what follows them is cut off. */
  CsvLog(Path path, long length) throws IOException {
    this.path = path;
    this.length = length;
    // Not a FileChannel: an interrupted thread would close it in the middle of a row.
    this.file = new RandomAccessFile(path.toFile(), "rw");
    try {
      if (file.length() > length) {
        file.setLength(length);
      }
      file.seek(length);
    } catch (IOException e) {
      file.close();
      throw e;
    }
  }

  /** Starts a new file; an existing one is never overwritten. */
  static CsvLog create(Path path, String header) throws IOException {
    try {
      Files.createFile(path);
      CsvLog log = new CsvLog(path, 0);
      log.append(header);
      return log;
    } catch (FileAlreadyExistsException e) {
      throw new IOException(
          "Will not overwrite " + path + ": it exists. Resume its run, or start a new one.", e);
    } catch (IOException e) {
      throw AtomicFile.cannotWrite(path, e);
    }
  }

  /** Goes on after the first {@code length} bytes, which must be whole rows under the header. */
  static CsvLog reopen(Path path, String header, long length) throws IOException {
    long actual;
    try {
      actual = Files.size(path);
    } catch (NoSuchFileException e) {
      throw new DamagedRecordException(
          "Cannot go on with "
              + path
              + ": it is gone, but its checkpoint counts on "
              + length
              + " bytes of it. Restore it, or start a new run.",
          e);
    }
    if (actual < length) {
      throw new DamagedRecordException(
          "Cannot go on with "
              + path
              + ": it has "
              + actual
              + " bytes, but its checkpoint was written after "
              + length
              + ". Restore the file, or start a new run.");
    }
    if (!startsWithHeader(path, header, length) || !endsRow(path, length)) {
      throw new DamagedRecordException(
          "Cannot go on with "
              + path
              + ": its first "
              + length
              + " bytes are not whole rows under the header "
              + header
              + ". It was changed since its checkpoint; restore it, or start a new run.");
    }
    try {
      return new CsvLog(path, length);
    } catch (IOException e) {
      throw AtomicFile.cannotWrite(path, e);
    }
  }

  private static boolean startsWithHeader(Path path, String header, long length)
      throws IOException {
    byte[] expected = (header + "\n").getBytes(StandardCharsets.US_ASCII);
    if (length < expected.length) {
      return false;
    }
    byte[] found = new byte[expected.length];
    try (RandomAccessFile reader = new RandomAccessFile(path.toFile(), "r")) {
      reader.readFully(found);
    } catch (EOFException e) {
      return false;
    }
    return Arrays.equals(found, expected);
  }

  private static boolean endsRow(Path path, long length) throws IOException {
    try (RandomAccessFile reader = new RandomAccessFile(path.toFile(), "r")) {
      reader.seek(length - 1);
      return reader.read() == '\n';
    }
  }

  /** Adds a row to the buffer. */
  void append(String row) throws IOException {
    if (closed) {
      throw new IOException("Cannot write " + path + ": it is closed.");
    }
    pending.append(row).append('\n');
    if (pending.length() >= BUFFER_BYTES || System.nanoTime() - written > NANOS_BETWEEN_WRITES) {
      flush();
    }
  }

  private void flush() throws IOException {
    byte[] bytes = pending.toString().getBytes(StandardCharsets.US_ASCII);
    try {
      file.write(bytes);
    } catch (IOException e) {
      throw abandon(e);
    }
    pending.setLength(0);
    length += bytes.length;
    written = System.nanoTime();
  }

  /** Makes all rows so far durable and tells the file's length in bytes. */
  long sync() throws IOException {
    if (closed) {
      throw new IOException("Cannot write " + path + ": it is closed.");
    }
    flush();
    try {
      file.getFD().sync();
    } catch (IOException e) {
      throw abandon(e);
    }
    return length;
  }

  /** Closes after a failure, without the part of a row that the failure may have left. */
  private IOException abandon(IOException cause) {
    closed = true;
    try (file) {
      if (file.length() > length) {
        file.setLength(length);
      }
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
    return AtomicFile.cannotWrite(path, cause);
  }

  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    try (file) {
      sync();
    } finally {
      closed = true;
    }
  }

  /** The shortest decimal that reads back as the same double, on every Java version. */
  static String decimal(double value) {
    return NumberOutput.toString(value, true);
  }

  /** A name that needs no quoting: a letter, then letters, digits and underscores. */
  static String word(String what, String value) {
    if (!WORD.matcher(value).matches()) {
      throw new IllegalArgumentException(
          "A "
              + what
              + " must be a letter followed by letters, digits or '_', not '"
              + value
              + "'.");
    }
    return value;
  }

  /** One line as a value; what it throws tells why it is none. */
  @FunctionalInterface
  interface RowParser<R> {
    R parse(String[] fields);
  }

  /**
   * Reads a file back; a last line without a newline, the mark of a killed process, is dropped.
   *
   * @throws DamagedRecordException naming file and line of whatever is no row
   */
  static <R> List<R> read(Path path, String header, RowParser<R> parser) throws IOException {
    return read(path, header, line -> line.split(",", -1), parser);
  }

  /** Likewise, for files whose lines are cut into fields in another way. */
  static <R> List<R> read(
      Path path, String header, Function<String, String[]> cut, RowParser<R> parser)
      throws IOException {
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(path);
    } catch (NoSuchFileException e) {
      throw new IOException("There is no " + path + ": the run has not measured anything.", e);
    }
    int end = bytes.length;
    while (end > 0 && bytes[end - 1] != '\n') {
      end--;
    }
    List<R> rows = new ArrayList<>();
    int columns = header.split(",").length;
    int number = 0;
    for (int start = 0; start < end; ) {
      int newline = start;
      while (bytes[newline] != '\n') {
        newline++;
      }
      String line = new String(bytes, start, newline - start, StandardCharsets.UTF_8);
      start = newline + 1;
      number++;
      if (number == 1) {
        if (!line.equals(header)) {
          throw malformed(path, number, "expected the header '" + header + "', found", line);
        }
        continue;
      }
      try {
        String[] fields = cut.apply(line);
        if (fields.length != columns) {
          throw malformed(path, number, "expected " + columns + " fields, found", line);
        }
        rows.add(parser.parse(fields));
      } catch (IllegalArgumentException e) {
        throw malformed(path, number, "cannot read (" + e.getMessage() + ")", line);
      }
    }
    return rows;
  }

  private static DamagedRecordException malformed(
      Path path, int number, String problem, String line) {
    String shown = line.length() > 80 ? line.substring(0, 80) + "…" : line;
    return new DamagedRecordException(
        path
            + ", line "
            + number
            + ": "
            + problem
            + " '"
            + shown
            + "'. The program never writes such a line; restore the file or correct the line.");
  }
}
