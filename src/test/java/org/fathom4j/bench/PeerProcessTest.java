package org.fathom4j.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.fathom4j.bench.PeerSetting.Waiting;
import org.fathom4j.kernel.KernelName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@DisabledOnOs(value = OS.WINDOWS, disabledReason = "processes are stopped by POSIX signals")
@Timeout(120)
class PeerProcessTest {

  private static final Duration LONG = Duration.ofSeconds(60);

  /** A peer in the shell: one that answers as it is told. */
  private static PeerProcess shell(String script, Duration patience) {
    return new PeerProcess("the peer", List.of("sh", "-c", script), PeerSetting.LAUNCHER, patience);
  }

  @Test
  void aPeerAnswersOneRequestAfterTheOther() {
    try (PeerProcess peer =
        shell("while read request; do echo \"peer: ok 0.$request\"; done", LONG)) {
      assertThat(peer.ask("25")).isEqualTo("0.25");
      assertThat(peer.number("5")).isEqualTo(0.5);
    }
  }

  @Test
  void whatALibraryPrintsIsNoAnswer() {
    try (PeerProcess peer =
        shell("read r; echo 'Loading …'; echo '0.5'; echo 'peer: ok 0.25'; sleep 60", LONG)) {
      assertThat(peer.number("run 1")).isEqualTo(0.25);
    }
  }

  @Test
  void anAnswerThatIsNoNumberIsQuoted() {
    try (PeerProcess peer = shell("read r; echo 'peer: ok soon'; sleep 60", LONG)) {
      assertThatExceptionOfType(PeerException.class)
          .isThrownBy(() -> peer.number("run 1"))
          .withMessage("the peer answered 'soon' to 'run 1', which is no number.");
    }
  }

  @Test
  @EnabledOnOs(value = OS.LINUX, disabledReason = "reads /proc")
  void anIdlePeerIsStoppedSoThatItCannotSpin() throws IOException, InterruptedException {
    // After its answer it would count for ever, as a spinning thread does.
    String spins = "read r; echo \"peer: ok $$\"; while :; do :; done";
    try (PeerProcess peer = shell(spins, LONG)) {
      Path stat = Path.of("/proc", peer.ask("pid"), "stat");
      // kill(2) returns before the last thread has seen the signal
      while (!state(stat).equals("T")) {
        Thread.sleep(1);
      }
      assertThat(peer.isAlive()).isTrue();
    }
  }

  /** The field after the name, which is in brackets: T is stopped. */
  private static String state(Path stat) throws IOException {
    return Files.readString(stat).replaceFirst("^.*\\) ", "").substring(0, 1);
  }

  @Test
  void aPeerThatDiesIsReportedWithItsExitCodeAndItsLastWords() {
    String dies = "read r; echo first >&2; echo 'libgomp: out of threads' >&2; exit 134";
    try (PeerProcess peer = shell(dies, LONG)) {
      assertThatExceptionOfType(PeerException.class)
          .isThrownBy(() -> peer.ask("build"))
          .withMessageContaining("the peer ended with exit code 134 instead of answering 'build'.")
          .withMessageContaining("libgomp: out of threads");
    }
  }

  @Test
  void aPeerThatDiedBeforeItWasAskedIsReportedToo() {
    try (PeerProcess peer = shell("exit 3", LONG)) {
      while (peer.isAlive()) {
        Thread.onSpinWait();
      }
      assertThatExceptionOfType(PeerException.class)
          .isThrownBy(() -> peer.ask("build"))
          .withMessageContaining("exit code 3")
          .withMessageContaining("It wrote nothing on stderr.");
    }
  }

  @Test
  void onlyTheEndOfALongTraceIsQuoted() {
    try (PeerProcess peer = shell("read r; seq -f 'line %.0f' 100 >&2; exit 1", LONG)) {
      assertThatExceptionOfType(PeerException.class)
          .isThrownBy(() -> peer.ask("build"))
          .withMessageContaining("line 100")
          .withMessageNotContaining("line 50");
    }
  }

  @Test
  void aPeerThatDoesNotAnswerIsGivenUp() {
    try (PeerProcess peer = shell("echo stuck >&2; sleep 600", Duration.ofMillis(500))) {
      assertThatExceptionOfType(PeerException.class)
          .isThrownBy(() -> peer.ask("run 3"))
          .withMessageContaining("the peer did not answer 'run 3' within")
          .withMessageContaining("stuck");
    }
  }

  @Test
  void aPeerThatFailsSaysWhatHappened() {
    try (PeerProcess peer = shell("read r; echo 'peer: failed no memory'; sleep 60", LONG)) {
      assertThatExceptionOfType(PeerException.class)
          .isThrownBy(() -> peer.ask("build"))
          .withMessage("the peer, asked 'build': no memory");
    }
  }

  @Test
  void aProgramThatIsNotThereIsNamed() {
    List<String> command = List.of("/nowhere/java");
    assertThatExceptionOfType(PeerException.class)
        .isThrownBy(() -> new PeerProcess("ours", command, PeerSetting.LAUNCHER, LONG))
        .withMessageContaining("Cannot start ours")
        .withMessageContaining("/nowhere/java");
  }

  @Test
  void aClosedPeerIsGoneThoughItWasStopped() {
    PeerProcess peer = shell("read r; echo 'peer: ok'; sleep 600", LONG);
    peer.ask("check");
    peer.close();
    assertThat(peer.isAlive()).isFalse();
  }

