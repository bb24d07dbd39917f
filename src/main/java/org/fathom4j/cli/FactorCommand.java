package org.fathom4j.cli;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import org.fathom4j.laboratory.ConstructionFigures;
import org.fathom4j.text.Spelling;
import org.fathom4j.theory.factorization.BalancedFactorization;
import org.fathom4j.theory.factorization.Factorization;
import org.fathom4j.theory.factorization.HardtMaFactorization;
import org.fathom4j.theory.linear.Target;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code fathom theory factor}: a matrix as a product of many near the identity. */
@Command(
    name = "factor",
    sortOptions = false,
    description = {
      "Writes a matrix as a product of L matrices I + A_l and tells max ‖A_l‖ beside its bound: by the"
          + " construction of Hardt and Ma's theorem 2.1, or with balanced factors, which are nearer."
          + " A matrix of negative determinant is padded by a dimension."
    },
    footer = {
      "",
      "Example: fathom theory factor --method hardt-ma --target gaussian:3:301 --depth 60"
    })
final class FactorCommand implements Callable<Integer> {

  private static final String HARDT_MA = "hardt-ma";
  private static final String BALANCED = "balanced";

  @Option(
      names = "--method",
      paramLabel = "NAME",
      defaultValue = HARDT_MA,
      description = "hardt-ma or balanced (default: ${DEFAULT-VALUE}).")
  private String method;

  @Mixin private TheoryOptions.Problem problem;
  @Mixin private TheoryOptions.Output output;
  @Mixin private TheoryOptions.Picture picture;

  @Override
  public Integer call() throws IOException {
    picture.check();
    Target target = problem.target();
    Factorization result =
        switch (method) {
          case HARDT_MA -> HardtMaFactorization.of(target, problem.depth());
          case BALANCED -> BalancedFactorization.of(target, problem.depth());
          default ->
              throw new IllegalArgumentException(
                  Spelling.unknown("method", method, List.of(HARDT_MA, BALANCED)));
        };
    double proved = HardtMaFactorization.leastDepth(result.gamma());
    if (method.equals(HARDT_MA) && result.network().depth() < proved) {
      output.say(
          "The bound (4π + 3γ)/L is proved for whole numbers of factors from depth %.1f on; at depth"
              + " %d the largest ‖A_l‖ is %s it.",
          proved, result.network().depth(), result.withinBound() ? "still below" : "above");
    }
    output.print(
        Json.object(
            "maxNorm",
            result.maxNorm(),
            "bound",
            Json.finite(result.bound()),
            "reconstructionError",
            result.reconstructionError(),
            "padded",
            result.padded()),
        out -> {
          TextTable table = new TextTable("max ‖A_l‖", Numbers.text(result.maxNorm()));
          table.row("bound", Numbers.text(result.bound()));
          table.row("γ of the target", Numbers.text(result.gamma()));
          table.row("reconstruction error", Numbers.text(result.reconstructionError()));
          table.row("padded", result.padded() ? "yes: det Φ < 0" : "no");
          table.print(out);
        });
    picture.draw(output, file -> ConstructionFigures.factorization(target, method, result, file));
    return ExitCode.DONE;
  }
}
