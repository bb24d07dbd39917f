package org.fathom4j.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.fathom4j.record.RunStatus;
import org.junit.jupiter.api.Test;

class CellTest {

  private static SeedRun done(long seed, Outcome outcome, String cause, double accuracy) {
    return new SeedRun(
        seed,
        "run-" + seed,
        RunStatus.DONE,
        new Verdict(outcome, Optional.ofNullable(cause)),
        10,
        OptionalDouble.of(1),
        Map.of("trainAccuracy", accuracy),
        OptionalDouble.of(0.5 * seed),
        3,
        "reference, 1 threads");
  }

  private static SeedRun diverged(long seed, String cause) {
    return new SeedRun(
        seed,
        "run-" + seed,
        RunStatus.DIVERGED,
        new Verdict(Outcome.DIVERGES, Optional.of(cause)),
        0,
        OptionalDouble.empty(),
        Map.of(),
        OptionalDouble.empty(),
        3,
        "reference, 1 threads");
  }

  private static Cell cell(SeedRun... runs) {
    return new Cell("mzas", 100, 0.1, "0.1", List.of(runs));
  }

  @Test
  void means_are_over_the_seeds_that_were_done() {
    Cell cell =
        cell(
            done(1, Outcome.LEARNS, null, 0.5),
            diverged(2, "a"),
            done(3, Outcome.LEARNS, null, 0.75));
    assertThat(cell.count(RunStatus.DONE)).isEqualTo(2);
    assertThat(cell.count(RunStatus.DIVERGED)).isEqualTo(1);
    assertThat(cell.spread("trainAccuracy").orElseThrow().mean()).isEqualTo(0.625);
    assertThat(cell.spread("trainAccuracy").orElseThrow().count()).isEqualTo(2);
    assertThat(cell.secondsPerIteration()).hasValue(1);
  }

  @Test
  void a_cell_of_diverged_runs_has_no_means() {
    Cell cell = cell(diverged(1, "a"), diverged(2, "a"));
    assertThat(cell.spread("trainAccuracy")).isEmpty();
    assertThat(cell.secondsPerIteration()).isEmpty();
  }

  @Test
  void the_outcome_is_that_of_most_seeds_and_the_worse_of_equals() {
    SeedRun learns = done(1, Outcome.LEARNS, null, 0.5);
    assertThat(cell(learns, learns, diverged(3, "a")).outcome()).isEqualTo(Outcome.LEARNS);
    assertThat(cell(learns, diverged(2, "a"), diverged(3, "b")).outcome())
        .isEqualTo(Outcome.DIVERGES);
    assertThat(cell(learns, diverged(2, "a")).outcome()).isEqualTo(Outcome.DIVERGES);
    assertThat(cell(learns, done(2, Outcome.STALLS, "s", 0.1)).outcome()).isEqualTo(Outcome.STALLS);
  }

  @Test
  void a_cause_names_its_seeds_unless_it_is_that_of_all() {
    SeedRun learns = done(1, Outcome.LEARNS, null, 0.5);
    assertThat(cell(learns).cause()).isEmpty();
    assertThat(cell(diverged(1, "a"), diverged(2, "a")).cause()).hasValue("a");
    assertThat(cell(learns, diverged(2, "a"), diverged(3, "a")).cause()).hasValue("seeds 2, 3: a");
    assertThat(cell(diverged(1, "a"), diverged(2, "b")).cause()).hasValue("seed 1: a; seed 2: b");
  }

  @Test
  void a_cell_without_runs_is_refused() {
    assertThatThrownBy(CellTest::cell).isInstanceOf(IllegalArgumentException.class);
  }
}
