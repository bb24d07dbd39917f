package org.fathom4j.record;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The content of {@code SHA256SUMS}: what the files of a run or a comparison hash to since it
 * stopped.
 *
 * <p>Written last of all, when a run is done, diverged or interrupted, or when a comparison ends
 * without an error; removed before it goes on. Pictures and checkpoints are not in it: the ones are
 * made again at any time, the others serve a run that has not ended. The format is that of
 * coreutils: {@code sha256sum -c SHA256SUMS} in the directory checks the same.
 *
 * @param sha256 hash by file name, hexadecimal in lower case
 */
public record Checksums(Map<String, String> sha256) {

  private static final int BUFFER_BYTES = 1 << 16;

  /** A hash, two spaces (or a space and an asterisk, for binary reading), a name without path. */
  private static final Pattern LINE = Pattern.compile("([0-9a-f]{64}) [ *]([^/\\\\]+)");

  public Checksums {
    sha256 = Collections.unmodifiableMap(new LinkedHashMap<>(sha256));
  }

  /**
   * Hashes the files of a run or comparison that has stopped and writes the file.
   *
   * @throws IOException naming the file that cannot be read or written
   */
  public static void seal(RecordDirectory directory) throws IOException {
    Map<String, String> hashes = new LinkedHashMap<>();
    for (Path file : directory.sealedFiles()) {
      if (Files.exists(file)) {
        hashes.put(file.getFileName().toString(), hash(file));
      }
    }
    new Checksums(hashes).write(directory);
  }

  /** Removes the file: the run or comparison goes on. */
  public static void unseal(RecordDirectory directory) throws IOException {
    Files.deleteIfExists(directory.sha256Sums());
  }

  /**
   * Reads the file.
   *
   * @return empty when there is none: it is at work or failed, or an older version made it
   * @throws DamagedRecordException naming the line that is none
   */
  public static Optional<Checksums> read(RecordDirectory directory) throws IOException {
    Path file = directory.sha256Sums();
    String text;
    try {
      text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    Map<String, String> hashes = new LinkedHashMap<>();
    int number = 0;
    for (String line : text.lines().toList()) {
      number++;
      Matcher parts = LINE.matcher(line);
      if (!parts.matches() || hashes.put(parts.group(2), parts.group(1)) != null) {
        throw new DamagedRecordException(
            file
                + ", line "
                + number
                + ": expected a SHA-256, two spaces and the name of a file that has no other line."
                + " Restore the file from a copy.");
      }
    }
    return Optional.of(new Checksums(hashes));
  }

  /** SHA-256 of a file as it is now, hexadecimal in lower case. */
  public static String hash(Path file) throws IOException {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256.", e);
    }
    byte[] buffer = new byte[BUFFER_BYTES];
    try (InputStream in = Files.newInputStream(file)) {
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        digest.update(buffer, 0, read);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** The same without one file, which is about to be removed. */
  Checksums without(Path file) {
    Map<String, String> others = new LinkedHashMap<>(sha256);
    others.remove(file.getFileName().toString());
    return new Checksums(others);
  }

  /** Writes or replaces the file atomically. */
  void write(RecordDirectory directory) throws IOException {
    String text =
        sha256.entrySet().stream()
            .map(entry -> entry.getValue() + "  " + entry.getKey() + "\n")
            .collect(Collectors.joining());
    AtomicFile.write(
        directory.sha256Sums(), out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
  }
}
