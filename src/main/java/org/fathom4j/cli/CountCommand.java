package org.fathom4j.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import org.fathom4j.laboratory.Figures;
import org.fathom4j.theory.descent.DescentLoop;
import org.fathom4j.theory.descent.DescentSpec;
import org.fathom4j.theory.descent.Status;
import org.fathom4j.theory.descent.Trajectory;
import org.fathom4j.theory.modes.ReducedDynamics;
import org.fathom4j.theory.modes.Sharpness;
import org.fathom4j.theory.modes.ZeroAsymmetricModes;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code fathom theory count}: how many updates ZAS needs. */
@Command(
    name = "count",
    sortOptions = false,
    description = {
      "How many updates ZAS takes to R ≤ ε: exact, in O(d) a step at any depth.",
      "",
      "Above the stable learning rate 2/K orbits are chaotic and hit small losses by accident: there"
          + " R must stay below ε for 100 further updates."
    },
    footer = {"", "Example: fathom theory count --sigma 1 --depth 1000000 --learning-rate 1e-6"})
final class CountCommand implements Callable<Integer> {

  @Mixin private TheoryOptions.Spectrum spectrum;

  @Mixin private TheoryOptions.Depth layers;

  @Option(
      names = "--learning-rate",
      paramLabel = "η",
      description = "The step of gradient descent (default: 1/K, half the largest stable one).")
  private Double learningRate;

  @Option(
      names = "--epsilon",
      paramLabel = "ε",
      defaultValue = "1e-10",
      description = "The loss to reach (default: ${DEFAULT-VALUE}).")
  private double epsilon;

  @Option(
      names = "--max-iterations",
      paramLabel = "N",
      defaultValue = "1000000",
      description = "Give up after so many updates (default: ${DEFAULT-VALUE}).")
  private long mostIterations;

  @Mixin private TheoryOptions.Output output;
  @Mixin private TheoryOptions.Picture picture;

  @Override
  public Integer call() throws IOException {
    picture.check();
    double[] sigma = spectrum.sigma();
    int depth = layers.depth;
    double rate =
        learningRate == null ? 1 / Sharpness.ofLargest(sigma, depth).sharpness() : learningRate;
    ReducedDynamics.Count count =
        ReducedDynamics.count(sigma, depth, rate, epsilon, mostIterations);
    if (!count.stable()) {
      output.say(
          "The learning rate %s is above 2/K = %.6g, the largest that is stable at the minimum: such"
              + " counts are accidents.",
          rate, count.stableLearningRate());
    }
    output.print(
        Json.object("iterations", count.iterations(), "status", count.status().word()),
        out -> {
          TextTable table = new TextTable("iterations", Long.toString(count.iterations()));
          table.row("status", count.status().word());
          table.row("loss", Numbers.text(count.loss()));
          table.row("learning rate", Numbers.text(rate));
          table.row("stable below", Numbers.text(count.stableLearningRate()));
          table.print(out);
        });
    picture.draw(
        output,
        file ->
            Figures.count(
                sigma, depth, rate, epsilon, count, recorded(sigma, depth, rate, count), file));
    if (count.status() == Status.STOPPED) {
      output.say(
          "R ≤ %s was not reached within %d updates: the loss is %s. Allow more with"
              + " --max-iterations.",
          epsilon, mostIterations, Numbers.text(count.loss()));
    }
    return count.status() == Status.DIVERGED ? ExitCode.DIVERGED : ExitCode.DONE;
  }

  /** The same updates once more, looked at. */
  private static Trajectory recorded(
      double[] sigma, int depth, double rate, ReducedDynamics.Count count) {
    return DescentLoop.run(
        new ZeroAsymmetricModes(sigma, depth),
        DescentSpec.withRate(rate, count.iterations())
            .at(TheoryOptions.Descent.evenly(count.iterations())));
  }
}
