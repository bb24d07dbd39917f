package org.fathom4j.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.OptionalInt;
import org.fathom4j.train.ExperimentSpec;
import org.junit.jupiter.api.Test;

class ComparisonSpecTest {

  private static ComparisonSpec of(
      List<String> initializations, List<Integer> depths, List<Long> seeds, boolean depthCheck) {
    return new ComparisonSpec(
        "",
        initializations,
        depths,
        seeds,
        OptionalInt.empty(),
        Comparisons.experiment(5),
        false,
        depthCheck);
  }

  private static void refused(
      List<String> initializations, List<Integer> depths, List<Long> seeds, String words) {
    assertThatThrownBy(() -> of(initializations, depths, seeds, false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(words);
  }

  @Test
  void impossible_grids_are_refused_with_the_option_to_change() {
    List<String> mzas = List.of("mzas");
    refused(List.of(), List.of(3), List.of(1L), "--init is empty");
    refused(mzas, List.of(), List.of(1L), "--depth is empty");
    refused(mzas, List.of(3), List.of(), "--seeds is empty");
    refused(List.of("mzas", "modified-zero-asymmetric"), List.of(3), List.of(1L), "twice");
    refused(List.of("mzsa"), List.of(3), List.of(1L), "Did you mean 'mzas'?");
    refused(mzas, List.of(3, 3), List.of(1L), "--depth has 3 twice");
    refused(mzas, List.of(0), List.of(1L), "--depth must be at least 1");
    refused(mzas, List.of(3), List.of(1L, 1L), "--seeds has 1 twice");
    refused(mzas, List.of(3), List.of(0L), "--seeds 0 is no seed");
  }

  @Test
  void a_depth_check_needs_two_depths() {
    assertThatThrownBy(() -> of(List.of("mzas"), List.of(3), List.of(1L), true))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at least two depths");
  }

  @Test
  void deep_cells_may_do_with_the_first_seed() {
    ComparisonSpec spec =
        new ComparisonSpec(
            "",
            List.of("he", "mzas"),
            List.of(6, 3),
            List.of(4L, 2L),
            OptionalInt.of(6),
            Comparisons.experiment(5),
            false,
            false);
    assertThat(spec.places())
        .extracting(spec::seeds)
        .containsExactly(List.of(4L), List.of(4L, 2L), List.of(4L), List.of(4L, 2L));
    assertThat(spec.runs()).isEqualTo(6);
  }

  @Test
  void a_depth_from_which_seeds_are_single_is_a_depth() {
    assertThatThrownBy(
            () ->
                new ComparisonSpec(
                    "",
                    List.of("mzas"),
                    List.of(3),
                    List.of(1L),
                    OptionalInt.of(0),
                    Comparisons.experiment(5),
                    false,
                    false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("--single-seed-from is a depth");
  }

  @Test
  void cells_come_initialization_by_initialization_and_differ_in_nothing_else() {
    ComparisonSpec spec = of(List.of("he", "mzas"), List.of(6, 3), List.of(4L, 2L), false);
    assertThat(spec.places())
        .extracting(place -> place.initialization() + place.depth())
        .containsExactly("he6", "he3", "mzas6", "mzas3");
    ExperimentSpec cell = spec.experiment(spec.places().get(1), 4, 0.25);
    assertThat(cell.name()).isEqualTo("he-3-4");
    assertThat(cell.seed()).isEqualTo(4);
    assertThat(cell.optimization().learningRate()).isEqualTo(0.25);
    ExperimentSpec base = spec.base();
    assertThat(
            cell.with("mzas", 1)
                .withLearningRate(base.optimization().learningRate())
                .named(base.name(), base.seed()))
        .isEqualTo(base);
  }
}
