package org.fathom4j.laboratory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import org.fathom4j.data.LabeledImages;
import org.fathom4j.theory.memorization.Memorization;
import org.junit.jupiter.api.Test;

class MemorizedImagesTest {

  /** Three images of 2×1 pixels; the first and the last are equal. */
  private static final LabeledImages IMAGES =
      LabeledImages.of(
          new byte[] {0, (byte) 255, 51, 102, 0, (byte) 255},
          new byte[] {1, 0, 2},
          2,
          1,
          1,
          List.of("a", "b", "c"));

  @Test
  void pixels_are_divided_by_255_one_image_a_row() {
    assertThat(MemorizedImages.points(IMAGES).data).containsExactly(0, 1, 0.2, 0.4, 0, 1);
  }

  @Test
  void labels_are_the_images_own_or_uniform_and_a_function_of_their_seed() {
    assertThat(MemorizedImages.labels(IMAGES, OptionalLong.empty())).containsExactly(1, 0, 2);
    LabeledImages many =
        LabeledImages.of(new byte[3000], new byte[3000], 1, 1, 1, List.of("a", "b", "c"));
    int[] drawn = MemorizedImages.labels(many, OptionalLong.of(4));
    assertThat(drawn).isEqualTo(MemorizedImages.labels(many, OptionalLong.of(4)));
    assertThat(drawn).isNotEqualTo(MemorizedImages.labels(many, OptionalLong.of(5)));
    for (int label = 0; label < 3; label++) {
      int wanted = label; // 1000 ± 5 standard deviations of 26
      assertThat(Arrays.stream(drawn).filter(l -> l == wanted).count()).isBetween(870L, 1130L);
    }
  }

  @Test
  void equal_images_with_different_labels_are_reported_not_memorized() {
    Memorization result = MemorizedImages.memorize(IMAGES, OptionalLong.empty(), 2, 1);
    assertThat(result.contradictions())
        .containsExactly(new Memorization.Contradiction(List.of(0, 2), List.of(1, 2)));
    assertThat(result.points()).isEqualTo(1);
    assertThat(result.accuracy()).isEqualTo(1);
  }
}
