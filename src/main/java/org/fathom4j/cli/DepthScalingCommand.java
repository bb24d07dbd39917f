package org.fathom4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.fathom4j.laboratory.ConfirmedScaling;
import org.fathom4j.laboratory.Figures;
import org.fathom4j.theory.figures.DepthScaling;
import org.fathom4j.theory.linear.Target;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code fathom theory depth-scaling}: figure 2 of Wu, Wang and Ma. */
@Command(
    name = "depth-scaling",
    sortOptions = false,
    description = {
      "How the updates that ZAS takes to R ≤ ε grow with depth, at the best stable learning rate of"
          + " each depth on the grid 10^(−k/20), and the exponent of the fit N ~ L^γ.",
      "",
      "For several targets the JSON object has the key \"targets\", a list of objects with \"target\","
          + " \"rows\" and \"exponent\". With --confirm each row has \"matrices\", the count of full"
          + " matrices, null where none was made or ε was not reached; the exit code is 4 if one of"
          + " them is not that of the row."
    },
    footer = {
      "",
      "Example: fathom theory depth-scaling --target minus-identity:1 --target gaussian:2:2"
    })
final class DepthScalingCommand implements Callable<Integer> {

  @Option(
      names = "--target",
      paramLabel = "Φ",
      defaultValue = "minus-identity:1",
      description = {
        "The matrix to be learnt: " + TheoryOptions.FORMS + " (default: ${DEFAULT-VALUE}).",
        "May be said several times, for several targets in one table and picture."
      })
  private List<String> targets;

  @Mixin
  private final TheoryOptions.Depths depths =
      new TheoryOptions.Depths("10,32,100,316,1000,3162,10000");

  @Option(
      names = "--epsilon",
      paramLabel = "ε",
      defaultValue = "1e-10",
      description = "The loss to reach (default: ${DEFAULT-VALUE}).")
  private double epsilon;

  @Option(
      names = "--max-iterations",
      paramLabel = "N",
      defaultValue = "3000000",
      description = "Give a learning rate up after so many updates (default: ${DEFAULT-VALUE}).")
  private long mostIterations;

  @Option(
      names = "--confirm",
      paramLabel = "L",
      description =
          "Count again with full matrices at the depths up to L, such as 1000 (default: at none).")
  private Integer confirm;

  @Option(
      names = "--confirm-seconds",
      paramLabel = "S",
      defaultValue = "120",
      description =
          "Leave out, aloud, a count that full matrices would take longer for (default:"
              + " ${DEFAULT-VALUE}).")
  private double mostSeconds;

  @Mixin private TheoryOptions.Output output;
  @Mixin private TheoryOptions.Picture picture;

  @Override
  public Integer call() throws IOException {
    picture.check();
    if (confirm != null) {
      Numbers.requireAtLeast(1, "--confirm", confirm);
    }
    Numbers.require(mostSeconds > 0, "--confirm-seconds", "positive", mostSeconds);
    List<Integer> wanted = depths.list();
    List<ConfirmedScaling> scalings = new ArrayList<>();
    for (Target target : distinctTargets()) {
      DepthScaling scaling =
          DepthScaling.of(target.singularValues(), wanted, epsilon, mostIterations);
      scalings.add(
          ConfirmedScaling.of(target, scaling, epsilon, row -> isToBeConfirmed(target, row)));
    }
    output.print(tree(scalings), out -> print(scalings, out));
    picture.draw(output, file -> Figures.depthScaling(scalings, epsilon, file));
    scalings.forEach(this::sayWhereMatricesDisagree);
    return exitCode(scalings);
  }

  static int exitCode(List<ConfirmedScaling> scalings) {
    return scalings.stream().allMatch(ConfirmedScaling::agrees)
        ? ExitCode.DONE
        : ExitCode.CHECK_FAILED;
  }

  private List<Target> distinctTargets() {
    List<Target> parsed = new ArrayList<>();
    for (String text : targets) {
      Target target = Target.parse(text);
      if (parsed.stream().anyMatch(earlier -> earlier.name().equals(target.name()))) {
        throw new IllegalArgumentException("--target has " + target.name() + " twice.");
      }
      parsed.add(target);
    }
    return parsed;
  }

