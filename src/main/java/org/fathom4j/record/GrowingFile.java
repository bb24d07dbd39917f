package org.fathom4j.record;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;

/**
 * Reads a log that another process appends to, each line once: whoever looks again reads only what
 * has been added.
 *
 * <p>A log that was cut, replaced or removed, as a run taken up again does with its own, is read
 * from the start; a link is no log. A last line without its newline waits for the rest. Not for
 * concurrent use.
 */
public final class GrowingFile {

  /** Takes the lines. */
  public interface Reader {

    /** What was read so far is no longer in the file. */
    void restart();

    /**
     * The next line, without its newline.
     *
     * @throws IllegalArgumentException saying why it is none; the line is passed over
     */
    void line(String line);
  }

  private static final int BUFFER_BYTES = 1 << 16;
  private static final int LONGEST_LINE = BUFFER_BYTES / 2;

  /** As many bytes before the place where we go on are compared with what we had read. */
  private static final int REMEMBERED = 64;

  private final Path file;
  private final String header;
  private final Reader reader;

  private long offset;
  private long size;
  private long lines;
  private int generation;
  private Object key;
  private FileTime time;
  private byte[] before = new byte[0];
  private String problem;
  private boolean unreadable;
  private boolean more;

  /**
   * A log that has not been read yet; it need not be there.
   *
   * @param header what its first line must be; null if it has none
   */
  public GrowingFile(Path file, String header, Reader reader) {
    this.file = file;
    this.header = header;
    this.reader = reader;
  }

  /** Bytes read. */
  public long read() {
    return offset;
  }

  /** Bytes of the file at the last look. */
  public long size() {
    return size;
  }

  /** Whether the last call left whole buffers for the next. */
  public boolean more() {
    return more;
  }

  /** The first line that was none, and why; null if there was none such. */
  public String problem() {
    return problem;
  }

  /** Differs whenever what was read differs. */
  public String stamp() {
    return generation + "." + offset + "." + size;
  }

  /**
   * Reads on.
   *
   * @param most bytes to read now; the next call goes on after them
   * @throws IOException when the file is there but cannot be read
   */
  public void update(long most) throws IOException {
    Optional<BasicFileAttributes> now = RegularFile.attributes(file);
    if (now.isEmpty()) {
      if (offset > 0 || size > 0) {
        restart();
      }
      size = 0;
      time = null;
      return;
    }
    BasicFileAttributes attributes = now.get();
    boolean same =
        Objects.equals(key, attributes.fileKey())
            && size == attributes.size()
            && attributes.lastModifiedTime().equals(time);
    if (same && (offset == size || unreadable)) {
      return;
    }
    try (SeekableByteChannel channel = RegularFile.open(file)) {
      boolean other = !Objects.equals(key, attributes.fileKey());
      if ((lines > 0 || unreadable) && (other || !continues(channel))) {
        restart();
      }
      key = attributes.fileKey();
      time = attributes.lastModifiedTime();
      size = channel.size();
      readOn(channel, Math.min(size, offset + most));
      more = !unreadable && channel.position() < size;
    } catch (NoSuchFileException e) {
      restart();
      size = 0;
      time = null;
    }
  }

  private void restart() {
    reader.restart();
    generation++;
    offset = 0;
    lines = 0;
    before = new byte[0];
    problem = null;
    unreadable = false;
    more = false;
  }

  private boolean continues(SeekableByteChannel channel) throws IOException {
    if (channel.size() < offset) {
      return false;
    }
    ByteBuffer found = ByteBuffer.allocate(before.length);
    channel.position(offset - before.length);
    while (found.hasRemaining() && channel.read(found) >= 0) {
      continue;
    }
    return Arrays.equals(found.array(), before);
  }

  private void readOn(SeekableByteChannel channel, long end) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
    channel.position(offset);
    while (!unreadable && channel.position() < end && channel.read(buffer) >= 0) {
      byte[] bytes = buffer.array();
      int start = 0;
      for (int i = 0; i < buffer.position() && !unreadable; i++) {
        if (bytes[i] == '\n') {
          line(new String(bytes, start, i - start, StandardCharsets.UTF_8));
          start = i + 1;
        }
      }
      if (start > 0) {
        before = Arrays.copyOfRange(bytes, Math.max(0, start - REMEMBERED), start);
        offset += start;
      }
      buffer.flip().position(start);
      buffer.compact();
      if (buffer.position() > LONGEST_LINE) {
        refuse("is longer than " + LONGEST_LINE + " bytes");
        unreadable = true;
      }
    }
  }

  private void line(String line) {
    lines++;
    if (lines == 1 && header != null) {
      if (!line.equals(header)) {
        refuse("is not the header " + header);
        unreadable = true;
      }
      return;
    }
    try {
      reader.line(line);
    } catch (IllegalArgumentException e) {
      refuse("cannot be read (" + e.getMessage() + ")");
    }
  }

  private void refuse(String why) {
    if (problem == null) {
      problem = file + ", line " + Math.max(lines, 1) + ", " + why + ": it is left out here.";
    }
  }
}
