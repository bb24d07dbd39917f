package org.fathom4j.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RunDirectoryTest {

  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2025-03-04T05:06:07Z"), ZoneOffset.UTC);

  @TempDir Path runs;

  @Test
  void aRunIsNamedAfterItsDateTimeAndName() throws IOException {
    RunDirectory run = RunDirectory.create(runs.resolve("deep/er"), "mzas", CLOCK);

    assertThat(run.name()).isEqualTo("20250304-050607-mzas");
    assertThat(run.path()).isEmptyDirectory().hasParent(runs.resolve("deep/er"));
  }

  @Test
  void runsOfTheSameSecondAndNameAreNumberedFromTwo() throws IOException {
    RunDirectory.create(runs, "a", CLOCK);

    assertThat(RunDirectory.create(runs, "a", CLOCK).name()).isEqualTo("20250304-050607-a-2");
    assertThat(RunDirectory.create(runs, "a", CLOCK).name()).isEqualTo("20250304-050607-a-3");
  }

  @ParameterizedTest
  @CsvSource({
    "../../etc/passwd, etc-passwd",
    "'..', run",
    "'', run",
    "'a b\tc', a-b-c",
    "'mzas:depth=10,x', mzas-depth-10-x",
    "Tiefenrätsel, Tiefenratsel",
    "'C:\\x', C-x",
    "v1.2_ok, v1.2_ok",
    "'日本', run"
  })
  void aNameBecomesASafeFileName(String name, String expected) throws IOException {
    RunDirectory run = RunDirectory.create(runs, name, CLOCK);

    assertThat(run.name()).isEqualTo("20250304-050607-" + expected);
    assertThat(run.path()).hasParent(runs);
  }

  @Test
  void anEndlessNameIsCut() throws IOException {
    assertThat(RunDirectory.create(runs, "x".repeat(5000), CLOCK).name()).hasSize(16 + 80);
  }

  @Test
  void aRunsDirectoryThatIsAFileIsAClearError() throws IOException {
    Path file = Files.writeString(runs.resolve("file"), "x");

    assertThatThrownBy(() -> RunDirectory.create(file, "a"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("Cannot make a run directory in " + file)
        .hasMessageContaining("--runs-dir");
  }

  @Test
  void aRunOpensByPathAndByName() throws IOException {
    RunDirectory run = RunDirectory.create(runs, "a", CLOCK);
    Files.writeString(run.runJson(), "{}");

    assertThat(RunDirectory.open(run.name(), runs)).isEqualTo(run);
    assertThat(RunDirectory.open(run.path().toString(), runs.resolve("elsewhere"))).isEqualTo(run);
  }

  @Test
  void aMissingRunNamesTheLatestOnes() throws IOException {
    Files.writeString(RunDirectory.create(runs, "a", CLOCK).runJson(), "{}");
    RunDirectory.create(runs, "never-started", CLOCK);

    assertThatThrownBy(() -> RunDirectory.open("b", runs))
        .isInstanceOf(NoSuchRunException.class)
        .hasMessage(
            "No run 'b', neither as a directory nor in "
                + runs
                + ". The latest there: 20250304-050607-a.");
  }

  @Test
  void aDirectoryWithoutRecordIsNoRun() {
    assertThatThrownBy(() -> RunDirectory.open(runs.toString(), runs))
        .isInstanceOf(NoSuchRunException.class)
        .hasMessageStartingWith(runs + " is no run directory: it holds no run.json.");
  }

  @ParameterizedTest
  @CsvSource({"'', is empty", "' ', is empty", "'a\0b', cannot be the name of a run"})
  void anImpossibleNameIsAClearError(String name, String message) {
    assertThatThrownBy(() -> RunDirectory.open(name, runs))
        .isInstanceOf(NoSuchRunException.class)
        .hasMessageContaining(message);
  }

  @Test
  void aMissingRunsDirectoryIsNamed() {
    Path nowhere = runs.resolve("nowhere");

    assertThatThrownBy(() -> RunDirectory.open("a", nowhere))
        .hasMessageContaining("The directory " + nowhere + " cannot be listed");
  }

  @Test
  void aSecondLockIsRefusedUntilTheFirstIsClosed() throws IOException {
    RunDirectory run = RunDirectory.create(runs, "a", CLOCK);
    RunLock first = run.lock();
    assertThatThrownBy(run::lock)
        .isInstanceOf(IOException.class)
        .hasMessageContaining(run.path() + " is in use by another process");
    first.close();
    first.close();
    try (RunLock again = run.lock()) {
      assertThat(again).isNotNull();
    }
  }

  @Test
  void anotherProcessHoldsTheLockUntilItIsKilled() throws Exception {
    RunDirectory run = RunDirectory.create(runs, "a", CLOCK);
    Process other =
        ChildProcess.start(ChildProcess.command(LockingProcess.class, run.path().toString()));
    try (BufferedReader said = other.inputReader()) {
      ChildProcess.awaitLine(said, "locked"::equals);

      assertThatThrownBy(run::lock).hasMessageContaining("(pid " + other.pid() + ")");
    } finally {
      other.destroyForcibly().waitFor();
    }
    try (RunLock lock = run.lock()) {
      assertThat(lock).isNotNull();
    }
  }

  /** Locks a run and waits for its end. */
  static final class LockingProcess {

    private LockingProcess() {}

    public static void main(String[] arguments) throws Exception {
      try (RunLock lock = new RunDirectory(Path.of(arguments[0])).lock()) {
        System.out.println(lock == null ? "" : "locked");
        Thread.sleep(600_000);
      }
    }
  }

  @Test
  void lockingRemovesWhatAKilledProcessLeftHalfWritten() throws IOException {
    RunDirectory run = RunDirectory.create(runs, "a", CLOCK);
    Files.writeString(run.path().resolve("run.json.4711.0.tmp"), "{");
    Files.writeString(run.path().resolve("model.zip.4711.1.tmp"), "PK");
    Files.writeString(run.runJson(), "{}");
    Files.writeString(run.path().resolve("notes.tmp"), "mine");

    run.lock().close();

    assertThat(run.path())
        .isDirectoryContaining("glob:**/run.json")
        .isDirectoryContaining("glob:**/notes.tmp")
        .isDirectoryNotContaining("glob:**/*.4711.*");
  }
}
