package org.fathom4j.cli;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.fathom4j.laboratory.Figures;
import org.fathom4j.laboratory.FirstReach;
import org.fathom4j.theory.descent.Descent;
import org.fathom4j.theory.descent.Status;
import org.fathom4j.theory.descent.Trajectory;
import org.fathom4j.theory.descent.TrajectoryPoint;
import org.fathom4j.theory.linear.Initialization;
import org.fathom4j.theory.linear.Target;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What the two algorithms of Bartlett, Helmbold and Long share on the command line. */
final class ProjectedDescent {

  @Mixin final TheoryOptions.Problem problem = new TheoryOptions.Problem();
  @Mixin final TheoryOptions.Descent descent = new TheoryOptions.Descent();

  @Option(
      names = "--epsilon",
      paramLabel = "ε",
      defaultValue = "1e-10",
      description = "The loss whose first iteration is told (default: ${DEFAULT-VALUE}).")
  double epsilon;

  @Mixin final TheoryOptions.Output output = new TheoryOptions.Output();
  @Mixin final TheoryOptions.Picture picture = new TheoryOptions.Picture();

  /** Runs all iterations and prints. */
  int run(
      String algorithm,
      Initialization from,
      Target target,
      Descent start,
      double rate,
      double floor)
      throws IOException {
    List<Long> shown = descent.shown();
    FirstReach result = FirstReach.run(start, descent.spec(rate, picture.wanted()), epsilon);
    Trajectory trajectory = result.trajectory();
    List<TrajectoryPoint> points =
        trajectory.points().stream().filter(point -> shown.contains(point.iteration())).toList();
    output.print(
        tree(result, points, floor),
        out -> {
          TextTable table = new TextTable("iteration", "loss");
          points.forEach(
              point -> table.row(Long.toString(point.iteration()), Numbers.text(point.loss())));
          table.print(out);
          out.println("floor " + Numbers.text(floor) + ", learning rate " + Numbers.text(rate));
          out.println(
              result.iterations().isPresent()
                  ? "R ≤ " + epsilon + " after " + result.iterations().getAsLong() + " updates"
                  : "R ≤ "
                      + epsilon
                      + " was not reached in "
                      + (long) trajectory.end()
                      + " updates");
        });
    picture.draw(
        output,
        file ->
            Figures.projected(
                new Figures.Problem(from, target, problem.depth()),
                algorithm,
                trajectory,
                floor,
                file));
    if (trajectory.status() == Status.DIVERGED) {
      output.say(
          "It diverged at iteration %.0f; take a smaller --learning-rate than %s.",
          trajectory.end(), rate);
      return ExitCode.DIVERGED;
    }
    return ExitCode.DONE;
  }

  private static Map<String, Object> tree(
      FirstReach result, List<TrajectoryPoint> points, double floor) {
    return Json.object(
        "points",
        points.stream()
            .map(point -> Json.object("iteration", point.iteration(), "loss", point.loss()))
            .toList(),
        "floor",
        floor,
        "iterations",
        result.iterations().isPresent() ? Long.valueOf(result.iterations().getAsLong()) : null,
        "status",
        result.status().word());
  }
}
