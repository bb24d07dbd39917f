package org.fathom4j.cli;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.fathom4j.data.Datasets;
import org.fathom4j.laboratory.Engine;
import org.fathom4j.laboratory.Figures;
import org.fathom4j.laboratory.LinearRun;
import org.fathom4j.laboratory.SideBySide;
import org.fathom4j.record.RunDirectory;
import org.fathom4j.theory.descent.Status;
import org.fathom4j.theory.descent.Trajectory;
import org.fathom4j.theory.descent.TrajectoryPoint;
import org.fathom4j.theory.linear.Initialization;
import org.fathom4j.theory.linear.Target;
import org.fathom4j.theory.modes.Sharpness;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code fathom theory gradient-descent}: one descent by all engines, side by side. */
@Command(
    name = "gradient-descent",
    sortOptions = false,
    description = {
      "Gradient descent on R = ½‖W_L ... W_1 − Φ‖² by up to three engines, and how far they part.",
      "",
      "reduced is the exact recursion on singular values, O(d) a step at any depth (zas and balanced,"
          + " any target; identity, normal targets; anything in one dimension); matrices is full"
          + " gradient descent; dl4j a Deeplearning4j network in double precision, trained on X = I."
    },
    footer = {
      "",
      "Example: fathom theory gradient-descent --init identity --target rotation:80 --at 0,10,100"
    })
final class GradientDescentCommand implements Callable<Integer> {

  /** An engine that would take longer is left out, unless it is asked for by name. */
  private static final double MOST_SECONDS = 120;

  @Mixin private TheoryOptions.Start start;
  @Mixin private TheoryOptions.Problem problem;
  @Mixin private TheoryOptions.Descent descent;

  @Option(
      names = "--engine",
      paramLabel = "NAME",
      description =
          "reduced, matrices or dl4j (default: all that apply, but those that would take minutes).")
  private String engine;

  @Mixin private TheoryOptions.Output output;
  @Mixin private TheoryOptions.Picture picture;
  @Mixin private RunsDirectory runs;

  @Option(
      names = "--record",
      paramLabel = "NAME",
      description =
          "Leave a run directory, in which the monitor (fathom ui) shows the network's losses and"
              + " the theory's (default: none).")
  private String record;

  @Spec private CommandSpec command;

  @Override
  public Integer call() throws IOException {
    picture.check();
    Initialization initialization = start.initialization();
    Target target = problem.target();
    double rate = descent.learningRate(target, problem.depth());
    List<Long> shown = descent.shown();
    List<Engine> engines = engines(initialization, target);
    if (record != null) {
      LinearRun.requireRecordable(engines);
    }
    warnAboveStableRate(initialization, target, rate);
    Instant started = Instant.now();
    SideBySide result =
        SideBySide.run(
            initialization,
            target,
            problem.depth(),
            descent.spec(rate, picture.wanted() || record != null),
            engines);
    output.print(
        tree(result, shown),
        out -> {
          table(result, shown).print(out);
          result
              .largestDifference()
              .ifPresent(d -> out.println("largest difference " + Numbers.text(d)));
        });
    Figures.Problem posed = new Figures.Problem(initialization, target, problem.depth());
    picture.draw(output, file -> Figures.descent(posed, result, rate, file));
    if (record != null) {
      RunDirectory left =
          LinearRun.write(
              runs.path(),
              record,
              posed,
              rate,
              descent.iterations(),
              started,
              result,
              command.commandLine().getParseResult().expandedArgs(),
              Datasets.home());
      output.say("The record is %s.", left.path());
    }
    if (result.diverged()) {
      result.engines().forEach(this::sayWhereItDiverged);
      return ExitCode.DIVERGED;
    }
    return ExitCode.DONE;
  }

  private List<Engine> engines(Initialization initialization, Target target) {
    if (engine != null) {
      return List.of(Engine.of(engine));
    }
    List<Engine> engines = new ArrayList<>();
    for (Engine each : SideBySide.applicable(initialization, target, problem.depth())) {
      double seconds = each.seconds(target.dimension(), problem.depth(), descent.iterations());
      if (seconds <= MOST_SECONDS) {
        engines.add(each);
      } else {
        output.say(
            "Left out: %s would take some %.0f minutes; ask for it with --engine %s.",
            each.word(), seconds / 60, each.word());
      }
    }
    if (engines.isEmpty()) {
      throw new IllegalArgumentException(
          "There is no exact reduction here, and all other engines would take minutes: choose with"
              + " --engine matrices or --engine dl4j, or take fewer --iterations.");
    }
    return engines;
  }

  private void warnAboveStableRate(Initialization initialization, Target target, double rate) {
    if (initialization instanceof Initialization.ZeroAsymmetric) {
      double stable =
          Sharpness.ofLargest(target.singularValues(), problem.depth()).stableLearningRate();
      if (rate > stable) {
        output.say(
            "The learning rate %s is above 2/K = %.6g, the largest that is stable at the minimum:"
                + " the loss may blow up or wander.",
            rate, stable);
      }
    }
  }

  private void sayWhereItDiverged(Engine each, Trajectory trajectory) {
    if (trajectory.status() == Status.DIVERGED) {
      output.say(
          "%s diverged at iteration %.0f, with loss %s; take a smaller --learning-rate.",
          each.word(), trajectory.end(), trajectory.finalLoss());
    }
  }

  private static Map<String, Object> tree(SideBySide result, List<Long> shown) {
    Map<String, Object> engines = new LinkedHashMap<>();
    result
        .engines()
        .forEach(
            (engine, trajectory) ->
                engines.put(engine.word(), Json.object("points", points(trajectory, shown))));
    return Json.object(
        "engines",
        engines,
        "largestDifference",
        result.largestDifference().isPresent()
            ? Json.finite(result.largestDifference().getAsDouble())
            : null,
        "status",
        result.diverged() ? "diverged" : "done");
  }

  private static List<Map<String, Object>> points(Trajectory trajectory, List<Long> shown) {
    return trajectory.points().stream()
        .filter(point -> shown.contains(point.iteration()))
        .map(
            point ->
                Json.object(
                    "iteration",
                    point.iteration(),
                    "loss",
                    point.loss(),
                    "invariantDrift",
                    point.invariantDrift()))
        .toList();
  }

  private static TextTable table(SideBySide result, List<Long> shown) {
    List<String> header = new ArrayList<>(List.of("iteration"));
    result
        .engines()
        .keySet()
        .forEach(engine -> header.addAll(List.of(engine.word() + ": loss", "invariant drift")));
    TextTable table = new TextTable(header.toArray(String[]::new));
    for (long iteration : shown) {
      List<String> row = new ArrayList<>(List.of(Long.toString(iteration)));
      boolean anybody = false;
      for (Trajectory trajectory : result.engines().values()) {
        String loss = "";
        String drift = "";
        for (TrajectoryPoint point : trajectory.points()) {
          if (point.iteration() == iteration) {
            loss = Numbers.text(point.loss());
            drift = Numbers.text(point.invariantDrift());
            anybody = true;
          }
        }
        row.addAll(List.of(loss, drift));
      }
      if (anybody) {
        table.row(row.toArray(String[]::new));
      }
    }
    return table;
  }
}
