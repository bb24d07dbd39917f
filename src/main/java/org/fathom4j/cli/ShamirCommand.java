package org.fathom4j.cli;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import org.fathom4j.laboratory.Figures;
import org.fathom4j.theory.figures.Shamir;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code fathom theory shamir}: waits that grow exponentially with depth. */
@Command(
    name = "shamir",
    sortOptions = false,
    description = {
      "How long the gradient flow of a one-dimensional network near the identity takes to R ≤ 0.01 of"
          + " the target −1: exponentially long in its depth. The start has the quantiles of N(1, sd²)"
          + " with sd = 0.1 and sd = 1/L."
    },
    footer = {"", "Example: fathom theory shamir --depths 2,4,6,8,10"})
final class ShamirCommand implements Callable<Integer> {

  @Mixin private final TheoryOptions.Depths depths = new TheoryOptions.Depths("2,3,4,5,6,7,8,9,10");

  @Mixin private TheoryOptions.Output output;
  @Mixin private TheoryOptions.Picture picture;

  @Override
  public Integer call() throws IOException {
    picture.check();
    List<Shamir.Escape> rows = Shamir.escapes(depths.list());
    output.print(
        Json.object(
            "rows",
            rows.stream()
                .map(
                    row ->
                        Json.object(
                            "depth", row.depth(), "sd", row.sd(), "time", Json.finite(row.time())))
                .toList()),
        out -> {
          TextTable table = new TextTable("depth", "sd", "time");
          for (Shamir.Escape row : rows) {
            table.row(
                Integer.toString(row.depth()), Numbers.text(row.sd()), Numbers.text(row.time()));
          }
          table.print(out);
        });
    picture.draw(output, file -> Figures.shamir(rows, file));
    return ExitCode.DONE;
  }
}
