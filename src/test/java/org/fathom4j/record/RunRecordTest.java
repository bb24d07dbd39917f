package org.fathom4j.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class RunRecordTest {

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final Instant START = Instant.parse("2025-03-04T05:06:07.890Z");

  @TempDir Path directory;

  private static RunRecord starting() {
    Map<String, String> hashes = new LinkedHashMap<>();
    hashes.put("train-images", "c59f");
    hashes.put("a-later-name", "bad3");
    return RunRecord.starting(
        "20250304-050607-mzas",
        List.of("train", "--depth", "100"),
        MAPPER.createObjectNode().put("depth", 100).put("zeta", "ζ"),
        new RunRecord.Data("fashion-mnist-1k", "embedded", hashes, Map.of("train", 1000)),
        Map.of("weights", 3_000_000_000L),
        new RunRecord.Kernel("reference", "asked for", "keep-all", 4096L),
        2,
        819_200,
        START,
        new Provenance(
            new Provenance.Git("abc", false),
            Map.of("java", "17"),
            "Linux",
            new Provenance.Cpu("model", 2),
            List.of(),
            new Provenance.Backend("CPU", "OPENBLAS", "2", "2"),
            new Provenance.Memory(1, 2, null)),
        List.of("Wu, Wang & Ma 2019"));
  }

  private static Measurement measurement(int iteration, double loss) {
    return new Measurement(iteration, Map.of("trainLoss", loss));
  }

  private static RunRecord.Timing timing() {
    return new RunRecord.Timing(START, START.plusSeconds(9), 8.5, 0.01);
  }

  static Stream<RunRecord> states() {
    return Stream.of(
        starting(),
        starting().progressed(timing(), null, measurement(3, 0.5)),
        starting()
            .ended(
                RunStatus.DONE,
                "all iterations done",
                timing(),
                measurement(2, 0.1),
                measurement(9, 0.2)),
        starting().ended(RunStatus.FAILED, "disk full", timing(), null, null),
        starting()
            .diverged(
                new RunRecord.Divergence(7, "activations", 412, "overflow"),
                "activations overflowed",
                timing(),
                measurement(2, 0.1),
                measurement(7, Double.NaN)),
        starting()
            .ended(
                RunStatus.INTERRUPTED,
                "Ctrl-C",
                timing(),
                null,
                measurement(5, Double.POSITIVE_INFINITY))
            .resumed(
                new RunRecord.Resumption(
                    START.plusSeconds(60),
                    5,
                    List.of("train", "--resume"),
                    new RunRecord.Kernel("fused", "asked for", "recompute", 1024L))));
  }

  @ParameterizedTest
  @MethodSource("states")
  void whatIsWrittenIsReadBack(RunRecord record) throws IOException {
    Path file = directory.resolve("run.json");
    record.write(file);

    assertThat(RunRecord.read(file)).isEqualTo(record);
  }

  @Test
  void keysAreReadableAndInTheOrderOfTheComponents() throws IOException {
    Path file = directory.resolve("run.json");
    states().toList().get(4).write(file);

    JsonNode json = MAPPER.readTree(file.toFile());
    assertThat(json.fieldNames())
        .toIterable()
        .containsExactly(
            "format",
            "name",
            "status",
            "why",
            "divergence",
            "commandLine",
            "specification",
            "data",
            "seeds",
            "kernel",
            "threads",
            "parameters",
            "timing",
            "best",
            "final",
            "provenance",
            "references",
            "resumptions");
    assertThat(json.at("/status").textValue()).isEqualTo("diverged");
    assertThat(json.at("/divergence").toString())
        .isEqualTo(
            "{\"iteration\":7,\"where\":\"activations\",\"layer\":412,\"cause\":\"overflow\"}");
    assertThat(json.at("/final/metrics/trainLoss").textValue()).isEqualTo("NaN");
    assertThat(json.at("/timing/started").textValue()).isEqualTo("2025-03-04T05:06:07.890Z");
    assertThat(json.at("/data/sha256").fieldNames())
        .toIterable()
        .containsExactly("train-images", "a-later-name");
    assertThat(Files.readString(file))
        .startsWith("{\n  \"format\" : 1,\n")
        .contains("ζ")
        .endsWith("}\n");
  }

  @Test
  void anIncompleteRunHasNeitherReasonNorEndNorMeasurement() throws IOException {
    Path file = directory.resolve("run.json");
    starting().write(file);

    JsonNode json = MAPPER.readTree(file.toFile());
    assertThat(json.at("/status").textValue()).isEqualTo("incomplete");
    for (String key : List.of("/why", "/divergence", "/best", "/final", "/timing/ended")) {
      assertThat(json.at(key).isMissingNode()).as(key).isTrue();
    }
  }

  @Test
  void aResumedRunIsIncompleteAgainAndRemembers() {
    RunRecord resumed = states().toList().get(5);

    assertThat(resumed.status()).isEqualTo(RunStatus.INCOMPLETE);
    assertThat(resumed.why()).isNull();
    assertThat(resumed.timing().ended()).isNull();
    assertThat(resumed.timing().seconds()).isEqualTo(8.5);
    assertThat(resumed.resumptions()).singleElement().extracting("iteration").isEqualTo(5);
  }

  @Test
  void theKernelInUseIsThatOfTheNewestResumptionThatNamesOne() {
    assertThat(starting().kernelInUse().memoryPlan()).isEqualTo("keep-all");
    RunRecord resumed = states().toList().get(5);
    assertThat(resumed.kernelInUse().memoryPlan()).isEqualTo("recompute");
    assertThat(
            resumed
                .resumed(new RunRecord.Resumption(START, 6, List.of("train"), null))
                .kernelInUse()
                .memoryPlan())
        .isEqualTo("recompute");
  }

  @Test
  void recordsOfVersionsThatWroteNoMemoryPlanAreRead() throws IOException {
    Path file = directory.resolve("run.json");
    states().toList().get(5).write(file);
    ObjectNode tree = (ObjectNode) MAPPER.readTree(file.toFile());
    ((ObjectNode) tree.get("kernel")).remove(List.of("memoryPlan", "activationBytes"));
    ((ObjectNode) tree.at("/resumptions/0")).remove("kernel");
    Files.write(file, MAPPER.writeValueAsBytes(tree));

    RunRecord record = RunRecord.read(file);
    assertThat(record.kernelInUse())
        .isEqualTo(new RunRecord.Kernel("reference", "asked for", null, null));
  }

  @Test
  void divergenceBelongsToDivergedRunsOnly() {
    assertThatThrownBy(
            () -> starting().ended(RunStatus.DIVERGED, "no layer known", timing(), null, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("divergence belongs to a diverged run");
    assertThatThrownBy(() -> starting().ended(RunStatus.INCOMPLETE, "?", timing(), null, null))
        .isInstanceOf(IllegalArgumentException.class);
  }

  static Stream<Arguments> damage() {
    return Stream.of(
        Arguments.of("", "is not the record of a run"),
        Arguments.of("[]", "is not the record of a run"),
        Arguments.of("{\"name\": \"package.json\"}", "is not the record of a run"),
        Arguments.of("{\"format\": 2}", "was written by a newer version: its format is 2"),
        Arguments.of("{\"format\": 1", "is damaged at line 1"),
        Arguments.of("{\"format\": 1} x", "is damaged at line 1"),
        Arguments.of("{\"format\": 1}", "is damaged"),
        Arguments.of("PK\u0003\u0004", "is damaged at line 1"));
  }

  @ParameterizedTest
  @MethodSource("damage")
  void aDamagedOrAlienFileIsNamed(String content, String message) throws IOException {
    Path file = Files.writeString(directory.resolve("run.json"), content);

    assertThatThrownBy(() -> RunRecord.read(file))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(file + " " + message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"status\" : \"incomplete\" | \"status\" : \"finished\" | key \"status\"",
        "\"threads\" : 2 | \"threads\" : null | threads",
        "\"threads\" : 2 | \"treads\" : 2 | threads",
        "\"seconds\" : 0.0 | \"seconds\" : -1 | timing.seconds is negative",
        "2025-03-04T05:06:07.890Z | yesterday | key \"timing.started\"",
        "\"name\" : \"reference\", | '' | kernel.name",
      })
  void aWrongValueIsNamedByItsKey(String right, String wrong, String message) throws IOException {
    Path file = directory.resolve("run.json");
    starting().write(file);
    String text = Files.readString(file);
    assertThat(text).contains(right);
    Files.writeString(file, text.replace(right, wrong));

    assertThatThrownBy(() -> RunRecord.read(file))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(file + " is damaged")
        .hasMessageContaining(message);
  }

  @Test
  void aMissingFileIsNamed() {
    Path file = directory.resolve("run.json");

    assertThatThrownBy(() -> RunRecord.read(file))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("There is no " + file);
  }
}
