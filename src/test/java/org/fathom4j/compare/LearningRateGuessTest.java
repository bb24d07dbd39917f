package org.fathom4j.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.fathom4j.data.Preprocessing;
import org.fathom4j.init.Initializers;
import org.fathom4j.init.NetworkShape;
import org.fathom4j.network.Loss;
import org.fathom4j.network.NetworkSpec;
import org.fathom4j.network.OptimizerSpec;
import org.fathom4j.network.Schedule;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;

class LearningRateGuessTest {

  private static final int D = 128;
  private static final int M = 4;

  private static double guess(String initialization, int depth) {
    return guess(initialization, depth, OptimizerSpec.Method.SGD, NetworkSpec.Block.NONLINEAR);
  }

  private static double guess(
      String initialization, int depth, OptimizerSpec.Method method, NetworkSpec.Block block) {
    return LearningRateGuess.of(
        new NetworkSpec(
            new NetworkShape(784, D, M, depth, 10),
            block,
            Activation.RELU,
            Initializers.parse(initialization),
            Loss.MSE,
            NetworkSpec.Layers.STACK,
            NetworkSpec.Precision.FLOAT),
        Preprocessing.UNIT,
        new OptimizerSpec(method, 1, Schedule.CONSTANT, 0.9, 0, 10));
  }

  /** ‖z_0‖² = 1, r = 1, G_V = 0, G_U = M/(2D): K = 2 + L M/(2D). */
  @ParameterizedTest
  @CsvSource({"1", "100", "10000"})
  void for_mzas_it_is_the_closed_form(int depth) {
    assertThat(guess("mzas", depth)).isCloseTo(1 / (2 + depth * M / (2.0 * D)), within(1e-12));
  }

  /** Wu, Wang and Ma's rates, tuned by hand at these widths; see the class for the factor. */
  @ParameterizedTest
  @CsvSource({
    "mzas, 100, 0.1, 10",
    "mzas, 200, 0.1, 10",
    "mzas, 2000, 0.02, 10",
    "mzas, 10000, 0.002, 10",
    "xavier, 100, 1e-3, 100"
  })
  void it_is_near_rates_tuned_by_hand(
      String initialization, int depth, double tuned, double factor) {
    assertThat(Math.log10(guess(initialization, depth) / tuned))
        .isCloseTo(0, within(Math.log10(factor)));
  }

  @Test
  void for_fixup_it_does_not_depend_on_the_depth() {
    assertThat(guess("fixup", 10_000)).isCloseTo(guess("fixup", 10), within(1e-12));
  }

  /** c = 2DM/(D+M)²; the bracket grows by less than a factor of 2 when L doubles. */
  @Test
  void for_xavier_it_falls_by_the_growth_of_the_stream() {
    double c = 2.0 * D * M / ((D + M) * (D + M));
    double ratio = guess("xavier", 100) / guess("xavier", 200);
    assertThat(ratio / Math.pow(1 + c, 100)).isBetween(1.0, 2.0);
  }

  @Test
  void where_the_growth_is_no_double_it_is_zero() {
    assertThat(guess("he", 1_000_000)).isZero();
  }

  @Test
  void momentum_makes_it_smaller_and_adam_has_its_own() {
    var nonlinear = NetworkSpec.Block.NONLINEAR;
    assertThat(guess("mzas", 100, OptimizerSpec.Method.NESTEROVS, nonlinear))
        .isCloseTo(0.1 * guess("mzas", 100), within(1e-12));
    assertThat(guess("mzas", 1000, OptimizerSpec.Method.ADAM, nonlinear)).isEqualTo(1e-4);
    assertThat(guess("mzas", 10, OptimizerSpec.Method.ADAM, nonlinear)).isEqualTo(1e-3);
  }

  @ParameterizedTest
  @MethodSource("org.fathom4j.init.Initializers#names")
  void every_scheme_of_the_catalogue_has_one(String name) {
    for (NetworkSpec.Block block : NetworkSpec.Block.values()) {
      assertThat(guess(name, 10, OptimizerSpec.Method.SGD, block)).isBetween(1e-9, 1.0);
    }
  }
}
