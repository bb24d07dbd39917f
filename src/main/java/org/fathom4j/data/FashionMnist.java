package org.fathom4j.data;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Fashion-MNIST: 60,000 training and 10,000 test images of clothes, grey, 28 × 28, ten classes; and
 * the subset of 1,000 + 1,000 of them that comes with this repository.
 *
 * <p>The hashes are those of the decompressed files: mirrors may compress differently.
 *
 * @see <a href="https://arxiv.org/abs/1708.07747">Xiao, Rasul &amp; Vollgraf, Fashion-MNIST: a
 *     Novel Image Dataset for Benchmarking Machine Learning Algorithms, 2017</a>
 */
public final class FashionMnist {

  /** The classes in the order of their numbers. */
  public static final List<String> CLASS_NAMES =
      List.of(
          "T-shirt/top",
          "Trouser",
          "Pullover",
          "Dress",
          "Coat",
          "Sandal",
          "Shirt",
          "Sneaker",
          "Bag",
          "Ankle boot");

  /** Where the four {@code .gz} files can be downloaded, in the order they are tried. */
  public static final List<URI> MIRRORS =
      List.of(
          URI.create("https://storage.googleapis.com/tensorflow/tf-keras-datasets/"),
          URI.create(
              "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/"),
          URI.create("https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/"),
          URI.create(
              "https://apache-mxnet.s3-accelerate.dualstack.amazonaws.com"
                  + "/gluon/dataset/fashion-mnist/"));

  /** Where Debian's package {@code dataset-fashion-mnist} puts the files. */
  static final Path SYSTEM_DIRECTORY = Path.of("/usr/share/datasets/fashion-mnist");

  static final IdxCollection FULL =
      new IdxCollection(
          "fashion-mnist",
          "all of Fashion-MNIST",
          CLASS_NAMES,
          28,
          28,
          60_000,
          10_000,
          Map.of(
              IdxPart.TRAIN_IMAGES,
              "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
              IdxPart.TRAIN_LABELS,
              "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
              IdxPart.TEST_IMAGES,
              "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
              IdxPart.TEST_LABELS,
              "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"),
          Optional.of(SYSTEM_DIRECTORY),
          "Run ./fathom data fetch fashion-mnist, or install Debian's package"
              + " dataset-fashion-mnist, or pass --data-dir DIR.");

  static final IdxCollection EMBEDDED =
      new IdxCollection(
          "fashion-mnist-1k",
          "the first 100 training and 100 test images of each class of Fashion-MNIST, embedded",
          CLASS_NAMES,
          28,
          28,
          1_000,
          1_000,
          Map.of(
              IdxPart.TRAIN_IMAGES,
              "a7e53275975bcefa1ef1bcac502fe6f5e4fd01774d43792f4a839144acf524f3",
              IdxPart.TRAIN_LABELS,
              "9f361592fa79786ffb0f262ede3ea19f20772797efa627328326451c74b21126",
              IdxPart.TEST_IMAGES,
              "7cee33c3c6414b1b86c25e665a6c4f41584269de3b7cc9768b1d351922845eef",
              IdxPart.TEST_LABELS,
              "3128d790775889812b73c4f13923559c8b9e281d112c6ea7862acf60a206a909"),
          Optional.empty(),
          "It comes with the repository: run git checkout -- datasets/fashion-mnist-1k there, and"
              + " outside of ./fathom set -Dfathom.home to the repository's root.");

  /**
   * Decompressed files of MNIST, the handwritten digits, which have the same names and shapes.
   *
   * @see <a href="https://storage.googleapis.com/cvdf-datasets/mnist/">CVDF's copy of MNIST</a>
   */
  static final Map<String, String> FILES_OF_MNIST =
      Map.of(
          "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
          IdxPart.TRAIN_IMAGES.fileName(),
          "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
          IdxPart.TRAIN_LABELS.fileName(),
          "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
          IdxPart.TEST_IMAGES.fileName(),
          "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
          IdxPart.TEST_LABELS.fileName());

  private FashionMnist() {}

  /** Says whose content a hash belongs to, if it is a well-known one. */
  static Optional<String> recognize(String sha256) {
    if (FILES_OF_MNIST.containsKey(sha256)) {
      return Optional.of(
          FILES_OF_MNIST.get(sha256) + " of MNIST (handwritten digits), not of Fashion-MNIST");
    }
    for (IdxCollection collection : List.of(FULL, EMBEDDED)) {
      for (Map.Entry<IdxPart, String> file : collection.sha256().entrySet()) {
        if (file.getValue().equals(sha256)) {
          return Optional.of(file.getKey().fileName() + " of " + collection.name());
        }
      }
    }
    return Optional.empty();
  }
}
