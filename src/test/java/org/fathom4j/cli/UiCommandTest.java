package org.fathom4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UiCommandTest {

  @TempDir private Path temporary;

  private Path runs() {
    return temporary.resolve("runs");
  }

  private Said train(String... more) {
    List<String> words =
        new ArrayList<>(
            List.of(
                ("train --data fake --depth 3 --width 7 --hidden-width 5 --iterations 4"
                        + " --batch-size 20 --runs-dir "
                        + runs())
                    .split(" ")));
    words.addAll(List.of(more));
    return Said.by(words.toArray(String[]::new));
  }

  private Path onlyRun() throws IOException {
    try (Stream<Path> all = Files.list(runs())) {
      return all.findFirst().orElseThrow();
    }
  }

  @Test
  void a_monitored_training_says_where_and_leaves_its_samples() throws IOException {
    Said said = train("--ui=0");
    assertThat(said.code()).isEqualTo(ExitCode.DONE);
    assertThat(said.err()).containsPattern("Monitor: http://127\\.0\\.0\\.1:\\d+/depth");
    assertThat(onlyRun().resolve("stats.db")).isNotEmptyFile();
  }

  @Test
  void an_unmonitored_training_leaves_none() throws IOException {
    assertThat(train().code()).isEqualTo(ExitCode.DONE);
    assertThat(onlyRun().resolve("stats.db")).doesNotExist();
  }

  @Test
  void a_training_whose_port_is_in_use_goes_on_without_its_pages() throws IOException {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      Said said = train("--ui=" + other.getLocalPort());
      assertThat(said.code()).isEqualTo(ExitCode.DONE);
      assertThat(said.err())
          .contains("port " + other.getLocalPort())
          .contains("The training goes on without its pages");
    }
    assertThat(onlyRun().resolve("stats.db")).isNotEmptyFile();
  }

  @ParameterizedTest
  @ValueSource(strings = {"--ui=-1", "--ui=65536", "--ui=http"})
  void what_is_no_port_is_refused_before_anything_is_written(String option) {
    Said said = train(option);
    assertThat(said.code()).isEqualTo(ExitCode.USAGE);
    assertThat(said.err()).contains("--ui");
    assertThat(runs()).doesNotExist();
  }

  @Test
  void a_resumed_run_may_be_monitored() {
    assertThat(train().code()).isEqualTo(ExitCode.DONE);
    Said said = Said.by("train", "--resume", "nobody", "--ui=0", "--runs-dir", runs().toString());
    assertThat(said.code()).isEqualTo(ExitCode.USAGE);
    assertThat(said.err()).contains("nobody").doesNotContain("leave out");
  }

  @Test
  void the_monitor_needs_a_directory_of_runs() {
    Said said = Said.by("ui", "--runs-dir", runs().toString(), "--port", "0");
    assertThat(said.code()).isEqualTo(ExitCode.USAGE);
    assertThat(said.err()).contains(runs().toString()).contains("--runs-dir");
  }

  @Test
  void a_port_in_use_ends_the_monitor_with_the_cure() throws IOException {
    Files.createDirectories(runs());
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      Said said =
          Said.by("ui", "--runs-dir", runs().toString(), "--port", "" + other.getLocalPort());
      assertThat(said.code()).isEqualTo(ExitCode.FAILED);
      assertThat(said.err()).contains("choose another port");
    }
  }

  @Test
  void an_address_that_is_not_this_machines_is_refused() throws IOException {
    Files.createDirectories(runs());
    Said said =
        Said.by(
            "ui", "--runs-dir", runs().toString(), "--port", "0", "--host", "no.such.host.invalid");
    assertThat(said.code()).isEqualTo(ExitCode.FAILED);
    assertThat(said.err()).contains("no.such.host.invalid");
  }
}
