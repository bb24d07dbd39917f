package org.fathom4j.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Makes {@code datasets/fashion-mnist-1k} from the full data set: of both splits the first 100
 * images of each class, in the order of the file.
 *
 * <pre>
 *   mvn -q -DskipTests package
 *   java -cp target/classes:target/test-classes:$(cat target/classpath.txt) \
 *     org.fathom4j.data.EmbeddedSubset /usr/share/datasets/fashion-mnist datasets/fashion-mnist-1k
 * </pre>
 */
final class EmbeddedSubset {

  static final int IMAGES_PER_CLASS = 100;

  private EmbeddedSubset() {}

  /** Source directory, target directory. */
  public static void main(String[] directories) throws IOException {
    Path target = Path.of(directories[1]);
    Dataset full = FashionMnist.FULL.load(Optional.of(Path.of(directories[0])), target);
    Files.createDirectories(target);
    for (IdxPart part : IdxPart.values()) {
      file(full, part).write(target.resolve(part.compressedName()));
    }
  }

  /** One of the four files of the subset. */
  static IdxFile file(Dataset full, IdxPart part) {
    LabeledImages split = firstOfEachClass(part.isTraining() ? full.train() : full.test());
    return part.content() == IdxFile.Content.IMAGES
        ? split.imageFile(part.fileName())
        : split.labelFile(part.fileName());
  }

  private static LabeledImages firstOfEachClass(LabeledImages split) {
    int[] taken = new int[split.classes()];
    int[] first =
        IntStream.range(0, split.size())
            .filter(i -> taken[split.label(i)]++ < IMAGES_PER_CLASS)
            .toArray();
    if (Arrays.stream(taken).anyMatch(n -> n < IMAGES_PER_CLASS)) {
      throw new IllegalArgumentException(
          "A class has fewer than 100 images: " + Arrays.toString(taken));
    }
    return split.select(first);
  }
}
