package org.fathom4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.fathom4j.network.OptimizerSpec;
import org.fathom4j.train.ExperimentSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.activations.Activation;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class TrainCommandTest {

  private static final List<String> SMALL =
      List.of(
          "train --data fake --depth 3 --width 7 --hidden-width 5 --iterations 4 --batch-size 20"
              .split(" "));

  @TempDir private Path temporary;

  private Said train(String... more) {
    List<String> words = new ArrayList<>(SMALL);
    words.addAll(List.of("--runs-dir", runs().toString()));
    words.addAll(List.of(more));
    return Said.by(words.toArray(String[]::new));
  }

  private Path runs() {
    return temporary.resolve("runs");
  }

  private static JsonNode onlyObject(String out) throws IOException {
    try (MappingIterator<JsonNode> values =
        new ObjectMapper().readerFor(JsonNode.class).readValues(out)) {
      List<JsonNode> all = values.readAll();
      assertThat(all).hasSize(1);
      return all.get(0);
    }
  }

  @Test
  void json_is_exactly_one_object_with_the_keys_of_the_contract() throws IOException {
    Said said = train("--json");
    assertThat(said.code()).isEqualTo(ExitCode.DONE);
    JsonNode result = onlyObject(said.out());
    assertThat(result.fieldNames())
        .toIterable()
        .containsExactly(
            "run",
            "status",
            "iterations",
            "trainLoss",
            "trainAccuracy",
            "testLoss",
            "testAccuracy",
            "seconds",
            "secondsPerIteration",
            "parameters",
            "kernel",
            "peakMemoryBytes");
    assertThat(result.get("status").asText()).isEqualTo("done");
    assertThat(result.get("iterations").asInt()).isEqualTo(4);
    assertThat(result.get("testAccuracy").asDouble()).isBetween(0.0, 1.0);
    assertThat(result.get("kernel").fieldNames())
        .toIterable()
        .containsExactly("name", "reason", "memoryPlan", "activationBytes");
    // 64 pixels, 10 classes: V_0 [7, 64], three blocks of V [5, 7] and U [7, 5], U_4 [10, 7]
    assertThat(result.get("parameters").asInt()).isEqualTo(7 * 64 + 3 * 2 * 5 * 7 + 10 * 7);
    assertThat(Path.of(result.get("run").asText()))
        .hasParent(runs())
        .isDirectoryContaining("glob:**/run.json")
        .isDirectoryContaining("glob:**/metrics.csv")
        .isDirectoryContaining("glob:**/depth_profile.csv")
        .isDirectoryContaining("glob:**/model.zip");
  }

  @Test
  void the_result_goes_to_stdout_and_progress_to_stderr() {
    Said said = train();
    assertThat(said.out()).startsWith("status         done").contains("accuracy", "record");
    assertThat(said.err()).startsWith("Training ").contains("iteration 4: loss ");
  }

  @Test
  void quiet_silences_progress() {
    Said said = train("--quiet");
    assertThat(said.code()).isEqualTo(ExitCode.DONE);
    assertThat(said.err()).isEmpty();
    assertThat(said.out()).startsWith("status         done");
  }

  @Test
  void a_dry_run_tells_what_a_run_would_take_and_writes_nothing() throws IOException {
    JsonNode forecast = onlyObject(train("--dry-run", "--json").out());
    assertThat(forecast.get("parameters").asInt()).isEqualTo(728);
    assertThat(forecast.get("iterations").asInt()).isEqualTo(4);
    assertThat(forecast.get("secondsPerIteration").asDouble()).isPositive();
    assertThat(train("--dry-run").out()).contains("3 × (7 → 5 → 7)").contains("728");
    assertThat(runs()).doesNotExist();
  }

  /** ‖z‖² grows by 3/2 a block (init.Growth): z passes 3.4e38 = (3/2)^(l/2) at l = 437 or so. */
  @Test
  void an_overflow_is_exit_code_3_and_names_its_layer() throws IOException {
    Said said =
        train("--init", "xavier", "--depth", "700", "--width", "64", "--hidden-width", "64");
    assertThat(said.code()).as(said.out()).isEqualTo(ExitCode.DIVERGED);
    assertThat(said.out())
        .startsWith("status         diverged")
        .containsPattern("in float32 activations overflowed first at layer 4\\d\\d\\.")
        .doesNotContain("NaN");
    assertThat(said.err()).doesNotContain("\tat ");
    Said json =
        train(
            "--init",
            "xavier",
            "--depth",
            "700",
            "--width",
            "64",
            "--hidden-width",
            "64",
            "--json");
    JsonNode divergence = onlyObject(json.out()).get("divergence");
    assertThat(divergence.fieldNames())
        .toIterable()
        .containsExactly("iteration", "where", "layer", "cause");
    assertThat(divergence.get("layer").asInt()).isBetween(400, 499);
    assertThat(divergence.get("cause").asText()).isEqualTo("overflow");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --depth 0                          | --depth must be at least 1, but is 0.
          --depth deep                       | Invalid value for option '--depth': 'deep' is no whole number.
          --depth 1.5                        | Invalid value for option '--depth': '1.5' is no whole number.
          --depth 99999999999                | '99999999999' has more digits
          --width 0                          | --width must be at least 1, but is 0.
          --hidden-width -2                  | --hidden-width must be at least 1, but is -2.
          --learning-rate -1                 | --learning-rate must be positive and finite, but is -1.0.
          --learning-rate NaN                | --learning-rate must be positive and finite, but is NaN.
          --learning-rate fast               | Invalid value for option '--learning-rate': 'fast' is no number.
          --momentum 1                       | --momentum must be at least 0 and less than 1, but is 1.0.
          --weight-decay -0.1                | --weight-decay must be at least 0 and finite, but is -0.1.
          --batch-size 0                     | --batch-size must be at least 1, or full, but is "0".
          --batch-size all                   | --batch-size must be at least 1, or full, but is "all".
          --iterations 0                     | --iterations must be at least 1, but is 0.
          --seed 0                           | --seed 0 is no seed
          --seed one                         | Invalid value for option '--seed': 'one' is no whole number.
          --evaluate-every -1                | --evaluate-every must be at least 0, but is -1.
          --checkpoint-every -1              | --checkpoint-every must be at least 0, but is -1.
          --train-samples 5000               | --train-samples 5000 is more than the 200 images that fake has
          --test-samples 0                   | --test-samples must be at least 1, but is 0.
          --data fashion-mnits               | There is no data set 'fashion-mnits'. Did you mean 'fashion-mnist'?
          --data-dir nowhere                 | leave out --data-dir
          --init mzaz                        | There is no initializer 'mzaz'. Did you mean 'mzas'? Known: xavier,
          --init mzas:foo=3                  | Initializer 'mzas' has no option 'foo'.
          --activation rleu                  | There is no --activation 'rleu'. Did you mean 'relu'? Known: cube,
          --activation rrelu                 | could not be repeated
          --block linaer                     | There is no --block 'linaer'. Did you mean 'linear'?
          --loss msee                        | There is no --loss 'msee'. Did you mean 'mse'? Known: mse, mcxent.
          --layers stak                      | There is no --layers 'stak'. Did you mean 'stack'?
          --dtype half                       | There is no --dtype 'half'. Known: float, double.
          --optimizer adm                    | There is no --optimizer 'adm'. Did you mean 'adam'?
          --learning-rate-schedule cosinus   | There is no learning-rate schedule 'cosinus'. Did you mean 'cosine'?
          --input unitt                      | There is no input preprocessing 'unitt'. Did you mean 'unit'?
          --kernel warp                      | There is no kernel "warp" in this version; allowed are auto, reference,
          --resume nothing --depth 3         | --resume goes on with the options the run was started with; leave out
          """)
  void what_cannot_be_is_bad_usage_before_anything_is_written(String words, String message) {
    Said said = train(words.split(" "));
    assertThat(said.code()).isEqualTo(ExitCode.USAGE);
    assertThat(said.err())
        .contains(message)
        .contains("Try 'fathom train --help'.")
        .doesNotContain("\tat ");
    assertThat(said.out()).isEmpty();
    assertThat(runs()).doesNotExist();
  }

  @Test
  void more_epochs_than_iterations_can_count_are_bad_usage() {
    Said said = Said.by("train", "--data", "fake", "--epochs", "2147483647", "--runs-dir", "x");
    assertThat(said.code()).isEqualTo(ExitCode.USAGE);
    assertThat(said.err()).contains("--epochs 2147483647").doesNotContain("\tat ");
  }

  @Test
  void a_network_larger_than_memory_is_refused_with_its_size() {
    Said said = train("--depth", "2000000000");
    assertThat(said.code()).isEqualTo(ExitCode.FAILED);
    assertThat(said.err()).startsWith("This network needs ").contains("GiB", "--depth");
    assertThat(runs()).doesNotExist();
  }

  @Test
  void a_file_where_runs_should_go_is_named_with_the_cure() throws IOException {
    Files.writeString(runs(), "in the way");
    Said said = train();
    assertThat(said.code()).isEqualTo(ExitCode.FAILED);
    assertThat(said.err()).contains(runs().toString(), "--runs-dir").doesNotContain("\tat ");
    assertThat(runs()).hasContent("in the way");
  }

  @Test
  void resuming_what_is_no_run_is_bad_usage() {
    Said said = Said.by("train", "--resume", "nothing", "--runs-dir", runs().toString());
    assertThat(said.code()).isEqualTo(ExitCode.USAGE);
    assertThat(said.err()).startsWith("No run 'nothing'");
  }

  @Test
  void resuming_a_run_that_is_done_is_bad_usage() throws IOException {
    String run = onlyObject(train("--json").out()).get("run").asText();
    Said said = Said.by("train", "--resume", run);
    assertThat(said.code()).isEqualTo(ExitCode.USAGE);
    assertThat(said.err()).contains(run, "is done: there is nothing to resume");
  }

  @Command
  private static final class Parsed {
    @Mixin private TrainOptions options;
  }

  static ExperimentSpec parsed(String... words) {
    Parsed parsed = new Parsed();
    new CommandLine(parsed).setOverwrittenOptionsAllowed(true).parseArgs(words);
    return parsed.options.experiment();
  }

  @Test
  void the_defaults_are_the_recipe_of_models_mzas_100() {
    assertThat(parsed("@models/mzas-100.args")).isEqualTo(parsed());
  }

  @Test
  void every_recipe_can_be_read() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("models"))) {
      assertThat(files.filter(file -> file.toString().endsWith(".args")))
          .isNotEmpty()
          .allSatisfy(file -> assertThat(parsed("@" + file).name()).isNotBlank());
    }
  }

  @Test
  void iterations_and_epochs_override_each_other() {
    assertThat(parsed("@models/mzas-100.args", "--epochs", "3").optimization().epochs())
        .isEqualTo(3);
    assertThat(parsed("--epochs", "3", "--iterations", "7").optimization().iterations())
        .isEqualTo(7);
    assertThat(parsed("--epochs", "3", "--iterations", "7").optimization().epochs()).isNull();
  }

  @Test
  void a_later_option_overrides_an_earlier_one_and_nothing_else() {
    ExperimentSpec spec =
        parsed(
            ("--width=5 --init=xavier --depth=3 --optimizer=adam --learning-rate=0.01 --epochs=2"
                    + " --data=fake --input=raw --kernel=reference --seed=7"
                    + " --depth=4 --learning-rate=0.02 --input=standard --seed=8")
                .split(" "));
    assertThat(spec)
        .isEqualTo(
            parsed(
                ("--width=5 --init=xavier --depth=4 --optimizer=adam --learning-rate=0.02"
                        + " --epochs=2 --data=fake --input=standard --kernel=reference --seed=8")
                    .split(" ")));
  }

  @Test
  void options_become_the_specification() {
    ExperimentSpec spec =
        parsed(
            ("--data fashion-mnist --train-samples 500 --depth 12 --activation TANH --optimizer"
                    + " adam --learning-rate 1e-3 --epochs 3 --batch-size full --seed -5 --name x")
                .split(" "));
    assertThat(spec.name()).isEqualTo("x");
    assertThat(spec.seed()).isEqualTo(-5);
    assertThat(spec.data().trainSamples()).isEqualTo(500);
    assertThat(spec.architecture().depth()).isEqualTo(12);
    assertThat(spec.architecture().activation()).isEqualTo(Activation.TANH);
    assertThat(spec.optimization().method()).isEqualTo(OptimizerSpec.Method.ADAM);
    assertThat(spec.optimization().learningRate()).isEqualTo(1e-3);
    assertThat(spec.optimization().iterations()).isNull();
    assertThat(spec.optimization().epochs()).isEqualTo(3);
    assertThat(spec.optimization().batchSize()).isZero();
  }

  @Test
  void without_a_name_a_run_is_called_after_its_initializer_and_depth() {
    assertThat(parsed("--init", "orthogonal:gain=1.2", "--depth", "40").name())
        .isEqualTo("orthogonal-40");
  }
}
