package org.fathom4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.data.Percentage;
import org.fathom4j.laboratory.ConfirmedScaling;
import org.fathom4j.theory.figures.DepthScaling;
import org.fathom4j.theory.linear.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * {@code count}, {@code depth-scaling}, {@code saddle}, {@code escape}, {@code sharpness} and
 * {@code shamir}.
 */
class TheoryCountsTest {

  /** How the golden values name the targets of figure 2. */
  private static final Map<String, String> TARGETS =
      Map.of(
          "-I_1", "--target minus-identity:1",
          "-I_100", "--target minus-identity:100",
          "A2", "--target 0.8,-1.3;1.1,0.6",
          "C2", "--target 1,0.9;1.1,1.2");

  @Test
  void counts_are_the_golden_ones() {
    JsonNode golden = TheoryResult.golden("zas_counts");
    for (JsonNode each : golden.get("cases")) {
      String target = TARGETS.get(each.get("target").asText());
      if (target == null && !each.get("sigma").isArray()) {
        target = "--target gaussian:100:100";
      }
      Said said =
          TheoryResult.said(
              String.format(
                  "count --json %s --depth %d --learning-rate %s --epsilon 1e-10",
                  target == null ? "--sigma " + TheoryResult.typed(each.get("sigma")) : target,
                  each.get("L").asInt(),
                  each.get("eta").asText()));
      JsonNode result = TheoryResult.json(said);
      assertThat(TheoryResult.keys(result)).containsExactly("iterations", "status");
      boolean converged = each.get("status").asInt() == 0;
      assertThat(said.code()).isEqualTo(converged ? ExitCode.DONE : ExitCode.DIVERGED);
      assertThat(result.get("status").asText()).isEqualTo(converged ? "converged" : "diverged");
      if (converged) {
        long n = each.get("N").asLong();
        assertThat(result.get("iterations").asLong())
            .as(each.toString())
            .isBetween((long) (n - Math.max(1, 0.002 * n)), (long) (n + Math.max(1, 0.002 * n)));
      }
    }
  }

  @Test
  void a_count_above_the_stable_rate_says_so_and_needs_confirmation() {
    Said said =
        TheoryResult.said("count --sigma 1 --depth 100 --learning-rate 0.03 --max-iterations 500");
    assertThat(said.code()).isEqualTo(ExitCode.DONE);
    assertThat(said.out()).contains("stopped");
    assertThat(said.err())
        .contains("0.03 is above 2/K = 0.0160491", "not reached within 500", "--max-iterations");
  }

  @Test
  void without_a_learning_rate_it_is_half_the_stable_one() {
    assertThat(TheoryResult.said("count --depth 1000").out())
        .contains("learning rate  0.00084482417", "stable below   0.0016896483");
  }

  static Stream<JsonNode> scalings() {
    return TheoryResult.cases("zas_best_lr")
        .filter(golden -> TARGETS.containsKey(golden.get("target").asText()));
  }

  @ParameterizedTest
  @MethodSource("scalings")
  void figure_2_has_the_golden_rates_counts_and_exponent(JsonNode golden) {
    JsonNode result =
        TheoryResult.of(
            String.format(
                "depth-scaling %s --depths %s",
                TARGETS.get(golden.get("target").asText()),
                TheoryResult.elements(golden.get("rows"))
                    .map(row -> row.get("L").asText())
                    .collect(Collectors.joining(","))));
    assertThat(TheoryResult.keys(result)).containsExactly("rows", "exponent");
    assertThat(result.get("exponent").asDouble())
        .isCloseTo(golden.get("fitted_gamma").asDouble(), within(2e-3));
    for (int i = 0; i < golden.get("rows").size(); i++) {
      JsonNode row = result.get("rows").get(i);
      JsonNode expected = golden.get("rows").get(i);
      assertThat(TheoryResult.keys(row)).containsExactly("depth", "learningRate", "iterations");
      assertThat(row.get("depth").asInt()).isEqualTo(expected.get("L").asInt());
      assertThat(row.get("learningRate").asDouble())
          .isCloseTo(expected.get("best_eta").asDouble(), Percentage.withPercentage(1e-9));
      assertThat(row.get("iterations").asInt())
          .isCloseTo(
              expected.get("N").asInt(), within(Math.max(1, expected.get("N").asInt() / 500)));
    }
  }

