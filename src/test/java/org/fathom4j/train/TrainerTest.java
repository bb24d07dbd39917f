package org.fathom4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.fathom4j.data.Minibatches;
import org.fathom4j.data.Preprocessing;
import org.fathom4j.diagnostics.Divergence;
import org.fathom4j.network.Loss;
import org.fathom4j.network.NetworkSpec.Block;
import org.fathom4j.network.NetworkSpec.Layers;
import org.fathom4j.network.NetworkSpec.Precision;
import org.fathom4j.network.OptimizerSpec.Method;
import org.fathom4j.network.ResidualNetwork;
import org.fathom4j.record.DepthProfileLog;
import org.fathom4j.record.DepthProfileRow;
import org.fathom4j.record.MetricLog;
import org.fathom4j.record.MetricRow;
import org.fathom4j.record.ModelArchive;
import org.fathom4j.record.RunDirectory;
import org.fathom4j.record.RunRecord;
import org.fathom4j.record.RunStatus;
import org.fathom4j.train.ExperimentSpec.DataSpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.Sgd;

class TrainerTest {

  @TempDir Path runs;

  @AfterEach
  void restoreDefaultTypes() {
    Experiments.restoreDefaultTypes();
  }

  private static ExperimentSpec fake(Consumer<Experiments.Draft> variation) {
    return Experiments.fake(
        draft -> {
          variation.accept(draft);
          return draft;
        });
  }

  private static List<MetricRow> rows(RunDirectory run, Predicate<MetricRow> wanted)
      throws IOException {
    return MetricLog.read(run.metricsCsv()).stream().filter(wanted).toList();
  }

