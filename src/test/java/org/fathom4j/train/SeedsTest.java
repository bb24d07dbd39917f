package org.fathom4j.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SeedsTest {

  @Test
  void weights_and_subset_use_the_seed_itself_as_runs_are_told_to_be_repeated_by_it() {
    assertThat(Seeds.of(42).weights()).isEqualTo(42);
    assertThat(Seeds.of(42).subset()).isEqualTo(42);
  }

  /** First output of SplitMix64 for a seed: SplittableRandom(1234567).nextLong() on any Java. */
  @Test
  void the_order_is_seeded_by_the_first_number_of_splitmix64() {
    assertThat(Seeds.of(1234567).order()).isEqualTo(6457827717110365317L);
  }

  @Test
  void no_seed_is_zero_and_no_two_orders_are_equal() {
    Set<Long> orders = new HashSet<>();
    for (long seed = -5000; seed <= 5000; seed++) {
      orders.add(Seeds.of(seed).order());
    }
    // The one seed whose number would be 0: minus the golden gamma.
    orders.add(Seeds.of(-0x9E3779B97F4A7C15L).order());

    assertThat(orders).hasSize(10_002).doesNotContain(0L);
  }

  @Test
  void the_record_names_every_use() {
    Seeds seeds = Seeds.of(7);

    assertThat(seeds.byUse())
        .containsEntry("weights", 7L)
        .containsEntry("subset", 7L)
        .containsEntry("order", seeds.order())
        .hasSize(3);
  }
}
