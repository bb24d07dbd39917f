package org.fathom4j.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.fathom4j.record.ComparisonRecord.Rate;
import org.fathom4j.record.ComparisonRecord.Standing;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ComparisonRecordTest {

  @TempDir private Path temporary;

  private static ComparisonRecord record(String learningRate, List<Rate> rates) {
    return ComparisonRecords.done(
        "made-up", List.of("mzas"), List.of(10), List.of(1L), learningRate, rates);
  }

  @Test
  void threads_are_kept_on_disk_and_none_are_refused() throws IOException {
    Path file = temporary.resolve("comparison.json");
    record("tuned", List.of()).write(file);
    String json = Files.readString(file);
    assertThat(ComparisonRecord.read(file).threads()).isNull();
    Files.writeString(
        file, json.replace("\"chanceAccuracy\"", "\"threads\" : 3, \"chanceAccuracy\""));
    assertThat(ComparisonRecord.read(file).threads()).isEqualTo(3);
    Files.writeString(
        file, json.replace("\"chanceAccuracy\"", "\"threads\" : 0, \"chanceAccuracy\""));
    assertThatThrownBy(() -> ComparisonRecord.read(file))
        .isInstanceOf(DamagedRecordException.class)
        .hasMessageContaining("threads of a comparison record must be at least 1, but is 0.");
  }

  @ParameterizedTest
  @EnumSource(Standing.class)
  void a_rate_keeps_its_standing_on_disk(Standing standing) throws IOException {
    Path file = temporary.resolve("comparison.json");
    record("tuned", List.of(Rate.of("mzas", 10, 0.1, "tuned", standing))).write(file);
    assertThat(ComparisonRecord.read(file).rate("mzas", 10).orElseThrow().standing())
        .isEqualTo(standing);
    assertThat(Files.readString(file)).doesNotContain("standing");
  }

  /** The words of records that were written before a rate knew its standing. */
  @ParameterizedTest
  @CsvSource({
    "tuned, SETTLED",
    "0.1, SETTLED",
    "tuned; at the edge of what was searched, ON_THE_EDGE",
    "'rates.json; none learnt, this is the smallest that was tried', NONE_LEARNT",
    "at the edge of what was searched.json, SETTLED"
  })
  void the_standing_is_read_from_old_records(String origin, Standing standing) {
    assertThat(new Rate("mzas", 10, 0.1, origin).standing()).isEqualTo(standing);
  }

  @Test
  void one_number_for_all_cells_is_told_from_a_search_and_a_file() {
    assertThat(record("0.5", List.of()).commonRate()).hasValue(0.5);
  }

  @ParameterizedTest
  @ValueSource(strings = {"tuned", "learning-rates.json"})
  void a_search_or_a_file_gives_no_common_rate(String learningRate) {
    assertThat(record(learningRate, List.of()).commonRate()).isEmpty();
  }
}
