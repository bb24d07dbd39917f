package org.fathom4j.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import org.fathom4j.theory.linear.Initialization;
import org.fathom4j.theory.linear.LinearNetwork;
import org.fathom4j.theory.linear.Target;
import org.fathom4j.theory.theorems.Card;
import org.fathom4j.theory.theorems.Hypothesis;
import org.fathom4j.theory.theorems.Setting;
import org.fathom4j.theory.theorems.Theorem;
import org.fathom4j.theory.theorems.Theorems;
import org.fathom4j.theory.theorems.Verdict;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code fathom theory certify}: theorems held against a problem. */
@Command(
    name = "certify",
    sortOptions = false,
    description = {
      "Theorem cards: each checks its hypotheses on the problem, computes its bound, measures the same"
          + " quantity in a run, and says holds, violated or does-not-apply. What rounding does not"
          + " let it decide does not apply. The exit code is 4 if one is violated."
    },
    footer = {
      "",
      "Example: fathom theory certify --theorem zas-flow --target rotation:170 --depth 8"
    })
final class CertifyCommand implements Callable<Integer> {

  /** The names, for the help and for completion. */
  static final class Names extends ArrayList<String> {

    private static final long serialVersionUID = 1L;

    Names() {
      super(Theorems.names());
    }
  }

  @Option(
      names = "--theorem",
      paramLabel = "NAME",
      split = ",",
      completionCandidates = Names.class,
      description = "One or several of ${COMPLETION-CANDIDATES} (default: all).")
  private List<String> theorems = List.of();

  @Option(
      names = "--target",
      paramLabel = "Φ",
      description =
          "The matrix to be learnt, as in the other commands (default: each theorem's own example).")
  private String target;

  @Option(
      names = "--depth",
      paramLabel = "L",
      description = "Number of matrices (default: each theorem's own example).")
  private Integer depth;

  @Option(
      names = "--init",
      paramLabel = "NAME",
      description =
          "Where training begins, as in the other commands (default: each theorem's own start).")
  private String initialization;

  @Option(
      names = "--learning-rate",
      paramLabel = "η",
      description =
          "The step of gradient descent (default: one that the theorem allows). The theorems on the"
              + " gradient flow have none.")
  private Double learningRate;

  @Mixin private TheoryOptions.Output output;

  @Override
  public Integer call() {
    List<Theorem> chosen =
        theorems.isEmpty()
            ? Theorems.all()
            : theorems.stream().distinct().map(Theorems::named).toList();
    List<Card> cards = new ArrayList<>();
    for (Theorem theorem : chosen) {
      cards.add(theorem.certify(setting(theorem)));
    }
    output.print(
        Json.object("cards", cards.stream().map(CertifyCommand::json).toList()),
        out -> {
          if (chosen.size() == 1) {
            print(out, chosen.get(0), cards.get(0));
          } else {
            print(out, cards);
          }
        });
    return exitCode(cards);
  }

  static int exitCode(List<Card> cards) {
    return cards.stream().anyMatch(card -> card.verdict() == Verdict.VIOLATED)
        ? ExitCode.CHECK_FAILED
        : ExitCode.DONE;
  }

  private Setting setting(Theorem theorem) {
    Target phi = target == null ? theorem.target() : Target.parse(target);
    int layers = depth == null ? theorem.depth() : depth;
    LinearNetwork start =
        initialization == null
            ? theorem.start(phi, layers)
            : Initialization.parse(initialization).network(phi, layers);
    return new Setting(
        phi,
        start,
        learningRate == null ? OptionalDouble.empty() : OptionalDouble.of(learningRate));
  }

  private static Map<String, Object> json(Card card) {
    List<Map<String, Object>> hypotheses = new ArrayList<>();
    for (Hypothesis hypothesis : card.hypotheses()) {
      hypotheses.add(
          Json.object(
              "text", hypothesis.text(),
              "holds", hypothesis.holds(),
              "value", Json.finite(hypothesis.value())));
    }
    return Json.object(
        "theorem", card.theorem(),
        "source", card.source(),
        "hypotheses", hypotheses,
        "bound", Json.finite(card.bound()),
        "measured", Json.finite(card.measured()),
        "verdict", card.verdict().word());
  }

  private static void print(PrintWriter out, Theorem theorem, Card card) {
    TextTable table = new TextTable("theorem", card.theorem());
    table.row("claim", theorem.statement());
    table.row("source", card.source());
    for (Hypothesis hypothesis : card.hypotheses()) {
      table.row(
          hypothesis.holds() ? "given" : "not given",
          hypothesis.text() + ": " + number(hypothesis.value()));
    }
    table.row("bound", number(card.bound()));
    table.row("measured", number(card.measured()));
    table.row("verdict", card.verdict().word());
    table.print(out);
  }

  private static void print(PrintWriter out, List<Card> cards) {
    TextTable table = new TextTable("theorem", "bound", "measured", "verdict");
    for (Card card : cards) {
      String why =
          card.hypotheses().stream()
              .filter(hypothesis -> !hypothesis.holds())
              .findFirst()
              .map(failed -> ", not given: " + failed.text() + ": " + number(failed.value()))
              .orElse("");
      table.row(
          card.theorem(),
          number(card.bound()),
          number(card.measured()),
          card.verdict().word() + why);
    }
    table.print(out);
  }

  private static String number(double value) {
    return Double.isNaN(value) ? "-" : Numbers.text(value);
  }
}
