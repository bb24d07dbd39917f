package org.fathom4j.cli;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
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
          + " each depth on the grid 10^(−k/20), and the exponent of the fit N ~ L^γ."
    },
    footer = {
      "",
      "Example: fathom theory depth-scaling --target minus-identity:100 --depths 10,100,1000,10000"
    })
final class DepthScalingCommand implements Callable<Integer> {

  @Option(
      names = "--target",
      paramLabel = "Φ",
      defaultValue = "minus-identity:1",
      description = "The matrix to be learnt, as in gradient-descent (default: ${DEFAULT-VALUE}).")
  private String target;

  @Option(
      names = "--depths",
      paramLabel = "L,…",
      defaultValue = "10,32,100,316,1000,3162,10000",
      description = "Depths (default: ${DEFAULT-VALUE}).")
  private String depths;

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

  @Mixin private TheoryOptions.Output output;
  @Mixin private TheoryOptions.Picture picture;

  @Override
  public Integer call() throws IOException {
    picture.check();
    Target matrix = Target.parse(target);
    DepthScaling scaling =
        DepthScaling.of(
            matrix.singularValues(), Numbers.depths("--depths", depths), epsilon, mostIterations);
    List<DepthScaling.Row> rows = scaling.rows();
    output.print(
        Json.object(
            "rows",
            rows.stream()
                .map(
                    row ->
                        Json.object(
                            "depth",
                            row.depth(),
                            "learningRate",
                            row.learningRate(),
                            "iterations",
                            row.iterations()))
                .toList(),
            "exponent",
            Json.finite(scaling.exponent())),
        out -> {
          TextTable table = new TextTable("depth", "learning rate", "iterations", "stable below");
          for (DepthScaling.Row row : rows) {
            table.row(
                Integer.toString(row.depth()),
                Numbers.text(row.learningRate()),
                Long.toString(row.iterations()),
                Numbers.text(row.stableLearningRate()));
          }
          table.print(out);
          if (rows.size() > 1) {
            out.printf(
                Locale.ROOT,
                "exponent %.4f, depth %d to %d%n",
                scaling.exponent(),
                rows.stream().mapToInt(DepthScaling.Row::depth).min().orElseThrow(),
                rows.stream().mapToInt(DepthScaling.Row::depth).max().orElseThrow());
          }
        });
    picture.draw(output, file -> Figures.depthScaling(matrix, scaling, epsilon, file));
    return ExitCode.DONE;
  }
}
