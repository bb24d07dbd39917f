package org.fathom4j.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProvenanceTest {

  @TempDir Path home;

  @Test
  void aHomeWithoutRepositoryHasAnUnknownCommit() {
    Provenance provenance = Provenance.capture(home);

    assertThat(provenance.git()).isEqualTo(new Provenance.Git("unknown", null));
  }

  @Test
  void aBrokenRepositoryDoesNotFailTheRun() throws IOException {
    Files.writeString(home.resolve(".git"), "gitdir: /nowhere at all\n");

    assertThat(Provenance.capture(home).git()).isEqualTo(new Provenance.Git("unknown", null));
  }

  @Test
  void theCommitAndWhetherTrackedFilesDifferFromItAreKnown() throws Exception {
    assumeTrue(git("init", "-q"), "needs git");
    Path file = Files.writeString(home.resolve("a"), "1");
    assertThat(git("add", "a")).isTrue();
    assertThat(git("commit", "-q", "-m", "a")).isTrue();
    Files.writeString(home.resolve("untracked"), "1");

    Provenance.Git clean = Provenance.capture(home).git();
    Files.writeString(file, "22");
    Provenance.Git dirty = Provenance.capture(home).git();

    assertThat(clean.commit()).matches("[0-9a-f]{40}").isEqualTo(dirty.commit());
    assertThat(clean.dirty()).isFalse();
    assertThat(dirty.dirty()).isTrue();
  }

  @Test
  void machineAndLibrariesAreKnown() {
    Provenance provenance = Provenance.capture(home);

    assertThat(provenance.versions())
        .containsEntry("deeplearning4j", "1.0.0-M2.1")
        .containsEntry("nd4j", "1.0.0-M2.1")
        .containsEntry("java", System.getProperty("java.version"))
        .containsKeys("fathom4j", "javaVm");
    assertThat(provenance.cpu().cores()).isEqualTo(Runtime.getRuntime().availableProcessors());
    assertThat(provenance.backend().name()).isEqualTo("CPU");
    assertThat(provenance.backend().blas()).isEqualTo("OPENBLAS");
    assertThat(provenance.memory().heapBytes()).isEqualTo(Runtime.getRuntime().maxMemory());
    assertThat(provenance.memory().machineBytes()).isPositive();
  }

  private boolean git(String... arguments) throws InterruptedException {
    List<String> command =
        new ArrayList<>(List.of("git", "-c", "user.name=t", "-c", "user.email=t@localhost"));
    command.addAll(List.of(arguments));
    try {
      return new ProcessBuilder(command)
              .directory(home.toFile())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    }
  }
}
