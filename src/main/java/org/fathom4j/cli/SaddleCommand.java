package org.fathom4j.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import org.fathom4j.laboratory.Figures;
import org.fathom4j.theory.descent.Status;
import org.fathom4j.theory.figures.ToySaddle;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code fathom theory saddle}: figure 1 of Wu, Wang and Ma. */
@Command(
    name = "saddle",
    sortOptions = false,
    description = {
      "Two numbers learn to multiply to −1: from (0.999, 1.001) past the saddle at 0, from ZAS not."
          + " Updates to R ≤ 1e-7, and the least ρ = ‖∇R‖²/2R on the way, near 0 only at a saddle."
    },
    footer = {"", "Example: fathom theory saddle --learning-rate 0.1 --plot figure-1.png"})
final class SaddleCommand implements Callable<Integer> {

  /** The picture is of the rate next to this one; the paper does not tell its own. */
  private static final double RATE_OF_THE_FIGURE = 0.1;

  @Option(
      names = "--learning-rate",
      paramLabel = "η,…",
      defaultValue = "0.02,0.05,0.1,0.2",
      description =
          "Learning rates; the picture shows the one nearest to 0.1 (default: ${DEFAULT-VALUE}).")
  private String rates;

  @Option(
      names = "--max-iterations",
      paramLabel = "N",
      defaultValue = "100000",
      description = "Give up after so many updates (default: ${DEFAULT-VALUE}).")
  private long mostIterations;

  @Mixin private TheoryOptions.Output output;
  @Mixin private TheoryOptions.Picture picture;

  @Override
  public Integer call() throws IOException {
    picture.check();
    List<ToySaddle> rows = new ArrayList<>();
    for (double rate : Numbers.list("--learning-rate", rates)) {
      rows.add(ToySaddle.of(rate, mostIterations));
    }
    output.print(
        Json.object("rows", rows.stream().map(SaddleCommand::row).toList()),
        out -> table(rows).print(out));
    ToySaddle shown =
        rows.stream()
            .min(
                Comparator.comparingDouble(
                    row -> Math.abs(row.learningRate() - RATE_OF_THE_FIGURE)))
            .orElseThrow();
    picture.draw(output, file -> Figures.toySaddle(shown, file));
    boolean diverged =
        rows.stream()
            .anyMatch(row -> isDiverged(row.nearIdentity()) || isDiverged(row.zeroAsymmetric()));
    return diverged ? ExitCode.DIVERGED : ExitCode.DONE;
  }

  private static boolean isDiverged(ToySaddle.Path path) {
    return path.status() == Status.DIVERGED;
  }

  private static Object row(ToySaddle row) {
    return Json.object(
        "learningRate",
        row.learningRate(),
        "nearIdentity",
        iterations(row.nearIdentity()),
        "zas",
        iterations(row.zeroAsymmetric()),
        "nearIdentityLeastRatio",
        row.nearIdentity().leastRatio(),
        "nearIdentityLeastRatioAt",
        row.nearIdentity().leastRatioAt(),
        "zasLeastRatio",
        row.zeroAsymmetric().leastRatio(),
        "zasLeastRatioAt",
        row.zeroAsymmetric().leastRatioAt());
  }

  /** N(1e-7), null where it was not reached. */
  private static Long iterations(ToySaddle.Path path) {
    return path.status() == Status.CONVERGED ? path.iterations() : null;
  }

  private static TextTable table(List<ToySaddle> rows) {
    TextTable table =
        new TextTable(
            "learning rate",
            "near identity",
            "ZAS",
            "near identity: least ρ",
            "at",
            "ZAS: least ρ");
    for (ToySaddle row : rows) {
      table.row(
          Numbers.text(row.learningRate()),
          text(row.nearIdentity()),
          text(row.zeroAsymmetric()),
          Numbers.text(row.nearIdentity().leastRatio()),
          Long.toString(row.nearIdentity().leastRatioAt()),
          Numbers.text(row.zeroAsymmetric().leastRatio()));
    }
    return table;
  }

  private static String text(ToySaddle.Path path) {
    return path.status() == Status.CONVERGED
        ? Long.toString(path.iterations())
        : path.status().word();
  }
}
