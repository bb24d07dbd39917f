package org.fathom4j.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComparisonCsvTest {

  @TempDir Path directory;
  private Path file;

  @BeforeEach
  void name() {
    file = directory.resolve("comparison.csv");
  }

  private static ComparisonRow row(String initialization, double value) {
    return new ComparisonRow(
        initialization, 10, 1e-6, 3, "done", "learns", "mzas-10-3", "train_loss", value);
  }

  @Test
  void rows_are_read_back_with_the_commas_and_quotes_of_their_initializers() throws IOException {
    List<ComparisonRow> rows =
        List.of(
            row("mzas", 0.1), row("idinit:tau=2,epsilon=1e-3", 0.25), row("x:y=\"a\",b", 1e300));
    ComparisonCsv.write(file, rows);
    assertThat(ComparisonCsv.read(file)).isEqualTo(rows);
    assertThat(Files.readAllLines(file))
        .startsWith(
            "initialization,depth,learning_rate,seed,status,outcome,run,metric,value",
            "mzas,10,1.0E-6,3,done,learns,mzas-10-3,train_loss,0.1",
            "\"idinit:tau=2,epsilon=1e-3\",10,1.0E-6,3,done,learns,mzas-10-3,train_loss,0.25");
  }

  @Test
  void values_need_not_be_finite() throws IOException {
    ComparisonCsv.write(
        file, List.of(row("mzas", Double.NaN), row("mzas", Double.NEGATIVE_INFINITY)));
    assertThat(ComparisonCsv.read(file))
        .extracting(ComparisonRow::value)
        .containsExactly(Double.NaN, Double.NEGATIVE_INFINITY);
  }

  @Test
  void a_line_that_is_no_row_is_named() throws IOException {
    Files.writeString(file, ComparisonCsv.HEADER + "\n\"mzas,10,1,1,done,learns,r,m,1\n");
    assertThatThrownBy(() -> ComparisonCsv.read(file))
        .isInstanceOf(DamagedRecordException.class)
        .hasMessageContaining("comparison.csv, line 2")
        .hasMessageContaining("a quote is not closed");
  }

  @Test
  void a_file_that_was_cut_within_its_last_number_is_no_shorter_number() throws IOException {
    ComparisonCsv.write(file, List.of(row("mzas", 0.25), row("mzas", 0.0625)));
    String whole = Files.readString(file);
    for (int cut = 1; cut < 40; cut++) {
      Files.writeString(file, whole.substring(0, whole.length() - cut));
      assertThatThrownBy(() -> ComparisonCsv.read(file))
          .isInstanceOf(DamagedRecordException.class)
          .hasMessageContaining("comparison.csv, line 3: the file was cut short here")
          .hasMessageContaining("--resume writes it again");
    }
  }

  @Test
  void another_header_is_refused() throws IOException {
    Files.writeString(file, "a,b\n");
    assertThatThrownBy(() -> ComparisonCsv.read(file))
        .isInstanceOf(DamagedRecordException.class)
        .hasMessageContaining("expected the header");
  }

  @Test
  void a_line_break_in_a_field_is_refused_before_anything_is_written() {
    assertThatThrownBy(() -> ComparisonCsv.write(file, List.of(row("a\nb", 1))))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(file).doesNotExist();
  }

  @Test
  void depth_checks_are_read_back_too() throws IOException {
    Path checks = directory.resolve("depth_check.csv");
    List<DepthCheckRow> rows =
        List.of(
            new DepthCheckRow("mzas", "activation_norm", 1, 10, 0.5),
            new DepthCheckRow("idinit:tau=2,epsilon=1", "gradient_norm", 5, 1000, Double.NaN));
    DepthCheckCsv.write(checks, rows);
    assertThat(DepthCheckCsv.read(checks)).isEqualTo(rows);
  }
}
