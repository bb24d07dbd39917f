package org.fathom4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.fathom4j.theory.theorems.Card;
import org.fathom4j.theory.theorems.Hypothesis;
import org.fathom4j.theory.theorems.Theorems;
import org.fathom4j.theory.theorems.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TheoryCertifyTest {

  @Test
  void without_options_every_theorem_holds_on_its_own_example() {
    JsonNode cards = TheoryResult.of("certify").get("cards");
    assertThat(cards).hasSize(Theorems.names().size());
    for (JsonNode card : cards) {
      assertThat(TheoryResult.keys(card))
          .containsExactly("theorem", "source", "hypotheses", "bound", "measured", "verdict");
      assertThat(card.get("verdict").asText()).as(card.toString()).isEqualTo("holds");
      for (JsonNode hypothesis : card.get("hypotheses")) {
        assertThat(TheoryResult.keys(hypothesis)).containsExactly("text", "holds", "value");
        assertThat(hypothesis.get("holds").asBoolean()).isTrue();
      }
    }
  }

  @Test
  void a_theorem_that_does_not_apply_says_which_hypothesis_fails_and_has_no_numbers() {
    String problem = "certify --theorem power-projection --target rotation:100 --depth 4";
    JsonNode card = TheoryResult.of(problem).get("cards").get(0);
    assertThat(card.get("verdict").asText()).isEqualTo("does-not-apply");
    assertThat(card.get("bound").isNull()).isTrue();
    assertThat(card.get("measured").isNull()).isTrue();
    assertThat(TheoryResult.said(problem).out())
        .contains("not given", "min u^T Phi u >= gamma = 0.1", "does-not-apply");
  }

  @Test
  void the_users_target_depth_start_and_rate_are_taken() {
    String words = "certify --theorem zas-one-step --target 1,5;0,1 --depth 30 --learning-rate ";
    assertThat(verdict(words + "1")).isEqualTo("holds");
    assertThat(verdict(words + "0.99")).isEqualTo("does-not-apply");
    assertThat(verdict(words + "1 --init identity")).isEqualTo("does-not-apply");
  }

  private static String verdict(String words) {
    return TheoryResult.of(words).get("cards").get(0).get("verdict").asText();
  }

  @Test
  void several_theorems_are_a_table() {
    Said said = TheoryResult.said("certify --theorem zas-flow,normal-saddle --target rotation:60");
    assertThat(said.code()).isEqualTo(ExitCode.DONE);
    assertThat(said.out().lines()).hasSize(3);
    assertThat(said.out())
        .contains("zas-flow", "holds", "normal-saddle", "does-not-apply, not given");
    assertThat(said.err()).isEmpty();
  }

  @Test
  void only_a_violated_theorem_ends_in_exit_code_4() {
    assertThat(CertifyCommand.exitCode(List.of(card(true, Verdict.HOLDS)))).isZero();
    assertThat(CertifyCommand.exitCode(List.of(card(false, Verdict.DOES_NOT_APPLY)))).isZero();
    assertThat(
            CertifyCommand.exitCode(
                List.of(card(true, Verdict.HOLDS), card(true, Verdict.VIOLATED))))
        .isEqualTo(ExitCode.CHECK_FAILED);
  }

  private static Card card(boolean applies, Verdict verdict) {
    return new Card("t", "s", List.of(new Hypothesis("h", applies, 1)), 1, 2, verdict);
  }

  @ParameterizedTest
  @CsvSource({
    "certify --theorem zas-flaw, Did you mean 'zas-flow'?",
    "certify --depth 0, The depth is 0",
    "certify --learning-rate -1, it must be positive and finite",
    "certify --target 1;2, but a target is square",
    "certify --init zaz, Did you mean 'zas'?"
  })
  void impossible_problems_are_refused(String words, String message) {
    Said said = TheoryResult.said(words);
    assertThat(said.code()).isEqualTo(ExitCode.USAGE);
    assertThat(said.err()).contains(message);
    assertThat(said.out()).isEmpty();
  }
}
