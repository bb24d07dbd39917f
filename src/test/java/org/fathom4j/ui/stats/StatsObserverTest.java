package org.fathom4j.ui.stats;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.fathom4j.init.Initializers;
import org.fathom4j.init.NetworkShape;
import org.fathom4j.network.Loss;
import org.fathom4j.network.NetworkSpec;
import org.fathom4j.network.OptimizerSpec;
import org.fathom4j.network.ResidualNetwork;
import org.fathom4j.network.Schedule;
import org.fathom4j.record.DepthProfileRow;
import org.fathom4j.record.RunDirectory;
import org.fathom4j.record.StatsLog;
import org.fathom4j.train.TrainingObserver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.factory.Nd4j;

class StatsObserverTest {

  private static final long MILLI = 1_000_000;

  @TempDir private Path run;
  private final AtomicLong nanos = new AtomicLong();

  private final MultiLayerNetwork net =
      ResidualNetwork.create(
          new NetworkSpec(
              new NetworkShape(6, 4, 3, 5, 2),
              NetworkSpec.Block.NONLINEAR,
              Activation.RELU,
              Initializers.parse("xavier"),
              Loss.MSE,
              NetworkSpec.Layers.STACK,
              NetworkSpec.Precision.FLOAT),
          new OptimizerSpec(OptimizerSpec.Method.SGD, 0.1, Schedule.CONSTANT, 0, 0, 10),
          7);

  private StatsObserver begin(int iteration) throws IOException {
    return new StatsObserver(
        new RunDirectory(run), net, iteration, nanos::get, () -> nanos.get() / MILLI);
  }

  private static TrainingObserver.Update update(int iteration, List<DepthProfileRow> profile) {
    return new TrainingObserver.Update(iteration, 0, 0.5 / iteration, 0.1, 20, iteration, profile);
  }

  private void look(StatsObserver observer, int iteration) throws IOException {
    observer.activated(List.of(Nd4j.ones(20, 6), Nd4j.ones(20, 4), Nd4j.ones(20, 4).mul(3)));
    net.getFlattenedGradients().assign(40);
    observer.differentiated(20);
    net.getFlattenedGradients().assign(0.25);
    nanos.addAndGet(MILLI);
    observer.updated(
        update(
            iteration,
            List.of(
                new DepthProfileRow(iteration, 0, "activation_norm", 1.5),
                new DepthProfileRow(iteration, 3, "activation_norm", 2.5),
                new DepthProfileRow(iteration, 3, "update_norm_V", 0.125))));
  }

  private List<ObjectNode> lines() throws IOException {
    return StatsLog.read(run.resolve("stats.db"));
  }

  @Test
  void a_sample_says_what_was_seen_in_the_pass_that_it_was_seen_in() throws IOException {
    try (StatsObserver observer = begin(0)) {
      assertThat(observer.samples(1)).isTrue();
      look(observer, 1);
    }
    assertThat(lines()).hasSize(2);
    assertThat(lines().get(0).path("model").path("configuration").asText())
        .isEqualTo(net.getLayerWiseConfigurations().toJson());
    ObjectNode sample = lines().get(1);
    assertThat(sample.path("loss").asDouble()).isEqualTo(0.5);
    assertThat(sample.path("gradients").path("1_VW").path("mean").asDouble()).isEqualTo(2);
    assertThat(sample.path("updates").path("1_UW").path("mean").asDouble()).isEqualTo(0.25);
    assertThat(sample.path("activations").path("1").path("magnitude").asDouble()).isEqualTo(3);
    assertThat(sample.path("depth"))
        .hasToString(
            "{\"layers\":[0,3],\"activation_norm\":[1.5,2.5],\"update_norm_V\":[null,0.125]}");
  }

  @Test
  void samples_have_times_of_their_own_even_within_a_millisecond() throws IOException {
    try (StatsObserver observer =
        new StatsObserver(new RunDirectory(run), net, 0, nanos::get, () -> 42)) {
      for (int i = 1; i <= 3; i++) {
        nanos.addAndGet(1_000_000 * MILLI);
        assertThat(observer.samples(i)).isTrue();
        look(observer, i);
      }
    }
    List<Long> times = new ArrayList<>();
    lines().forEach(line -> times.add(line.path("time").asLong()));
    assertThat(times).containsExactly(42L, 43L, 44L, 45L);
  }

  /** Ten hours of iterations that take ten milliseconds: 3.6 million. */
  @Test
  void ten_hours_leave_a_file_of_bounded_size_that_reaches_from_the_first_hour_to_the_last()
      throws IOException {
    int iterations = 3_600_000;
    int looks = 0;
    try (StatsObserver observer = begin(0)) {
      for (int i = 1; i <= iterations; i++) {
        nanos.addAndGet(10 * MILLI);
        if (observer.samples(i)) {
          look(observer, i);
          looks++;
        }
      }
    }
    List<Integer> sampled =
        lines().stream()
            .filter(StatsLog::isSample)
            .map(line -> line.path("iteration").asInt())
            .toList();
    assertThat(looks).isGreaterThan(StatsLog.MOST_SAMPLES); // it was thinned out
    assertThat(sampled)
        .hasSizeBetween(StatsLog.MOST_SAMPLES / 2, StatsLog.MOST_SAMPLES)
        .startsWith(1);
    assertThat(sampled.get(sampled.size() - 1)).isGreaterThan(iterations * 9 / 10);
    assertThat(Files.size(run.resolve("stats.db"))).isLessThan(8L << 20);
  }

  @Test
  void a_resumed_run_goes_on_with_its_samples() throws IOException {
    try (StatsObserver observer = begin(0)) {
      for (int i = 1; i <= 4; i++) {
        nanos.addAndGet(1_000_000 * MILLI);
        assertThat(observer.samples(i)).isTrue();
        look(observer, i);
      }
    }
    try (StatsObserver observer = begin(2)) {
      nanos.addAndGet(1_000_000 * MILLI);
      assertThat(observer.samples(3)).isTrue();
      look(observer, 3);
    }
    assertThat(lines().stream().filter(StatsLog::isSample).map(l -> l.path("iteration").asInt()))
        .containsExactly(1, 2, 3);
    assertThat(lines().stream().filter(StatsLog::isStart)).hasSize(2);
  }
}
