package org.fathom4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code gradient-descent}, {@code flow}, {@code step-project} and {@code power-projection}. */
class TheoryTrajectoriesTest {

  static Stream<JsonNode> trajectories() {
    return Stream.concat(
        TheoryResult.cases("zas_trajectory"), TheoryResult.cases("identity_trajectory"));
  }

  /** Golden losses hold to 1e-10 relative where R is above 1e-10, as they say themselves. */
  @ParameterizedTest
  @MethodSource("trajectories")
  void every_engine_gives_the_golden_losses_and_drifts(JsonNode golden) {
    JsonNode result =
        TheoryResult.of(
            String.format(
                "gradient-descent --init %s --target %s --depth %d --learning-rate %s --at %s",
                golden.get("init").asText().equals("zas") ? "zas" : "identity",
                TheoryResult.typed(golden.get("Phi")),
                golden.get("L").asInt(),
                golden.get("eta").asText(),
                TheoryResult.elements(golden.get("points"))
                    .map(point -> point.get("t").asText())
                    .collect(Collectors.joining(","))));
    assertThat(TheoryResult.keys(result)).containsExactly("engines", "largestDifference", "status");
    assertThat(result.get("status").asText()).isEqualTo("done");
    assertThat(result.get("largestDifference").asDouble()).isLessThan(1e-10);
    assertThat(TheoryResult.keys(result.get("engines"))).contains("matrices", "dl4j");
    for (JsonNode engine : result.get("engines")) {
      assertThat(engine.get("points")).hasSameSizeAs(golden.get("points"));
      for (int i = 0; i < golden.get("points").size(); i++) {
        JsonNode expected = golden.get("points").get(i);
        JsonNode point = engine.get("points").get(i);
        assertThat(TheoryResult.keys(point)).containsExactly("iteration", "loss", "invariantDrift");
        assertThat(point.get("iteration").asLong()).isEqualTo(expected.get("t").asLong());
        double loss = expected.get("R").asDouble();
        assertThat(point.get("loss").asDouble())
            .isCloseTo(loss, within(1e-10 * loss + 1e-18 * Math.max(1, loss)));
        assertThat(point.get("invariantDrift").asDouble())
            .isCloseTo(expected.get("max_drift").asDouble(), within(1e-12));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "zas, '0.8,-1.3;1.1,0.6', 'reduced,matrices,dl4j'",
    "identity, rotation:80, 'reduced,matrices,dl4j'",
    "identity, '0.8,-1.3;1.1,0.6', 'matrices,dl4j'",
    "near-identity:3, diagonal:-1, 'reduced,matrices,dl4j'",
    "near-identity:3, minus-identity:3, 'matrices,dl4j'",
    "balanced, gaussian:3:1, 'reduced,matrices,dl4j'"
  })
  void all_engines_that_apply_run_in_this_order(String init, String target, String engines) {
    JsonNode result =
        TheoryResult.of(
            "gradient-descent --depth 4 --learning-rate 0.01 --iterations 5 --init "
                + init
                + " --target "
                + target);
    assertThat(TheoryResult.keys(result.get("engines"))).containsExactly(engines.split(","));
  }

  @Test
  void one_engine_alone_has_no_difference() {
    JsonNode result = TheoryResult.of("gradient-descent --engine dl4j --depth 3 --iterations 2");
    assertThat(TheoryResult.keys(result.get("engines"))).containsExactly("dl4j");
    assertThat(result.get("largestDifference").isNull()).isTrue();
  }

  @Test
  void engines_that_would_take_minutes_are_left_out_aloud() {
    Said said =
        TheoryResult.said(
            "gradient-descent --depth 1000000 --learning-rate 1e-6 --at 0,1266 --json"
                + " --target minus-identity:1");
    assertThat(said.code()).isEqualTo(ExitCode.DONE);
    assertThat(TheoryResult.keys(TheoryResult.json(said).get("engines")))
        .containsExactly("reduced");
    assertThat(said.err())
        .contains("Left out: matrices", "--engine matrices", "Left out: dl4j", "--engine dl4j");
    JsonNode end = TheoryResult.json(said).get("engines").get("reduced").get("points").get(1);
    assertThat(end.get("loss").asDouble()) // golden zas_counts, L = 1e6
        .isCloseTo(8.809046510534383e-12, Percentage.withPercentage(1e-6));
  }

  @Test
  void a_descent_that_diverges_is_exit_code_3_with_the_stable_rate() {
    Said said =
        TheoryResult.said("gradient-descent --learning-rate 5 --iterations 50 --depth 10 --json");
    assertThat(said.code()).isEqualTo(ExitCode.DIVERGED);
    assertThat(TheoryResult.json(said).get("status").asText()).isEqualTo("diverged");
    assertThat(said.err())
        .contains("above 2/K = 0.158992", "dl4j diverged at iteration", "--learning-rate");
  }

  @Test
  void the_table_has_a_row_for_each_iteration_asked_for() {
    Said said = TheoryResult.said("gradient-descent --depth 5 --at 0,3,20");
    assertThat(said.out().lines()).hasSize(5);
    assertThat(said.out()).contains("reduced: loss", "dl4j: loss", "\n20 ", "largest difference ");
    assertThat(said.err()).isEmpty();
  }

  static Stream<JsonNode> flows() {
    return TheoryResult.cases("zas_flow");
  }

  @ParameterizedTest
  @MethodSource("flows")
  void the_flow_has_the_golden_losses_and_singular_values(JsonNode golden) {
    JsonNode result =
        TheoryResult.of(
            String.format(
                "flow --init zas --target diagonal:%s --depth %d --time %s",
                TheoryResult.typed(golden.get("sigma")),
                golden.get("L").asInt(),
                TheoryResult.typed(golden.get("t"))));
    assertThat(TheoryResult.keys(result)).containsExactly("points");
    for (int i = 0; i < golden.get("t").size(); i++) {
      JsonNode point = result.get("points").get(i);
      assertThat(TheoryResult.keys(point))
          .containsExactly("time", "loss", "singularValues", "invariantDrift");
      double loss = golden.get("R").get(i).asDouble();
      assertThat(point.get("loss").asDouble()).isCloseTo(loss, within(1e-6 * loss + 1e-11));
      assertThat(point.get("loss").asDouble())
          .isLessThanOrEqualTo(golden.get("bound").get(i).asDouble()); // theorem 4.1
      for (int k = 0; k < golden.get("sigma").size(); k++) {
        double value = golden.get("u").get(k).get(i).asDouble();
        assertThat(point.get("singularValues").get(k).asDouble())
            .isCloseTo(value, within(1e-6 * value));
      }
      assertThat(point.get("invariantDrift").asDouble()).isLessThan(1e-10);
    }
  }

  static Stream<JsonNode> projections() {
    return TheoryResult.cases("step_project");
  }

  @ParameterizedTest
  @MethodSource("projections")
  void step_and_project_ends_at_the_golden_loss_and_not_below_its_floor(JsonNode golden) {
    JsonNode result =
        TheoryResult.of(
            String.format(
                "step-project --target diagonal:%s --depth %d --learning-rate %s --at %d%s",
                TheoryResult.typed(golden.get("lam")),
                golden.get("L").asInt(),
                golden.get("eta").asText(),
                golden.get("T").asInt(),
                golden.get("psi").isNull() ? "" : " --psi " + golden.get("psi").asText()));
    assertThat(TheoryResult.keys(result))
        .containsExactly("points", "floor", "iterations", "status");
    double loss = golden.get("R_final").asDouble();
    assertThat(result.get("points")).hasSize(1);
    assertThat(result.get("points").get(0).get("loss").asDouble())
        .isCloseTo(loss, within(1e-9 * loss + 1e-28));
    assertThat(result.get("floor").asDouble()).isLessThanOrEqualTo(loss * (1 + 1e-9));
    boolean learnt = loss < 1e-10;
    assertThat(result.get("status").asText()).isEqualTo(learnt ? "converged" : "stopped");
    assertThat(result.get("iterations").isNull()).isEqualTo(!learnt);
  }

  @Test
  void step_and_project_takes_targets_that_are_not_symmetric() {
    JsonNode result =
        TheoryResult.of(
            "step-project --target 1.1,-0.2;0.3,0.9 --depth 5 --psi 0.2 --learning-rate 0.05"
                + " --at 0,500");
    assertThat(result.get("status").asText()).isEqualTo("converged");
    assertThat(result.get("points").get(1).get("loss").asDouble()).isLessThan(1e-10);
  }

  static Stream<JsonNode> powers() {
    return TheoryResult.cases("power_projection");
  }

  @ParameterizedTest
  @MethodSource("powers")
  void the_power_projection_has_the_golden_losses_and_floor(JsonNode golden) {
    Said said =
        TheoryResult.said(
            String.format(
                "power-projection --json --target %s --depth %d --learning-rate %s --gamma %s"
                    + " --at %s",
                TheoryResult.typed(golden.get("Phi")),
                golden.get("L").asInt(),
                golden.get("eta").asText(),
                golden.get("gamma").asText(),
                TheoryResult.elements(golden.get("points"))
                    .map(point -> point.get("t").asText())
                    .collect(Collectors.joining(","))));
    assertThat(said.code()).isEqualTo(ExitCode.DONE);
    JsonNode result = TheoryResult.json(said);
    double floor = golden.get("floor").asDouble();
    assertThat(result.get("floor").asDouble()).isCloseTo(floor, within(1e-9));
    assertThat(said.err().contains("above the margin")).isEqualTo(floor > 1e-9);
    for (int i = 0; i < golden.get("points").size(); i++) {
      double loss = golden.get("points").get(i).get("R").asDouble();
      assertThat(result.get("points").get(i).get("loss").asDouble())
          .isCloseTo(loss, within(1e-6 * loss + 1e-18));
    }
    JsonNode iterations = golden.get("N_to_1e_10");
    assertThat(result.get("iterations").isNull()).isEqualTo(iterations.isNull());
    if (!iterations.isNull()) {
      assertThat(result.get("iterations").asInt()).isEqualTo(iterations.asInt());
    }
  }
}
