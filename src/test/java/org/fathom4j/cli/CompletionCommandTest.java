package org.fathom4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CompletionCommandTest {

  @TempDir private Path temporary;

  @ParameterizedTest
  @CsvSource({
    "./fathom tr,                 train",
    "fathom init sh,              show",
    "./fathom train --hid,        --hidden-width",
    "./fathom train --optimizer a, adam",
    "./fathom train --init xav,   xavier",
    "./fathom train --kernel ref, reference",
    "./fathom train --data fak,   fake",
    "./fathom train --input st,   standard",
    "./fathom tune --bud,         --budget",
    "./fathom tune --init fix,    fixup",
    "./fathom completion z,       zsh"
  })
  void the_tab_key_completes_in_bash(String typed, String completed) throws Exception {
    assertThat(completions(typed)).contains(completed);
  }

  /** Calls the function that the script registers, as bash does on the Tab key. */
  private List<String> completions(String typed) throws IOException, InterruptedException {
    assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "needs bash");
    Path script = temporary.resolve("completion.bash");
    Files.writeString(script, Said.by("completion", "bash").out());
    String ask =
        """
        source "$1"
        read -r -a COMP_WORDS <<<"$2"
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        COMP_LINE=$2
        COMP_POINT=${#COMP_LINE}
        handler=$(complete -p "${COMP_WORDS[0]}" | sed 's/.*-F \\([^ ]*\\).*/\\1/')
        "$handler" "${COMP_WORDS[0]}" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
        printf '%s\\n' "${COMPREPLY[@]}"
        """;
    Process bash =
        new ProcessBuilder("/bin/bash", "-c", ask, "bash", script.toString(), typed)
            .redirectErrorStream(true)
            .start();
    String said = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(bash.waitFor()).as(said).isZero();
    return said.lines().map(String::strip).toList();
  }

  @Test
  void zsh_loads_its_emulation_of_bash_first() {
    Said said = Said.by("completion", "zsh");
    assertThat(said.code()).isEqualTo(ExitCode.DONE);
    assertThat(said.out()).startsWith("autoload -U +X compinit && compinit");
  }

  @Test
  void another_shell_is_bad_usage() {
    Said said = Said.by("completion", "fish");
    assertThat(said.code()).isEqualTo(ExitCode.USAGE);
    assertThat(said.err()).contains("bash, zsh");
  }
}
