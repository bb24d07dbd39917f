package org.fathom4j.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import org.fathom4j.theory.linear.Initialization;
import org.fathom4j.theory.linear.Target;
import org.fathom4j.theory.projection.PowerProjection;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code fathom theory power-projection}: gradient descent among the matrices of margin γ. */
@Command(
    name = "power-projection",
    sortOptions = false,
    description = {
      "Gradient descent whose product is projected, after every step, onto the matrices with uᵀBu ≥ γ"
          + " for unit u, and factored anew into balanced layers. It learns targets of such a margin;"
          + " for others the floor says how much of the loss must stay."
    },
    footer = {
      "",
      "Example: fathom theory power-projection --target rotation:80 --gamma 0.1 --depth 16"
    })
final class PowerProjectionCommand implements Callable<Integer> {

  @Mixin private ProjectedDescent options;

  @Option(
      names = "--gamma",
      paramLabel = "γ",
      description =
          "The margin, at most that of the target (default: the target's, the least eigenvalue of its"
              + " symmetric part).")
  private Double gamma;

  @Override
  public Integer call() throws IOException {
    options.picture.check();
    Target target = options.problem.target();
    int depth = options.problem.depth();
    double margin = PowerProjection.margin(target);
    if (gamma == null && !(margin > 0)) {
      throw new IllegalArgumentException(
          String.format(
              "The target %s has the margin %.6g, the least eigenvalue of its symmetric part; the"
                  + " power projection learns targets of positive margin. Give --gamma to see it fail.",
              target.name(), margin));
    }
    double least = gamma == null ? margin : gamma;
    double floor = PowerProjection.floor(target, least); // first, as it refuses an impossible γ
    if (least > margin) {
      options.output.say(
          "γ = %s is above the margin %.6g of the target %s: the loss will not fall to 0.",
          least, margin, target.name());
    }
    double rate = options.descent.learningRate(target, depth);
    return options.run(
        "power projection",
        new Initialization.ScaledIdentity(Math.exp(Math.log(least) / depth)),
        target,
        new PowerProjection(target, depth, least),
        rate,
        floor);
  }
}
