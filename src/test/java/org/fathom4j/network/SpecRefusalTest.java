package org.fathom4j.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.fathom4j.network.NetworkSpec.Block;
import org.fathom4j.network.NetworkSpec.Layers;
import org.fathom4j.network.NetworkSpec.Precision;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;

class SpecRefusalTest {

  private static OptimizerSpec optimizer(
      double learningRate, double momentum, double weightDecay, int iterations) {
    return new OptimizerSpec(
        OptimizerSpec.Method.NESTEROVS,
        learningRate,
        Schedule.CONSTANT,
        momentum,
        weightDecay,
        iterations);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -0.1, Double.NaN, Double.POSITIVE_INFINITY})
  void a_learning_rate_is_positive_and_finite(double rate) {
    assertThatThrownBy(() -> optimizer(rate, 0.9, 0, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("The learning rate must be positive and finite, but is " + rate + ".");
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.1, 1, Double.NaN})
  void a_momentum_is_less_than_one(double momentum) {
    assertThatThrownBy(() -> optimizer(0.1, momentum, 0, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Momentum must be at least 0 and less than 1, but is " + momentum + ".");
  }

  @ParameterizedTest
  @ValueSource(doubles = {-1e-9, Double.NaN, Double.POSITIVE_INFINITY})
  void a_weight_decay_is_not_negative(double decay) {
    assertThatThrownBy(() -> optimizer(0.1, 0.9, decay, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Weight decay must be at least 0 and finite, but is " + decay + ".");
  }

  @Test
  void a_run_has_iterations() {
    assertThatThrownBy(() -> optimizer(0.1, 0.9, 0, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("A run needs at least 1 iteration, but has 0.");
  }

  @Test
  void the_randomized_relu_is_refused_with_what_to_use_instead() {
    assertThatThrownBy(
            () ->
                Specs.of(
                    Specs.SHAPE,
                    "mzas",
                    Block.NONLINEAR,
                    Activation.RRELU,
                    Loss.MSE,
                    Layers.STACK,
                    Precision.FLOAT))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("could not be repeated")
        .hasMessageContaining("Use leakyrelu");
  }

  @Test
  void what_is_missing_is_named() {
    assertThatThrownBy(
            () ->
                new NetworkSpec(
                    Specs.SHAPE,
                    Block.LINEAR,
                    Activation.RELU,
                    null,
                    Loss.MSE,
                    Layers.STACK,
                    Precision.FLOAT))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("A network needs an initialization.");
    assertThatThrownBy(() -> new OptimizerSpec(null, 0.1, Schedule.CONSTANT, 0, 0, 1))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("An optimizer needs a method.");
  }

  @Test
  void the_edges_of_what_is_allowed_are_allowed() {
    assertThat(optimizer(Double.MIN_VALUE, 0, 0, 1)).isNotNull();
    assertThat(optimizer(1e300, Math.nextDown(1.0), 1e300, Integer.MAX_VALUE)).isNotNull();
  }
}
