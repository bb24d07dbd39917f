package org.fathom4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.fathom4j.record.DepthProfileLog;
import org.fathom4j.record.MetricLog;
import org.fathom4j.record.RunDirectory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class PlotCommandTest {

  @TempDir Path runs;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int execute(String... arguments) {
    CommandLine commandLine = Main.commandLine();
    commandLine.setOut(new PrintWriter(out));
    commandLine.setErr(new PrintWriter(err));
    return commandLine.execute(arguments);
  }

  private RunDirectory run(String name) throws IOException {
    RunDirectory run = RunDirectory.create(runs, name);
    Files.writeString(run.runJson(), "{}");
    try (MetricLog log = MetricLog.create(run.metricsCsv())) {
      log.append(0, 0, "train", "loss", 2.3);
      log.append(10, 1, "train", "loss", 1.1);
    }
    try (DepthProfileLog log = DepthProfileLog.create(run.depthProfileCsv())) {
      log.append(0, 0, "activation_norm", 1);
      log.append(0, 7, "activation_norm", 2);
    }
    return run;
  }

  @Test
  void aRunGetsItsPicturesAndTheirPathsArePrinted() throws IOException {
    RunDirectory run = run("a");

    int exitCode = execute("plot", run.path().toString());

    assertThat(exitCode).isEqualTo(ExitCode.DONE);
    assertThat(out.toString().lines())
        .containsExactly(
            run.plots().resolve("learning_curve.png").toString(),
            run.plots().resolve("depth_profile.png").toString())
        .allMatch(path -> Files.isRegularFile(Path.of(path)));
    assertThat(err.toString()).isEmpty();
    assertThat(runs.toFile().list()).containsExactly(run.name());
  }

  @Test
  void runsByNameAreComparedInTheRunsDirectory() throws IOException {
    String a = run("a").name();
    String b = run("b").name();

    assertThat(execute("plot", a, b, "--runs-dir", runs.toString())).isEqualTo(ExitCode.DONE);

    assertThat(runs.resolve("learning_curves.png")).isNotEmptyFile();
    assertThat(out.toString().lines())
        .hasSize(5)
        .last()
        .isEqualTo(runs.resolve("learning_curves.png").toString());
  }

  @Test
  void theComparisonGoesWhereOutputSays() throws IOException {
    Path picture = runs.resolve("elsewhere/x.png");

    int exitCode = execute("plot", run("a").path().toString(), "--output", picture.toString());

    assertThat(exitCode).isEqualTo(ExitCode.DONE);
    assertThat(picture).isNotEmptyFile();
  }

  @Test
  void jsonIsOneObject() throws IOException {
    execute("plot", "--json", run("a").path().toString());

    assertThat(new ObjectMapper().readTree(out.toString()).at("/plots")).hasSize(2);
  }

  @Test
  void anUnknownRunIsAMistakeOfUsageAndNothingIsDrawn() throws IOException {
    RunDirectory known = run("a");

    int exitCode = execute("plot", known.name(), "nonsense", "--runs-dir", runs.toString());

    assertThat(exitCode).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString()).contains("No run 'nonsense'").contains(known.name());
    assertThat(out.toString()).isEmpty();
    assertThat(known.plots()).doesNotExist();
  }

  @Test
  void noRunIsAMistakeOfUsage() {
    assertThat(execute("plot")).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString()).contains("RUN");
  }

  @Test
  void anOutputThatIsADirectoryIsAMistakeOfUsage() throws IOException {
    int exitCode = execute("plot", run("a").path().toString(), "--output", runs.toString());

    assertThat(exitCode).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString()).contains("--output " + runs + " is a directory");
  }

  @Test
  void aDamagedCsvFileFailsWithFileAndLineAndNoStackTrace() throws IOException {
    RunDirectory run = run("a");
    Files.writeString(run.metricsCsv(), MetricLog.HEADER + "\nx\n");

    assertThat(execute("plot", run.path().toString())).isEqualTo(ExitCode.FAILED);
    assertThat(err.toString()).startsWith(run.metricsCsv() + ", line 2").doesNotContain("\tat ");
  }

  @Test
  void aRunThatMeasuredNothingYetFailsAndSaysWhy() throws IOException {
    RunDirectory run = RunDirectory.create(runs, "new");
    Files.writeString(run.runJson(), "{}");

    assertThat(execute("plot", run.path().toString())).isEqualTo(ExitCode.FAILED);
    assertThat(err.toString())
        .contains(run.metricsCsv() + " is missing")
        .contains("Nothing to draw");
  }

  @Test
  void aRunWithoutProfileGetsItsLearningCurve() throws IOException {
    RunDirectory run = run("a");
    Files.delete(run.depthProfileCsv());

    assertThat(execute("plot", run.path().toString())).isEqualTo(ExitCode.DONE);
    assertThat(out.toString().lines()).singleElement().asString().endsWith("learning_curve.png");
    assertThat(err.toString()).contains(run.depthProfileCsv() + " is missing");
  }

  @Test
  void helpNamesEveryOptionWithItsDefaultAndEndsWithAnExample() {
    assertThat(execute("plot", "--help")).isEqualTo(ExitCode.DONE);

    assertThat(out.toString().replaceAll("\\s+", " "))
        .contains("--runs-dir=DIR", "--output=FILE", "--json", "runs)", "default: learning_curves")
        .containsPattern("Example: fathom plot \\S+ \\S+\\s*$");
  }
}
