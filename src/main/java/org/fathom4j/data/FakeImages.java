package org.fathom4j.data;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A tiny data set for tests, made up on the spot: each class has a random pattern of 8 × 8 pixels,
 * each image is its class's pattern with a quarter of the contrast taken by noise.
 *
 * <pre>
 *   pixel = ¾ pattern[class][place] + ¼ noise      both uniform on 0 … 255
 * </pre>
 *
 * <p>It is learned within a few epochs, and always the same.
 */
final class FakeImages {

  static final String NAME = "fake";
  static final String SUMMARY = "tiny, made up, for tests";
  static final int SIDE = 8;
  static final int CLASSES = 10;
  static final int TRAIN_IMAGES = 200;
  static final int TEST_IMAGES = 100;

  static final List<String> CLASS_NAMES =
      IntStream.range(0, CLASSES).mapToObj(c -> "pattern " + c).toList();

  private static final long SEED = 1;

  private FakeImages() {}

  static Dataset dataset() {
    SplitMix64 random = new SplitMix64(SEED);
    int[][] patterns = new int[CLASSES][SIDE * SIDE];
    for (int[] pattern : patterns) {
      for (int j = 0; j < pattern.length; j++) {
        pattern[j] = random.nextInt(256);
      }
    }
    LabeledImages train = noisy(patterns, TRAIN_IMAGES, random);
    LabeledImages test = noisy(patterns, TEST_IMAGES, random);
    Map<String, String> hashes = new LinkedHashMap<>();
    for (IdxPart part : IdxPart.values()) {
      LabeledImages split = part.isTraining() ? train : test;
      IdxFile file =
          part.content() == IdxFile.Content.IMAGES
              ? split.imageFile(part.fileName())
              : split.labelFile(part.fileName());
      hashes.put(part.fileName(), file.sha256());
    }
    return new Dataset(NAME, train, test, hashes, Optional.empty());
  }

  private static LabeledImages noisy(int[][] patterns, int images, SplitMix64 random) {
    int d = SIDE * SIDE;
    byte[] pixels = new byte[images * d];
    byte[] labels = new byte[images];
    for (int i = 0; i < images; i++) {
      labels[i] = (byte) (i % CLASSES);
      for (int j = 0; j < d; j++) {
        pixels[i * d + j] = (byte) ((3 * patterns[labels[i]][j] + random.nextInt(256)) / 4);
      }
    }
    return LabeledImages.of(pixels, labels, SIDE, SIDE, 1, CLASS_NAMES);
  }
}
