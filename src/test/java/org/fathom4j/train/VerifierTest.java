package org.fathom4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.fathom4j.kernel.FusedCpuKernel;
import org.fathom4j.network.NetworkSpec.Layers;
import org.fathom4j.network.NetworkSpec.Precision;
import org.fathom4j.network.OptimizerSpec.Method;
import org.fathom4j.record.Checksums;
import org.fathom4j.record.ModelArchive;
import org.fathom4j.record.RunDirectory;
import org.fathom4j.record.RunRecord;
import org.fathom4j.record.RunStatus;
import org.fathom4j.train.Check.Verdict;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class VerifierTest {

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final int ITERATIONS = 12; // of the run that Experiments.fake describes
  private static final int FEW = 5;

  @TempDir static Path original;
  private static RunDirectory untouched;

  @TempDir Path runs;
  private RunDirectory run;

  @BeforeAll
  static void train() throws IOException {
    untouched = Experiments.run(original, Experiments.fake());
  }

  @BeforeEach
  void copyRun() throws IOException {
    run = new RunDirectory(Files.createDirectory(runs.resolve(untouched.name())));
    try (Stream<Path> files = Files.list(untouched.path())) {
      for (Path file : files.toList()) {
        Files.copy(file, run.path().resolve(file.getFileName()));
      }
    }
  }

  @AfterEach
  void restoreDefaultTypes() {
    Experiments.restoreDefaultTypes();
  }

  private static Verification verify(RunDirectory run, int iterations) {
    return new Verifier(Experiments.HOME, Optional.empty(), TrainingProgress.SILENT)
        .verify(run, iterations);
  }

  private static List<String> named(Verification verification, Verdict verdict) {
    return verification.checks().stream()
        .filter(check -> check.verdict() == verdict)
        .map(Check::name)
        .toList();
  }

  private static String detail(Verification verification, String name) {
    return verification.checks().stream()
        .filter(check -> check.name().equals(name))
        .map(Check::detail)
        .findFirst()
        .orElseThrow(() -> new AssertionError("No check " + name + " in " + verification));
  }

  /** Changes the record as somebody would who knows of the sums. */
  private void forge(Consumer<ObjectNode> change) throws IOException {
    ObjectNode tree = (ObjectNode) MAPPER.readTree(run.runJson().toFile());
    change.accept(tree);
    MAPPER.writeValue(run.runJson().toFile(), tree);
    Checksums.seal(run);
  }

  private static void set(ObjectNode tree, String pointer, Object value) {
    int slash = pointer.lastIndexOf('/');
    JsonNode parent = tree.at(pointer.substring(0, slash));
    ((ObjectNode) parent).set(pointer.substring(slash + 1), MAPPER.valueToTree(value));
  }

  private void forgeLines(Path file, Consumer<List<String>> change) throws IOException {
    List<String> lines = new ArrayList<>(Files.readAllLines(file));
    change.accept(lines);
    Files.writeString(file, String.join("\n", lines) + "\n");
    Checksums.seal(run);
  }

  private static void replaceValue(List<String> lines, String rowPrefix, String value) {
    int row = 0;
    while (!lines.get(row).startsWith(rowPrefix)) {
      row++;
    }
    lines.set(row, rowPrefix + value);
  }

  private void forgeModel(Consumer<MultiLayerNetwork> change) throws IOException {
    MultiLayerNetwork net = ModelArchive.read(run.modelZip());
    change.accept(net);
    ModelArchive.write(run.modelZip(), net, true);
    Checksums.seal(run);
  }

  private static Map<String, String> contents(Path directory) throws IOException {
    Map<String, String> contents = new TreeMap<>();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        contents.put(file.toString(), Checksums.hash(file) + " " + Files.getLastModifiedTime(file));
      }
    }
    return contents;
  }

  @Test
  void a_run_that_nobody_touched_holds_and_stays_as_it_is() throws IOException {
    Map<String, String> before = contents(runs);

    Verification verification = verify(run, ITERATIONS);

    assertThat(verification.holds()).as(verification.toString()).isTrue();
    assertThat(verification.checks())
        .extracting(Check::name)
        .containsExactly(
            "file run.json",
            "file metrics.csv",
            "file depth_profile.csv",
            "file model.zip",
            "data",
            "specification",
            "metrics",
            "depth profile",
            "model",
            "replay");
    assertThat(named(verification, Verdict.HOLDS)).hasSize(10);
    // 3 numbers a batch, 4 an evaluation; 7 layers, norms of z and ∂z, of ΔU and ΔV but in layer 0
    assertThat(detail(verification, "replay"))
        .startsWith("all 12 iterations again: 48 numbers of metrics.csv, 78 numbers of depth_prof")
        .contains("1,608 numbers of model.zip's parameters, the same bits");
    assertThat(contents(runs)).isEqualTo(before);
  }

  @Test
  void fewer_iterations_are_compared_with_their_rows() {
    assertThat(detail(verify(run, FEW), "replay"))
        .isEqualTo(
            "5 of 12 iterations again: 19 numbers of metrics.csv, 26 numbers of depth_profile.csv,"
                + " the same bits");
  }

  @Test
  void more_iterations_than_the_run_has_are_those_of_the_run() {
    assertThat(detail(verify(run, 1000), "replay")).startsWith("all 12 iterations again");
  }

  @Test
  void no_iteration_is_no_verification() {
    assertThatThrownBy(() -> verify(run, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("--iterations must be at least 1, but is 0.");
  }

  static Stream<Consumer<Experiments.Draft>> kinds() {
    return Stream.of(
        d -> {
          d.method = Method.ADAM;
          d.learningRate = 0.01;
          d.schedule = "cosine";
        },
        d -> d.layers = Layers.BLOCKS,
        d -> d.precision = Precision.DOUBLE,
        d -> {
          d.epochs = 2;
          d.method = Method.NESTEROVS;
          d.weightDecay = 0.01;
          d.kernel = "nd4j";
        },
        d -> d.initialization = "rezero");
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void runs_of_every_kind_hold(Consumer<Experiments.Draft> kind) throws IOException {
    ExperimentSpec spec =
        Experiments.fake(
            draft -> {
              kind.accept(draft);
              return draft;
            });
    RunDirectory other = Experiments.run(runs, spec);
    for (int iterations : new int[] {FEW, ITERATIONS}) {
      Verification verification = verify(other, iterations);
      assertThat(named(verification, Verdict.HOLDS)).as(verification.toString()).hasSize(10);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"run.json", "metrics.csv", "depth_profile.csv", "model.zip"})
  void one_changed_byte_is_found(String name) throws IOException {
    Path file = run.path().resolve(name);
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);

    assertThat(named(verify(run, FEW), Verdict.DIFFERS)).contains("file " + name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"run.json", "metrics.csv", "depth_profile.csv", "model.zip"})
  void a_file_cut_short_is_found_with_its_sum_and_without(String name) throws IOException {
    Path file = run.path().resolve(name);
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));

    assertThat(named(verify(run, FEW), Verdict.DIFFERS)).contains("file " + name);
    Checksums.seal(run);
    assertThat(named(verify(run, FEW), Verdict.DIFFERS)).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"run.json", "metrics.csv", "depth_profile.csv", "model.zip"})
  void a_missing_file_is_found(String name) throws IOException {
    Files.delete(run.path().resolve(name));

    Verification verification = verify(run, FEW);

    assertThat(named(verification, Verdict.DIFFERS)).contains("file " + name);
    assertThat(detail(verification, "file " + name))
        .isEqualTo("is missing, but SHA256SUMS names it");
  }

  @Test
  void a_file_that_the_sums_do_not_name_is_found() throws IOException {
    List<String> sums = new ArrayList<>(Files.readAllLines(run.sha256Sums()));
    sums.removeIf(line -> line.endsWith("metrics.csv"));
    Files.write(run.sha256Sums(), sums);

    assertThat(named(verify(run, FEW), Verdict.DIFFERS)).containsExactly("file metrics.csv");
  }

  @Test
  void sums_that_are_none_are_found() throws IOException {
    Files.writeString(run.sha256Sums(), "nonsense\n");
    assertThat(named(verify(run, FEW), Verdict.DIFFERS)).containsExactly("files");
  }

  @Test
  void a_run_that_ended_does_not_hold_without_sums_but_all_else_is_checked() throws IOException {
    Checksums.unseal(run);

    Verification verification = verify(run, FEW);

    assertThat(verification.holds()).isFalse();
    assertThat(named(verification, Verdict.NOT_POSSIBLE)).containsExactly("files");
    assertThat(detail(verification, "files"))
        .startsWith("there is no SHA256SUMS, though the record says done: nobody can say")
        .contains("Restore SHA256SUMS from a copy of the record");
    assertThat(named(verification, Verdict.HOLDS)).hasSize(6);
  }

  /** Beyond the replay only the sums see it: somebody changes a loss and takes them away. */
  @Test
  void a_changed_number_is_not_hidden_by_taking_the_sums_away() throws IOException {
    forgeLines(run.metricsCsv(), lines -> replaceValue(lines, "11,2,batch,loss,", "0.25"));
    assertThat(verify(run, FEW).holds())
        .as("who makes the sums anew is found by a replay")
        .isTrue();
    assertThat(named(verify(run, ITERATIONS), Verdict.DIFFERS)).containsExactly("replay");

    Files.delete(run.sha256Sums());
    assertThat(verify(run, FEW).holds()).isFalse();
  }

  @Test
  void diverged_and_interrupted_runs_do_not_hold_without_sums_either() throws IOException {
    RunDirectory diverged =
        Experiments.run(runs.resolve("diverged"), Experiments.fake().withLearningRate(1e30));
    for (RunDirectory ended : List.of(diverged, interruptedAfter(7))) {
      Files.delete(ended.sha256Sums());
      Verification verification = verify(ended, FEW);
      assertThat(verification.holds()).isFalse();
      assertThat(named(verification, Verdict.NOT_POSSIBLE)).containsExactly("files");
      assertThat(detail(verification, "files"))
          .contains("the record says " + RunRecord.read(ended.runJson()).status().word() + ":");
    }
  }

  @Test
  void without_sums_and_with_a_damaged_record_both_are_told() throws IOException {
    Files.delete(run.sha256Sums());
    Files.writeString(run.runJson(), "{");
    Verification verification = verify(run, FEW);
    assertThat(named(verification, Verdict.NOT_POSSIBLE)).containsExactly("files");
    assertThat(detail(verification, "files")).contains("no record to say");
    assertThat(named(verification, Verdict.DIFFERS)).containsExactly("record");
  }

  static Stream<Arguments> forgedSpecifications() {
    return Stream.of(
        Arguments.of("/seed", 4, "specification"),
        Arguments.of("/seed", 0, "specification"),
        Arguments.of("/data/name", "fashion-mnist-1k", "data"),
        Arguments.of("/data/name", "nothing", "specification"),
        Arguments.of("/data/trainSamples", 100, "specification"),
        Arguments.of("/data/testSamples", 50, "specification"),
        Arguments.of("/data/input", "RAW", "replay"),
        Arguments.of("/architecture/depth", 7, "specification"),
        Arguments.of("/architecture/depth", 1_000_000_000, "specification"),
        Arguments.of("/architecture/width", 11, "specification"),
        Arguments.of("/architecture/hiddenWidth", 4, "specification"),
        Arguments.of("/architecture/activation", "TANH", "replay"),
        Arguments.of("/architecture/block", "LINEAR", "specification"),
        Arguments.of("/architecture/initialization", "xavier", "replay"),
        Arguments.of("/architecture/initialization", "nothing", "specification"),
        Arguments.of("/architecture/loss", "MCXENT", "replay"),
        Arguments.of("/architecture/layers", "BLOCKS", "model"),
        Arguments.of("/architecture/precision", "DOUBLE", "replay"),
        Arguments.of("/optimization/method", "ADAM", "replay"),
        Arguments.of("/optimization/learningRate", 0.4, "replay"),
        Arguments.of("/optimization/learningRate", Math.nextUp(0.5), "metrics"),
        Arguments.of("/optimization/learningRate", -1, "specification"),
        Arguments.of("/optimization/schedule", "cosine", "metrics"),
        Arguments.of("/optimization/weightDecay", 0.1, "replay"),
        Arguments.of("/optimization/iterations", 11, "metrics"),
        Arguments.of("/optimization/iterations", 13, "metrics"),
        Arguments.of("/optimization/iterations", 3, "replay"),
        Arguments.of("/optimization/batchSize", 63, "replay"),
        Arguments.of("/optimization/batchSize", 100, "metrics"),
        Arguments.of("/kernel", "reference", "specification"),
        Arguments.of("/evaluateEvery", 3, "metrics"),
        Arguments.of("/evaluateEvery", 3, "depth profile"));
  }

  @ParameterizedTest
  @MethodSource("forgedSpecifications")
  void a_changed_specification_with_sums_made_anew_is_found(
      String key, Object value, String expected) throws IOException {
    forge(tree -> set(tree, "/specification" + key, value));
    assertThat(named(verify(run, FEW), Verdict.DIFFERS)).contains(expected);
  }

  @Test
  void another_seed_with_all_that_follows_from_it_is_found_by_its_bits() throws IOException {
    forge(
        tree -> {
          set(tree, "/specification/seed", 4);
          set(tree, "/seeds", Seeds.of(4).byUse());
        });
    Verification verification = verify(run, FEW);
    assertThat(named(verification, Verdict.DIFFERS)).containsExactly("model", "replay");
    assertThat(detail(verification, "model")).contains("/confs/0/seed is 3, not 4");
    assertThat(detail(verification, "replay"))
        .contains("numbers of metrics.csv, first: ")
        .contains("largest relative difference");
  }

  static Stream<Arguments> forgedRecords() {
    return Stream.of(
        Arguments.of("/seeds/order", 5, "specification"),
        Arguments.of("/data/samples/train", 199, "specification"),
        Arguments.of("/parameters", 1609, "specification"),
        Arguments.of("/parameters", 1609, "model"),
        Arguments.of("/kernel/name", "reference", "replay"),
        Arguments.of("/final/metrics/testAccuracy", 1, "metrics"),
        Arguments.of("/final/metrics/testAccuracy", 1, "model"),
        Arguments.of("/final/iteration", 11, "metrics"),
        Arguments.of("/best/metrics/trainLoss", 0, "metrics"),
        Arguments.of("/status", "interrupted", "metrics"),
        Arguments.of("/format", 0, "record"),
        Arguments.of("/status", "nonsense", "record"));
  }

  @ParameterizedTest
  @MethodSource("forgedRecords")
  void a_changed_record_with_sums_made_anew_is_found(String key, Object value, String expected)
      throws IOException {
    forge(tree -> set(tree, key, value));
    assertThat(named(verify(run, FEW), Verdict.DIFFERS)).contains(expected);
  }

  @Test
  void a_record_of_a_later_version_cannot_be_verified_and_says_so() throws IOException {
    forge(tree -> set(tree, "/format", 2));
    Verification verification = verify(run, FEW);
    assertThat(verification.holds()).isFalse();
    assertThat(named(verification, Verdict.DIFFERS)).isEmpty();
    assertThat(named(verification, Verdict.NOT_POSSIBLE)).containsExactly("record");
    assertThat(detail(verification, "record")).contains("newer version");
  }

  @Test
  void a_kernel_that_is_not_here_leaves_bits_uncompared_and_says_so() throws IOException {
    forge(tree -> set(tree, "/kernel/name", "quantum"));
    Verification verification = verify(run, FEW);
    assertThat(named(verification, Verdict.NOT_POSSIBLE)).containsExactly("model", "replay");
    assertThat(detail(verification, "replay")).contains("has no kernel \"quantum\"");
    assertThat(verification.holds()).isFalse();
  }

  @Test
  void changed_measurements_with_sums_made_anew_are_found() throws IOException {
    forgeLines(run.metricsCsv(), lines -> replaceValue(lines, "2,0,batch,loss,", "0.25"));
    Verification verification = verify(run, FEW);
    assertThat(named(verification, Verdict.DIFFERS)).containsExactly("replay");
    assertThat(detail(verification, "replay"))
        .contains("1 of 19 numbers of metrics.csv, first: batch loss of iteration 2 is 0.25 in");
  }

  @Test
  void a_learning_rate_or_an_evaluation_beyond_the_replay_is_found() throws IOException {
    forgeLines(run.metricsCsv(), lines -> replaceValue(lines, "11,2,batch,learning_rate,", "0.25"));
    assertThat(detail(verify(run, FEW), "metrics"))
        .contains("has the learning rate 0.25, but the specification makes it 0.5");
    copyOf(untouched.metricsCsv(), run.metricsCsv());
    forgeLines(run.metricsCsv(), lines -> replaceValue(lines, "12,2,test,accuracy,", "0.999"));
    assertThat(detail(verify(run, FEW), "metrics")).contains("key \"final\" of run.json");
  }

  private static void copyOf(Path from, Path to) throws IOException {
    Files.write(to, Files.readAllBytes(from));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 14, 30, 59, 60})
  void a_missing_row_is_found(int line) throws IOException {
    forgeLines(run.metricsCsv(), lines -> lines.remove(line));
    assertThat(named(verify(run, FEW), Verdict.DIFFERS)).contains("metrics");
  }

  @Test
  void a_changed_depth_profile_with_sums_made_anew_is_found() throws IOException {
    forgeLines(run.depthProfileCsv(), lines -> replaceValue(lines, "4,3,activation_norm,", "1.5"));
    Verification verification = verify(run, FEW);
    assertThat(named(verification, Verdict.DIFFERS)).containsExactly("replay");
    assertThat(detail(verification, "replay"))
        .contains("1 of 26 numbers of depth_profile.csv, first: activation_norm of layer 3");

    forgeLines(run.depthProfileCsv(), lines -> lines.removeIf(line -> line.startsWith("8,")));
    assertThat(detail(verify(run, FEW), "depth profile"))
        .contains("has the iterations [4, 12], but the specification profiles [4, 8, 12]");
  }

  @Test
  void one_bit_of_a_parameter_is_found_by_a_whole_replay() throws IOException {
    forgeModel(net -> net.params().putScalar(500, Math.nextUp(net.params().getFloat(500))));
    Verification verification = verify(run, ITERATIONS);
    assertThat(named(verification, Verdict.DIFFERS)).contains("replay");
    assertThat(detail(verification, "replay"))
        .contains("1 of 1,608 numbers of model.zip's parameters, first: parameter 500 is");
  }

  @Test
  void another_model_is_found_by_its_scores() throws IOException {
    forgeModel(net -> net.params().muli(0.5));
    Verification verification = verify(run, FEW);
    assertThat(named(verification, Verdict.DIFFERS)).containsExactly("model");
    assertThat(detail(verification, "model"))
        .contains("numbers of the final evaluation, first: trainLoss");
  }

  @Test
  void a_model_of_another_run_is_found_by_its_configuration() throws IOException {
    RunDirectory other = Experiments.run(runs, Experiments.fake().withLearningRate(0.3));
    copyOf(other.modelZip(), run.modelZip());
    Checksums.seal(run);
    assertThat(detail(verify(run, FEW), "model")).contains("learningRate is 0.3, not 0.5");
  }

  @Test
  void a_model_of_another_length_is_found_by_its_count() throws IOException {
    forgeModel(net -> net.getLayerWiseConfigurations().setIterationCount(99));
    assertThat(detail(verify(run, FEW), "model"))
        .isEqualTo("model.zip was saved after 99 updates, but metrics.csv has 12");
  }

  @Test
  void a_model_without_the_state_of_its_updater_is_found_by_a_whole_replay() throws IOException {
    RunDirectory adam =
        Experiments.run(
            runs,
            Experiments.fake(
                d -> {
                  d.method = Method.ADAM;
                  d.learningRate = 0.01;
                  return d;
                }));
    ModelArchive.write(adam.modelZip(), ModelArchive.read(adam.modelZip()), false);
    Checksums.seal(adam);
    assertThat(detail(verify(adam, ITERATIONS), "replay")).contains("not in model.zip");
  }

  @Test
  void a_model_that_a_comparison_removed_is_not_missed() throws IOException {
    run.removeModel();
    Verification verification = verify(run, ITERATIONS);
    assertThat(verification.holds()).isTrue();
    assertThat(named(verification, Verdict.NOTHING_TO_COMPARE)).containsExactly("model");
  }

  @Test
  void differing_bits_are_told_with_the_circumstances_that_differ() throws IOException {
    forgeLines(run.metricsCsv(), lines -> replaceValue(lines, "2,0,batch,loss,", "0.25"));
    forge(
        tree -> {
          set(tree, "/threads", 77);
          set(tree, "/provenance/versions/nd4j", "0.9");
        });
    assertThat(detail(verify(run, FEW), "replay"))
        .contains("So do, and may be the reason: threads (77 then, ")
        .contains("FATHOM_JAVA_OPTS=-Dfathom.threads=77")
        .contains("version of nd4j (0.9 then, ");
  }

  @Test
  void circumstances_alone_do_not_make_a_record_differ() throws IOException {
    forge(tree -> set(tree, "/provenance/cpu/model", "another"));
    assertThat(verify(run, FEW).holds()).isTrue();
  }

  @Test
  void changed_data_are_found_with_the_name_of_the_file() throws IOException {
    Path directory = Files.createDirectory(runs.resolve("data"));
    try (Stream<Path> files = Files.list(Experiments.HOME.resolve("datasets/fashion-mnist-1k"))) {
      for (Path file : files.toList()) {
        Files.copy(file, directory.resolve(file.getFileName()));
      }
    }
    RunDirectory images =
        Experiments.run(
            runs,
            Experiments.fake(
                d -> {
                  d.iterations = 2;
                  d.data =
                      new ExperimentSpec.DataSpec(
                          "fashion-mnist-1k", directory.toString(), 100, 100, d.data.input());
                  return d;
                }));
    assertThat(verify(images, 1).holds()).isTrue();

    Path labels = directory.resolve("train-labels-idx1-ubyte.gz");
    byte[] right = Files.readAllBytes(labels);
    copyOf(directory.resolve("t10k-labels-idx1-ubyte.gz"), labels);
    if (Arrays.equals(right, Files.readAllBytes(labels))) {
      Files.write(labels, Arrays.copyOf(right, right.length - 9));
    }
    Verification changed = verify(images, 1);
    assertThat(named(changed, Verdict.DIFFERS)).containsExactly("data");
    assertThat(detail(changed, "data")).contains(labels.toString());

    Files.delete(labels);
    Verification absent = verify(images, 1);
    assertThat(named(absent, Verdict.NOT_POSSIBLE)).containsExactly("data", "replay");
    assertThat(detail(absent, "data")).contains("train-labels-idx1-ubyte.gz");
    assertThat(absent.holds()).isFalse();

    Path elsewhere = Experiments.HOME.resolve("datasets/fashion-mnist-1k");
    Verification moved =
        new Verifier(Experiments.HOME, Optional.of(elsewhere), TrainingProgress.SILENT)
            .verify(images, 1);
    assertThat(moved.holds()).as(moved.toString()).isTrue();
  }

  @Test
  void a_hash_of_the_data_that_was_changed_is_found() throws IOException {
    forge(tree -> set(tree, "/data/sha256/t10k-images-idx3-ubyte", "0".repeat(64)));
    Verification verification = verify(run, FEW);
    assertThat(named(verification, Verdict.DIFFERS)).containsExactly("data");
    assertThat(detail(verification, "data")).contains("t10k-images-idx3-ubyte of fake");
  }

  @Test
  void a_diverged_run_diverges_again_and_at_the_same_place() throws IOException {
    run = Experiments.run(runs.resolve("diverged"), Experiments.fake().withLearningRate(1e30));
    RunRecord record = RunRecord.read(run.runJson());
    assertThat(record.status()).isEqualTo(RunStatus.DIVERGED);

    Verification verification = verify(run, ITERATIONS);
    assertThat(verification.holds()).as(verification.toString()).isTrue();
    assertThat(detail(verification, "replay")).endsWith("the next diverges as recorded");

    forge(tree -> set(tree, "/divergence/layer", 77));
    assertThat(detail(verify(run, ITERATIONS), "replay"))
        .containsPattern("the next diverges in the record at iteration \\d+, \\w+, layer 77, by");
    forge(tree -> set(tree, "/divergence/iteration", 77));
    assertThat(named(verify(run, ITERATIONS), Verdict.DIFFERS)).contains("metrics");
  }

  /** NaN has a sign and a payload in the processor, and neither in a CSV file. */
  @Test
  void a_run_that_measured_NaN_before_it_diverged_holds() throws IOException {
    run =
        Experiments.run(
            runs.resolve("diverged"),
            Experiments.fake(
                draft -> {
                  draft.initialization = "he";
                  draft.depth = 3;
                  draft.seed = 1;
                  draft.width = 64;
                  draft.hiddenWidth = 16;
                  draft.learningRate = 0.1;
                  draft.batchSize = 100;
                  draft.evaluateEvery = 1;
                  return draft;
                }));
    assertThat(RunRecord.read(run.runJson()).status()).isEqualTo(RunStatus.DIVERGED);
    assertThat(run.metricsCsv()).content().contains("train,loss,NaN");
    Verification verification = verify(run, ITERATIONS);
    assertThat(verification.holds()).as(verification.toString()).isTrue();
  }

  @Test
  void a_run_that_diverged_at_once_holds() throws IOException {
    run =
        Experiments.run(
            runs.resolve("diverged"), Experiments.fake().with("orthogonal:gain=1e10", 6));
    assertThat(RunRecord.read(run.runJson()).divergence().iteration()).isEqualTo(1);
    Verification verification = verify(run, FEW);
    assertThat(verification.holds()).as(verification.toString()).isTrue();
    assertThat(detail(verification, "replay"))
        .isEqualTo("no update was made; the next diverges as recorded");
  }

  private RunDirectory interruptedAfter(int iterations) throws IOException {
    int[] asked = {0};
    return new RunDirectory(
        new Trainer(
                runs.resolve("interrupted"),
                Experiments.HOME,
                List.of(),
                TrainingProgress.SILENT,
                () -> asked[0]++ == iterations)
            .run(Experiments.fake())
            .run());
  }

  @Test
  void an_interrupted_run_holds_and_so_it_does_when_it_went_on() throws IOException {
    RunDirectory stopped = interruptedAfter(7);
    Verification verification = verify(stopped, ITERATIONS);
    assertThat(verification.holds()).as(verification.toString()).isTrue();
    assertThat(detail(verification, "replay")).startsWith("all 7 iterations again");
    assertThat(named(verification, Verdict.NOTHING_TO_COMPARE)).containsExactly("model");

    Experiments.resume(stopped);
    Verification whole = verify(stopped, ITERATIONS);
    assertThat(named(whole, Verdict.HOLDS)).as(whole.toString()).hasSize(10);
  }

  @Test
  void a_run_that_was_stopped_before_its_first_update_has_nothing_to_replay() throws IOException {
    Verification verification = verify(interruptedAfter(0), FEW);
    assertThat(verification.holds()).as(verification.toString()).isTrue();
    assertThat(named(verification, Verdict.NOTHING_TO_COMPARE))
        .containsExactly("depth profile", "model", "replay");
  }

  @Test
  void what_another_memory_plan_went_on_with_is_not_replayed() throws IOException {
    RunDirectory stopped = interruptedAfter(7);
    System.setProperty(FusedCpuKernel.PLAN_PROPERTY, "recompute");
    try {
      Experiments.resume(stopped);
    } finally {
      System.clearProperty(FusedCpuKernel.PLAN_PROPERTY);
    }
    Verification verification = verify(stopped, ITERATIONS);
    assertThat(named(verification, Verdict.DIFFERS)).isEmpty();
    assertThat(detail(verification, "replay")).startsWith("7 of 12 iterations again");
  }

  @Test
  void a_run_that_is_still_running_is_checked_as_far_as_it_is_written() throws IOException {
    List<Verification> seen = new ArrayList<>();
    Path place = runs.resolve("running");
    TrainingProgress watcher =
        new TrainingProgress() {
          @Override
          public void iterated(int iteration, double loss) {
            if (iteration == 9) {
              try {
                seen.add(verify(Experiments.only(place), FEW));
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            }
          }
        };
    Experiments.trainer(place, watcher)
        .run(
            Experiments.fake(
                d -> {
                  d.checkpointEvery = 8; // syncs the CSV files
                  return d;
                }));
    Verification verification = seen.get(0);
    assertThat(verification.holds()).as(verification.toString()).isTrue();
    assertThat(named(verification, Verdict.NOTHING_TO_COMPARE)).containsExactly("files", "model");
    assertThat(detail(verification, "files")).endsWith("the record says incomplete");
    assertThat(detail(verification, "replay")).startsWith("5 of 7 iterations again");
    Verification ended = verify(Experiments.only(place), ITERATIONS);
    assertThat(named(ended, Verdict.HOLDS)).as(ended.toString()).hasSize(10);
  }

  @Test
  void a_run_that_failed_is_checked_as_far_as_it_got() throws IOException {
    Path place = runs.resolve("failed");
    TrainingProgress failing =
        new TrainingProgress() {
          @Override
          public void iterated(int iteration, double loss) {
            if (iteration == 6) {
              throw new IllegalStateException("the disk is gone");
            }
          }
        };
    assertThatThrownBy(() -> Experiments.trainer(place, failing).run(Experiments.fake()))
        .hasMessage("the disk is gone");
    RunDirectory failed = Experiments.only(place);
    assertThat(RunRecord.read(failed.runJson()).status()).isEqualTo(RunStatus.FAILED);

    Verification verification = verify(failed, ITERATIONS);
    assertThat(verification.holds()).as(verification.toString()).isTrue();
    assertThat(named(verification, Verdict.NOTHING_TO_COMPARE)).containsExactly("files", "model");
    assertThat(detail(verification, "files")).endsWith("the record says failed");
    assertThat(detail(verification, "replay")).startsWith("all 5 iterations again");
  }

  @Test
  void going_on_removes_the_sums_until_the_end() throws IOException {
    RunDirectory stopped = interruptedAfter(7);
    assertThat(stopped.sha256Sums()).exists();
    boolean[] there = {true};
    TrainingProgress watcher =
        new TrainingProgress() {
          @Override
          public void started(String name, int done, int total) {
            there[0] = Files.exists(stopped.sha256Sums());
          }
        };
    Experiments.trainer(stopped.path().getParent(), watcher).resume(stopped);
    assertThat(there[0]).isFalse();
    assertThat(stopped.sha256Sums()).exists();
  }
}
