package org.fathom4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.fathom4j.kernel.KernelName;
import org.fathom4j.kernel.UsableKernels;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BenchCommandTest {

  private static final String TINY =
      "bench --depth 3 --width 7 --hidden-width 5 --batch-size 4 --seconds 0.001 ";

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @ParameterizedTest
  @CsvSource({
    "--dtype float --block nonlinear, 5",
    "--dtype double --block nonlinear, 5",
    "--dtype float --block linear, 7",
    "--dtype double --block linear, 7"
  })
  void jsonHasExactlyTheKeysOfTheContractAndFiniteFigures(String options, int hiddenWidth)
      throws IOException {
    assertThat(run(TINY + options + " --json --quiet")).isEqualTo(ExitCode.DONE);
    assertThat(err.toString()).isEmpty();
    JsonNode report = new ObjectMapper().readTree(out.toString());
    assertThat(report.fieldNames())
        .toIterable()
        .containsExactly("gemmPeakGflops", "kernels", "shape");
    double peak = report.get("gemmPeakGflops").asDouble();
    assertThat(peak).isPositive().isFinite();
    List<String> names = new ArrayList<>();
    for (JsonNode kernel : report.get("kernels")) {
      assertThat(kernel.fieldNames())
          .toIterable()
          .containsExactly(
              "name",
              "secondsPerIteration",
              "networkSecondsPerIteration",
              "gflops",
              "fractionOfPeak",
              "memoryPlan",
              "peakMemoryBytes");
      names.add(kernel.get("name").asText());
      double seconds = kernel.get("secondsPerIteration").asDouble();
      assertThat(seconds).isPositive().isFinite();
      assertThat(kernel.get("networkSecondsPerIteration").asDouble()).isPositive().isFinite();
      // 12 N D M L, and 6 N D² L for linear blocks
      double flop = hiddenWidth == 5 ? 12 * 4 * 7 * 5 * 3 : 6 * 4 * 7 * 7 * 3;
      double gflops = kernel.get("gflops").asDouble();
      assertThat(gflops).isCloseTo(flop * 1e-9 / seconds, within(1e-12 * gflops + 1e-15));
      assertThat(kernel.get("fractionOfPeak").asDouble())
          .isCloseTo(gflops / peak, within(1e-12 * gflops + 1e-15));
      assertThat(kernel.get("memoryPlan").asText()).isNotBlank();
      assertThat(kernel.get("peakMemoryBytes").isIntegralNumber()).isTrue();
    }
    assertThat(names).containsExactlyElementsOf(kernels());
    JsonNode shape = report.get("shape");
    assertThat(shape.get("depth").asInt()).isEqualTo(3);
    assertThat(shape.get("width").asInt()).isEqualTo(7);
    assertThat(shape.get("hiddenWidth").asInt()).isEqualTo(hiddenWidth);
    assertThat(shape.get("batchSize").asInt()).isEqualTo(4);
  }

  /** Those that can run here. */
  private static List<String> kernels() {
    return UsableKernels.all().stream().map(KernelName::option).toList();
  }

  @Test
  void theTableHasALineAKernelAndTheirSpread() {
    assertThat(run(TINY)).isEqualTo(ExitCode.DONE);
    assertThat(out.toString()).contains("GEMM peak").contains(" to ").contains("of peak");
    for (String kernel : kernels()) {
      assertThat(out.toString().lines()).anyMatch(line -> line.startsWith(kernel + " "));
      assertThat(err.toString()).contains(kernel + ": the stack");
    }
  }

  @Test
  void activationsThatDoNotFitLeaveEveryKernelOutAndTheOutputSaysWhy() throws IOException {
    String wide = "bench --depth 100000 --width 8 --hidden-width 8 --batch-size 50000000 ";
    assertThat(run(wide + "--seconds 0.001 --json --quiet")).isEqualTo(ExitCode.DONE);
    JsonNode report = new ObjectMapper().readTree(out.toString());
    assertThat(report.get("kernels")).isEmpty();
    assertThat(report.get("leftOut")).hasSize(kernels().size());
    for (JsonNode left : report.get("leftOut")) {
      assertThat(left.get("reason").asText()).contains("Reduce --");
    }
  }

  @Test
  void oneKernelAloneCanBeAskedFor() throws IOException {
    assertThat(run(TINY + "--kernel Reference --json --quiet")).isEqualTo(ExitCode.DONE);
    JsonNode kernels = new ObjectMapper().readTree(out.toString()).get("kernels");
    assertThat(kernels).hasSize(1);
    assertThat(kernels.get(0).get("name").asText()).isEqualTo("reference");
  }

  @Test
  void aStackThatDoesNotFitIntoMemoryIsAFailureThatSaysHowMuchItNeeds() {
    assertThat(run("bench --depth 2000000 --width 512 --hidden-width 512 --batch-size 512"))
        .isEqualTo(ExitCode.FAILED);
    assertThat(err.toString()).contains("GiB are available. Reduce --depth");
    assertThat(out.toString()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --depth 0             | --depth must be at least 1, but is 0.
          --width -3            | --width must be at least 1, but is -3.
          --hidden-width 0      | --hidden-width must be at least 1, but is 0.
          --batch-size 0        | --batch-size must be at least 1, but is 0.
          --batch-size many     | --batch-size
          --seconds 0           | --seconds must be positive and finite, but is 0.0.
          --seconds NaN         | --seconds must be positive and finite, but is NaN.
          --dtype half          | Known: float, double.
          --block cubic         | Known: nonlinear, linear.
          --kernel refrence     | Known: reference
          --dept 3              | Did you mean
          """)
  void whatCannotBeUnderstoodIsABadUsageAndPrintsNoResult(String options, String message) {
    assertThat(run("bench " + options)).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString()).contains(message);
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void helpDocumentsEveryOptionWithItsDefaultAndEndsWithAnExample() {
    assertThat(run("bench --help")).isEqualTo(ExitCode.DONE);
    String usage = out.toString().replaceAll("\\s+", " ");
    assertThat(usage)
        .contains("(default: 100)", "(default: 64)", "(default: 16)", "(default: float)")
        .contains("(default: nonlinear)", "(default: 2)", "(default: all that run here");
    assertThat(out.toString().strip().lines().reduce((a, b) -> b).orElseThrow())
        .startsWith("Example: fathom bench");
  }

  private int run(String words) {
    return Main.commandLine()
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(words.strip().split("\\s+"));
  }
}