  @Test
  void a_run_leaves_its_record_its_measurements_and_its_model() throws IOException {
    RunDirectory run = Experiments.run(runs, Experiments.fake());

    try (Stream<Path> files = Files.list(run.path())) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder(
              ".lock", "run.json", "metrics.csv", "depth_profile.csv", "model.zip", "SHA256SUMS");
    }
    assertThat(run.name()).matches("\\d{8}-\\d{6}-test");
  }

  @Test
  void every_update_has_its_batch_rows_and_every_evaluation_its_split_rows() throws IOException {
    RunDirectory run = Experiments.run(runs, Experiments.fake());

    assertThat(Files.readAllLines(run.metricsCsv()).get(0))
        .isEqualTo("iteration,epoch,split,metric,value");
    for (String metric : List.of("loss", "gradient_norm", "learning_rate", "seconds")) {
      assertThat(rows(run, r -> r.split().equals("batch") && r.metric().equals(metric)))
          .extracting(MetricRow::iteration)
          .containsExactlyElementsOf(IntStream.rangeClosed(1, 12).boxed().toList());
    }
    for (String split : List.of("train", "test")) {
      for (String metric : List.of("loss", "accuracy")) {
        assertThat(rows(run, r -> r.split().equals(split) && r.metric().equals(metric)))
            .extracting(MetricRow::iteration)
            .containsExactly(4, 8, 12);
      }
    }
    assertThat(rows(run, r -> true)).hasSize(12 * 4 + 3 * 4);
    // 200 images in batches of 64, 64, 64, 8: four batches an epoch.
    assertThat(rows(run, r -> r.metric().equals("gradient_norm")))
        .extracting(MetricRow::epoch)
        .containsExactly(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2);
  }

  @Test
  void the_first_batch_row_is_the_loss_and_gradient_of_the_network_as_it_starts()
      throws IOException {
    ExperimentSpec spec = fake(d -> d.initialization = "xavier");
    RunDirectory run = Experiments.run(runs, spec);
    var data = Experiments.dataset();
    MultiLayerNetwork net =
        ResidualNetwork.create(spec.networkFor(data), spec.optimizerOf(200), spec.seed());
    var batch =
        Minibatches.shuffled(
                data.train(),
                64,
                spec.data().input().fit(data.train()),
                DataType.FLOAT,
                Seeds.of(spec.seed()).order())
            .next();
    net.setInput(batch.getFeatures());
    net.setLabels(batch.getLabels());
    net.computeGradientAndScore();

    double loss = rows(run, r -> r.metric().equals("loss")).get(0).value();
    double gradientNorm = rows(run, r -> r.metric().equals("gradient_norm")).get(0).value();
    assertThat(loss).isEqualTo(net.score());
    assertThat(gradientNorm)
        .isCloseTo(
            net.getFlattenedGradients().norm2Number().doubleValue() / 64,
            within(1e-6 * gradientNorm));
  }

  @Test
  void the_batch_loss_leaves_out_weight_decay_as_the_splits_do() throws IOException {
    double plain =
        rows(Experiments.run(runs, fake(d -> d.initialization = "he")), r -> true).get(0).value();
    double decayed =
        rows(
                Experiments.run(
                    runs,
                    fake(
                        d -> {
                          d.initialization = "he";
                          d.weightDecay = 0.5;
                        })),
                r -> true)
            .get(0)
            .value();

    assertThat(decayed).isCloseTo(plain, within(1e-5 * plain));
  }

  @Test
  void depth_profiles_are_taken_at_evaluations_of_every_layer() throws IOException {
    RunDirectory run = Experiments.run(runs, Experiments.fake());
    List<DepthProfileRow> rows = DepthProfileLog.read(run.depthProfileCsv());

    assertThat(rows.stream().map(DepthProfileRow::iteration).distinct()).containsExactly(4, 8, 12);
    assertThat(rows.stream().map(DepthProfileRow::layer).distinct())
        .containsExactly(0, 1, 2, 3, 4, 5, 6);
    assertThat(rows.stream().map(DepthProfileRow::metric).collect(Collectors.toSet()))
        .isEqualTo(Set.of("activation_norm", "gradient_norm", "update_norm_U", "update_norm_V"));
  }

  @Test
  void the_record_says_what_was_asked_for_and_what_came_out() throws IOException {
    ExperimentSpec spec = Experiments.fake();
    TrainingResult result = Experiments.trainer(runs).run(spec);
    RunRecord record = RunRecord.read(new RunDirectory(result.run()).runJson());

    assertThat(record.status()).isEqualTo(RunStatus.DONE);
    assertThat(record.why()).isEqualTo("All 12 iterations are done.");
    assertThat(record.commandLine()).containsExactly("train", "--data", "fake");
    assertThat(record.specification().at("/architecture/depth").asInt()).isEqualTo(6);
    assertThat(record.specification().at("/optimization/learningRate").asDouble()).isEqualTo(0.5);
    assertThat(record.data().name()).isEqualTo("fake");
    assertThat(record.data().samples()).containsEntry("train", 200).containsEntry("test", 100);
    assertThat(record.data().sha256())
        .hasSize(4)
        .allSatisfy((file, hash) -> assertThat(hash).matches("[0-9a-f]{64}"));
    assertThat(record.seeds()).isEqualTo(Seeds.of(3).byUse());
    assertThat(record.parameters())
        .isEqualTo(64 * 12 + 6 * 2 * 12 * 5 + 12 * 10)
        .isEqualTo(result.parameters());
    assertThat(record.kernel()).isEqualTo(result.kernel());
    assertThat(record.kernel().memoryPlan()).isEqualTo("keep-all");
    assertThat(record.kernel().activationBytes()).isGreaterThan(64 * 6 * (12 + 5) * 4);
    assertThat(record.kernel().reason()).contains("Memory plan keep-all: z and h of all 6 blocks");
    assertThat(record.timing().ended()).isAfterOrEqualTo(record.timing().started());
    assertThat(record.timing().secondsPerIteration()).isPositive();
    assertThat(record.last().iteration()).isEqualTo(12);
    assertThat(record.last().metrics())
        .containsEntry("testAccuracy", result.test().orElseThrow().accuracy())
        .containsEntry("trainLoss", result.train().orElseThrow().loss())
        .containsOnlyKeys("trainLoss", "trainAccuracy", "testLoss", "testAccuracy");
    assertThat(record.best().metrics().get("testAccuracy"))
        .isGreaterThanOrEqualTo(record.last().metrics().get("testAccuracy"));
    assertThat(record.references()).isNotEmpty();
    assertThat(record.resumptions()).isEmpty();
  }

  @Test
  void the_model_is_read_by_the_stock_serializer_to_the_same_outputs() throws IOException {
    RunDirectory run =
        Experiments.run(
            runs,
            fake(
                d -> {
                  d.method = Method.ADAM;
                  d.learningRate = 0.01;
                  d.initialization = "fixup";
                  d.schedule = "cosine:warmup=3";
                }));
    MultiLayerNetwork stock =
        ModelSerializer.restoreMultiLayerNetwork(run.modelZip().toFile(), true);
    MultiLayerNetwork ours = ModelArchive.read(run.modelZip());
    var data = Experiments.dataset();
    INDArray x =
        Minibatches.inOrder(data.test(), 100, Preprocessing.UNIT.fit(data.train()), DataType.FLOAT)
            .next()
            .getFeatures();
    Score score =
        new Evaluator(data.test(), Preprocessing.UNIT.fit(data.train()), DataType.FLOAT, Loss.MSE)
            .evaluate(stock);

    assertThat(stock.output(x)).isEqualTo(ours.output(x));
    assertThat(stock.getUpdater().getStateViewArray())
        .isEqualTo(ours.getUpdater().getStateViewArray());
    assertThat(score.loss())
        .isEqualTo(RunRecord.read(run.runJson()).last().metrics().get("testLoss"));
  }

  /** Every kind of experiment, each short. */
  static Stream<Arguments> variations() {
    return Stream.of(
        variation("width 1", d -> d.width = 1),
        variation("a hidden layer wider than the stream", d -> d.hiddenWidth = 31),
        variation("sgd", d -> d.method = Method.SGD),
        variation("nesterovs", d -> d.method = Method.NESTEROVS),
        variation("adam", d -> d.method = Method.ADAM),
        variation("a cosine schedule", d -> d.schedule = "cosine:end=0.1,warmup=2"),
        variation("double", d -> d.precision = Precision.DOUBLE),
        variation("blocks", d -> d.layers = Layers.BLOCKS),
        variation(
            "many blocks",
            d -> {
              d.layers = Layers.BLOCKS;
              d.depth = 20;
              d.method = Method.ADAM;
            }),
        variation("linear blocks", d -> d.block = Block.LINEAR),
        variation("the identity", d -> d.activation = Activation.IDENTITY),
        variation("tanh", d -> d.activation = Activation.TANH),
        variation("a kernel by name", d -> d.kernel = "reference"),
        variation("full batches", d -> d.batchSize = 0),
        variation("epochs", d -> d.epochs = 3),
        variation("cross-entropy", d -> d.loss = Loss.MCXENT),
        variation("weight decay", d -> d.weightDecay = 1e-3),
        variation("fixup", d -> d.initialization = "fixup"),
        variation(
            "a part of the data",
            d -> d.data = new DataSpec("fake", null, 50, 20, Preprocessing.STANDARD)));
  }

  private static Arguments variation(String what, Consumer<Experiments.Draft> change) {
    return Arguments.of(
        what,
        fake(
            d -> {
              d.learningRate = 0.01;
              d.initialization = "stable";
              d.iterations = 9;
              change.accept(d);
            }));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("variations")
  void a_run_is_done_and_the_same_seed_gives_the_same_bits(String what, ExperimentSpec spec)
      throws IOException {
    RunDirectory one = Experiments.run(runs, spec);
    RunDirectory other = Experiments.run(runs, spec);

    assertThat(RunRecord.read(one.runJson()).status()).isEqualTo(RunStatus.DONE);
    assertThat(Experiments.bits(other)).isEqualTo(Experiments.bits(one));
    assertThat(Experiments.metrics(other)).isEqualTo(Experiments.metrics(one));
    assertThat(Files.readString(other.depthProfileCsv()))
        .isEqualTo(Files.readString(one.depthProfileCsv()));
    List<MetricRow> losses = rows(one, r -> r.split().equals("train") && r.metric().equals("loss"));
    assertThat(losses.get(losses.size() - 1).value()).isLessThan(losses.get(0).value());
  }

  @Test
  void another_seed_gives_another_network_and_another_order() throws IOException {
    RunDirectory one = Experiments.run(runs, Experiments.fake());
    RunDirectory other = Experiments.run(runs, fake(d -> d.seed = 4));

    assertThat(Experiments.bits(other)).isNotEqualTo(Experiments.bits(one));
    assertThat(Experiments.metrics(other)).isNotEqualTo(Experiments.metrics(one));
  }

  @Test
  void the_learning_rate_in_the_log_is_the_one_that_was_used() throws IOException {
    ExperimentSpec spec = fake(d -> d.schedule = "linear:end=0.1,warmup=2");
    RunDirectory run = Experiments.run(runs, spec);
    MultiLayerNetwork net = ModelArchive.read(run.modelZip());
    var updater = (Sgd) ((BaseLayer) net.getLayer(1).conf().getLayer()).getIUpdater();

    List<MetricRow> rates = rows(run, r -> r.metric().equals("learning_rate"));
    for (int i = 0; i < rates.size(); i++) {
      assertThat(rates.get(i).value()).isEqualTo(updater.getLearningRateSchedule().valueAt(i, 0));
    }
  }

  @Test
  void the_made_up_data_is_learned() throws IOException {
    TrainingResult result =
        Experiments.trainer(runs)
            .run(
                fake(
                    d -> {
                      d.iterations = 150;
                      d.evaluateEvery = 50;
                    }));

    assertThat(result.train().orElseThrow().accuracy()).isGreaterThan(0.95);
    assertThat(result.test().orElseThrow().accuracy()).isGreaterThan(0.95);
  }

  @Test
  void watchers_hear_of_every_update_and_evaluation() throws IOException {
    List<String> heard = new ArrayList<>();
    Experiments.trainer(
            runs,
            new TrainingProgress() {
              @Override
              public void started(String run, int done, int total) {
                heard.add("started " + done + "/" + total);
              }

              @Override
              public void iterated(int iteration, double loss) {
                heard.add("" + iteration);
              }

              @Override
              public void evaluated(int iteration, Score train, Score test) {
                heard.add("evaluated " + iteration);
              }

              @Override
              public void stopped() {
                heard.add("stopped");
              }
            })
        .run(fake(d -> d.iterations = 5));

    assertThat(heard)
        .containsExactly(
            "started 0/5", "1", "2", "3", "4", "evaluated 4", "5", "evaluated 5", "stopped");
  }

  private TrainingResult diverging(Consumer<Experiments.Draft> how) throws IOException {
    return Experiments.trainer(runs).run(fake(how));
  }

  private static void assertFinite(RunDirectory run) throws IOException {
    INDArray parameters = ModelArchive.read(run.modelZip()).params();
    assertThat(parameters.isNaN().any() || parameters.isInfinite().any()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"STACK", "BLOCKS"})
  void a_network_that_explodes_diverges_at_its_first_pass_and_says_where(String layers)
      throws IOException {
    TrainingResult result =
        diverging(
            d -> {
              d.initialization = "he";
              d.depth = 300;
              d.hiddenWidth = 12;
              d.layers = Layers.valueOf(layers);
            });
    RunDirectory run = new RunDirectory(result.run());
    RunRecord record = RunRecord.read(run.runJson());
    Divergence found = result.divergence().orElseThrow();

    assertThat(result.status()).isEqualTo(RunStatus.DIVERGED);
    assertThat(result.iterations()).isZero();
    assertThat(result.train()).isEmpty();
    assertThat(found.where()).isEqualTo(Divergence.Where.FORWARD);
    assertThat(found.layer()).isBetween(100, 299);
    assertThat(found.cause()).isEqualTo(Divergence.Cause.OVERFLOW);
    assertThat(record.status()).isEqualTo(RunStatus.DIVERGED);
    assertThat(record.divergence())
        .isEqualTo(new RunRecord.Divergence(1, "forward", found.layer(), "overflow"));
    assertThat(record.why())
        .isEqualTo(
            "Iteration 1: in float32 activations overflowed first at layer " + found.layer() + ".");
    assertFinite(run);
  }

  @Test
  void xavier_at_depth_400_diverges_and_its_model_is_that_of_the_start() throws IOException {
    ExperimentSpec spec =
        fake(
            d -> {
              d.initialization = "xavier";
              d.depth = 400;
              d.hiddenWidth = 12;
            });
    TrainingResult result = Experiments.trainer(runs).run(spec);
    RunDirectory run = new RunDirectory(result.run());

    assertThat(result.status()).isEqualTo(RunStatus.DIVERGED);
    assertThat(RunRecord.read(run.runJson()).divergence().cause()).isEqualTo("overflow");
    assertThat(ModelArchive.read(run.modelZip()).params())
        .isEqualTo(
            ResidualNetwork.create(
                    spec.networkFor(Experiments.dataset()), spec.optimizerOf(200), spec.seed())
                .params());
  }

  @Test
  void too_large_a_learning_rate_diverges_later_and_leaves_finite_parameters() throws IOException {
    TrainingResult result =
        diverging(
            d -> {
              d.learningRate = 50;
              d.iterations = 300;
            });
    RunDirectory run = new RunDirectory(result.run());
    RunRecord record = RunRecord.read(run.runJson());

    assertThat(result.status()).isEqualTo(RunStatus.DIVERGED);
    assertThat(result.iterations()).isPositive();
    assertThat(record.divergence().iteration()).isEqualTo(result.iterations() + 1);
    assertThat(rows(run, r -> r.metric().equals("learning_rate"))).hasSize(result.iterations());
    assertFinite(run);
  }

  @Test
  void a_place_that_cannot_hold_runs_fails_before_anything_is_written() throws IOException {
    Path file = Files.writeString(runs.resolve("file"), "no directory");

    assertThatThrownBy(() -> Experiments.trainer(file).run(Experiments.fake()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("Cannot make a run directory in " + file)
        .hasMessageContaining("--runs-dir");
    assertThat(Files.readString(file)).isEqualTo("no directory");
  }

  @Test
  void bad_specifications_leave_no_directory() {
    Path none = runs.resolve("none");

    assertThatThrownBy(
            () ->
                Experiments.trainer(none)
                    .run(
                        fake(
                            d -> {
                              d.kernel = "reference";
                              d.activation = Activation.SWISH;
                            })))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("does not know this activation");
    assertThatThrownBy(
            () ->
                Experiments.trainer(none)
                    .run(
                        fake(
                            d ->
                                d.data =
                                    new DataSpec("fakes", null, null, null, Preprocessing.RAW))))
        .hasMessageContaining("fake");
    assertThat(none).doesNotExist();
  }

  @Test
  void a_checkpoint_that_cannot_be_written_ends_the_run_as_failed() {
    TrainingProgress inTheWay =
        new TrainingProgress() {
          @Override
          public void started(String run, int done, int total) {
            try {
              Files.writeString(runs.resolve(run).resolve("checkpoints"), "a file in the way");
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          }
        };

    assertThatThrownBy(
            () -> Experiments.trainer(runs, inTheWay).run(fake(d -> d.checkpointEvery = 2)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("checkpoints")
        .satisfies(
            failure -> {
              RunRecord record = RunRecord.read(Experiments.only(runs).runJson());
              assertThat(record.status()).isEqualTo(RunStatus.FAILED);
              assertThat(record.why()).isEqualTo(failure.getMessage());
            });
  }

  @Test
  void more_memory_than_there_is_is_refused_before_it_is_taken() {
    Path none = runs.resolve("none");
    ExperimentSpec huge =
        fake(
            d -> {
              d.width = 20_000;
              d.hiddenWidth = 20_000;
              d.depth = 10_000;
            });

    // 20,000² · 2 · 10,000 weights and gradients of 4 bytes: 64 · 10¹² bytes = 59,605 GiB.
    assertThatThrownBy(() -> Experiments.trainer(none).run(huge))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("59604.")
        .hasMessageContaining("GiB are available")
        .hasMessageContaining("Reduce --depth, --width or --hidden-width.");
    assertThatThrownBy(() -> Experiments.trainer(none).forecast(huge))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("GiB are available");
    assertThat(none).doesNotExist();
  }

  @Test
  void a_forecast_writes_nothing() throws IOException {
    Path none = runs.resolve("none");
    Forecast forecast = Experiments.trainer(none).forecast(fake(d -> d.depth = 60));

    assertThat(none).doesNotExist();
    assertThat(forecast.dataset()).isEqualTo("fake");
    assertThat(forecast.trainingExamples()).isEqualTo(200);
    assertThat(forecast.iterations()).isEqualTo(12);
    assertThat(forecast.summary().parameters()).isEqualTo(64 * 12 + 60 * 2 * 12 * 5 + 12 * 10);
    assertThat(forecast.secondsPerIteration()).isPositive();
    assertThat(forecast.seconds()).isEqualTo(12 * forecast.secondsPerIteration());
  }
}
