package org.fathom4j.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.fathom4j.network.NetworkSpec.Layers;
import org.fathom4j.network.OptimizerSpec.Method;
import org.fathom4j.record.RunDirectory;
import org.fathom4j.record.RunRecord;
import org.fathom4j.record.RunStatus;
import org.fathom4j.record.StatsLog;
import org.fathom4j.ui.stats.StatsObserver;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Whoever looks into a training changes nothing of it, not even by failing. */
class ObservedTrainingTest {

  @TempDir private Path runs;
  @TempDir private Path others;

  private static Trainer trainer(Path runs, TrainingObserver.Factory observation) {
    return new Trainer(
        runs,
        Experiments.HOME,
        List.of("train"),
        TrainingProgress.SILENT,
        () -> false,
        observation);
  }

  private RunDirectory observed(ExperimentSpec spec, TrainingObserver.Factory observation)
      throws IOException {
    return new RunDirectory(trainer(runs, observation).run(spec).run());
  }

  /** Looks at every iteration and keeps what it is told. */
  private static final class Notes implements TrainingObserver {
    final List<String> calls = new ArrayList<>();
    final List<Update> updates = new ArrayList<>();

    @Override
    public boolean samples(int iteration) {
      calls.add("samples");
      return iteration % 2 == 1;
    }

    @Override
    public void activated(List<INDArray> activations) {
      calls.add("activated");
    }

    @Override
    public void differentiated(int examples) {
      calls.add("differentiated");
    }

    @Override
    public void updated(Update update) {
      calls.add("updated");
      updates.add(update);
    }

    @Override
    public void close() {
      calls.add("close");
    }
  }

  @ParameterizedTest
  @CsvSource({"STACK, SGD", "STACK, ADAM", "BLOCKS, SGD", "BLOCKS, NESTEROVS"})
  void a_monitored_run_has_the_same_bits_and_the_same_rows(Layers layers, Method method)
      throws IOException {
    ExperimentSpec spec =
        Experiments.fake(
            draft -> {
              draft.layers = layers;
              draft.method = method;
              draft.learningRate = 0.01;
              return draft;
            });
    RunDirectory plain = Experiments.run(others, spec);
    RunDirectory monitored =
        observed(
            spec,
            (directory, net, iteration) -> {
              TrainingObserver stats = StatsObserver.begin(directory, net, iteration);
              return new TrainingObserver() {
                @Override
                public boolean samples(int next) {
                  stats.samples(next); // whatever its pace is
                  return true;
                }

                @Override
                public void activated(List<INDArray> activations) throws IOException {
                  stats.activated(activations);
                }

                @Override
                public void differentiated(int examples) throws IOException {
                  stats.differentiated(examples);
                }

                @Override
                public void updated(Update update) throws IOException {
                  stats.updated(update);
                }

                @Override
                public void close() throws IOException {
                  stats.close();
                }
              };
            });
    assertThat(Experiments.bits(monitored)).isEqualTo(Experiments.bits(plain));
    assertThat(Experiments.metrics(monitored)).isEqualTo(Experiments.metrics(plain));
    assertThat(Files.readAllLines(monitored.depthProfileCsv()))
        .isEqualTo(Files.readAllLines(plain.depthProfileCsv()));
    assertThat(StatsLog.read(monitored.statsDb()).stream().filter(StatsLog::isSample))
        .hasSize(spec.optimization().iterations());
    assertThat(plain.statsDb()).doesNotExist();
  }

  @Test
  void only_chosen_iterations_are_looked_at_in_the_order_of_a_training_step() throws IOException {
    Notes notes = new Notes();
    observed(Experiments.fake(), (directory, net, iteration) -> notes);
    assertThat(notes.calls)
        .startsWith("samples", "activated", "differentiated", "updated", "samples", "samples")
        .endsWith("close");
    assertThat(notes.updates).extracting(TrainingObserver.Update::iteration).contains(1, 3, 11);
    assertThat(notes.updates)
        .allSatisfy(update -> assertThat(update.profile()).isNotEmpty())
        .allSatisfy(update -> assertThat(update.learningRate()).isEqualTo(0.5));
  }

  @Test
  void a_resumed_run_is_looked_at_from_where_it_goes_on() throws IOException {
    ExperimentSpec spec = Experiments.fake();
    List<Integer> asked = new ArrayList<>();
    int[] done = {0};
    Trainer stopping =
        new Trainer(
            runs,
            Experiments.HOME,
            List.of("train"),
            TrainingProgress.SILENT,
            () -> done[0]++ == 5);
    RunDirectory run = new RunDirectory(stopping.run(spec).run());
    trainer(
            runs,
            (directory, net, iteration) -> {
              asked.add(iteration);
              return new Notes();
            })
        .resume(run);
    assertThat(asked).containsExactly(5);
  }

  /** Where an observer may fail. */
  enum Moment {
    BEGIN,
    SAMPLES,
    ACTIVATED,
    DIFFERENTIATED,
    UPDATED,
    CLOSE
  }

  @ParameterizedTest
  @EnumSource(Moment.class)
  void an_observer_that_fails_ends_itself_and_not_the_training(Moment moment) throws IOException {
    for (Supplier<Throwable> failure :
        List.<Supplier<Throwable>>of(
            () -> new IOException("disk full"),
            () -> new IllegalStateException("a mistake"),
            () -> new NoClassDefFoundError("gone"),
            () -> new OutOfMemoryError("no room"))) {
      ExperimentSpec spec = Experiments.fake();
      Failing failing = new Failing(moment, failure);
      RunDirectory run =
          observed(
              spec,
              (directory, net, iteration) -> {
                failing.at(Moment.BEGIN);
                return failing;
              });
      assertThat(RunRecord.read(run.runJson()).status()).isEqualTo(RunStatus.DONE);
      assertThat(failing.thrown).isEqualTo(1);
      assertThat(failing.closed).as("closed").isEqualTo(moment == Moment.BEGIN ? 0 : 1);
    }
  }

  /** Throws whenever it is called at one moment. */
  private static final class Failing implements TrainingObserver {
    private final Moment moment;
    private final Supplier<Throwable> failure;
    private int thrown;
    private int closed;

    Failing(Moment moment, Supplier<Throwable> failure) {
      this.moment = moment;
      this.failure = failure;
    }

    void at(Moment now) throws IOException {
      if (now == moment) {
        thrown++;
        Throwable t = failure.get();
        if (t instanceof IOException e) {
          throw e;
        }
        if (t instanceof RuntimeException e) {
          throw e;
        }
        throw (Error) t;
      }
    }

    @Override
    public boolean samples(int iteration) {
      try {
        at(Moment.SAMPLES);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return true;
    }

    @Override
    public void activated(List<INDArray> activations) throws IOException {
      at(Moment.ACTIVATED);
    }

    @Override
    public void differentiated(int examples) throws IOException {
      at(Moment.DIFFERENTIATED);
    }

    @Override
    public void updated(Update update) throws IOException {
      at(Moment.UPDATED);
    }

    @Override
    public void close() throws IOException {
      closed++;
      at(Moment.CLOSE);
    }
  }
}