  private boolean isToBeConfirmed(Target target, DepthScaling.Row row) {
    if (confirm == null || row.depth() > confirm) {
      return false;
    }
    double seconds = ConfirmedScaling.seconds(target, row);
    if (seconds > mostSeconds) {
      output.say(
          "Not confirmed: full matrices would take some %.0f minutes for %s at depth %d; allow them"
              + " with --confirm-seconds %.0f.",
          Math.ceil(seconds / 60), target.name(), row.depth(), Math.ceil(seconds));
      return false;
    }
    return true;
  }

  private void sayWhereMatricesDisagree(ConfirmedScaling scaling) {
    for (DepthScaling.Row row : scaling.scaling().rows()) {
      if (scaling.matrices().containsKey(row.depth()) && !scaling.agrees(row)) {
        output.say(
            "Full matrices say otherwise of %s at depth %d: %s, not %d.",
            scaling.target().name(), row.depth(), matrices(scaling, row), row.iterations());
      }
    }
  }

  private Map<String, Object> tree(List<ConfirmedScaling> scalings) {
    if (scalings.size() == 1) {
      return tree(scalings.get(0));
    }
    List<Map<String, Object>> list = new ArrayList<>();
    for (ConfirmedScaling scaling : scalings) {
      Map<String, Object> each = Json.object("target", scaling.target().name());
      each.putAll(tree(scaling));
      list.add(each);
    }
    return Json.object("targets", list);
  }

  private Map<String, Object> tree(ConfirmedScaling scaling) {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (DepthScaling.Row row : scaling.scaling().rows()) {
      Map<String, Object> each =
          Json.object(
              "depth",
              row.depth(),
              "learningRate",
              row.learningRate(),
              "iterations",
              row.iterations());
      if (confirm != null) {
        OptionalLong count = scaling.matrices().getOrDefault(row.depth(), OptionalLong.empty());
        each.put("matrices", count.isPresent() ? Long.valueOf(count.getAsLong()) : null);
      }
      rows.add(each);
    }
    return Json.object("rows", rows, "exponent", Json.finite(scaling.scaling().exponent()));
  }

  private void print(List<ConfirmedScaling> scalings, PrintWriter out) {
    List<String> header =
        new ArrayList<>(List.of("target", "depth", "learning rate", "stable below", "iterations"));
    if (confirm != null) {
      header.add("full matrices");
    }
    TextTable table = new TextTable(header.toArray(String[]::new));
    for (ConfirmedScaling scaling : scalings) {
      for (DepthScaling.Row row : scaling.scaling().rows()) {
        List<String> cells =
            new ArrayList<>(
                List.of(
                    scaling.target().name(),
                    Integer.toString(row.depth()),
                    Numbers.text(row.learningRate()),
                    Numbers.text(row.stableLearningRate()),
                    Long.toString(row.iterations())));
        if (confirm != null) {
          cells.add(matrices(scaling, row));
        }
        table.row(cells.toArray(String[]::new));
      }
    }
    table.print(out);
    for (ConfirmedScaling scaling : scalings) {
      List<DepthScaling.Row> rows = scaling.scaling().rows();
      if (rows.size() > 1) {
        out.printf(
            Locale.ROOT,
            "%s: exponent %.4f, depth %d to %d%n",
            scaling.target().name(),
            scaling.scaling().exponent(),
            rows.stream().mapToInt(DepthScaling.Row::depth).min().orElseThrow(),
            rows.stream().mapToInt(DepthScaling.Row::depth).max().orElseThrow());
      }
    }
  }

  /** The count of full matrices in words; nothing if there is none. */
  private static String matrices(ConfirmedScaling scaling, DepthScaling.Row row) {
    OptionalLong count = scaling.matrices().get(row.depth());
    if (count == null) {
      return "";
    }
    return count.isPresent() ? Long.toString(count.getAsLong()) : "not reached";
  }
}
