package org.fathom4j.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.fathom4j.record.TrialLog;
import org.fathom4j.record.TrialRow;
import org.fathom4j.train.ExperimentSpec;
import org.fathom4j.train.TryoutInterruptedException;
import org.fathom4j.train.Tryouts;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A search with several seeds; those with one are in {@link TuningTest}. */
class LearningRateTunerTest {

  private static final int ITERATIONS = 20;
  private static final ExperimentSpec CELL =
      Comparisons.experiment(ITERATIONS).with("xavier", 60).named("cell", 1);
  private static final List<Long> OTHER_SEEDS = List.of(2L, 3L, 4L);

  @TempDir private Path directory;

  private static TunedRate tune(Path trialsCsv, TuningProgress progress)
      throws IOException, TryoutInterruptedException {
    try (TrialLog log = TrialLog.open(trialsCsv)) {
      Tryouts tryouts = new Tryouts(Comparisons.HOME, () -> false);
      return new LearningRateTuner(tryouts, log, LearningRateTuner.DEFAULT_BUDGET, progress)
          .tune(CELL, OTHER_SEEDS);
    }
  }

  @Test
  void a_search_killed_between_seeds_goes_on_to_the_same_bytes() throws Exception {
    Path whole = directory.resolve("whole.csv");
    List<String> said = new ArrayList<>();
    TunedRate expected =
        tune(
            whole,
            new TuningProgress() {
              @Override
              public void said(String initialization, int depth, String sentence) {
                said.add(sentence);
              }
            });
    List<TrialRow> rows = TrialLog.read(whole);
    assertThat(said).anyMatch(sentence -> sentence.startsWith("seed 4, "));
    assertThat(rows)
        .as("a seed that diverges with the first one's best rate")
        .anyMatch(row -> row.seed() != 1 && row.status().equals("diverged"));
    assertThat(rows)
        .filteredOn(row -> row.learningRate() == expected.learningRate().orElseThrow())
        .filteredOn(row -> row.iterations() == ITERATIONS)
        .extracting(TrialRow::seed)
        .containsExactlyInAnyOrder(1L, 2L, 3L, 4L);
    List<String> lines = Files.readAllLines(whole);
    for (int row = 0; row < rows.size(); row++) {
      if (rows.get(row).seed() != 1) {
        Path cut = directory.resolve("cut-" + row + ".csv");
        Files.write(cut, lines.subList(0, 1 + row));
        assertThat(tune(cut, TuningProgress.SILENT)).isEqualTo(expected);
        assertThat(cut).hasSameBinaryContentAs(whole);
      }
    }
  }
}
