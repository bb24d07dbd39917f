package org.fathom4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import org.fathom4j.network.CudaBackend;
import org.fathom4j.network.GpuReport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code --cuda} in the plain build, and in the one of the profile {@code cuda}. */
class CudaBuildTest {

  @TempDir Path runs;

  @Test
  void in_another_build_the_option_names_the_launcher() {
    assumeFalse(CudaBackend.isInThisBuild(), "this build has the CUDA backend");
    Said said = Said.by("train", "--cuda", "--runs-dir=" + runs);
    assertThat(said.code()).isEqualTo(ExitCode.USAGE);
    assertThat(said.err())
        .startsWith("--cuda takes the build with ND4J's CUDA backend, but this is another")
        .contains("./fathom --cuda train");
    assertThat(runs).isEmptyDirectory();
  }

  @Test
  void in_another_build_the_kernel_of_that_name_fails_without_a_GPU() {
    assumeFalse(CudaBackend.isInThisBuild(), "this build has the CUDA backend");
    String problem = GpuReport.ofThisMachine().problem();
    assumeTrue(problem != null, "there is a GPU here");
    for (String command : new String[] {"train", "bench"}) {
      Said said =
          command.equals("train")
              ? Said.by("train", "--data=fake", "--kernel=cuda", "--runs-dir=" + runs)
              : Said.by("bench", "--kernel=cuda", "--quiet");
      assertThat(said.code()).as(command).isEqualTo(ExitCode.FAILED);
      assertThat(said.err().lines()).as(command).containsExactly(problem);
    }
    assertThat(runs).isEmptyDirectory();
  }

  private static void assumeThatTheBackendCannotRun() {
    assumeTrue(CudaBackend.isInThisBuild(), "the plain build: mvn verify -Pcuda has the backend");
    assumeTrue(CudaBackend.problem().isPresent(), "there is a GPU here that the backend runs on");
  }

  @ParameterizedTest
  @ValueSource(strings = {"train", "--cuda train", "bench", "tune", "compare", "init list"})
  void where_the_backend_cannot_run_a_command_says_so_and_does_nothing(String words) {
    assumeThatTheBackendCannotRun();
    Said said = Said.by(words.split(" "));
    assertThat(said.code()).isEqualTo(ExitCode.FAILED);
    assertThat(said.out()).isEmpty();
    assertThat(said.err().lines())
        .containsExactly(
            "ND4J's CUDA backend, which --cuda asks for, cannot run here. "
                + CudaBackend.problem().orElseThrow());
  }

  @ParameterizedTest
  @ValueSource(strings = {"doctor", "--help", "train --help", "help", "completion bash"})
  void where_the_backend_cannot_run_a_command_that_does_not_need_it_runs(String words) {
    assumeThatTheBackendCannotRun();
    Said said = Said.by(words.split(" "));
    assertThat(said.code()).as(said.err()).isEqualTo(ExitCode.DONE);
    assertThat(said.out()).isNotBlank();
  }

  @Test
  void where_the_backend_cannot_run_the_doctor_says_why() {
    assumeThatTheBackendCannotRun();
    assertThat(Said.by("doctor").out())
        .contains("!   backend        ND4J's CUDA backend, which cannot run here")
        .contains("→ " + CudaBackend.problem().orElseThrow());
  }
}
