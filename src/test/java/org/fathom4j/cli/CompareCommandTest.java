package org.fathom4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import org.fathom4j.compare.ComparisonSpec;
import org.fathom4j.compare.LearningRates;
import org.fathom4j.record.ComparisonDirectory;
import org.fathom4j.record.RunDirectory;
import org.fathom4j.record.RunRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

class CompareCommandTest {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  @TempDir Path runs;
  @TempDir Path work;

  private Said compare(String... words) {
    List<String> all = new ArrayList<>(List.of("compare", "--data", "fake", "--runs-dir"));
    all.add(runs.toString());
    all.addAll(List.of("--width", "12", "--hidden-width", "5", "--batch-size", "50"));
    all.addAll(List.of(words));
    return Said.by(all.toArray(String[]::new));
  }

  private static List<String> keys(JsonNode node) {
    List<String> keys = new ArrayList<>();
    node.fieldNames().forEachRemaining(keys::add);
    return keys;
  }

  private static ComparisonSpec question(String... words) {
    CompareCommand command = new CompareCommand();
    new CommandLine(command).setOverwrittenOptionsAllowed(true).parseArgs(words);
    return command.question();
  }

  @Test
  void every_comparison_in_models_can_be_read() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("models/comparisons"))) {
      assertThat(files.filter(file -> file.toString().endsWith(".args")))
          .isNotEmpty()
          .allSatisfy(file -> assertThat(question("@" + file).name()).isNotBlank());
    }
  }

  @Test
  void the_cells_of_figure_4_are_its_recipes() throws IOException {
    ComparisonSpec figure = question("@models/comparisons/fig4.args");
    LearningRates rates = LearningRates.read(Path.of("models/comparisons/fig4-rates.json"));
    for (String initialization : figure.initializations()) {
      for (int depth : figure.depths()) {
        String recipe = "@models/fig4-" + initialization + "-" + depth + ".args";
        double rate = rates.of(initialization, depth).orElseThrow().learningRate().orElseThrow();
        assertThat(TrainCommandTest.parsed(recipe))
            .as(recipe)
            .isEqualTo(
                figure
                    .base()
                    .with(initialization, depth)
                    .withLearningRate(rate)
                    .named(initialization + "-" + depth, 1L));
      }
    }
  }

  @Test
  void json_is_that_of_the_contract() throws IOException {
    Said said =
        compare(
            "--init=mzas,orthogonal:gain=1e10",
            "--depth=3,6",
            "--seeds=1,2",
            "--iterations=40",
            "--learning-rate=0.5",
            "--json");
    assertThat(said.code()).as(said.err()).isEqualTo(ExitCode.DONE);
    JsonNode result = MAPPER.readTree(said.out());
    assertThat(Path.of(result.get("report").asText())).exists().hasFileName("report.html");
    assertThat(result.get("cells")).hasSize(4);
    JsonNode learns = result.get("cells").get(0);
    assertThat(keys(learns))
        .contains(
            "init",
            "depth",
            "learningRate",
            "seeds",
            "status",
            "trainAccuracy",
            "testAccuracy",
            "trainLoss",
            "secondsPerIteration",
            "cause");
    assertThat(learns.get("init").asText()).isEqualTo("mzas");
    assertThat(learns.get("seeds").toString()).isEqualTo("[1,2]");
    assertThat(learns.get("status").toString()).isEqualTo("{\"done\":2,\"diverged\":0}");
    assertThat(learns.get("trainAccuracy").get("mean").asDouble()).isBetween(0.2, 1.0);
    assertThat(learns.get("trainAccuracy").get("sd").asDouble()).isGreaterThanOrEqualTo(0);
    assertThat(learns.get("secondsPerIteration").asDouble()).isPositive();
    assertThat(learns.get("cause").isNull()).isTrue();
    JsonNode diverges = result.get("cells").get(3);
    assertThat(diverges.get("status").toString()).isEqualTo("{\"done\":0,\"diverged\":2}");
    assertThat(diverges.get("trainLoss").get("mean").isNull()).isTrue();
    assertThat(diverges.get("cause").asText())
        .isEqualTo("activations overflow float32 at layer 2 in iteration 1");
  }

  @Test
  void without_json_there_is_a_table_and_the_place_of_the_report() {
    Said said = compare("--depth=3", "--iterations=5", "--seed=4", "--name=short");
    assertThat(said.code()).as(said.err()).isEqualTo(ExitCode.DONE);
    assertThat(said.out())
        .startsWith("init  depth  η")
        .containsPattern("mzas  3 +0.100")
        .containsPattern("report  .*-compare-short.report.html");
    assertThat(said.err()).contains("Run 1 of 1: mzas-3-4");
  }

  @Test
  void quiet_is_quiet() {
    assertThat(compare("--depth=3", "--iterations=5", "--quiet").err()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --init=mzas,he,fixup,rezero,skipinit,zero,idinit,stable,identity,xaveir | There is no initializer 'xaveir'. Did you mean 'xavier'?
          --init=mzas,        | empty place
          --init=mzas,mzas    | twice
          --depth=10,1oo      | in '10,1oo' '1oo' is no whole number
          --depth=10,0        | --depth must be at least 1, but is 0.
          --depth=10,,20      | --depth is a list of whole numbers
          --seeds=1,x         | --seeds is a list of whole numbers such as 1,2,3, but in '1,x' 'x' is no whole number
          --seeds=1,0         | --seeds 0 is no seed
          --seeds=2,2         | --seeds has 2 twice
          --learning-rate=tund | Did you mean 'tuned'?
          --learning-rate=-1  | --learning-rate must be positive and finite
          --learning-rate=no.json | must be a number such as 0.1, the word tuned, or a file
          --master=local[2]   | --master needs Apache Spark, which this program was built without. Say --master to ./fathom itself
          --master            | --master needs Apache Spark
          --threads=0         | --threads must be at least 1, but is 0.
          --master --threads=-1 | --threads must be at least 1, but is -1.
          --depth-check=0     | --depth-check must be at least 1
          --depth-check       | give --depth at least two depths
          --data=fahsion-mnist | Did you mean
          --train-samples=100000 | 100000
          --resume=nothing    | leave out
          """)
  void bad_usage_is_refused_before_anything_is_written(String words, String message) {
    Said said = compare(words.split(" "));
    assertThat(said.code()).as(said.err()).isEqualTo(ExitCode.USAGE);
    assertThat(said.err()).contains(message).doesNotContain("\tat ");
    assertThat(said.out()).isEmpty();
    assertThat(runs).isEmptyDirectory();
  }

  @Test
  void a_comparison_that_is_not_there_cannot_go_on() {
    Said said = Said.by("compare", "--runs-dir", runs.toString(), "--resume", "nothing");
    assertThat(said.code()).isEqualTo(ExitCode.USAGE);
    assertThat(said.err()).contains("No comparison 'nothing'");
  }

  @Test
  void a_finished_comparison_taken_up_again_says_the_same() throws IOException {
    JsonNode first = MAPPER.readTree(compare("--depth=3", "--iterations=5", "--json").out());
    Path directory = Path.of(first.get("report").asText()).getParent();
    Said again =
        Said.by("compare", "--runs-dir", runs.toString(), "--resume", name(directory), "--json");
    assertThat(again.code()).as(again.err()).isEqualTo(ExitCode.DONE);
    assertThat(MAPPER.readTree(again.out())).isEqualTo(first);
  }

  private static String name(Path path) {
    return path.getFileName().toString();
  }

  /** In Javas of their own: the threads of a process cannot be changed. */
  @Test
  @Timeout(value = 2, unit = TimeUnit.MINUTES)
  void a_comparison_goes_on_with_the_threads_it_was_begun_with() throws Exception {
    int threads = Runtime.getRuntime().availableProcessors() + 1; // nobody's default
    List<String> words =
        List.of("--data=fake", "--depth=3", "--seeds=1,2", "--iterations=5", "--batch-size=50");
    Said begun =
        inAnotherJava(Stream.concat(Stream.of("--threads=" + threads), words.stream()).toList());
    assertThat(begun.code()).as(begun.err()).isEqualTo(ExitCode.DONE);
    ComparisonDirectory comparison = only();
    String table = Files.readString(comparison.comparisonCsv());
    RunDirectory second = comparison.run("mzas", 3, 2);
    FileUtils.deleteDirectory(second.path().toFile());

    Said resumed = inAnotherJava(List.of("--resume=" + comparison.name()));
    assertThat(resumed.code()).as(resumed.err()).isEqualTo(ExitCode.DONE);
    assertThat(resumed.err())
        .contains(
            "Runs compute with " + threads + " threads each, as when this comparison was begun")
        .doesNotContain("last bits");
    assertThat(RunRecord.read(second.runJson()).threads()).isEqualTo(threads);
    assertThat(comparison.comparisonCsv()).content().isEqualTo(table);
  }

  private Said inAnotherJava(List<String> words) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "-XX:TieredStopAtLevel=1",
                "-Djava.awt.headless=true",
                "--add-modules=jdk.incubator.vector",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "compare",
                "--runs-dir=" + runs));
    command.addAll(words);
    Path out = work.resolve("out");
    Path err = work.resolve("err");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    try {
      return new Said(process.waitFor(), Files.readString(out), Files.readString(err));
    } finally {
      process.destroyForcibly();
    }
  }

  private ComparisonDirectory only() throws IOException {
    try (Stream<Path> entries = Files.list(runs)) {
      List<Path> all = entries.toList();
      assertThat(all).hasSize(1);
      return new ComparisonDirectory(all.get(0));
    }
  }

  @Test
  void another_number_of_threads_is_told_once_with_both_also_to_the_quiet() throws IOException {
    compare("--depth=3", "--seeds=1,2", "--iterations=5");
    ComparisonDirectory comparison = only();
    int here = RunRecord.read(comparison.run("mzas", 3, 1).runJson()).threads();
    for (RunDirectory run : comparison.runs()) {
      String json = Files.readString(run.runJson());
      Files.writeString(run.runJson(), json.replace("\"threads\" : " + here, "\"threads\" : 77"));
    }
    FileUtils.deleteDirectory(comparison.run("mzas", 3, 2).path().toFile());

    Said said = resumed(comparison, here);
    assertThat(said.code()).as(said.err()).isEqualTo(ExitCode.DONE);
    assertThat(said.err())
        .isEqualToIgnoringNewLines(
            "This comparison was begun with 77 threads a run and goes on with "
                + here
                + ": results may differ in the last bits from those of an unbroken one.");
  }

  private Said resumed(ComparisonDirectory comparison, int threads) {
    return Said.by(
        "compare",
        "--runs-dir=" + runs,
        "--quiet",
        "--threads=" + threads,
        "--resume=" + comparison.name());
  }

  @Test
  void as_many_threads_as_before_are_no_news() throws IOException {
    compare("--depth=3", "--iterations=5");
    int here = RunRecord.read(only().run("mzas", 3, 1).runJson()).threads();
    Said said = resumed(only(), here);
    assertThat(said.code()).as(said.err()).isEqualTo(ExitCode.DONE);
    assertThat(said.err()).isEmpty();
  }

  @Test
  void rates_come_from_a_file_that_somebody_wrote() throws IOException {
    Path file = runs.resolveSibling("rates.json");
    Files.writeString(
        file,
        """
        {"cells": [
          {"init": "mzas", "depth": 3, "learningRate": 0.25},
          {"init": "mzas", "depth": 6, "learningRate": 0.125}]}
        """);
    Said said = compare("--depth=6,3", "--iterations=5", "--learning-rate=" + file, "--json");
    assertThat(said.code()).as(said.err()).isEqualTo(ExitCode.DONE);
    JsonNode cells = MAPPER.readTree(said.out()).get("cells");
    assertThat(cells.get(0).get("learningRate").asDouble()).isEqualTo(0.125);
    assertThat(cells.get(1).get("learningRate").asDouble()).isEqualTo(0.25);
    assertThat(compare("--depth=9", "--learning-rate=" + file).err())
        .contains("has no learning rate of mzas at depth 9");
  }

  @Test
  void rates_can_be_tuned() throws IOException {
    Said said = compare("--depth=3", "--iterations=8", "--learning-rate=tuned", "--json");
    assertThat(said.code()).as(said.err()).isEqualTo(ExitCode.DONE);
    JsonNode result = MAPPER.readTree(said.out());
    assertThat(result.get("cells").get(0).get("learningRate").asDouble()).isPositive();
    assertThat(Path.of(result.get("report").asText()).resolveSibling("trials.csv")).exists();
  }

  @Test
  void a_depth_check_says_what_is_flat() throws IOException {
    Said said =
        compare(
            "--init=fixup,xavier",
            "--depth=4,100",
            "--depth-check=2",
            "--iterations=50",
            "--learning-rate=1e-3",
            "--json");
    assertThat(said.code()).as(said.err()).isEqualTo(ExitCode.DONE);
    assertThat(said.err()).contains("A depth check makes 2 updates; --iterations does not count.");
    JsonNode lines = MAPPER.readTree(said.out()).get("depthCheck");
    assertThat(lines)
        .anyMatch(
            line ->
                line.get("init").asText().equals("xavier")
                    && line.get("metric").asText().equals("activation_norm")
                    && !line.get("flat").asBoolean());
  }

  @Test
  void fathom_plot_draws_the_pictures_of_a_comparison_again() throws IOException {
    Said said = compare("--depth=3", "--iterations=5", "--json");
    Path directory = Path.of(MAPPER.readTree(said.out()).get("report").asText()).getParent();
    Files.delete(directory.resolve("plots/map.png"));
    Said plotted = Said.by("plot", "--runs-dir", runs.toString(), name(directory));
    assertThat(plotted.code()).as(plotted.err()).isEqualTo(ExitCode.DONE);
    assertThat(plotted.out()).contains("map.png");
    assertThat(directory.resolve("plots/map.png")).exists();
  }

  @Test
  void fathom_plot_refuses_half_a_comparison_csv_and_resume_makes_it_whole() throws IOException {
    Said said = compare("--depth=3", "--iterations=5", "--json");
    Path directory = Path.of(MAPPER.readTree(said.out()).get("report").asText()).getParent();
    Path csv = directory.resolve("comparison.csv");
    String whole = Files.readString(csv);
    Files.writeString(csv, whole.substring(0, whole.length() - 12));
    Said plotted = Said.by("plot", "--runs-dir", runs.toString(), name(directory));
    assertThat(plotted.code()).isEqualTo(ExitCode.FAILED);
    assertThat(plotted.err()).contains("comparison.csv, line").doesNotContain("\tat ");
    Said again = Said.by("compare", "--runs-dir", runs.toString(), "--resume", name(directory));
    assertThat(again.code()).as(again.err()).isEqualTo(ExitCode.DONE);
    assertThat(csv).content().isEqualTo(whole);
  }
}
