package org.fathom4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@DisabledOnOs(value = OS.WINDOWS, disabledReason = "signals are others there")
class InterruptionTest {

  @Test
  @Timeout(value = 2, unit = TimeUnit.MINUTES)
  void a_signal_to_stop_leaves_a_checkpoint_and_exit_code_130(@TempDir Path runs) throws Exception {
    Process training = start(runs);
    try (BufferedReader err = training.errorReader()) {
      awaitLine(err, "iteration ");
      interrupt(training);
      awaitLine(err, "Stopping after this iteration");
      JsonNode result = new ObjectMapper().readTree(training.getInputStream());
      assertThat(training.waitFor()).isEqualTo(ExitCode.INTERRUPTED);
      assertThat(result.get("status").asText()).isEqualTo("interrupted");
      Path run = Path.of(result.get("run").asText());
      assertThat(run.resolve("run.json")).content().contains("\"interrupted\"");
      assertThat(run.resolve("checkpoints"))
          .isDirectoryContaining(
              "glob:**/checkpoint-%09d.zip".formatted(result.get("iterations").asInt()));
    } finally {
      training.destroyForcibly();
    }
  }

  private static Process start(Path runs) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx512m",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName(),
            "train",
            "--data=fake",
            "--depth=2",
            "--width=8",
            "--hidden-width=4",
            "--iterations=1000000",
            "--evaluate-every=50",
            "--json",
            "--runs-dir=" + runs)
        .start();
  }

  /**
   * SIGTERM, treated as Ctrl-C is: a shell makes what it starts in the background deaf to SIGINT.
   */
  private static void interrupt(Process process) throws IOException, InterruptedException {
    new ProcessBuilder("kill", "-TERM", Long.toString(process.pid())).start().waitFor();
  }

  private static void awaitLine(BufferedReader said, String start) throws IOException {
    for (String line = said.readLine(); line != null; line = said.readLine()) {
      if (line.startsWith(start)) {
        return;
      }
    }
    throw new AssertionError("The process ended without saying '" + start + "…'.");
  }
}
