package org.fathom4j.diagnostics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.IntToDoubleFunction;
import org.fathom4j.diagnostics.CoordinateCheck.Curve;
import org.fathom4j.record.DepthProfileRow;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CoordinateCheckTest {

  private static final List<Integer> DEPTHS = List.of(10, 70, 1000);

  private static Curve curve(IntToDoubleFunction norm) {
    TreeMap<Integer, Double> norms = new TreeMap<>();
    DEPTHS.forEach(depth -> norms.put(depth, norm.applyAsDouble(depth)));
    return new Curve("activation_norm", 1, norms);
  }

  @ParameterizedTest
  @ValueSource(doubles = {-1, -0.5, 0, 0.3, 2})
  void the_slope_of_a_power_law_is_its_exponent(double exponent) {
    Curve curve = curve(depth -> 3 * Math.pow(depth, exponent));
    assertThat(curve.slope()).isCloseTo(exponent, within(1e-12));
  }

  @Test
  void flat_is_within_the_stated_bound_on_both_sides() {
    assertThat(curve(depth -> Math.pow(depth, 0.199)).isFlat()).isTrue();
    assertThat(curve(depth -> Math.pow(depth, -0.199)).isFlat()).isTrue();
    assertThat(curve(depth -> Math.pow(depth, 0.201)).isFlat()).isFalse();
    assertThat(curve(depth -> Math.pow(depth, -0.201)).isFlat()).isFalse();
  }

  @Test
  void zeros_at_every_depth_are_flat_and_at_some_depths_are_not() {
    assertThat(curve(depth -> 0).isFlat()).isTrue();
    Curve some = curve(depth -> depth == 70 ? 0 : 1);
    assertThat(some.slope()).isNaN();
    assertThat(some.isFlat()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY})
  void a_norm_that_is_not_finite_is_not_flat(double norm) {
    assertThat(curve(depth -> depth == 1000 ? norm : 1).isFlat()).isFalse();
  }

  @Test
  void one_depth_has_no_slope() {
    TreeMap<Integer, Double> one = new TreeMap<>();
    one.put(10, 1.0);
    assertThatThrownBy(() -> new Curve("activation_norm", 1, one))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("--depth at least two");
  }

  /** Norms at layers 0, L/2 and L that tell the layers apart. */
  private static List<DepthProfileRow> profile(int depth, int iterations, double scale) {
    List<DepthProfileRow> rows = new ArrayList<>();
    for (int t = 1; t <= iterations; t++) {
      int[] layers = {0, depth / 2, depth};
      for (int i = 0; i < layers.length; i++) {
        rows.add(new DepthProfileRow(t, layers[i], "activation_norm", scale * (i + 1)));
        rows.add(new DepthProfileRow(t, layers[i], "gradient_norm", scale * (10 - i)));
      }
      rows.add(new DepthProfileRow(t, layers[1], "update_norm_V", 3 * scale));
      rows.add(new DepthProfileRow(t, layers[2], "update_norm_V", 4 * scale));
    }
    return rows;
  }

  @Test
  void activations_are_taken_at_the_end_gradients_at_the_start_updates_over_all_blocks() {
    SortedMap<Integer, List<List<DepthProfileRow>>> profiles = new TreeMap<>();
    for (int depth : DEPTHS) {
      profiles.put(depth, List.of(profile(depth, 2, 1), profile(depth, 2, 3)));
    }
    CoordinateCheck check = CoordinateCheck.of(profiles, 2);
    assertThat(check.metrics())
        .containsExactly("activation_norm", "gradient_norm", "update_norm_V");
    // means over the seeds, of scale 1 and 3: a factor 2
    assertThat(check.curves()).extracting(Curve::iteration).containsExactly(1, 2, 1, 2, 1, 2);
    assertThat(check.curves().get(0).norms()).containsEntry(10, 6.0).containsEntry(1000, 6.0);
    assertThat(check.curves().get(2).norms()).containsEntry(70, 20.0);
    assertThat(check.curves().get(4).norms().get(70))
        .isCloseTo(2 * Math.sqrt((9 + 16) / 2.0), within(1e-12));
    assertThat(check.isFlat()).isTrue();
    assertThat(check.steepest("gradient_norm")).isCloseTo(0, within(1e-12));
  }

  @Test
  void a_network_that_diverged_at_one_depth_is_not_flat() {
    SortedMap<Integer, List<List<DepthProfileRow>>> profiles = new TreeMap<>();
    profiles.put(10, List.of(profile(10, 3, 1)));
    profiles.put(100, List.of(profile(100, 1, 1))); // one iteration only
    CoordinateCheck check = CoordinateCheck.of(profiles, 3);
    assertThat(check.isFlat()).isFalse();
    assertThat(check.steepest("activation_norm")).isNaN();
  }
}
