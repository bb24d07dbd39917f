package org.fathom4j.cli;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.fathom4j.laboratory.LandscapeFigure;
import org.fathom4j.theory.landscape.Landscape;
import org.fathom4j.theory.linear.Target;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code fathom theory landscape}: where the gradient vanishes. */
@Command(
    name = "landscape",
    sortOptions = false,
    description = {
      "All critical values of R, ½ Σ s² over every set of unlearnt singular values s, and for each set"
          + " the kind of its balanced critical point. There are no minima but global ones."
    },
    footer = {"", "Example: fathom theory landscape --target diagonal:3,2,1 --depth 3"})
final class LandscapeCommand implements Callable<Integer> {

  private static final int MOST_ROWS = 64;

  @Mixin private TheoryOptions.Problem problem;
  @Mixin private TheoryOptions.Output output;
  @Mixin private TheoryOptions.Picture picture;

  @Override
  public Integer call() throws IOException {
    picture.check();
    Target target = problem.target();
    Landscape landscape = new Landscape(target, problem.depth());
    double[] values = landscape.criticalValues();
    output.print(
        Json.object("criticalValues", values),
        out -> {
          out.println(
              "critical values "
                  + Arrays.stream(values)
                      .limit(MOST_ROWS)
                      .mapToObj(Numbers::text)
                      .collect(Collectors.joining(" "))
                  + (values.length > MOST_ROWS ? " … of " + values.length : ""));
          out.println();
          List<Landscape.CriticalPoint> points = landscape.criticalPoints();
          table(points).print(out);
          if (points.size() > MOST_ROWS) {
            out.printf("… and %d more%n", points.size() - MOST_ROWS);
          }
        });
    picture.draw(output, file -> LandscapeFigure.draw(target, problem.depth(), landscape, file));
    if (!landscape.isGeneric()) {
      output.say(
          "The target %s has singular values that are equal or zero: these values are critical, but"
              + " that there are no others is proved for distinct positive ones.",
          target.name());
    }
    return ExitCode.DONE;
  }

  private static TextTable table(List<Landscape.CriticalPoint> points) {
    TextTable table = new TextTable("R", "unlearnt", "rank", "least curvature", "kind");
    for (Landscape.CriticalPoint point : points.subList(0, Math.min(MOST_ROWS, points.size()))) {
      table.row(
          Numbers.text(point.value()),
          point.unlearned().stream()
              .map(i -> Integer.toString(i + 1))
              .collect(Collectors.joining(",")),
          Integer.toString(point.rank()),
          Numbers.text(point.hessianMinimum()),
          point.kind().name().toLowerCase(Locale.ROOT).replace('_', ' '));
    }
    return table;
  }
}
