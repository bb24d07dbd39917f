package org.fathom4j.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.fathom4j.network.OptimizerSpec.Method;
import org.fathom4j.record.RunDirectory;
import org.fathom4j.record.RunRecord;
import org.fathom4j.record.RunStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Real processes of the command line, killed by the operating system in the middle of their work.
 */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "needs kill -9 and kill -INT")
class KillTest {

  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Path PRLIMIT = Path.of("/usr/bin/prlimit");
  private static final int KILLED = 128 + 9;

  /** Long enough that a process is still at work when its killer has seen it work. */
  private static final int ITERATIONS = 500;

  @TempDir Path runs;
  @TempDir Path unbroken;

  private static ExperimentSpec spec(Consumer<Experiments.Draft> change) {
    return Experiments.fake(
        draft -> {
          draft.depth = 3;
          draft.iterations = ITERATIONS;
          draft.evaluateEvery = 20;
          draft.checkpointEvery = 7;
          change.accept(draft);
          return draft;
        });
  }

  /** The same experiment in the words of the command line. */
  private List<String> words(ExperimentSpec spec) {
    var network = spec.architecture();
    var training = spec.optimization();
    List<String> words = new ArrayList<>(List.of("train", "--quiet", "--json"));
    words.addAll(List.of("--data", "fake", "--runs-dir", runs.toString(), "--name", spec.name()));
    words.addAll(List.of("--depth", "" + network.depth(), "--width", "" + network.width()));
    words.addAll(List.of("--hidden-width", "" + network.hiddenWidth()));
    words.addAll(List.of("--init", network.initialization(), "--seed", "" + spec.seed()));
    words.addAll(List.of("--optimizer", training.method().name().toLowerCase(Locale.ROOT)));
    words.addAll(List.of("--learning-rate", "" + training.learningRate()));
    words.addAll(List.of("--batch-size", "" + training.batchSize()));
    words.addAll(
        training.epochs() == null
            ? List.of("--iterations", "" + training.iterations())
            : List.of("--epochs", "" + training.epochs()));
    words.addAll(List.of("--evaluate-every", "" + spec.evaluateEvery()));
    words.addAll(List.of("--checkpoint-every", "" + spec.checkpointEvery()));
    return words;
  }

