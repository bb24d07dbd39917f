package org.fathom4j.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.fathom4j.network.NetworkSpec.Precision;
import org.fathom4j.record.DepthProfileRow;
import org.fathom4j.record.Measurement;
import org.fathom4j.record.MetricRow;
import org.fathom4j.record.Provenance;
import org.fathom4j.record.RunRecord;
import org.fathom4j.record.RunStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** On made-up records; {@link ComparisonTest} has real ones. */
class VerdictTest {

  private static final int DEPTH = 50;
  private static final double CHANCE = 0.1;
  private static final double START = 2;
  private static final int LAST = 20;

  private static RunRecord starting() {
    Instant start = Instant.EPOCH;
    return RunRecord.starting(
        "made-up",
        List.of(),
        JsonNodeFactory.instance.objectNode(),
        new RunRecord.Data("none", "none", Map.of(), Map.of()),
        Map.of(),
        new RunRecord.Kernel("reference", "made up", "keep-all", 0L),
        1,
        1,
        start,
        new Provenance(
            new Provenance.Git("unknown", null),
            Map.of(),
            "none",
            new Provenance.Cpu("none", 1),
            List.of(),
            new Provenance.Backend("CPU", "none", "1", "1"),
            new Provenance.Memory(1, 1, null)),
        List.of());
  }

  private static RunRecord done(double loss, double accuracy) {
    Measurement end =
        new Measurement(
            LAST,
            Map.of(
                "trainLoss",
                loss,
                "trainAccuracy",
                accuracy,
                "testLoss",
                1.0,
                "testAccuracy",
                0.1));
    return starting()
        .ended(RunStatus.DONE, "done", RunRecord.Timing.startingAt(Instant.EPOCH), end, end);
  }

  private static RunRecord diverged(String where, int layer, String cause) {
    return starting()
        .diverged(
            new RunRecord.Divergence(7, where, layer, cause),
            "why",
            RunRecord.Timing.startingAt(Instant.EPOCH),
            null,
            null);
  }

  private static final List<MetricRow> METRICS =
      List.of(
          new MetricRow(1, 0, "batch", "loss", START), new MetricRow(2, 0, "batch", "loss", 1.5));

  /** Norms of the last profile at layers 0, 25 and 50. */
  private static List<DepthProfileRow> profile(double[] activations, double[] gradients) {
    return profile(LAST, activations, gradients);
  }