  @Test
  void several_targets_are_a_list_each_with_the_answer_that_it_has_alone() {
    JsonNode result =
        TheoryResult.of(
            "depth-scaling --depths 10,100 --target minus-identity:1 --target gaussian:2:2");
    assertThat(TheoryResult.keys(result)).containsExactly("targets");
    assertThat(result.get("targets")).hasSize(2);
    for (JsonNode each : result.get("targets")) {
      assertThat(TheoryResult.keys(each)).containsExactly("target", "rows", "exponent");
      JsonNode alone =
          TheoryResult.of("depth-scaling --depths 10,100 --target " + each.get("target").asText());
      assertThat(each.get("rows")).isEqualTo(alone.get("rows"));
      assertThat(each.get("exponent")).isEqualTo(alone.get("exponent"));
    }
    assertThat(
            TheoryResult.said(
                    "depth-scaling --depths 10,100 --target minus-identity:1 --target gaussian:2:2")
                .out())
        .contains(
            "gaussian:2:2      100 ", "gaussian:2:2: exponent ", "minus-identity:1: exponent ");
  }

  @Test
  void full_matrices_confirm_the_counts_up_to_the_depth_asked_for() {
    JsonNode rows =
        TheoryResult.of("depth-scaling --depths 10,100,316 --confirm 100 --target gaussian:2:2")
            .get("rows");
    assertThat(TheoryResult.keys(rows.get(0)))
        .containsExactly("depth", "learningRate", "iterations", "matrices");
    assertThat(rows.get(0).get("matrices")).isEqualTo(rows.get(0).get("iterations"));
    assertThat(rows.get(1).get("matrices")).isEqualTo(rows.get(1).get("iterations"));
    assertThat(rows.get(2).get("matrices").isNull()).isTrue();
  }

  @Test
  void a_count_that_would_take_full_matrices_too_long_is_left_out_aloud() {
    Said said =
        TheoryResult.said(
            "depth-scaling --depths 1000 --confirm 1000 --confirm-seconds 0.01 --json");
    assertThat(said.code()).isEqualTo(ExitCode.DONE);
    assertThat(TheoryResult.json(said).get("rows").get(0).get("matrices").isNull()).isTrue();
    assertThat(said.err())
        .contains("Not confirmed: full matrices", "depth 1000", "--confirm-seconds 1.");
  }

  @Test
  void full_matrices_that_disagree_are_a_failed_check() {
    Target target = Target.minusIdentity(1);
    DepthScaling scaling = DepthScaling.of(target.singularValues(), List.of(10), 1e-10, 100);
    long right = scaling.rows().get(0).iterations();
    assertThat(exitCode(target, scaling, Map.of(10, OptionalLong.of(right)))).isZero();
    assertThat(exitCode(target, scaling, Map.of())).isZero();
    assertThat(exitCode(target, scaling, Map.of(10, OptionalLong.of(right + 1))))
        .isEqualTo(ExitCode.CHECK_FAILED);
    assertThat(exitCode(target, scaling, Map.of(10, OptionalLong.empty())))
        .isEqualTo(ExitCode.CHECK_FAILED);
  }

  private static int exitCode(
      Target target, DepthScaling scaling, Map<Integer, OptionalLong> matrices) {
    return DepthScalingCommand.exitCode(List.of(new ConfirmedScaling(target, scaling, matrices)));
  }

  @Test
  void one_depth_has_no_exponent() {
    JsonNode result = TheoryResult.of("depth-scaling --depths 10");
    assertThat(result.get("exponent").isNull()).isTrue();
    assertThat(TheoryResult.said("depth-scaling --depths 10").out()).doesNotContain("exponent");
  }

  @Test
  void figure_1_has_the_golden_counts_and_least_ratios() {
    JsonNode rows = TheoryResult.of("saddle").get("rows");
    JsonNode golden = TheoryResult.golden("fig1").get("rows");
    assertThat(rows).hasSameSizeAs(golden);
    for (int i = 0; i < rows.size(); i++) {
      JsonNode row = rows.get(i);
      JsonNode expected = golden.get(i);
      assertThat(row.get("learningRate").asDouble()).isEqualTo(expected.get("eta").asDouble());
      assertThat(row.get("nearIdentity").asInt())
          .isCloseTo(expected.get("near_identity").asInt(), within(1));
      assertThat(row.get("zas").asInt()).isCloseTo(expected.get("zas").asInt(), within(1));
      JsonNode least = expected.get("near_identity_min_ratio");
      assertThat(row.get("nearIdentityLeastRatio").asDouble())
          .isCloseTo(least.get("min_ratio").asDouble(), Percentage.withPercentage(1e-6));
      assertThat(row.get("nearIdentityLeastRatioAt").asInt())
          .isCloseTo(least.get("at_t").asInt(), within(1));
      assertThat(row.get("zasLeastRatio").asDouble()).isEqualTo(1);
      assertThat(row.get("zasLeastRatioAt").asInt()).isZero();
    }
  }

