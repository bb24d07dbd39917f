package org.fathom4j.data;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.fathom4j.text.Spelling;

/**
 * The catalogue: which data sets there are by name, and where each is found.
 *
 * <p>A name is searched in the directory given, and nowhere else if one is given; else in {@code
 * datasets/NAME} under {@link #home()}, then where the operating system's package puts it. Whatever
 * is read is held against the SHA-256 of its decompressed content.
 */
public final class Datasets {

  /** What {@code fathom train} uses when nothing is said. */
  public static final String DEFAULT = "fashion-mnist-1k";

  /** System property that names the directory which holds {@code datasets/}. */
  public static final String HOME_PROPERTY = "fathom.home";

  private static final List<IdxCollection> COLLECTIONS =
      List.of(FashionMnist.EMBEDDED, FashionMnist.FULL);

  /**
   * A data set in words and sizes.
   *
   * @param name what {@code --data} calls it
   * @param summary what it is, a phrase
   * @param trainImages N of the training split
   * @param testImages N of the test split
   * @param rows of an image
   * @param columns of an image
   * @param classNames the classes in the order of their numbers
   * @param hasFiles whether it is read from files, not made up
   * @param fetchable whether {@code fathom data fetch} can download it
   */
  public record Description(
      String name,
      String summary,
      int trainImages,
      int testImages,
      int rows,
      int columns,
      List<String> classNames,
      boolean hasFiles,
      boolean fetchable) {

    public Description {
      classNames = List.copyOf(classNames);
    }
  }

  private Datasets() {}

  /** All names, the default first. */
  public static List<String> names() {
    return catalogue().stream().map(Description::name).toList();
  }

  /** All data sets, the default first. */
  public static List<Description> catalogue() {
    Description fake =
        new Description(
            FakeImages.NAME,
            FakeImages.SUMMARY,
            FakeImages.TRAIN_IMAGES,
            FakeImages.TEST_IMAGES,
            FakeImages.SIDE,
            FakeImages.SIDE,
            FakeImages.CLASS_NAMES,
            false,
            false);
    return Stream.concat(COLLECTIONS.stream().map(Datasets::describe), Stream.of(fake)).toList();
  }

  /**
   * The data set of this name.
   *
   * @throws IllegalArgumentException when there is none, with the nearest spelling
   */
  public static Description describe(String name) {
    return catalogue().stream()
        .filter(d -> d.name().equals(name))
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException(Spelling.unknown("data set", name, names())));
  }

  private static Description describe(IdxCollection c) {
    return new Description(
        c.name(),
        c.summary(),
        c.trainImages(),
        c.testImages(),
        c.rows(),
        c.columns(),
        c.classNames(),
        true,
        c == FashionMnist.FULL);
  }

  /** The directory which holds {@code datasets/}: {@value #HOME_PROPERTY}, else the current one. */
  public static Path home() {
    return Path.of(System.getProperty(HOME_PROPERTY, ""));
  }

  /**
   * Reads a data set and takes the parts of it that were asked for.
   *
   * @throws IllegalArgumentException when more samples are asked for than there are
   * @throws DataException when files are missing, damaged or not what they claim to be
   */
  public static Dataset load(DatasetRequest request) throws DataException {
    Description about = describe(request.name());
    requireAvailable("--train-samples", request.trainSamples(), about.trainImages(), about);
    requireAvailable("--test-samples", request.testSamples(), about.testImages(), about);
    Dataset all;
    if (request.name().equals(FakeImages.NAME)) {
      if (request.directory().isPresent()) {
        throw new IllegalArgumentException(
            "The data set fake is made up on the spot and has no directory: leave out --data-dir.");
      }
      all = FakeImages.dataset();
    } else {
      all = collection(request.name()).load(request.directory(), request.home());
    }
    return new Dataset(
        all.name(),
        part(all.train(), request.trainSamples(), request.seed()),
        part(all.test(), request.testSamples(), request.seed()),
        all.sha256(),
        all.directory());
  }

  private static LabeledImages part(LabeledImages split, OptionalInt samples, long seed) {
    return samples.isPresent() ? split.subset(samples.getAsInt(), seed) : split;
  }

  private static void requireAvailable(
      String option, OptionalInt samples, int available, Description about) {
    if (samples.orElse(0) > available) {
      throw new IllegalArgumentException(
          String.format(
              "%s %d is more than the %,d images that %s has: ask for 1 to %d.",
              option, samples.getAsInt(), available, about.name(), available));
    }
  }

  /** Where a data set would be read from, if all its files are in one of the usual places. */
  public static Optional<Path> find(String name, Path home) {
    describe(name);
    return COLLECTIONS.stream()
        .filter(c -> c.name().equals(name))
        .findFirst()
        .flatMap(c -> c.find(home));
  }

  /** The data sets that have at least one of their files in one of the usual places. */
  public static List<String> present(Path home) {
    return COLLECTIONS.stream()
        .filter(c -> c.findAny(home).isPresent())
        .map(IdxCollection::name)
        .toList();
  }

  /**
   * Where {@code fathom data fetch} puts the files of a data set when no directory is given.
   *
   * @throws IllegalArgumentException for an unknown name, or one that has no files
   */
  public static Path directory(String name, Path home) {
    return collection(name).directoryUnder(home);
  }

  /**
   * Holds the files of a data set against their hashes.
   *
   * @param directory where they lie; empty: the first of the usual places that has any of them
   * @throws IllegalArgumentException for an unknown name, or one that has no files
   * @throws DataException when there is nothing to check
   */
  public static DatasetCheck check(String name, Optional<Path> directory, Path home)
      throws DataException {
    return collection(name).check(directory, home);
  }

  private static IdxCollection collection(String name) {
    describe(name);
    return COLLECTIONS.stream()
        .filter(c -> c.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "The data set " + name + " is made up on the spot; it has no files."));
  }
}