  @Test
  void aSettingReplacesEveryOpenMpVariableThatWouldBeInherited() {
    Map<String, String> environment = new TreeMap<>();
    environment.put("OMP_WAIT_POLICY", "PASSIVE");
    environment.put("GOMP_SPINCOUNT", "7");
    environment.put("OPENBLAS_NUM_THREADS", "9");
    environment.put("PATH", "/bin");
    new PeerSetting(2, Waiting.SPIN_BRIEFLY).apply(environment);
    assertThat(environment)
        .containsOnly(Map.entry("OMP_NUM_THREADS", "2"), Map.entry("PATH", "/bin"));
    new PeerSetting(3, Waiting.SPIN).apply(environment);
    assertThat(environment)
        .containsEntry("OMP_NUM_THREADS", "3")
        .containsEntry("OMP_WAIT_POLICY", "ACTIVE");
    assertThat(PeerSetting.LAUNCHER).hasToString("OMP_NUM_THREADS=1 OMP_WAIT_POLICY=PASSIVE");
  }

  @Test
  void noSideIsTriedTwiceInOneSettingOnAMachineOfOneCore() {
    for (Side side : Side.values()) {
      assertThat(side.settings(1)).doesNotHaveDuplicates().isNotEmpty();
    }
  }

  @Test
  void anAnswerIsOneLineWhateverItsText() {
    PeerAnswer answer = new PeerAnswer(true, "first\n  second\r\nthird");
    assertThat(answer).hasToString("peer: failed first second third");
    assertThat(PeerAnswer.parse(answer.toString()))
        .contains(new PeerAnswer(true, "first second third"));
    assertThat(PeerAnswer.parse(new PeerAnswer(false, "").toString()))
        .contains(new PeerAnswer(false, ""));
    for (String line : List.of("", "ok 1", "peer: okay", "peer:", "0.25")) {
      assertThat(PeerAnswer.parse(line)).as(line).isEqualTo(Optional.empty());
    }
  }

  private static final BenchSpec SPEC = PeerMain.spec(4, 7, 5, 3);

  /** The lines that our side answers to these requests. */
  private static List<String> answers(String... requests) throws IOException {
    ByteArrayOutputStream answers = new ByteArrayOutputStream();
    PeerMain.of(PeerMain.arguments(Side.OURS, SPEC, KernelName.REFERENCE))
        .serve(
            new BufferedReader(new StringReader(String.join("\n", requests))),
            new PrintStream(answers, true, StandardCharsets.UTF_8));
    return answers.toString(StandardCharsets.UTF_8).lines().toList();
  }

  @Test
  void aSideIsCheckedPredictedBuiltAndRun() throws IOException {
    List<String> lines = answers("check", "predict", "build", "input 1e-39", "run 3", "memory");
    assertThat(lines).hasSize(6).allMatch(line -> line.startsWith("peer: ok"));
    assertThat(lines.get(2)).isEqualTo("peer: ok reference");
    assertThat(Double.parseDouble(PeerAnswer.parse(lines.get(4)).orElseThrow().text()))
        .isPositive();
  }

  @Test
  void aRequestThatFailsIsAnsweredAndEndsTheProcess() throws IOException {
    assertThat(answers("run 1", "check"))
        .singleElement()
        .asString()
        .startsWith("peer: failed")
        .contains("ask 'build' first");
    assertThat(answers("dance")).singleElement().asString().contains("no request 'dance'");
    assertThat(answers("run")).singleElement().asString().contains("'run' must have 2 words");
    assertThat(answers("check now")).singleElement().asString().contains("must have 1 words");
    assertThat(answers("build", "run many")).hasSize(2).last().asString().contains("many");
  }

  @Test
  void theArgumentsOfAProcessAreChecked() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PeerMain.of(List.of("OURS", "fused")))
        .withMessageContaining("Expected SIDE KERNEL DEPTH WIDTH HIDDEN_WIDTH BATCH_SIZE");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PeerMain.of(List.of("OURS", "quantum", "1", "2", "3", "4")))
        .withMessageContaining("no kernel \"quantum\"");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PeerMain.of(List.of("THEIRS", "fused", "1", "2", "3", "4")))
        .withMessageContaining("THEIRS");
  }

  /** The whole way: a Java machine is forked, as the peers do, and asked. */
  @Test
  void aForkedProcessOfOursComputesInTheLaunchersSetting() {
    try (PeerProcess ours =
        Peers.start(Side.OURS, SPEC, KernelName.REFERENCE, PeerSetting.LAUNCHER, LONG)) {
      ours.ask("check");
      assertThat(ours.ask("build")).isEqualTo("reference");
      assertThat(ours.number("run 2")).isPositive();
      assertThatExceptionOfType(PeerException.class)
          .isThrownBy(() -> ours.ask("dance"))
          .withMessageContaining("OURS at depth 4 (OMP_NUM_THREADS=1 OMP_WAIT_POLICY=PASSIVE)")
          .withMessageContaining("There is no request 'dance'.");
    }
  }

  @Test
  void aFigureStaysOneLineOfItsTable() {
    PeerFigure figure =
        new PeerFigure(
            "row", SPEC, "m", null, null, Double.NaN, Double.NaN, "died, with:\n  a trace");
    assertThat(figure.fields()).last().isEqualTo("died; with: | a trace");
  }
}
