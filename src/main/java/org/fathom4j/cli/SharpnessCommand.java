package org.fathom4j.cli;

import java.util.concurrent.Callable;
import org.fathom4j.theory.modes.Sharpness;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code fathom theory sharpness}: how large a learning rate the minimum of ZAS bears. */
@Command(
    name = "sharpness",
    sortOptions = false,
    description = {
      "K(σ), the top eigenvalue of the Hessian at the minimum that ZAS reaches, for the largest"
          + " singular value; gradient descent stays there only if η < 2/K."
    },
    footer = {"", "Example: fathom theory sharpness --sigma 1 --depth 1000"})
final class SharpnessCommand implements Callable<Integer> {

  @Mixin private TheoryOptions.Spectrum spectrum;

  @Option(
      names = "--depth",
      paramLabel = "L",
      defaultValue = "10",
      description = "Number of matrices (default: ${DEFAULT-VALUE}).")
  private int depth;

  @Mixin private TheoryOptions.Output output;

  @Override
  public Integer call() {
    Sharpness sharpness = Sharpness.ofLargest(spectrum.sigma(), depth);
    output.print(
        Json.object(
            "sharpness",
            sharpness.sharpness(),
            "stableLearningRate",
            sharpness.stableLearningRate()),
        out -> {
          TextTable table = new TextTable("sharpness K", Numbers.text(sharpness.sharpness()));
          table.row("stable learning rate 2/K", Numbers.text(sharpness.stableLearningRate()));
          table.row("singular value σ", Numbers.text(sharpness.sigma()));
          table.row("top layer p", Numbers.text(sharpness.top()));
          table.row("other layers s", Numbers.text(sharpness.hidden()));
          table.row("(L−1)σ²(1 + 1/w), large L", Numbers.text(sharpness.atLargeDepth()));
          table.print(out);
        });
    return ExitCode.DONE;
  }
}
