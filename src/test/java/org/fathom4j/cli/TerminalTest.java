package org.fathom4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What a person at a terminal sees, through {@code script}, which makes one. */
@EnabledOnOs(OS.LINUX)
class TerminalTest {

  @Test
  @Timeout(value = 2, unit = TimeUnit.MINUTES)
  void a_bar_with_the_time_left_ends_at_100_percent(@TempDir Path runs) throws Exception {
    String seen = onTerminal(train(runs, 30));
    assertThat(seen).contains("\rtraining 100% |").containsPattern("30/30 \\(\\d:\\d\\d:\\d\\d / ");
    assertThat(seen.indexOf("status         done"))
        .isGreaterThan(seen.lastIndexOf("training 100%"));
  }

  private static String train(Path runs, int iterations) {
    return String.join(
        " ",
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-Xmx512m -XX:TieredStopAtLevel=1 -Dfathom.terminal.err=true -cp '"
            + System.getProperty("java.class.path")
            + "'",
        Main.class.getName(),
        "train --data=fake --depth=2 --width=8 --hidden-width=4 --iterations=" + iterations,
        "--runs-dir='" + runs + "'");
  }

  private static String onTerminal(String command) throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder("script", "-qec", command, "/dev/null");
    builder.redirectErrorStream(true);
    Process process = builder.start();
    process.getOutputStream().close();
    String seen = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(seen).isZero();
    return seen;
  }
}
