package org.fathom4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LabeledImagesTest {

  @Test
  void a_split_knows_its_shape_its_pixels_and_its_labels() {
    LabeledImages split =
        TestImages.of(1, 3, List.of("cat", "dog"), new int[] {1, 0}, 1, 2, 3, 4, 5, 255);
    assertThat(split.size()).isEqualTo(2);
    assertThat(split.inputs()).isEqualTo(3);
    assertThat(split.label(0)).isEqualTo(1);
    assertThat(split.pixel(1, 2)).isEqualTo(255);
    assertThat(split.countByClass()).containsExactly(1, 1);
    assertThat(split.classNames()).containsExactly("cat", "dog");
  }

  @Test
  void later_changes_to_the_arrays_do_not_reach_the_split() {
    byte[] pixels = {1, 2};
    byte[] labels = {0, 1};
    LabeledImages split = LabeledImages.of(pixels, labels, 1, 1, 1, List.of("a", "b"));
    pixels[0] = 9;
    labels[0] = 1;
    assertThat(split.pixel(0, 0)).isEqualTo(1);
    assertThat(split.label(0)).isEqualTo(0);
  }

  @Test
  void the_histogram_counts_every_pixel() {
    LabeledImages split =
        TestImages.of(1, 3, List.of("cat", "dog"), new int[] {1, 0}, 7, 7, 3, 255, 7, 255);
    long[] counts = split.histogram();
    assertThat(counts[7]).isEqualTo(3);
    assertThat(counts[255]).isEqualTo(2);
    assertThat(IntStream.range(0, 256).mapToLong(p -> counts[p]).sum()).isEqualTo(6);
  }

  @Test
  void subsets_are_balanced_to_one_image() {
    LabeledImages split = TestImages.split(60);
    for (int n : new int[] {1, 4, 5, 13, 59, 60}) {
      int[] counts = split.subset(n, 3).countByClass();
      assertThat(IntStream.of(counts).sum()).isEqualTo(n);
      assertThat(IntStream.of(counts).boxed())
          .allSatisfy(c -> assertThat(c).isBetween(n / 5, (n + 4) / 5));
    }
  }

  @Test
  void a_class_with_few_images_gives_all_and_the_others_share_the_rest() {
    LabeledImages split =
        TestImages.of(
            1,
            1,
            List.of("a", "b", "c"),
            new int[] {0, 0, 0, 0, 0, 1, 2, 2, 2},
            1,
            2,
            3,
            4,
            5,
            6,
            7,
            8,
            9);
    assertThat(split.subset(7, 11).countByClass()).containsExactly(3, 1, 3);
  }

  @Test
  void subsets_are_a_pure_function_of_the_seed() {
    LabeledImages split = TestImages.split(60);
    assertThat(numbers(split.subset(20, 3))).isEqualTo(numbers(split.subset(20, 3)));
    assertThat(numbers(split.subset(20, 3))).isNotEqualTo(numbers(split.subset(20, 4)));
  }

  @Test
  void larger_subsets_contain_the_smaller_ones_of_the_same_seed() {
    LabeledImages split = TestImages.split(60);
    for (int n = 1; n < 60; n++) {
      assertThat(numbers(split.subset(n + 1, 3))).containsAll(numbers(split.subset(n, 3)));
    }
  }

  @Test
  void a_subset_of_everything_is_the_split_itself() {
    LabeledImages split = TestImages.split(31);
    assertThat(split.subset(31, 8).imageFile("x").encode())
        .isEqualTo(split.imageFile("x").encode());
    assertThat(split.subset(31, 8).labelFile("x").encode())
        .isEqualTo(split.labelFile("x").encode());
  }

  @Test
  void more_samples_than_there_are_is_a_mistake_of_the_caller() {
    LabeledImages split = TestImages.split(31);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> split.subset(32, 1))
        .withMessage("Cannot take 32 samples from a split of 31 images: ask for 1 to 31.");
    assertThatIllegalArgumentException().isThrownBy(() -> split.subset(0, 1));
  }

  @Test
  void files_with_different_counts_do_not_belong_together() {
    IdxFile images = TestImages.split(7).imageFile("train-images");
    IdxFile labels = TestImages.split(6).labelFile("train-labels");
    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> LabeledImages.of(images, labels, TestImages.CLASSES))
        .withMessage(
            "train-images holds 7 images but train-labels holds 6 labels: the two do not belong"
                + " together. Fetch both anew.");
  }

  @Test
  void a_label_that_names_no_class_is_refused_with_its_place() {
    IdxFile images = TestImages.split(3).imageFile("train-images");
    IdxFile labels = IdxFile.labels("train-labels", TestImages.bytes(4, 5, 200));
    assertThatExceptionOfType(DataException.class)
        .isThrownBy(() -> LabeledImages.of(images, labels, TestImages.CLASSES))
        .withMessage(
            "train-labels: label 5 of image 1 is none of the 5 classes (0 to 4). Fetch it anew.");
  }

  @Test
  void arrays_that_contradict_each_other_are_refused() {
    List<String> names = List.of("a", "b");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LabeledImages.of(new byte[7], new byte[2], 1, 3, 1, names))
        .withMessageContaining("need 6");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LabeledImages.of(new byte[0], new byte[0], 1, 3, 1, names));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LabeledImages.of(new byte[3], new byte[] {2}, 1, 3, 1, names))
        .withMessage("Label 2 of image 0 is none of the 2 classes.");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LabeledImages.of(new byte[3], new byte[1], 1, 3, 1, List.of("a")));
  }

  private static Set<Integer> numbers(LabeledImages subset) {
    return IntStream.range(0, subset.size())
        .mapToObj(i -> subset.pixel(i, 0))
        .collect(Collectors.toSet());
  }
}
