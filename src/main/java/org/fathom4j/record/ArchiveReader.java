package org.fathom4j.record;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/** A zip file with a closed list of entry names, bounded sizes and checked sums. */
final class ArchiveReader implements AutoCloseable {

  /** Deflate cannot do better: 258 bytes of output take at least two bits of input. */
  private static final long LARGEST_RATIO = 1032;

  private static final Set<String> JAVA_SERIALIZED = Set.of("preprocessor.bin", "normalizer.bin");

  private final Path file;
  private final ZipFile zip;
  private final Map<String, ZipEntry> entries = new LinkedHashMap<>();

  /**
   * Opens an archive.
   *
   * @throws ModelArchiveException when it is no zip file, or has an entry not in {@code allowed}
   */
  ArchiveReader(Path file, Set<String> allowed) throws IOException {
    this.file = file;
    if (!Files.isRegularFile(file)) {
      throw new ModelArchiveException(
          file, Files.exists(file) ? "it is no file" : "there is no such file", "Check the path.");
    }
    try {
      this.zip = new ZipFile(file.toFile());
    } catch (ZipException e) {
      throw new ModelArchiveException(
          file,
          "it is no zip archive, or a truncated one (" + e.getMessage() + ")",
          "Give a model.zip or checkpoint that was written whole.",
          e);
    }
    try {
      var all = zip.entries();
      while (all.hasMoreElements()) {
        admit(all.nextElement(), allowed);
      }
    } catch (IOException | RuntimeException e) {
      zip.close();
      if (e instanceof IllegalArgumentException) {
        throw new ModelArchiveException(
            file, "the name of an entry is no text", "Do not load it.", e);
      }
      throw e;
    }
  }

  private void admit(ZipEntry entry, Set<String> allowed) throws ModelArchiveException {
    String name = entry.getName();
    if (allowed.contains(name)) {
      if (entries.put(name, entry) != null) {
        throw new ModelArchiveException(
            file, "it has two entries named " + name, "Do not load it; get an intact copy.");
      }
      return;
    }
    if (JAVA_SERIALIZED.contains(name)) {
      throw new ModelArchiveException(
          file,
          "its entry "
              + name
              + " can hold a serialized Java object, and loading one can run any code",
          "Ask whoever made it for an archive saved without normalizer or preprocessor.");
    }
    boolean path = name.contains("/") || name.contains("\\") || name.contains(":");
    throw new ModelArchiveException(
        file,
        (path
            ? "its entry '" + printable(name) + "' is a path"
            : "it has the unknown entry '" + printable(name) + "'"),
        "A model archive holds "
            + String.join(", ", allowed.stream().sorted().toList())
            + " and nothing else.");
  }

  private static String printable(String name) {
    String shown = name.length() > 80 ? name.substring(0, 80) + "…" : name;
    return shown.replaceAll("\\p{Cntrl}", "?");
  }

  boolean has(String name) {
    return entries.containsKey(name);
  }

  /**
   * A whole small entry.
   *
   * @throws ModelArchiveException when missing, larger than {@code limit} or damaged
   */
  byte[] bytes(String name, long limit) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (Entry in = open(name, limit)) {
      in.transferTo(bytes);
      in.requireEnd();
    }
    return bytes.toByteArray();
  }

  /** An entry as a stream that ends with an exception rather than exceed {@code limit} bytes. */
  Entry open(String name, long limit) throws IOException {
    ZipEntry entry = entries.get(name);
    if (entry == null) {
      throw new ModelArchiveException(
          file,
          "its entry " + name + " is missing",
          "Give an archive that DL4J or Fathom4J wrote.");
    }
    if (entry.getSize() > limit) {
      throw oversized(name, entry.getSize(), limit);
    }
    return new Entry(zip.getInputStream(entry), entry, limit);
  }

  /** Refuses an entry that cannot hold {@code bytes} bytes, before anybody makes room for them. */
  void requireRoomFor(String name, long bytes) throws ModelArchiveException {
    ZipEntry entry = entries.get(name);
    if (entry.getSize() < bytes || entry.getCompressedSize() * LARGEST_RATIO < bytes) {
      throw new ModelArchiveException(
          file,
          "its entry " + name + " is too short for the " + bytes + " bytes of numbers it claims",
          "Get an intact copy.");
    }
  }

  private ModelArchiveException oversized(String name, long size, long limit) {
    return new ModelArchiveException(
        file,
        "its entry "
            + name
            + " has "
            + (size > limit ? size : "more than " + limit)
            + " bytes, but at most "
            + limit
            + " make sense there",
        "Do not load it; get an intact copy.");
  }

  ModelArchiveException damaged(String name, String problem, Throwable cause) {
    return new ModelArchiveException(
        file, "its entry " + name + " is damaged: " + problem, "Get an intact copy.", cause);
  }

  @Override
  public void close() throws IOException {
    zip.close();
  }

  /** One entry: counts what comes out, and compares length and sum at the end. */
  final class Entry extends FilterInputStream {

    private final ZipEntry entry;
    private final long limit;
    private final CRC32 sum = new CRC32();
    private long count;

    private Entry(InputStream in, ZipEntry entry, long limit) {
      super(in);
      this.entry = entry;
      this.limit = limit;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int read;
      try {
        read = super.read(buffer, offset, length);
      } catch (ZipException | EOFException e) {
        throw damaged(entry.getName(), e.getMessage(), e);
      }
      if (read > 0) {
        count += read;
        if (count > limit) {
          throw oversized(entry.getName(), count, limit);
        }
        sum.update(buffer, offset, read);
      }
      return read;
    }

    @Override
    public long skip(long n) throws IOException {
      throw new UnsupportedOperationException("every byte counts for the sum");
    }

    @Override
    public boolean markSupported() {
      return false;
    }

    /** Everything was read, and it is what was written. */
    void requireEnd() throws IOException {
      if (read() >= 0) {
        throw damaged(entry.getName(), "bytes follow its end", null);
      }
      if (count != entry.getSize() || sum.getValue() != entry.getCrc()) {
        throw damaged(entry.getName(), "length or checksum (CRC-32) differ", null);
      }
    }
  }
}
