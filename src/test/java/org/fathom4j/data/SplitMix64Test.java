package org.fathom4j.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SplitMix64Test {

  /** Golden: the first numbers of the authors' splitmix64.c (Vigna, prng.di.unimi.it), seed 0. */
  @Test
  void gives_the_numbers_of_the_published_generator() {
    SplitMix64 random = new SplitMix64(0);
    assertThat(random.nextLong()).isEqualTo(0xE220A8397B1DCDAFL);
    assertThat(random.nextLong()).isEqualTo(0x6E789E6AA1B965F4L);
    assertThat(random.nextLong()).isEqualTo(0x06C45D188009454FL);
  }

  @Test
  void bounded_numbers_stay_in_bounds_and_are_all_equally_frequent() {
    SplitMix64 random = new SplitMix64(3);
    int draws = 70_000;
    int[] counts = new int[7];
    for (int i = 0; i < draws; i++) {
      counts[random.nextInt(7)]++;
    }
    // Six standard deviations of a binomial count, sqrt(70000 · 1/7 · 6/7) = 92.6.
    assertThat(IntStream.of(counts).boxed())
        .allSatisfy(c -> assertThat(c).isBetween(10_000 - 556, 10_000 + 556));
  }

  @Test
  void shuffling_keeps_every_number_once() {
    int[] numbers = IntStream.range(0, 101).toArray();
    SplitMix64.of(5, 2).shuffle(numbers);
    assertThat(numbers).isNotEqualTo(IntStream.range(0, 101).toArray());
    assertThat(numbers).containsExactlyInAnyOrder(IntStream.range(0, 101).toArray());
  }

  @Test
  void streams_of_neighbouring_seeds_and_epochs_differ() {
    assertThat(
            new long[] {
              SplitMix64.of(1, 0).nextLong(),
              SplitMix64.of(1, 1).nextLong(),
              SplitMix64.of(2, 0).nextLong(),
              SplitMix64.of(2, 1).nextLong(),
              SplitMix64.of(-1, 0).nextLong()
            })
        .doesNotHaveDuplicates();
  }
}
