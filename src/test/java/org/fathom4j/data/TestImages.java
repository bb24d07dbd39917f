package org.fathom4j.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** Small images for tests: 3 rows, 4 columns, 5 classes, nothing equal that could be confused. */
final class TestImages {

  static final int ROWS = 3;
  static final int COLUMNS = 4;
  static final int INPUTS = 12;
  static final List<String> CLASSES = List.of("a", "b", "c", "d", "e");

  private TestImages() {}

  /** N images, image i of class i mod 5 and with i in its first pixel. */
  static LabeledImages split(int n) {
    SplitMix64 random = new SplitMix64(17);
    byte[] pixels = new byte[n * INPUTS];
    byte[] labels = new byte[n];
    for (int i = 0; i < n; i++) {
      labels[i] = (byte) (i % CLASSES.size());
      pixels[i * INPUTS] = (byte) i;
      for (int j = 1; j < INPUTS; j++) {
        pixels[i * INPUTS + j] = (byte) random.nextInt(256);
      }
    }
    return LabeledImages.of(pixels, labels, ROWS, COLUMNS, 1, CLASSES);
  }

  static LabeledImages of(
      int rows, int columns, List<String> classes, int[] labels, int... pixels) {
    return LabeledImages.of(bytes(pixels), bytes(labels), rows, columns, 1, classes);
  }

  static byte[] bytes(int... numbers) {
    byte[] bytes = new byte[numbers.length];
    IntStream.range(0, numbers.length).forEach(i -> bytes[i] = (byte) numbers[i]);
    return bytes;
  }

  static IdxFile file(IdxPart part) {
    LabeledImages split = split(part.isTraining() ? 23 : 11);
    return part.content() == IdxFile.Content.IMAGES
        ? split.imageFile(part.fileName())
        : split.labelFile(part.fileName());
  }

  /** A collection of 23 + 11 images that knows its hashes and no other place than datasets/tiny. */
  static IdxCollection collection() {
    Map<IdxPart, String> hashes = new EnumMap<>(IdxPart.class);
    for (IdxPart part : IdxPart.values()) {
      hashes.put(part, file(part).sha256());
    }
    return new IdxCollection(
        "tiny", "tiny", CLASSES, ROWS, COLUMNS, 23, 11, hashes, Optional.empty(), "Take care.");
  }

  /** Writes the four files of {@link #collection()}. */
  static Path write(Path directory) throws IOException {
    Files.createDirectories(directory);
    for (IdxPart part : IdxPart.values()) {
      file(part).write(directory.resolve(part.compressedName()));
    }
    return directory;
  }
}
