package org.fathom4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class BlasSlabTest {

  /** Where OpenBLAS begins to pack: 100³ multiplications. */
  private static final long UNPACKED = 1_000_000;

  @Test
  void a_strip_is_small_enough_to_be_multiplied_unpacked_and_ends_with_a_vector() {
    int[] heights = {1, 31, 100, 128, 129, 250, 451, 1000};
    for (long matrixLength = 1; matrixLength <= UNPACKED / 32; matrixLength += 97) {
      for (int rows : heights) {
        int strip = BlasSlab.strip(rows, matrixLength);
        String what = rows + " rows of " + matrixLength + " multiplications: strips of " + strip;
        assertThat(strip % 16).as(what).isZero();
        assertThat(strip).as(what).isPositive();
        assertThat(Math.min(strip, rows) * matrixLength).as(what).isLessThanOrEqualTo(UNPACKED);
      }
    }
  }

  @Test
  void rows_are_not_cut_where_strips_would_be_thin() {
    assertThat(BlasSlab.strip(451, UNPACKED / 32 + 1)).isEqualTo(451);
    assertThat(BlasSlab.strip(451, 1L << 40)).isEqualTo(451);
  }

  @Test
  void strips_are_nearly_equal() {
    assertThat(BlasSlab.strip(500, 64 * 64)).isEqualTo(128);
    assertThat(BlasSlab.strip(130, 64 * 64)).isEqualTo(80);
    assertThat(BlasSlab.strip(250, 128 * 128)).isEqualTo(48);
  }
}