  @Test
  void a_saddle_that_is_not_left_in_time_has_no_count() {
    JsonNode row =
        TheoryResult.of("saddle --learning-rate 0.1 --max-iterations 50").get("rows").get(0);
    assertThat(row.get("nearIdentity").isNull()).isTrue();
    assertThat(row.get("zas").asInt()).isEqualTo(37);
  }

  @Test
  void in_two_dimensions_every_run_escapes() {
    JsonNode result = TheoryResult.of("escape --dimension 2 --runs 3 --seed 1");
    assertThat(TheoryResult.keys(result))
        .containsExactly("escaped", "runs", "zasIterations", "plateaus");
    assertThat(result.get("escaped").asInt()).isEqualTo(3);
    assertThat(result.get("runs").asInt()).isEqualTo(3);
    assertThat(result.get("plateaus")).isEmpty();
    assertThat(result.get("zasIterations").asInt()).isBetween(190, 215);
  }

  @Tag("slow")
  @Test
  void figure_3_has_the_golden_escapes() {
    for (JsonNode golden : TheoryResult.golden("fig3")) {
      JsonNode result =
          TheoryResult.of(
              String.format(
                  "escape --dimension %d --runs %d --seed %d",
                  golden.get("d").asInt(), golden.get("n").asInt(), golden.get("seed").asInt()));
      assertThat(result.get("escaped").asInt()).isEqualTo(golden.get("escaped").asInt());
      assertThat(result.get("zasIterations").asInt())
          .isCloseTo(golden.get("zas_N_1e_10").asInt(), within(1));
      assertThat(result.get("plateaus"))
          .hasSize(golden.get("n").asInt() - golden.get("escaped").asInt())
          .allSatisfy(r -> assertThat(r.asDouble()).isCloseTo(0.5, within(1e-3)));
    }
  }

  @Tag("slow")
  @Test
  void of_twenty_near_identity_runs_between_a_tenth_and_six_tenths_escape() {
    JsonNode result = TheoryResult.of("escape --runs 20 --seed 7");
    assertThat(result.get("escaped").asInt()).isBetween(2, 12);
    assertThat(result.get("zasIterations").asInt()).isCloseTo(215, within(1));
  }

  @Test
  void sharpness_is_the_golden_one_and_its_inverse_the_stable_rate() {
    for (JsonNode golden : TheoryResult.golden("sharpness").get("cases")) {
      JsonNode result =
          TheoryResult.of(
              String.format(
                  "sharpness --sigma %s --depth %d",
                  golden.get("sigma").asText(), golden.get("L").asInt()));
      assertThat(TheoryResult.keys(result)).containsExactly("sharpness", "stableLearningRate");
      double k = golden.get("K").asDouble();
      assertThat(result.get("sharpness").asDouble()).isCloseTo(k, Percentage.withPercentage(1e-7));
      assertThat(result.get("stableLearningRate").asDouble())
          .isCloseTo(2 / k, Percentage.withPercentage(1e-7));
    }
  }

  @Test
  void shamir_s_times_are_the_golden_ones() {
    JsonNode rows = TheoryResult.of("shamir --depths 2,3,4,5,6,7,8").get("rows");
    int found = 0;
    for (JsonNode golden : TheoryResult.golden("shamir")) {
      for (JsonNode expected : golden.get("rows")) {
        for (JsonNode row : rows) {
          if (row.get("depth").asInt() == expected.get("L").asInt()
              && row.get("sd").asDouble() == expected.get("sd").asDouble()) {
            found++;
            assertThat(TheoryResult.keys(row)).containsExactly("depth", "sd", "time");
            assertThat(row.get("time").asDouble())
                .isCloseTo(expected.get("time").asDouble(), Percentage.withPercentage(0.1));
          }
        }
      }
    }
    assertThat(found).isEqualTo(14);
  }
}
