package org.fathom4j.laboratory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.fathom4j.record.Checksums;
import org.fathom4j.record.MetricLog;
import org.fathom4j.record.MetricRow;
import org.fathom4j.record.RunDirectory;
import org.fathom4j.record.RunRecord;
import org.fathom4j.record.RunStatus;
import org.fathom4j.theory.descent.DescentSpec;
import org.fathom4j.theory.linear.Initialization;
import org.fathom4j.theory.linear.Target;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LinearRunTest {

  private static final Figures.Problem PROBLEM =
      new Figures.Problem(Initialization.parse("zas"), Target.gaussian(3, 7), 20);

  @TempDir private Path runs;

  private RunDirectory written(double rate, List<Engine> engines) throws IOException {
    SideBySide result =
        SideBySide.run(
            PROBLEM.initialization(),
            PROBLEM.target(),
            PROBLEM.depth(),
            DescentSpec.withRate(rate, 100).at(List.of(0L, 10L, 50L, 100L)),
            engines);
    return LinearRun.write(
        runs,
        "zas",
        PROBLEM,
        rate,
        100,
        Instant.now(),
        result,
        List.of("theory", "gradient-descent"),
        Path.of("").toAbsolutePath());
  }

  private static Map<Integer, Double> losses(RunDirectory run, String split) throws IOException {
    return MetricLog.read(run.metricsCsv()).stream()
        .filter(row -> row.split().equals(split) && row.metric().equals("loss"))
        .collect(Collectors.toMap(MetricRow::iteration, MetricRow::value));
  }

  @Test
  void the_network_stands_beside_its_prediction_at_every_recorded_iteration() throws IOException {
    RunDirectory run = written(0.01, List.of(Engine.REDUCED, Engine.DL4J));
    Map<Integer, Double> measured = losses(run, "train");
    assertThat(measured).containsOnlyKeys(0, 10, 50, 100);
    losses(run, "theory")
        .forEach(
            (iteration, loss) ->
                assertThat(measured.get(iteration)).isCloseTo(loss, within(1e-9 * loss)));
    assertThat(measured.get(100)).isLessThan(measured.get(0));
  }

  @Test
  void the_record_says_what_was_descended_on() throws IOException {
    RunDirectory run = written(0.01, List.of(Engine.MATRICES, Engine.DL4J));
    RunRecord record = RunRecord.read(run.runJson());
    assertThat(record.status()).isEqualTo(RunStatus.DONE);
    assertThat(record.specification().path("architecture").path("block").asText())
        .isEqualTo("linear");
    assertThat(record.specification().path("architecture").path("depth").asInt()).isEqualTo(20);
    assertThat(record.parameters()).isEqualTo(20 * 9);
    assertThat(record.last().iteration()).isEqualTo(100);
    assertThat(Checksums.read(run)).isPresent();
  }

  @Test
  void a_descent_that_blows_up_is_recorded_as_diverged() throws IOException {
    RunDirectory run = written(100, List.of(Engine.REDUCED, Engine.DL4J));
    RunRecord record = RunRecord.read(run.runJson());
    assertThat(record.status()).isEqualTo(RunStatus.DIVERGED);
    assertThat(record.divergence().iteration()).isPositive();
  }

  @Test
  void a_network_without_prediction_is_no_record() {
    assertThatThrownBy(() -> written(0.01, List.of(Engine.DL4J)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("dl4j");
    assertThatThrownBy(() -> written(0.01, List.of(Engine.REDUCED, Engine.MATRICES)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(runs).isEmptyDirectory();
  }
}