  private Process start(List<String> words) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx512m", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true"));
    command.add("-Dfathom.home=" + Experiments.HOME);
    command.add("-Dlogback.configurationFile=logback.xml"); // the program's, not that of the tests
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add("org.fathom4j.cli.Main");
    command.addAll(words);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("OMP_WAIT_POLICY", "PASSIVE");
    builder
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(said().toFile()));
    return builder.start();
  }

  private Path said() {
    return runs.resolveSibling(runs.getFileName() + ".log");
  }

  private interface Sight {
    boolean seen() throws IOException;
  }

  /** Waits for what a working process does; fails if it ends before. */
  private static void await(Process process, Sight sight) throws Exception {
    Instant end = Instant.now().plus(PATIENCE);
    while (!sight.seen()) {
      assertThat(process.isAlive()).as("the process is still at work").isTrue();
      assertThat(Instant.now()).as("the process has worked by now").isBefore(end);
      Thread.sleep(1);
    }
  }

  private static void kill(Process process) throws InterruptedException {
    process.destroyForcibly();
    assertThat(process.waitFor()).isEqualTo(KILLED);
  }

  private RunDirectory begun() throws IOException {
    return Experiments.only(runs);
  }

  private boolean hasBegun() throws IOException {
    try (Stream<Path> entries = Files.list(runs)) {
      return entries.anyMatch(run -> Files.exists(run.resolve("run.json")));
    }
  }

  /** Newest checkpoint's iteration, -1 before the first. */
  private int checkpointed() throws IOException {
    if (!hasBegun() || !Files.isDirectory(begun().checkpoints())) {
      return -1;
    }
    try (Stream<Path> files = Files.list(begun().checkpoints())) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.matches("checkpoint-\\d+\\.zip"))
          .mapToInt(name -> Integer.parseInt(name.replaceAll("\\D", "")))
          .max()
          .orElse(-1);
    }
  }

  /** Whether a checkpoint is being written at this moment. */
  private boolean isWriting() throws IOException {
    if (checkpointed() < 0) {
      return false;
    }
    try (Stream<Path> files = Files.list(begun().checkpoints())) {
      return files.anyMatch(file -> !file.getFileName().toString().endsWith(".zip"));
    }
  }

  private void assertSameAsUnbroken(ExperimentSpec spec) throws IOException {
    RunDirectory expected = Experiments.run(unbroken, Experiments.withoutCheckpoints(spec));
    RunDirectory found = begun();
    assertThat(RunRecord.read(found.runJson()).status()).isEqualTo(RunStatus.DONE);
    assertThat(Experiments.bits(found)).isEqualTo(Experiments.bits(expected));
    assertThat(Experiments.metrics(found)).isEqualTo(Experiments.metrics(expected));
    assertThat(Files.readString(found.depthProfileCsv()))
        .isEqualTo(Files.readString(expected.depthProfileCsv()));
  }

  private List<String> resumption() throws IOException {
    return List.of(
        "train", "--quiet", "--json", "--runs-dir", runs.toString(), "--resume", begun().name());
  }

  @Test
  void a_run_killed_and_resumed_and_killed_again_ends_in_the_bits_of_an_unbroken_one()
      throws Exception {
    ExperimentSpec spec = spec(d -> {});
    Process first = start(words(spec));
    await(first, this::hasBegun);
    kill(first); // before its first checkpoint, or soon after it
    assertThat(RunRecord.read(begun().runJson()).status()).isEqualTo(RunStatus.INCOMPLETE);

    Process second = start(resumption());
    int saved = checkpointed();
    await(second, () -> checkpointed() > saved + 14 && isWriting());
    kill(second); // in the middle of a checkpoint, or right after it

    TrainingResult result = Experiments.resume(begun());

    assertThat(result.iterations()).isEqualTo(ITERATIONS);
    assertThat(RunRecord.read(begun().runJson()).resumptions()).hasSize(2);
    assertSameAsUnbroken(spec);
  }

  @Test
  void adam_in_epochs_of_ragged_batches_survives_a_kill() throws Exception {
    ExperimentSpec spec =
        spec(
            d -> {
              d.method = Method.ADAM;
              d.learningRate = 0.01;
              d.initialization = "fixup";
              d.epochs = ITERATIONS / 4; // batches of 64, 64, 64 and 8
            });
    Process process = start(words(spec));
    await(process, () -> checkpointed() >= 28);
    kill(process);
    Experiments.resume(begun());

    assertSameAsUnbroken(spec);
  }

  /**
   * The system refuses memory to a running process: an evaluation takes 200 examples · 4 · 20,000
   * numbers, 61 MiB, at once, a minibatch of 2 a hundredth of it. The Java heap is reserved before.
   */
  @Test
  @EnabledOnOs(OS.LINUX)
  void native_memory_that_runs_out_is_a_failure_that_leaves_the_last_checkpoint_to_go_on_from()
      throws Exception {
    assumeTrue(Files.isExecutable(PRLIMIT), "needs " + PRLIMIT);
    ExperimentSpec spec =
        spec(
            d -> {
              d.width = 20_000;
              d.hiddenWidth = 1;
              d.batchSize = 2;
              d.learningRate = 0.01;
              d.iterations = 110;
              d.evaluateEvery = 100;
              d.checkpointEvery = 20;
            });
    Process process = start(words(spec));
    await(process, () -> checkpointed() >= 20);
    long slack = 24 << 20; // for what the process itself takes until then
    String limit = "--as=" + (addressSpace(process) + slack);
    assertThat(
            new ProcessBuilder(PRLIMIT.toString(), "--pid=" + process.pid(), limit)
                .start()
                .waitFor())
        .isZero();

    assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    String said = Files.readString(said());
    assertThat(process.exitValue()).as(said).isEqualTo(1);
    assertThat(said)
        .contains("Out of memory outside the Java heap: ")
        .contains("reduce --batch-size")
        .contains("checkpoint after iteration 80 is left as it was: fathom train --resume ")
        .doesNotContain("\tat ");
    RunRecord record = RunRecord.read(begun().runJson());
    assertThat(record.status()).isEqualTo(RunStatus.FAILED);
    assertThat(record.why()).isNotBlank();
    assertThat(checkpointed()).isEqualTo(80);

    assertThat(Experiments.resume(begun()).status()).isEqualTo(RunStatus.DONE);
    assertSameAsUnbroken(spec);
  }

  private static long addressSpace(Process process) throws IOException {
    return Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream()
        .filter(line -> line.startsWith("VmSize:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void ctrl_c_leaves_a_checkpoint_and_the_exit_code_of_an_interruption() throws Exception {
    ExperimentSpec spec = spec(d -> d.checkpointEvery = 0);
    Process process = start(words(spec));
    await(process, () -> hasBegun() && Files.readString(begun().runJson()).contains("\"final\""));
    new ProcessBuilder("kill", "-INT", Long.toString(process.pid())).start().waitFor();

    assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(130);
    RunRecord record = RunRecord.read(begun().runJson());
    assertThat(record.status()).isEqualTo(RunStatus.INTERRUPTED);
    assertThat(record.why()).matches("Interrupted after iteration \\d+; --resume goes on\\.");
    assertThat(checkpointed()).isPositive();

    Experiments.resume(begun());
    assertSameAsUnbroken(spec);
  }
}
