package org.fathom4j.data;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A data set in memory, and where it comes from.
 *
 * @param name its name in the catalogue
 * @param train the training split, or the part of it that was asked for
 * @param test the test split, or the part of it that was asked for
 * @param sha256 SHA-256 of the whole decompressed files by their names without {@code .gz}, in the
 *     order training images, training labels, test images, test labels
 * @param directory where the files were read; empty when the images are generated
 */
public record Dataset(
    String name,
    LabeledImages train,
    LabeledImages test,
    Map<String, String> sha256,
    Optional<Path> directory) {

  public Dataset {
    if (train.inputs() != test.inputs() || train.classes() != test.classes()) {
      throw new IllegalArgumentException(
          String.format(
              "The splits of %s contradict each other: training images of %d numbers in %d classes,"
                  + " test images of %d numbers in %d classes.",
              name, train.inputs(), train.classes(), test.inputs(), test.classes()));
    }
    sha256 = Collections.unmodifiableMap(new LinkedHashMap<>(sha256));
  }

  /**
   * Where it comes from, for a record that others read: files below {@code home} as seen from
   * there, which is the same wherever the program lies.
   *
   * @param home the directory that holds {@code datasets/}
   */
  public String source(Path home) {
    return directory.map(path -> seenFrom(home, path)).orElse("generated");
  }

  private static String seenFrom(Path home, Path path) {
    Path from = home.toAbsolutePath().normalize();
    Path to = path.toAbsolutePath().normalize();
    return (to.startsWith(from) ? from.relativize(to) : to).toString();
  }
}
