package org.fathom4j.record;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * The directory of a run or a comparison, whose files do not change while nobody goes on with it.
 */
public sealed interface RecordDirectory permits RunDirectory, ComparisonDirectory {

  /** The directory itself. */
  Path path();

  /**
   * How its record says that it stands.
   *
   * @throws IOException when there is no record, or none that can be read
   */
  RunStatus status() throws IOException;

  /** The files that do not change then, whether they are there or not. */
  List<Path> sealedFiles();

  /** The {@link Checksums} of these files; there only when it stopped without an error. */
  default Path sha256Sums() {
    return path().resolve("SHA256SUMS");
  }
}
