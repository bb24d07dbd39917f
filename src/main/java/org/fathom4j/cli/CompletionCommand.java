package org.fathom4j.cli;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fathom completion bash|zsh}: the script that completes words on the Tab key. */
@Command(
    name = "completion",
    description = "Prints the script that completes commands and options on the Tab key.",
    footer = {"", "Example: source <(./fathom completion bash)"})
final class CompletionCommand implements Runnable, WithoutNd4j {

  /** The shells there is a script for. */
  enum Shell {
    bash,
    zsh
  }

  @Parameters(paramLabel = "SHELL", description = "One of ${COMPLETION-CANDIDATES}.")
  private Shell shell;

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    var out = spec.commandLine().getOut();
    if (shell == Shell.zsh) {
      out.println("autoload -U +X compinit && compinit");
      out.println("autoload -U +X bashcompinit && bashcompinit");
    }
    out.println(AutoComplete.bash("fathom", spec.root().commandLine()));
    out.println("complete -F _complete_fathom -o default ./fathom");
  }
}