  private static List<DepthProfileRow> profile(
      int iteration, double[] activations, double[] gradients) {
    List<DepthProfileRow> rows = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      rows.add(new DepthProfileRow(iteration, 25 * i, "activation_norm", activations[i]));
      rows.add(new DepthProfileRow(iteration, 25 * i, "gradient_norm", gradients[i]));
    }
    rows.add(new DepthProfileRow(iteration, 25, "update_norm_U", 1e-6));
    rows.add(new DepthProfileRow(iteration, 50, "update_norm_U", 3e-6));
    return rows;
  }

  private static final double[] ONES = {1, 1, 1};

  private static Verdict of(RunRecord run, List<DepthProfileRow> profile) {
    return Verdict.of(run, DEPTH, Precision.FLOAT, METRICS, profile, CHANCE);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          forward  | 12 | overflow  | DIVERGES   | activations overflow float32 at layer 12 in iteration 7
          forward  | 0  | overflow  | DIVERGES   | activations overflow float32 at the embedding in iteration 7
          forward  | 51 | nan       | DIVERGES   | activations become NaN at the readout in iteration 7
          loss     | 51 | overflow  | DIVERGES   | the loss overflows float32 in iteration 7
          loss     | 51 | nan       | DIVERGES   | the loss becomes NaN in iteration 7
          backward | 50 | overflow  | DIVERGES   | gradients overflow float32 at layer 50 in iteration 7
          backward | 3  | underflow | UNDERFLOWS | gradients underflow float32 at layer 3 in iteration 7
          """)
  void a_run_that_diverged_names_pass_layer_and_iteration(
      String where, int layer, String cause, Outcome outcome, String words) {
    Verdict verdict = of(diverged(where, layer, cause), List.of());
    assertThat(verdict.outcome()).isEqualTo(outcome);
    assertThat(verdict.cause()).hasValue(words);
  }

  /** Chance 0.1, so that a tenth of the way to 1 is 0.19; the loss starts at 2. */
  @ParameterizedTest
  @CsvSource({
    "1.99, 0.19, LEARNS",
    "0.01, 1.00, LEARNS",
    "1.99, 0.189, STALLS",
    "2.00, 0.30, STALLS",
    "20.0, 0.30, STALLS",
    "20.1, 0.90, DIVERGES",
    "Infinity, 0.10, DIVERGES",
    "NaN, 0.10, DIVERGES"
  })
  void the_bounds_are_those_of_the_documentation(double loss, double accuracy, Outcome outcome) {
    assertThat(of(done(loss, accuracy), profile(ONES, ONES)).outcome()).isEqualTo(outcome);
  }

  @Test
  void who_learns_needs_no_cause() {
    assertThat(of(done(1, 0.5), profile(ONES, ONES)).cause()).isEmpty();
  }

  @Test
  void who_stalls_says_what_did_not_move() {
    assertThat(of(done(1.9, 0.12), profile(ONES, ONES)).cause())
        .hasValue(
            "the training loss went from 2.000 to 1.900, accuracy 0.120 where guessing gets 0.100;"
                + " the largest update of a block is of norm 3.0e-06, at layer 50 in iteration"
                + " 20");
  }

  @Test
  void who_stalls_under_growing_activations_says_so() {
    assertThat(of(done(1.9, 0.12), profile(new double[] {1, 1e5, 2e9}, ONES)).cause())
        .get()
        .asString()
        .endsWith("activations grow by 2.0e+09 up to layer 50 (iteration 20)");
  }

  @Test
  void gradients_that_vanish_name_the_first_layer_from_the_readout_on() {
    Verdict verdict = of(done(1.9, 0.12), profile(ONES, new double[] {0, 1e-39, 1}));
    assertThat(verdict.outcome()).isEqualTo(Outcome.UNDERFLOWS);
    assertThat(verdict.cause())
        .hasValue("gradients underflow float32 at layer 25: norm 1.0e-39 in iteration 20");
  }

  @Test
  void activations_that_vanish_name_the_first_layer_from_the_embedding_on() {
    Verdict verdict = of(done(1.9, 0.12), profile(new double[] {1, 1e-40, 0}, ONES));
    assertThat(verdict.outcome()).isEqualTo(Outcome.UNDERFLOWS);
    assertThat(verdict.cause()).get().asString().contains("activations", "at layer 25");
  }

  @Test
  void what_float_cannot_hold_double_can() {
    List<DepthProfileRow> small = profile(ONES, new double[] {1e-100, 1e-50, 1});
    Verdict verdict = Verdict.of(done(1.9, 0.12), DEPTH, Precision.DOUBLE, METRICS, small, CHANCE);
    assertThat(verdict.outcome()).isEqualTo(Outcome.STALLS);
  }

  @Test
  void the_type_is_called_by_the_name_all_know() {
    List<DepthProfileRow> small = profile(ONES, new double[] {1e-310, 1, 1});
    Verdict verdict = Verdict.of(done(1.9, 0.12), DEPTH, Precision.DOUBLE, METRICS, small, CHANCE);
    assertThat(verdict.cause()).get().asString().startsWith("gradients underflow float64 at");
  }

  @Test
  void gradients_that_are_zero_before_every_matrix_has_moved_do_not_underflow() {
    double[] zeros = {0, 0, 0};
    RunRecord run = done(2, 0.1);
    assertThat(of(run, profile(2, ONES, zeros)).outcome()).isEqualTo(Outcome.STALLS);
    assertThat(of(run, profile(3, ONES, zeros)).outcome()).isEqualTo(Outcome.UNDERFLOWS);
  }

  @Test
  void a_run_that_has_not_ended_cannot_be_judged() {
    assertThatThrownBy(() -> of(starting(), List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("incomplete");
  }
}
