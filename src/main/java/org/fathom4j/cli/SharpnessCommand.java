package org.fathom4j.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import org.fathom4j.laboratory.Figures;
import org.fathom4j.theory.modes.Sharpness;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code fathom theory sharpness}: how large a learning rate the minimum of ZAS bears. */
@Command(
    name = "sharpness",
    sortOptions = false,
    description = {
      "K(σ), the top eigenvalue of the Hessian at the minimum that ZAS reaches, for the largest"
          + " singular value; gradient descent stays there only if η < 2/K."
    },
    footer = {"", "Example: fathom theory sharpness --sigma 1 --depth 1000 --plot sharpness.png"})
final class SharpnessCommand implements Callable<Integer> {

  @Mixin private TheoryOptions.Spectrum spectrum;

  @Mixin private TheoryOptions.Depth layers;

  @Mixin private TheoryOptions.Output output;
  @Mixin private TheoryOptions.Picture picture;

  @Override
  public Integer call() throws IOException {
    picture.check();
    Sharpness sharpness = Sharpness.ofLargest(spectrum.sigma(), layers.depth);
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
    picture.draw(output, file -> Figures.sharpness(sharpness, file));
    return ExitCode.DONE;
  }
}
