package org.fathom4j.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChecksumsTest {

  /** FIPS 180-4, example of the message "abc". */
  private static final String OF_ABC =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

  @TempDir Path runs;
  private RunDirectory run;

  @BeforeEach
  void makeRun() throws IOException {
    run = RunDirectory.create(runs, "x");
    Files.writeString(run.runJson(), "abc");
    Files.writeString(run.metricsCsv(), "");
    Files.writeString(run.modelZip(), "abc");
  }

  @Test
  void they_are_written_as_coreutils_does_for_the_files_that_are_there() throws IOException {
    Checksums.seal(run);
    assertThat(Files.readString(run.sha256Sums()))
        .isEqualTo(
            OF_ABC
                + "  run.json\n"
                + "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  metrics.csv\n"
                + OF_ABC
                + "  model.zip\n");
    assertThat(Checksums.read(run).orElseThrow().sha256())
        .containsOnlyKeys("run.json", "metrics.csv", "model.zip")
        .containsEntry("run.json", OF_ABC);
  }

  @Test
  void sha256sum_agrees() throws Exception {
    Checksums.seal(run);
    Process process;
    try {
      process =
          new ProcessBuilder("sha256sum", "-c", "--strict", "SHA256SUMS")
              .directory(run.path().toFile())
              .redirectErrorStream(true)
              .start();
    } catch (IOException e) {
      assumeThat(e).as("a system with sha256sum").isNull();
      return;
    }
    String said = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor()).as(said).isZero();
  }

  @Test
  void a_run_that_has_not_ended_has_none() throws IOException {
    assertThat(Checksums.read(run)).isEqualTo(Optional.empty());
    Checksums.seal(run);
    Checksums.unseal(run);
    assertThat(Checksums.read(run)).isEqualTo(Optional.empty());
    Checksums.unseal(run);
  }

  @Test
  void they_forget_a_model_that_is_removed() throws IOException {
    Checksums.seal(run);
    run.removeModel();
    assertThat(Checksums.read(run).orElseThrow().sha256())
        .containsOnlyKeys("run.json", "metrics.csv");
  }

  @Test
  void without_them_a_model_is_removed_all_the_same() throws IOException {
    run.removeModel();
    assertThat(run.modelZip()).doesNotExist();
    assertThat(run.sha256Sums()).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nonsense",
        OF_ABC + " run.json",
        OF_ABC + "  ../run.json",
        OF_ABC + "  a\n" + OF_ABC + "  a",
        "BA7816BF  run.json",
        ""
      })
  void a_line_that_is_none_is_named(String text) throws IOException {
    Files.writeString(run.sha256Sums(), OF_ABC + "  run.json\n" + text + "\n");
    assertThatThrownBy(() -> Checksums.read(run))
        .isInstanceOf(DamagedRecordException.class)
        .hasMessageStartingWith(run.sha256Sums() + ", line ")
        .hasMessageContaining("Restore the file");
  }

  @Test
  void a_hash_read_in_binary_mode_is_the_same_hash() throws IOException {
    Files.writeString(run.sha256Sums(), OF_ABC + " *run.json\n");
    assertThat(Checksums.read(run).orElseThrow().sha256()).isEqualTo(Map.of("run.json", OF_ABC));
  }
}
