package org.fathom4j.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.slf4j.LoggerFactory;

class CheckpointTest {

  @TempDir Path directory;

  private static CheckpointState state(int iteration) {
    return new CheckpointState(
        iteration,
        2,
        5,
        new RandomState(Long.MIN_VALUE + 1, 5197897424261571334L),
        1234,
        567,
        8.25,
        new Measurement(iteration, Map.of("testAccuracy", 0.86)));
  }

  @Test
  void whatIsWrittenIsReadBack() throws IOException {
    MultiLayerNetwork network = Networks.trained(DataType.FLOAT);

    Path file = Checkpoint.write(directory.resolve("checkpoints"), network, state(3));

    assertThat(file).hasFileName("checkpoint-000000003.zip");
    Checkpoint checkpoint = Checkpoint.latest(file.getParent()).orElseThrow();
    assertThat(checkpoint.file()).isEqualTo(file);
    assertThat(checkpoint.state()).isEqualTo(state(3));
    assertThat(checkpoint.network().params()).isEqualTo(network.params());
    assertThat(checkpoint.network().getUpdater().getStateViewArray())
        .isEqualTo(network.getUpdater().getStateViewArray());
    assertThat(checkpoint.network().getIterationCount()).isEqualTo(3);
  }

  @Test
  void aRestoredRandomStateDrawsWhatWouldHaveFollowed() {
    Nd4j.getRandom().setSeed(31);
    Nd4j.rand(5, 7);
    RandomState state = RandomState.capture();
    INDArray first = Nd4j.rand(5, 7);
    Nd4j.getRandom().setSeed(77);
    Nd4j.rand(2, 3);

    state.restore();

    assertThat(Nd4j.rand(5, 7)).isEqualTo(first);
  }

  @Test
  void theNewestTwoAreKept() throws IOException {
    MultiLayerNetwork network = Networks.trained(DataType.FLOAT);
    for (int iteration : new int[] {0, 100, 200, 1300}) {
      Checkpoint.write(directory, network, state(iteration));
    }

    assertThat(directory.toFile().list())
        .containsExactlyInAnyOrder("checkpoint-000000200.zip", "checkpoint-000001300.zip");
  }

  @Test
  void aCheckpointOfAnAbandonedFutureGoesWhenAnEarlierOneIsWritten() throws IOException {
    MultiLayerNetwork network = Networks.trained(DataType.FLOAT);
    Checkpoint.write(directory, network, state(100));
    Files.writeString(directory.resolve("checkpoint-000000200.zip"), "damaged");

    Checkpoint.write(directory, network, state(150));

    assertThat(directory.toFile().list())
        .containsExactlyInAnyOrder("checkpoint-000000100.zip", "checkpoint-000000150.zip");
  }

  @Test
  void aCheckpointMayBeWrittenTwice() throws IOException {
    MultiLayerNetwork network = Networks.trained(DataType.FLOAT);
    Checkpoint.write(directory, network, state(1));
    Checkpoint.write(directory, network, state(2));

    Checkpoint.write(directory, network, state(2));

    assertThat(directory.toFile().list()).hasSize(2);
  }

  @Test
  void aDamagedCheckpointIsPassedOver() throws IOException {
    MultiLayerNetwork network = Networks.trained(DataType.FLOAT);
    Path oldest = Checkpoint.write(directory, network, state(1));
    Path newest = Checkpoint.write(directory, network, state(2));
    byte[] bytes = Files.readAllBytes(newest);
    Arrays.fill(bytes, 100, 200, (byte) 0x55);
    Files.write(newest, bytes);

    Logger logger = (Logger) LoggerFactory.getLogger(Checkpoint.class);
    ListAppender<ILoggingEvent> warnings = new ListAppender<>();
    warnings.start();
    logger.addAppender(warnings);
    try {
      assertThat(Checkpoint.latest(directory))
          .get()
          .extracting(checkpoint -> checkpoint.state().iteration())
          .isEqualTo(1);
    } finally {
      logger.detachAppender(warnings);
    }
    assertThat(warnings.list)
        .singleElement()
        .satisfies(
            warning -> {
              assertThat(warning.getLevel()).isEqualTo(Level.WARN);
              assertThat(warning.getFormattedMessage())
                  .startsWith("Cannot load the model " + newest + ": ")
                  .endsWith("Using " + oldest + " instead.");
            });
  }

  @Test
  void whenNoneCanBeReadEachIsNamedWithItsReason() throws IOException {
    Files.writeString(directory.resolve("checkpoint-000000001.zip"), "x");
    Files.writeString(directory.resolve("checkpoint-000000002.zip"), "");

    assertThatThrownBy(() -> Checkpoint.latest(directory))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("No checkpoint in " + directory + " can be read")
        .hasMessageContaining("checkpoint-000000001.zip: it is no zip archive")
        .hasMessageContaining("checkpoint-000000002.zip: it is no zip archive");
  }

  @Test
  void withoutCheckpointsThereIsNoLatest() throws IOException {
    assertThat(Checkpoint.latest(directory)).isEmpty();
    assertThat(Checkpoint.latest(directory.resolve("missing"))).isEmpty();
  }

  @Test
  void leftoversOfAKilledProcessAreRemovedAndOtherFilesStay() throws IOException {
    Files.writeString(directory.resolve("checkpoint-000000001.zip.4711.3.tmp"), "PK");
    Files.writeString(directory.resolve("notes.txt"), "mine");

    assertThat(Checkpoint.latest(directory)).isEmpty();

    assertThat(directory.toFile().list()).containsExactly("notes.txt");
  }

