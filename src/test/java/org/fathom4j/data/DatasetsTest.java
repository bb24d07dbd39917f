package org.fathom4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetsTest {

  private static final IdxCollection TINY = TestImages.collection();
  private static final Path EMBEDDED = Path.of("datasets", "fashion-mnist-1k");

  @TempDir Path home;

  @Test
  void the_embedded_subset_is_the_default_and_is_read_without_a_word() throws IOException {
    assertThat(Datasets.names()).containsExactly("fashion-mnist-1k", "fashion-mnist", "fake");
    Dataset data = Datasets.load(DatasetRequest.of(Datasets.DEFAULT));
    assertThat(data.train().size()).isEqualTo(1000);
    assertThat(data.test().size()).isEqualTo(1000);
    assertThat(data.train().inputs()).isEqualTo(784);
    assertThat(data.train().countByClass()).containsOnly(100);
    assertThat(data.test().countByClass()).containsOnly(100);
    assertThat(data.train().classNames()).startsWith("T-shirt/top").endsWith("Ankle boot");
    assertThat(data.sha256())
        .containsOnlyKeys(
            "train-images-idx3-ubyte",
            "train-labels-idx1-ubyte",
            "t10k-images-idx3-ubyte",
            "t10k-labels-idx1-ubyte");
    assertThat(data.directory()).contains(EMBEDDED);
  }

  @Test
  void samples_are_taken_from_both_splits() throws IOException {
    Dataset data = Datasets.load(fake(OptionalInt.of(35), OptionalInt.of(20), 3));
    assertThat(data.train().size()).isEqualTo(35);
    assertThat(data.test().countByClass()).containsOnly(2);
    assertThat(data.sha256())
        .isEqualTo(Datasets.load(fake(OptionalInt.empty(), OptionalInt.empty(), 3)).sha256());
  }

  @Test
  void fake_images_are_always_the_same_and_their_classes_are_told_apart() throws IOException {
    Dataset data = Datasets.load(fake(OptionalInt.empty(), OptionalInt.empty(), 1));
    assertThat(data.train().imageFile("x").sha256())
        .isEqualTo(FakeImages.dataset().train().imageFile("x").sha256());
    assertThat(data.directory()).isEmpty();
    assertThat(data.train().size()).isEqualTo(200);
    assertThat(data.test().size()).isEqualTo(100);
    int right = 0;
    for (int i = 0; i < data.test().size(); i++) {
      right += nearestLabel(data.train(), data.test(), i) == data.test().label(i) ? 1 : 0;
    }
    assertThat(right).as("right of 100, by the nearest training image").isEqualTo(100);
  }

  @Test
  void an_unknown_name_is_a_mistake_of_the_caller() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DatasetRequest.of("fashion_mnist"))
        .withMessage(
            "There is no data set 'fashion_mnist'. Did you mean 'fashion-mnist'? Known:"
                + " fashion-mnist-1k, fashion-mnist, fake.");
  }

  @Test
  void impossible_sample_counts_are_mistakes_of_the_caller() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> fake(OptionalInt.of(0), OptionalInt.empty(), 1))
        .withMessage("--train-samples must be at least 1, but is 0.");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> fake(OptionalInt.empty(), OptionalInt.of(-3), 1))
        .withMessage("--test-samples must be at least 1, but is -3.");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Datasets.load(fake(OptionalInt.of(201), OptionalInt.empty(), 1)))
        .withMessage(
            "--train-samples 201 is more than the 200 images that fake has: ask for 1 to 200.");
  }

  @Test
  void too_many_samples_are_noticed_before_any_file_is_looked_for() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                Datasets.load(
                    new DatasetRequest(
                        "fashion-mnist",
                        Optional.of(home.resolve("nowhere")),
                        OptionalInt.of(60_001),
                        OptionalInt.empty(),
                        1,
                        home)))
        .withMessageStartingWith("--train-samples 60001 is more than the 60,000 images");
  }

  @Test
  void fake_images_have_no_directory() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                Datasets.load(
                    new DatasetRequest(
                        "fake",
                        Optional.of(home),
                        OptionalInt.empty(),
                        OptionalInt.empty(),
                        1,
                        home)))
        .withMessageContaining("leave out --data-dir");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Datasets.check("fake", Optional.empty(), home));
  }

  @Test
  void files_are_found_under_the_home_directory() throws IOException {
    Path place = TestImages.write(TINY.directoryUnder(home));
    Dataset data = TINY.load(Optional.empty(), home);
    assertThat(data.directory()).contains(place);
    assertThat(data.train().size()).isEqualTo(23);
    assertThat(data.test().size()).isEqualTo(11);
    assertThat(TINY.check(Optional.empty(), home).holds()).isTrue();
  }

  @Test
  void decompressed_files_are_read_as_well() throws IOException {
    for (IdxPart part : IdxPart.values()) {
      TestImages.file(part).write(home.resolve(part.fileName()));
    }
    assertThat(TINY.load(Optional.of(home), home).train().size()).isEqualTo(23);
  }

  @Test
  void an_incomplete_place_is_passed_over_for_a_complete_one() throws IOException {
    Path system = TestImages.write(home.resolve("system"));
    Files.createDirectories(TINY.directoryUnder(home));
    TestImages.file(IdxPart.TEST_LABELS)
        .write(TINY.directoryUnder(home).resolve("t10k-labels-idx1-ubyte.gz"));
    IdxCollection collection = withSystemDirectory(system);
    assertThat(collection.load(Optional.empty(), home).directory()).contains(system);
    assertThat(collection.find(home)).contains(system);
    assertThat(collection.findAny(home)).contains(TINY.directoryUnder(home));
  }

  @Test
  void missing_files_are_named_with_every_place_and_the_cure() throws IOException {
    IdxCollection collection = withSystemDirectory(home.resolve("system"));
    Path place = Files.createDirectories(collection.directoryUnder(home));
    TestImages.file(IdxPart.TRAIN_LABELS).write(place.resolve("train-labels-idx1-ubyte.gz"));
    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> collection.load(Optional.empty(), home))
        .withMessage(
            "The data set tiny is not in %s, nor in %s (%s is incomplete, it lacks"
                + " train-images-idx3-ubyte.gz, t10k-images-idx3-ubyte.gz,"
                + " t10k-labels-idx1-ubyte.gz). Take care.",
            place, home.resolve("system"), place);
  }

  @Test
  void a_missing_directory_is_named_and_nothing_else_is_searched() throws IOException {
    TestImages.write(TINY.directoryUnder(home));
    Path nowhere = home.resolve("nowhere");
    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> TINY.load(Optional.of(nowhere), home))
        .withMessage("There is no directory %s, where tiny was to be read. Take care.", nowhere);
    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> TINY.check(Optional.of(nowhere), home));
  }

  @Test
  void the_cure_for_fashion_mnist_names_three_ways() {
    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> FashionMnist.FULL.load(Optional.of(home), home))
        .withMessageStartingWith(home + " lacks train-images-idx3-ubyte.gz, ")
        .withMessageContaining("./fathom data fetch fashion-mnist")
        .withMessageContaining("dataset-fashion-mnist")
        .withMessageContaining("--data-dir");
  }

  @Test
  void a_flipped_bit_changes_the_hash() throws IOException {
    TestImages.write(home);
    IdxFile labels = TestImages.file(IdxPart.TRAIN_LABELS);
    byte[] flipped = labels.values().clone();
    flipped[9] ^= 1;
    Path file = home.resolve("train-labels-idx1-ubyte.gz");
    IdxFile.labels("flipped", flipped).write(file);
    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> TINY.load(Optional.of(home), home))
        .withMessageStartingWith(
            file + " is not the train-labels-idx1-ubyte of tiny: it was altered or belongs to")
        .withMessageContaining("expected was " + labels.sha256());
  }

  @Test
  void swapped_files_are_recognised() throws IOException {
    TestImages.write(home);
    Files.move(home.resolve("train-images-idx3-ubyte.gz"), home.resolve("x"));
    Files.move(
        home.resolve("train-labels-idx1-ubyte.gz"), home.resolve("train-images-idx3-ubyte.gz"));
    Files.move(home.resolve("x"), home.resolve("train-labels-idx1-ubyte.gz"));
    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> TINY.load(Optional.of(home), home))
        .withMessageStartingWith(
            home.resolve("train-images-idx3-ubyte.gz") + " is a file of labels")
        .withMessageContaining("swapped?");
  }

  @Test
  void mnist_in_place_of_fashion_mnist_is_recognised_by_its_hash() {
    assertThat(
            FashionMnist.recognize(
                "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"))
        .contains("train-images-idx3-ubyte of MNIST (handwritten digits), not of Fashion-MNIST");
    assertThat(FashionMnist.recognize("0".repeat(64))).isEmpty();
  }

  @Test
  void digits_of_the_shape_of_fashion_mnist_are_not_taken_for_it() throws IOException {
    for (IdxPart part : IdxPart.values()) {
      int n = part.isTraining() ? 60_000 : 10_000;
      IdxFile zeros =
          part.content() == IdxFile.Content.IMAGES
              ? IdxFile.images("digits", 28, 28, new byte[n * 784])
              : IdxFile.labels("digits", new byte[n]);
      zeros.write(home.resolve(part.compressedName()));
    }
    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> FashionMnist.FULL.load(Optional.of(home), home))
        .withMessageContaining(
            "is not the train-images-idx3-ubyte of fashion-mnist: it was altered or belongs to"
                + " another data set");
  }

  @Test
  void the_subset_in_place_of_the_whole_is_recognised() throws IOException {
    for (IdxPart part : IdxPart.values()) {
      Files.copy(
          EMBEDDED.resolve(part.compressedName()),
          home.resolve(part.compressedName()),
          StandardCopyOption.REPLACE_EXISTING);
    }
    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> FashionMnist.FULL.load(Optional.of(home), home))
        .withMessageContaining("it is the file train-images-idx3-ubyte of fashion-mnist-1k");
  }

  @Test
  void checking_tells_every_file_by_itself() throws IOException {
    TestImages.write(home);
    Files.delete(home.resolve("t10k-images-idx3-ubyte.gz"));
    Files.writeString(home.resolve("train-images-idx3-ubyte.gz"), "nonsense");
    IdxFile.labels("others", new byte[23]).write(home.resolve("train-labels-idx1-ubyte.gz"));
    DatasetCheck check = TINY.check(Optional.of(home), home);
    assertThat(check.holds()).isFalse();
    assertThat(check.files())
        .extracting(FileCheck::status)
        .containsExactly(
            FileCheck.Status.DAMAGED,
            FileCheck.Status.DIFFERENT,
            FileCheck.Status.MISSING,
            FileCheck.Status.OK);
    assertThat(check.files())
        .allSatisfy(
            f -> assertThat(f.detail().isEmpty()).isEqualTo(f.status() == FileCheck.Status.OK));
  }

  private static IdxCollection withSystemDirectory(Path directory) {
    return new IdxCollection(
        TINY.name(),
        TINY.summary(),
        TINY.classNames(),
        TINY.rows(),
        TINY.columns(),
        TINY.trainImages(),
        TINY.testImages(),
        TINY.sha256(),
        Optional.of(directory),
        TINY.cure());
  }

  private DatasetRequest fake(OptionalInt train, OptionalInt test, long seed) {
    return new DatasetRequest("fake", Optional.empty(), train, test, seed, home);
  }

  private static int nearestLabel(LabeledImages train, LabeledImages test, int image) {
    long best = Long.MAX_VALUE;
    int label = -1;
    for (int i = 0; i < train.size(); i++) {
      long distance = 0;
      for (int j = 0; j < train.inputs(); j++) {
        long difference = train.pixel(i, j) - test.pixel(image, j);
        distance += difference * difference;
      }
      if (distance < best) {
        best = distance;
        label = train.label(i);
      }
    }
    return label;
  }
}
