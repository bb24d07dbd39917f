package org.fathom4j.cli;

import java.io.IOException;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.fathom4j.laboratory.Figures;
import org.fathom4j.theory.descent.Trajectory;
import org.fathom4j.theory.descent.TrajectoryPoint;
import org.fathom4j.theory.flow.GradientFlow;
import org.fathom4j.theory.linear.Initialization;
import org.fathom4j.theory.linear.Target;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code fathom theory flow}: gradient descent with infinitely small steps. */
@Command(
    name = "flow",
    sortOptions = false,
    description = {
      "The gradient flow dW_l/dt = −∂R/∂W_l, integrated with adaptive steps; the drift of the"
          + " invariants, which the flow conserves, says how exactly."
    },
    footer = {"", "Example: fathom theory flow --init zas --depth 10 --time 0.1,0.5,1,2"})
final class FlowCommand implements Callable<Integer> {

  private static final int POINTS_OF_A_CURVE = 100;

  @Mixin private TheoryOptions.Start start;
  @Mixin private TheoryOptions.Problem problem;

  @Option(
      names = "--time",
      paramLabel = "t,…",
      defaultValue = "0,0.1,0.2,0.5,1,2,5",
      description = "Times to show (default: ${DEFAULT-VALUE}).")
  private String times;

  @Mixin private TheoryOptions.Output output;
  @Mixin private TheoryOptions.Picture picture;

  @Override
  public Integer call() throws IOException {
    picture.check();
    Initialization initialization = start.initialization();
    Target target = problem.target();
    TreeSet<Double> shown = new TreeSet<>(Numbers.list("--time", times));
    TreeSet<Double> all = new TreeSet<>(shown);
    if (picture.wanted()) {
      IntStream.range(0, POINTS_OF_A_CURVE)
          .forEach(i -> all.add(shown.last() * i / POINTS_OF_A_CURVE));
    }
    Trajectory trajectory =
        new GradientFlow(initialization.network(target, problem.depth()), target)
            .at(List.copyOf(all));
    List<TrajectoryPoint> points =
        trajectory.points().stream().filter(point -> shown.contains(point.time())).toList();
    output.print(
        Json.object(
            "points",
            points.stream()
                .map(
                    point ->
                        Json.object(
                            "time",
                            point.time(),
                            "loss",
                            point.loss(),
                            "singularValues",
                            point.singularValues(),
                            "invariantDrift",
                            point.invariantDrift()))
                .toList()),
        out -> table(points).print(out));
    picture.draw(
        output,
        file ->
            Figures.flow(
                new Figures.Problem(initialization, target, problem.depth()), trajectory, file));
    return ExitCode.DONE;
  }

  private static TextTable table(List<TrajectoryPoint> points) {
    TextTable table = new TextTable("time", "loss", "invariant drift", "singular values");
    for (TrajectoryPoint point : points) {
      table.row(
          Numbers.text(point.time()),
          Numbers.text(point.loss()),
          Numbers.text(point.invariantDrift()),
          point.singularValues().stream().map(Numbers::text).collect(Collectors.joining(" ")));
    }
    return table;
  }
}