  @Test
  void aModelIsNoCheckpoint() throws IOException {
    Path file = directory.resolve("checkpoint-000000001.zip");
    ModelArchive.write(file, Networks.trained(DataType.FLOAT), true);

    assertThatThrownBy(() -> Checkpoint.read(file))
        .isInstanceOf(ModelArchiveException.class)
        .hasMessageContaining("fathom.json is missing");
  }

  @Test
  void aCheckpointWithoutItsUpdaterStateIsRefused() throws IOException {
    Path file = directory.resolve("checkpoint-000000001.zip");
    ModelArchive.write(
        file,
        Networks.trained(DataType.FLOAT),
        false,
        Optional.of(RecordJson.MAPPER.valueToTree(state(1))));

    assertThatThrownBy(() -> Checkpoint.read(file))
        .isInstanceOf(ModelArchiveException.class)
        .hasMessageContaining("lacks the state of its updater");
  }

  @Test
  void anAlienStateIsRefused() throws IOException {
    Path file = directory.resolve("checkpoint-000000001.zip");
    ModelArchive.write(
        file,
        Networks.trained(DataType.FLOAT),
        true,
        Optional.of(RecordJson.MAPPER.createObjectNode().put("iteration", -1)));

    assertThatThrownBy(() -> Checkpoint.read(file))
        .isInstanceOf(ModelArchiveException.class)
        .hasMessageContaining("fathom.json is no state of a run");
  }

  /**
   * Kills a process again and again while it writes, each time after a seeded delay, and lets the
   * next one resume. Parameters, updater state and counters all carry the iteration's number, so a
   * mixture of two checkpoints would show.
   */
  @Test
  void killedAtAnyInstantThereIsAWholeCheckpointAndTheLogGoesOnFromIt() throws Exception {
    long seed = 4242;
    Random random = new Random(seed);
    RunDirectory run = RunDirectory.create(directory, "killed");
    int before = 0;
    for (int kill = 0; kill < 4; kill++) {
      Process writer =
          ChildProcess.start(ChildProcess.command(WritingProcess.class, run.path().toString()));
      try (BufferedReader said = writer.inputReader()) {
        ChildProcess.awaitLine(said, "writing"::equals);
        Thread.sleep(random.nextInt(400));
      } finally {
        writer.destroyForcibly().waitFor();
      }

      try (RunLock lock = run.lock()) {
        assertThat(lock).isNotNull();
        Checkpoint checkpoint = Checkpoint.latest(run.checkpoints()).orElseThrow();
        int iteration = checkpoint.state().iteration();
        assertThat(iteration).as("kill %d, seed %d", kill, seed).isGreaterThan(before);
        before = iteration;
        assertThat(checkpoint.network().params().minNumber().intValue()).isEqualTo(iteration);
        assertThat(checkpoint.network().params().maxNumber().intValue()).isEqualTo(iteration);
        INDArray updater = checkpoint.network().getUpdater().getStateViewArray();
        assertThat(updater.minNumber().intValue()).isEqualTo(iteration);
        assertThat(updater.maxNumber().intValue()).isEqualTo(iteration);
        assertThat(checkpoint.state().elapsedSeconds()).isEqualTo(iteration);
        assertThat(run.checkpoints().toFile().list())
            .hasSizeBetween(1, 3)
            .allMatch(name -> name.endsWith(".zip"));
        MetricLog.reopen(run.metricsCsv(), checkpoint.state().metricsBytes()).close();
        List<MetricRow> rows = MetricLog.read(run.metricsCsv());
        assertThat(rows).hasSize(iteration);
        assertThat(rows.get(iteration - 1).iteration()).isEqualTo(iteration);
      }
    }
  }

  /** Resumes a run if it can, then writes rows and checkpoints until it is killed. */
  static final class WritingProcess {

    private WritingProcess() {}

    public static void main(String[] arguments) throws Exception {
      RunDirectory run = new RunDirectory(Path.of(arguments[0]));
      try (RunLock lock = run.lock()) {
        Optional<Checkpoint> latest = Checkpoint.latest(run.checkpoints());
        MultiLayerNetwork network =
            latest.map(Checkpoint::network).orElseGet(WritingProcess::start);
        try (MetricLog metrics =
            latest.isPresent()
                ? MetricLog.reopen(run.metricsCsv(), latest.get().state().metricsBytes())
                : MetricLog.create(run.metricsCsv())) {
          int first = latest.map(checkpoint -> checkpoint.state().iteration()).orElse(0) + 1;
          for (int iteration = first; lock != null; iteration++) {
            metrics.append(iteration, 0, "batch", "loss", 1.0 / iteration);
            network.params().assign(iteration);
            network.getUpdater().getStateViewArray().assign(iteration);
            CheckpointState state =
                new CheckpointState(
                    iteration, 0, 0, RandomState.capture(), metrics.sync(), 0, iteration, null);
            Checkpoint.write(run.checkpoints(), network, state);
            if (iteration == first) {
              System.out.println("writing");
            }
          }
        }
      }
    }

    private static MultiLayerNetwork start() {
      MultiLayerNetwork network =
          new MultiLayerNetwork(
              new NeuralNetConfiguration.Builder()
                  .seed(1)
                  .updater(new Adam(0.1))
                  .list()
                  .layer(
                      new OutputLayer.Builder(LossFunction.MCXENT)
                          .nIn(1000)
                          .nOut(101)
                          .activation(Activation.SOFTMAX)
                          .build())
                  .build());
      network.init();
      return network;
    }
  }
}
