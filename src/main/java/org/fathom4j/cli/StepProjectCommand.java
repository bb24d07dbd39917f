package org.fathom4j.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import org.fathom4j.theory.descent.Descent;
import org.fathom4j.theory.linear.Initialization;
import org.fathom4j.theory.linear.Target;
import org.fathom4j.theory.projection.StepAndProject;
import org.fathom4j.theory.projection.StepAndProjectModes;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code fathom theory step-project}: gradient descent near the identity. */
@Command(
    name = "step-project",
    sortOptions = false,
    description = {
      "Gradient descent from the identity whose layers stay within ψ of it: after every step each"
          + " layer goes to the nearest matrix with ‖W − I‖ ≤ ψ. Negative eigenvalues are not learnt:"
          + " the floor says how much of the loss must stay."
    },
    footer = {
      "",
      "Example: fathom theory step-project --target diagonal:2,1,-0.7 --depth 4 --psi 0.5"
    })
final class StepProjectCommand implements Callable<Integer> {

  @Mixin private ProjectedDescent options;

  @Option(
      names = "--psi",
      paramLabel = "ψ",
      description =
          "The largest distance from the identity (default: none, plain gradient descent).")
  private Double psi;

  @Override
  public Integer call() throws IOException {
    options.picture.check();
    Target target = options.problem.target();
    int depth = options.problem.depth();
    double radius = psi == null ? Double.POSITIVE_INFINITY : psi;
    double rate = options.descent.learningRate(target, depth);
    Descent start =
        target.isSymmetric()
            ? new StepAndProjectModes(target, depth, radius)
            : new StepAndProject(Initialization.identity().network(target, depth), target, radius);
    double floor = StepAndProject.floor(target, depth, radius, rate);
    return options.run("step and project", Initialization.identity(), target, start, rate, floor);
  }
}
