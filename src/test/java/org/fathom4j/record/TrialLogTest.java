package org.fathom4j.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrialLogTest {

  private static final TrialRow START = new TrialRow("mzas", 10, 7, 0, 0, "start", 0.5);
  private static final TrialRow OPTIONS =
      new TrialRow("idinit:tau=2,epsilon=0.1", 100, -8, 0.0316, 6, "done", 0.25);
  private static final TrialRow DIVERGED =
      new TrialRow("mzas", 10, 7, 1e-30, 3, "diverged", Double.POSITIVE_INFINITY);

  @TempDir private Path temporary;

  private Path file() {
    return temporary.resolve("trials.csv");
  }

  @Test
  void rows_are_on_disk_as_soon_as_they_are_appended() throws IOException {
    try (TrialLog log = TrialLog.open(file())) {
      log.append(START);
      assertThat(file()).hasContent(TrialLog.HEADER + "\nmzas,10,7,0.0,0,start,0.5\n");
      log.append(OPTIONS);
      log.append(DIVERGED);
      assertThat(log.rows()).containsExactly(START, OPTIONS, DIVERGED);
      assertThat(TrialLog.read(file())).isEqualTo(log.rows());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 20, 47})
  void half_a_row_or_half_a_header_is_cut_off_and_the_log_goes_on(int bytes) throws IOException {
    try (TrialLog log = TrialLog.open(file())) {
      log.append(START);
    }
    String whole = Files.readString(file());
    Files.writeString(file(), whole.substring(0, bytes));
    try (TrialLog log = TrialLog.open(file())) {
      assertThat(log.rows()).isEmpty();
      log.append(START);
    }
    assertThat(file()).content().isEqualTo(whole);
  }

  @Test
  void whole_rows_before_half_a_row_are_kept() throws IOException {
    Files.writeString(file(), TrialLog.HEADER + "\nmzas,10,7,0.0,0,start,0.5\nmzas,10,7,0.1,3,do");
    try (TrialLog log = TrialLog.open(file())) {
      assertThat(log.rows()).containsExactly(START);
    }
  }

  @Test
  void a_row_that_is_none_is_named() throws IOException {
    Files.writeString(file(), TrialLog.HEADER + "\nmzas,ten,7,0.0,0,start,0.5\n");
    assertThatThrownBy(() -> TrialLog.open(file()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file() + ", line 2: cannot read");
    Files.writeString(file(), "some,other,table\n");
    assertThatThrownBy(() -> TrialLog.open(file()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(", line 1: expected the header '" + TrialLog.HEADER);
  }

  @Test
  void trials_without_seeds_are_of_an_earlier_version() throws IOException {
    Files.writeString(
        file(), "init,depth,learning_rate,iterations,status,loss\nmzas,10,0.0,0,start,0.5\n");
    assertThatThrownBy(() -> TrialLog.open(file()))
        .isInstanceOf(IOException.class)
        .hasMessage(
            file()
                + " is of an earlier version, which did not write seeds. Start a new search, or move"
                + " the file away to go on without its trials.");
  }

  @Test
  void rows_hold_numbers_that_can_be() {
    for (Runnable bad :
        List.<Runnable>of(
            () -> new TrialRow("mzas", 0, 7, 1, 1, "done", 1),
            () -> new TrialRow("mzas", 1, 7, -1, 1, "done", 1),
            () -> new TrialRow("mzas", 1, 7, 1, -1, "done", 1),
            () -> new TrialRow("mzas", 1, 7, 1, 1, "so so", 1),
            () -> new TrialRow("mzas", 1, 0, 1, 1, "done", 1),
            () -> new TrialRow("mzas", 1, 7, 1, 1, "done", Double.NaN))) {
      assertThatThrownBy(bad::run).isInstanceOf(IllegalArgumentException.class);
    }
  }
}
