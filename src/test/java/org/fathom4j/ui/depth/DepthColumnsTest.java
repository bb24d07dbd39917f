package org.fathom4j.ui.depth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.fathom4j.ui.depth.DepthColumns.Matrix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DepthColumnsTest {

  private final DepthColumns columns = new DepthColumns();

  @Test
  void numbers_become_decimal_logarithms_and_what_has_none_keeps_its_name() {
    columns.add(1, 0, "m", 1e-200);
    columns.add(1, 5, "m", 0);
    columns.add(1, 9, "m", Double.NaN);
    columns.add(2, 0, "m", Double.POSITIVE_INFINITY);
    Matrix matrix = columns.matrix("m");
    assertThat(matrix.layers()).containsExactly(0, 5, 9);
    assertThat(matrix.iterations()).containsExactly(1, 2);
    assertThat(matrix.log10()[0][0]).isCloseTo(-200, within(1e-4f));
    assertThat(matrix.log10()[0][1]).isEqualTo(Float.NEGATIVE_INFINITY);
    assertThat(matrix.log10()[0][2]).isEqualTo(DepthColumns.NOT_A_NUMBER);
    assertThat(matrix.log10()[1][0]).isEqualTo(Float.POSITIVE_INFINITY);
    assertThat(matrix.log10()[1][1]).isNaN();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 249, 250, 251, 252, 500, 1003, 20_000})
  void first_and_newest_iteration_are_there_and_the_others_spread_evenly(int iterations) {
    for (int k = 1; k <= iterations; k++) {
      columns.add(k, 0, "m", k);
    }
    Matrix matrix = columns.matrix("m");
    int[] kept = matrix.iterations();
    assertThat(kept.length).isBetween(Math.min(iterations, 125), DepthColumns.MOST_COLUMNS);
    assertThat(kept[0]).isEqualTo(1);
    assertThat(kept[kept.length - 1]).isEqualTo(iterations);
    for (int i = 2; i < kept.length - 1; i++) {
      assertThat(kept[i] - kept[i - 1]).isEqualTo(kept[1] - kept[0]);
    }
    for (int i = 0; i < kept.length; i++) {
      assertThat(matrix.log10()[i][0]).isEqualTo((float) Math.log10(kept[i]));
    }
  }

  @Test
  void layers_come_in_their_order_and_no_more_than_sixty_four() {
    for (int layer = 999; layer >= 0; layer--) {
      columns.add(1, layer, "m", 1 + layer);
    }
    Matrix matrix = columns.matrix("m");
    assertThat(matrix.layers()).hasSize(64).isSorted().startsWith(0).endsWith(999);
    assertThat(matrix.log10()[0][63]).isEqualTo(3);
  }

  @Test
  void a_metric_tells_only_the_layers_it_has() {
    columns.add(1, 0, "z", 1);
    columns.add(1, 1, "z", 1);
    columns.add(1, 1, "u", 1);
    assertThat(columns.matrix("u").layers()).containsExactly(1);
    assertThat(columns.matrix("nothing").layers()).isEmpty();
    assertThat(columns.metrics()).containsExactly("u", "z");
  }

  @Test
  void rows_of_an_earlier_iteration_replace_all_after_it() {
    for (int k = 1; k <= 5; k++) {
      columns.add(k, 0, "m", k);
    }
    columns.add(3, 1, "m", 30);
    Matrix matrix = columns.matrix("m");
    assertThat(matrix.iterations()).containsExactly(1, 2, 3);
    assertThat(matrix.log10()[2][1]).isEqualTo((float) Math.log10(30));
  }

  @Test
  void a_log_of_another_kind_cannot_fill_the_memory() {
    for (int layer = 0; layer < 100_000; layer++) {
      columns.add(1, layer, "m" + layer, 1);
    }
    assertThat(columns.metrics()).hasSizeLessThanOrEqualTo(8);
  }
}
