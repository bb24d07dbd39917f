package org.fathom4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.fathom4j.compare.ComparisonVerifier;
import org.fathom4j.data.Datasets;
import org.fathom4j.record.ComparisonDirectory;
import org.fathom4j.record.RunDirectory;
import org.fathom4j.train.Check;
import org.fathom4j.train.TrainingProgress;
import org.fathom4j.train.Verification;
import org.fathom4j.train.Verifier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code fathom verify}: whether a record is what the program makes of its specification. */
@Command(
    name = "verify",
    sortOptions = false,
    description = {
      "Checks that a run is what its record says, and writes nothing.",
      "",
      "Hashes the files of the record (as sha256sum -c SHA256SUMS does) and the data, holds"
          + " specification, measurements and model against each other, and makes the first"
          + " iterations again, to the bit. Of a comparison, every run is verified, and its table"
          + " is held against them."
    },
    footer = {
      "",
      "Exit codes: 0 everything compared holds, 1 something could not be compared here, 2 bad"
          + " usage, 4 something differs.",
      "Example: fathom verify 20250304-050607-mzas --iterations 100"
    })
final class VerifyCommand implements Callable<Integer> {

  @Parameters(
      paramLabel = "RUN",
      description = "Directory of a run or a comparison, or its name in --runs-dir.")
  private String run;

  @Option(
      names = "--iterations",
      paramLabel = "K",
      defaultValue = "" + Verifier.USUAL_ITERATIONS,
      description =
          "Iterations to make again, at most; as many as the run has compare its model bit for bit"
              + " as well (default: ${DEFAULT-VALUE}).")
  private int iterations;

  @Option(
      names = "--data-dir",
      paramLabel = "DIR",
      description = "Where the files of the data set lie here (default: where the run had them).")
  private Path dataDirectory;

  @Mixin private OutputOptions output;

  @Override
  public Integer call() throws IOException {
    Numbers.requireAtLeast(1, "--iterations", iterations);
    PrintWriter out = output.out();
    Optional<ComparisonDirectory> comparison = ComparisonDirectory.find(run, output.runs());
    List<RunDirectory> runs =
        comparison.isPresent()
            ? comparison.get().runs()
            : List.of(RunDirectory.open(run, output.runs()));
    Verifier verifier =
        new Verifier(
            Datasets.home(),
            Optional.ofNullable(dataDirectory),
            output.quiet
                ? TrainingProgress.SILENT
                : new ProgressDisplay(output.err(), "replaying"));
    List<Verification> verifications = new ArrayList<>();
    if (comparison.isPresent()) {
      Verification whole = ComparisonVerifier.verify(comparison.get());
      verifications.add(whole);
      if (!output.json) {
        print(whole, out);
        out.println();
        out.flush();
      }
    }
    for (RunDirectory each : runs) {
      Verification verification = verifier.verify(each, iterations);
      verifications.add(verification);
      if (!output.json && comparison.isPresent()) {
        out.println(each.name() + " " + verdict(verification));
        out.flush();
      }
    }
    if (output.json) {
      out.println(
          Json.of(
              comparison.isPresent()
                  ? treeOfComparison(verifications)
                  : tree(verifications.get(0))));
    } else if (comparison.isEmpty()) {
      print(verifications.get(0), out);
    }
    out.flush();
    return exitCode(verifications);
  }

  private static int exitCode(List<Verification> verifications) {
    if (verifications.stream().anyMatch(v -> v.has(Check.Verdict.DIFFERS))) {
      return ExitCode.CHECK_FAILED;
    }
    return verifications.stream().allMatch(Verification::holds) ? ExitCode.DONE : ExitCode.FAILED;
  }

  private static void print(Verification verification, PrintWriter out) {
    TextTable table = new TextTable("check", "verdict", "detail");
    verification
        .checks()
        .forEach(check -> table.row(check.name(), word(check.verdict()), check.detail()));
    table.print(out);
    out.println();
    out.println(verification.directory() + " " + verdict(verification));
  }

  private static String word(Check.Verdict verdict) {
    return switch (verdict) {
      case HOLDS -> "holds";
      case DIFFERS -> "differs";
      case NOTHING_TO_COMPARE, NOT_POSSIBLE -> "not checked";
    };
  }

  /** Such as {@code holds: 9 checks} or {@code differs: file model.zip, model}. */
  private static String verdict(Verification verification) {
    if (verification.has(Check.Verdict.DIFFERS)) {
      return "differs: " + names(verification, Check.Verdict.DIFFERS);
    }
    if (verification.has(Check.Verdict.NOT_POSSIBLE)) {
      return "cannot be verified here: not checked are "
          + names(verification, Check.Verdict.NOT_POSSIBLE);
    }
    long held =
        verification.checks().stream().filter(c -> c.verdict() == Check.Verdict.HOLDS).count();
    String missing = names(verification, Check.Verdict.NOTHING_TO_COMPARE);
    return "holds: "
        + held
        + " checks"
        + (missing.isEmpty() ? "" : "; nothing to compare for " + missing);
  }

  private static String names(Verification verification, Check.Verdict verdict) {
    return verification.checks().stream()
        .filter(check -> check.verdict() == verdict)
        .map(Check::name)
        .collect(Collectors.joining(", "));
  }

  /** Of the comparison itself, which comes first, and its runs. */
  private static Map<String, Object> treeOfComparison(List<Verification> verifications) {
    Verification comparison = verifications.get(0);
    return Json.object(
        "comparison", comparison.directory().toString(),
        "holds", verifications.stream().allMatch(Verification::holds),
        "checks", comparison.checks().stream().map(VerifyCommand::tree).toList(),
        "runs", verifications.stream().skip(1).map(VerifyCommand::tree).toList());
  }

  private static Map<String, Object> tree(Verification verification) {
    return Json.object(
        "run", verification.directory().toString(),
        "holds", verification.holds(),
        "checks", verification.checks().stream().map(VerifyCommand::tree).toList());
  }

  private static Map<String, Object> tree(Check check) {
    Map<String, Object> tree = new LinkedHashMap<>();
    tree.put("name", check.name());
    tree.put(
        "holds",
        switch (check.verdict()) {
          case HOLDS -> true;
          case DIFFERS -> false;
          case NOTHING_TO_COMPARE, NOT_POSSIBLE -> null;
        });
    tree.put("detail", check.detail());
    return tree;
  }
}
