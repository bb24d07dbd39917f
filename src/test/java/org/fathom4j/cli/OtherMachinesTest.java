package org.fathom4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What this machine would do if it were a lesser one, in a Java of its own. */
@Timeout(600)
class OtherMachinesTest {

  private static final List<String> AVX2 =
      List.of("--add-modules", "jdk.incubator.vector", "-XX:UseAVX=2");

  @TempDir Path runs;

  /** Java's flags, the variables that tell OpenBLAS what processor it is on, and what is said. */
  static Stream<Arguments> machines() {
    return Stream.of(
        Arguments.of(AVX2, Map.of("OPENBLAS_CORETYPE", "Haswell"), "vectors of 256 bits"),
        Arguments.of(
            List.of(),
            Map.of(),
            "one number at a time (start Java with --add-modules jdk.incubator.vector"));
  }

  /** Widths of lanes (5, 3) and of products (13, 9); tanh, whose vectors are not Java's. */
  @ParameterizedTest(name = "{2}")
  @MethodSource("machines")
  @EnabledIfSystemProperty(named = "os.arch", matches = "amd64|x86_64")
  void the_fused_kernel_says_what_it_computes_with_and_trains_as_the_reference_kernel_does(
      List<String> flags, Map<String, String> environment, String said) throws Exception {
    for (int[] widths : new int[][] {{5, 3}, {13, 9}}) {
      JsonNode reference = inThisProcess(words(widths, "reference"));
      JsonNode fused = inAnother(flags, environment, words(widths, "auto"));

      assertThat(fused.at("/kernel/name").asText()).isEqualTo("fused");
      assertThat(fused.at("/kernel/reason").asText()).contains(said);
      for (String key : List.of("trainLoss", "testLoss")) {
        double expected = reference.get(key).asDouble();
        // 20 updates through 12 blocks in float: some hundred roundings of 6e-8, a walk of 1e-6
        assertThat(fused.get(key).asDouble()).isCloseTo(expected, within(1e-4 * expected));
      }
      assertThat(reference.get("trainLoss").asDouble()).as("it learns").isLessThan(0.49);
    }
  }

  private List<String> words(int[] widths, String kernel) {
    return List.of(
        "train",
        "--json",
        "--quiet",
        "--data=fake",
        "--depth=12",
        "--width=" + widths[0],
        "--hidden-width=" + widths[1],
        "--activation=tanh",
        "--init=stable",
        "--learning-rate=0.1",
        "--iterations=20",
        "--batch-size=37",
        "--seed=5",
        "--kernel=" + kernel,
        "--runs-dir=" + runs);
  }

  private static JsonNode inThisProcess(List<String> words) throws IOException {
    Said said = Said.by(words.toArray(String[]::new));
    assertThat(said.code()).as(said.err()).isZero();
    return new ObjectMapper().readTree(said.out());
  }

  private JsonNode inAnother(
      List<String> flags, Map<String, String> environment, List<String> words) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(flags);
    command.addAll(List.of("-Xmx512m", "-Djava.awt.headless=true"));
    command.add("-Dfathom.home=" + Path.of("").toAbsolutePath());
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add("org.fathom4j.cli.Main");
    command.addAll(words);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    builder.environment().put("OMP_WAIT_POLICY", "PASSIVE");
    Path said = Files.createTempFile(runs, "other", ".log");
    Process process = builder.redirectError(said.toFile()).start();
    byte[] result = process.getInputStream().readAllBytes();
    assertThat(process.waitFor()).as(Files.readString(said)).isZero();
    return new ObjectMapper().readTree(result);
  }
}
