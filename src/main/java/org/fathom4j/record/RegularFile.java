package org.fathom4j.record;

import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import java.util.Set;

/**
 * Files of a run directory as someone reads them who did not write them: whoever made the directory
 * may have put a link or a pipe in a log's place.
 */
public final class RegularFile {

  private RegularFile() {}

  /** What the system says about a regular file; empty for anything else, links too. */
  public static Optional<BasicFileAttributes> attributes(Path file) {
    try {
      return Optional.of(
              Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS))
          .filter(BasicFileAttributes::isRegularFile);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Opens a file for reading, never one that a link leads to. */
  static SeekableByteChannel open(Path file) throws IOException {
    return Files.newByteChannel(file, Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS));
  }
}
