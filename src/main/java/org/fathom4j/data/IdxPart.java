package org.fathom4j.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The four files of a data set in the manner of MNIST. */
enum IdxPart {
  TRAIN_IMAGES("train-images-idx3-ubyte", IdxFile.Content.IMAGES),
  TRAIN_LABELS("train-labels-idx1-ubyte", IdxFile.Content.LABELS),
  TEST_IMAGES("t10k-images-idx3-ubyte", IdxFile.Content.IMAGES),
  TEST_LABELS("t10k-labels-idx1-ubyte", IdxFile.Content.LABELS);

  private final String fileName;
  private final IdxFile.Content content;

  IdxPart(String fileName, IdxFile.Content content) {
    this.fileName = fileName;
    this.content = content;
  }

  /** Its name without {@code .gz}. */
  String fileName() {
    return fileName;
  }

  String compressedName() {
    return fileName + ".gz";
  }

  IdxFile.Content content() {
    return content;
  }

  boolean isTraining() {
    return this == TRAIN_IMAGES || this == TRAIN_LABELS;
  }

  /** The file in a directory, compressed if there is such a one, else plain. */
  Optional<Path> in(Path directory) {
    Path compressed = directory.resolve(compressedName());
    Path plain = directory.resolve(fileName);
    return Files.exists(compressed)
        ? Optional.of(compressed)
        : Optional.of(plain).filter(Files::exists);
  }
}
