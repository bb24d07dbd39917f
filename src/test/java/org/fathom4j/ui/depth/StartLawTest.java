package org.fathom4j.ui.depth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import org.fathom4j.init.Growth;
import org.fathom4j.record.RunRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StartLawTest {

  @TempDir Path directory;

  private RunRecord record(String initialization, int depth) throws IOException {
    Path path = directory.resolve("run-" + initialization.replace(':', '_'));
    return RunRecord.read(
        SyntheticRun.begin(path, initialization, depth, Instant.EPOCH).directory().runJson());
  }

  private static DepthColumns.Matrix matrix(double start, double end) {
    return new DepthColumns.Matrix(
        new int[] {0, 40, 100},
        new int[] {1},
        new float[][] {{(float) start, DepthColumns.ABSENT, (float) end}});
  }

  @Test
  void activations_start_at_the_embedding_and_gradients_at_the_readout() throws IOException {
    Growth growth = StartLaw.of(record("orthogonal", 100)).orElseThrow();
    assertThat(growth.excess()).isCloseTo(1, within(1e-12)); // ‖z + Az‖² = 2‖z‖² in the mean
    double half = Math.log10(2) / 2;
    assertThat(StartLaw.log10(growth, "activation_norm", matrix(0.5, 9)).orElseThrow())
        .containsExactly(new double[] {0.5, 0.5 + 40 * half, 0.5 + 100 * half}, within(1e-9));
    assertThat(StartLaw.log10(growth, "gradient_norm", matrix(9, -0.5)).orElseThrow())
        .containsExactly(new double[] {-0.5 + 100 * half, -0.5 + 60 * half, -0.5}, within(1e-9));
  }

  @Test
  void updates_and_starts_that_are_no_numbers_have_no_law() throws IOException {
    Growth growth = StartLaw.of(record("mzas", 100)).orElseThrow();
    assertThat(growth.perBlock()).isEqualTo(1);
    assertThat(StartLaw.log10(growth, "update_norm_A", matrix(1, 1))).isEmpty();
    assertThat(StartLaw.log10(growth, "activation_norm", matrix(Float.NEGATIVE_INFINITY, 1)))
        .isEmpty();
    assertThat(StartLaw.log10(growth, "activation_norm", matrix(DepthColumns.NOT_A_NUMBER, 1)))
        .isEmpty();
    assertThat(
            StartLaw.log10(
                growth,
                "activation_norm",
                new DepthColumns.Matrix(new int[0], new int[0], new float[0][])))
        .isEmpty();
  }

  @Test
  void an_initializer_that_we_do_not_know_has_no_law() throws IOException {
    Optional<Growth> growth = StartLaw.of(record("of-another-jar", 100));
    assertThat(growth).isEmpty();
  }
}
