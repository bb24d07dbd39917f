package org.fathom4j.cli;

import java.io.IOException;
import java.util.concurrent.Callable;
import org.fathom4j.laboratory.Figures;
import org.fathom4j.theory.figures.SaddleEscape;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code fathom theory escape}: figure 3 of Wu, Wang and Ma. */
@Command(
    name = "escape",
    sortOptions = false,
    description = {
      "How many near-identity networks of depth 6 leave their saddle on the way to −I within 10,000"
          + " updates of learning rate 0.01; those that do not stay at R = ½, one direction unlearnt."
    },
    footer = {"", "Example: fathom theory escape --dimension 25 --runs 20 --seed 1"})
final class EscapeCommand implements Callable<Integer> {

  private static final long SAMPLE_EVERY = 50;

  @Option(
      names = "--dimension",
      paramLabel = "D",
      defaultValue = "25",
      description = "d of the target −I (default: ${DEFAULT-VALUE}).")
  private int dimension;

  @Option(
      names = "--runs",
      paramLabel = "N",
      defaultValue = "5",
      description = "Near-identity networks (default: ${DEFAULT-VALUE}).")
  private int runs;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "1025",
      description = "Seed of all of them (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Mixin private TheoryOptions.Output output;
  @Mixin private TheoryOptions.Picture picture;

  @Override
  public Integer call() throws IOException {
    picture.check();
    SaddleEscape escape =
        SaddleEscape.of(dimension, runs, seed, picture.wanted() ? SAMPLE_EVERY : 0, () -> false);
    SaddleEscape.Run zas = escape.zeroAsymmetric();
    Long zasIterations =
        zas.convergedAt().isPresent() ? Long.valueOf(zas.convergedAt().getAsLong()) : null;
    output.print(
        Json.object(
            "escaped",
            escape.escaped(),
            "runs",
            escape.runs().size(),
            "zasIterations",
            zasIterations,
            "plateaus",
            escape.plateaus()),
        out -> {
          TextTable table = new TextTable("run", "R(0)", "R(10000)", "escaped at");
          for (int i = 0; i < escape.runs().size(); i++) {
            row(table, "near identity " + (i + 1), escape.runs().get(i));
          }
          row(table, "ZAS", zas);
          table.print(out);
          out.printf(
              "%d of %d escaped; ZAS %s%n",
              escape.escaped(),
              escape.runs().size(),
              zasIterations == null
                  ? "has not reached R ≤ " + SaddleEscape.EPSILON
                  : "has R ≤ " + SaddleEscape.EPSILON + " after " + zasIterations + " updates");
        });
    picture.draw(output, file -> Figures.escape(escape, file));
    return ExitCode.DONE;
  }

  private static void row(TextTable table, String name, SaddleEscape.Run run) {
    table.row(
        name,
        Numbers.text(run.startLoss()),
        Numbers.text(run.finalLoss()),
        run.escapedAt().isPresent() ? Long.toString(run.escapedAt().getAsLong()) : "");
  }
}
