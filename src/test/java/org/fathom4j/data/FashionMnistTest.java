package org.fathom4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;

/** The real 60,000 + 10,000 images, wherever they are installed. */
class FashionMnistTest {

  private static Dataset data;

  @BeforeAll
  static void read() throws IOException {
    assumeTrue(
        Datasets.find("fashion-mnist", Path.of("")).isPresent(),
        "Debian's package dataset-fashion-mnist is not installed");
    data = Datasets.load(DatasetRequest.of("fashion-mnist"));
  }

  @Test
  void has_the_published_sizes_and_as_many_images_of_each_class() {
    assertThat(data.train().size()).isEqualTo(60_000);
    assertThat(data.test().size()).isEqualTo(10_000);
    assertThat(data.train().countByClass()).hasSize(10).containsOnly(6_000);
    assertThat(data.test().countByClass()).hasSize(10).containsOnly(1_000);
  }

  @Test
  void has_the_published_hashes() {
    assertThat(data.sha256())
        .containsEntry(
            "train-images-idx3-ubyte",
            "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888")
        .containsEntry(
            "t10k-labels-idx1-ubyte",
            "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34");
  }

  /** Golden: the bytes after the headers, as od shows them. */
  @Test
  void begins_with_the_known_labels() {
    assertThat(IntStream.range(0, 12).map(data.train()::label))
        .containsExactly(9, 0, 0, 3, 0, 2, 7, 2, 5, 5, 0, 9);
    assertThat(IntStream.range(0, 12).map(data.test()::label))
        .containsExactly(9, 2, 1, 1, 6, 1, 4, 6, 5, 7, 4, 5);
  }

  /** Oracle: 0.2860 and 0.3530, as the normalization of countless PyTorch programs has it. */
  @Test
  void standard_has_the_well_known_mean_and_deviation() {
    var standard = (Preprocessing.Standardize) Preprocessing.STANDARD.fit(data.train());
    assertThat(standard.mean()).isCloseTo(0.2860, within(5e-5));
    assertThat(standard.deviation()).isCloseTo(0.3530, within(5e-5));
  }

  @Test
  void an_epoch_of_minibatches_has_every_image_of_every_class() {
    Minibatches batches =
        Minibatches.shuffled(
            data.train(), 128, Preprocessing.UNIT.fit(data.train()), DataType.FLOAT, 1);
    double[] classes = new double[10];
    int count = 0;
    while (batches.hasNext()) {
      DataSet batch = batches.next();
      double[] inBatch = batch.getLabels().sum(0).toDoubleVector();
      IntStream.range(0, 10).forEach(c -> classes[c] += inBatch[c]);
      count++;
    }
    assertThat(count).isEqualTo(469);
    assertThat(classes).containsOnly(6_000);
  }

  @Test
  void samples_are_balanced() throws IOException {
    Dataset part =
        Datasets.load(
            new DatasetRequest(
                "fashion-mnist",
                Optional.empty(),
                OptionalInt.of(1_000),
                OptionalInt.of(500),
                1,
                Path.of("")));
    assertThat(part.train().countByClass()).containsOnly(100);
    assertThat(part.test().countByClass()).containsOnly(50);
  }
}
