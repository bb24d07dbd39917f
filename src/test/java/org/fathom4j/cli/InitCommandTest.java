package org.fathom4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.fathom4j.init.Initializers;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class InitCommandTest {

  private StringWriter out;
  private StringWriter err;

  @BeforeEach
  void emptyTheStreams() {
    out = new StringWriter();
    err = new StringWriter();
  }

  @Test
  void listPrintsALineForEveryInitializer() {
    assertThat(run("init", "list")).isEqualTo(ExitCode.DONE);
    List<String> lines = out.toString().lines().toList();
    assertThat(lines).hasSize(1 + Initializers.names().size());
    assertThat(lines.get(0)).startsWith("name ").endsWith("reference");
    for (int i = 0; i < Initializers.names().size(); i++) {
      assertThat(lines.get(i + 1)).startsWith(Initializers.names().get(i) + " ");
    }
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void listWithJsonHasExactlyTheKeysOfTheContract() throws IOException {
    assertThat(run("init", "list", "--json")).isEqualTo(ExitCode.DONE);
    JsonNode rows = new ObjectMapper().readTree(out.toString());
    assertThat(rows).hasSize(Initializers.names().size());
    for (JsonNode row : rows) {
      assertThat(row.fieldNames())
          .toIterable()
          .containsExactly("name", "aliases", "laws", "reference");
      assertThat(row.get("laws").fieldNames())
          .toIterable()
          .containsExactly("V", "U", "embedding", "readout");
    }
    assertThat(rows.get(0).get("aliases").get(0).asText()).isEqualTo("glorot");
  }

  @Test
  void listShowsTheDepthAsALetter() throws IOException {
    run("init", "list", "--json");
    for (JsonNode row : new ObjectMapper().readTree(out.toString())) {
      if (row.get("name").asText().equals("fixup")) {
        assertThat(row.get("laws").get("V").asText()).isEqualTo("N(0, 2/(L fan_in))");
      }
    }
  }

  @Test
  void showWithJsonPredictsTheGrowth() throws IOException {
    int code =
        run(
            "init",
            "show",
            "glorot",
            "--depth",
            "100",
            "--width",
            "64",
            "--hidden-width",
            "64",
            "--json");
    assertThat(code).isEqualTo(ExitCode.DONE);
    JsonNode shown = new ObjectMapper().readTree(out.toString());
    assertThat(shown.fieldNames())
        .toIterable()
        .containsExactly(
            "name", "aliases", "laws", "reference", "growthPerBlock", "log10Growth", "trains");
    assertThat(shown.get("name").asText()).isEqualTo("xavier");
    assertThat(shown.get("growthPerBlock").asDouble()).isEqualTo(1.5);
    assertThat(shown.get("log10Growth").asDouble()).isCloseTo(17.609125905568124, within(1e-12));
    assertThat(shown.get("trains").asBoolean()).isTrue();
  }

  @Test
  void showTakesOptionsOfTheInitializer() throws IOException {
    run("init", "show", "orthogonal:gain=1.2", "--width", "8", "--hidden-width", "4", "--json");
    JsonNode shown = new ObjectMapper().readTree(out.toString());
    assertThat(shown.get("laws").get("V").asText()).isEqualTo("orthogonal, gain 1.2");
    // 1 + g⁴ min(D/M, M/D)/2
    assertThat(shown.get("growthPerBlock").asDouble())
        .isCloseTo(1 + Math.pow(1.2, 4) / 4, within(1e-15));
  }

  @Test
  void showSaysWhereFloat32Ends() {
    assertThat(run("init", "show", "xavier", "--depth", "10000")).isEqualTo(ExitCode.DONE);
    assertThat(out.toString())
        .contains("growth over 10000 blocks     10^1761")
        .contains("finite, and blocks can move  no: E|z|^2 leaves float32 at block 219");
  }

  /** Both stay finite at depth 10,000, and neither learnt there when they were compared. */
  @ParameterizedTest
  @ValueSource(strings = {"zero", "idinit"})
  void showDoesNotSayThatWhatStaysFiniteLearns(String name) {
    assertThat(run("init", "show", name, "--depth", "10000")).isEqualTo(ExitCode.DONE);
    assertThat(out.toString()).contains("finite, and blocks can move").doesNotContain("train");
  }

  @Test
  void showKnowsLinearBlocks() throws IOException {
    run("init", "show", "near-identity", "--block", "linear", "--depth", "50", "--json");
    JsonNode shown = new ObjectMapper().readTree(out.toString());
    assertThat(shown.get("laws").fieldNames())
        .toIterable()
        .containsExactly("A", "embedding", "readout");
    assertThat(shown.get("growthPerBlock").asDouble()).isCloseTo(1.02, within(1e-15));
  }

  @Test
  void showKnowsTheIdentityActivation() throws IOException {
    run("init", "show", "xavier", "--activation", "identity", "--json");
    assertThat(new ObjectMapper().readTree(out.toString()).get("growthPerBlock").asDouble())
        .isEqualTo(2);
  }

  @Test
  void showTellsTheScalarsOfAScheme() {
    run("init", "show", "fixup");
    assertThat(out.toString())
        .contains("multiplier 1.0, biases b1, b2, b3 zero, learning rate times 0.1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          show mzaz                        | Did you mean 'mzas'?
          show orthogonal:gian=2           | Did you mean 'gain'?
          show orthogonal:gain=-1          | gain must be between
          show mzas --depth 0              | --depth must be at least 1, not 0.
          show mzas --width -3             | --width must be at least 1, not -3.
          show mzas --hidden-width 0       | --hidden-width must be at least 1, not 0.
          show mzas --depth deep           | --depth
          show mzas --block cubic          | nonlinear, linear
          show mzas --activation swish     | relu, identity
          show                             | NAME
          lst                              | Did you mean
          """)
  void whatCannotBeUnderstoodIsABadUsageAndPrintsNoResult(String arguments, String message) {
    assertThat(run(("init " + arguments).split(" "))).isEqualTo(ExitCode.USAGE);
    assertThat(err.toString()).contains(message);
    assertThat(out.toString()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"init", "init list", "init show"})
  void helpEndsWithAnExample(String command) {
    assertThat(run((command + " --help").split(" "))).isEqualTo(ExitCode.DONE);
    assertThat(out.toString().strip()).contains("Example: fathom init ");
  }

  @Test
  void everyOptionOfShowIsDocumentedWithItsDefault() {
    CommandLine show = Main.commandLine().getSubcommands().get("init").getSubcommands().get("show");
    String usage = show.getUsageMessage().replaceAll("\\s+", " ");
    for (String documented :
        List.of(
            "(default: 100)",
            "(default: 64)",
            "(default: nonlinear)",
            "(default: relu)",
            "(default: a table)")) {
      assertThat(usage).contains(documented);
    }
  }

  private int run(String... arguments) {
    return Main.commandLine()
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }
}
