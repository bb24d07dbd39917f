package org.fathom4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.fathom4j.plot.ComparisonPlot;
import org.fathom4j.plot.DepthProfilePlot;
import org.fathom4j.plot.LearningCurve;
import org.fathom4j.record.ComparisonDirectory;
import org.fathom4j.record.RunDirectory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fathom plot}: draws the pictures of past and running runs from their CSV files. */
@Command(
    name = "plot",
    sortOptions = false,
    description = {
      "Draws the pictures of runs again, from their CSV files alone.",
      "",
      "Each RUN gets plots/learning_curve.png and plots/depth_profile.png in its own directory;"
          + " several RUNs are also compared in one picture of learning curves. The directory of a"
          + " comparison gets the pictures of the comparison."
    },
    footer = {"", "Example: fathom plot 20250304-050607-mzas 20250304-051500-xavier"})
final class PlotCommand implements Callable<Integer> {

  private static final String COMPARISON = "learning_curves.png";

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "RUN",
      arity = "1..*",
      description = "Run directories, or names of runs in --runs-dir.")
  private List<String> runs;

  @Mixin private RunsDirectory runsDirectory;

  @Option(
      names = "--output",
      paramLabel = "FILE",
      description =
          "Where the learning curves of all RUNs in one picture go, a PNG"
              + " (default: "
              + COMPARISON
              + " in --runs-dir when there are several RUNs, otherwise not drawn).")
  private Path output;

  @Option(
      names = "--json",
      description = "Print one JSON object, {\"plots\": [FILE, …]} (default: one path a line).")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    List<RunDirectory> directories = new ArrayList<>();
    List<ComparisonDirectory> comparisons = new ArrayList<>();
    for (String run : runs) {
      Optional<ComparisonDirectory> comparison =
          ComparisonDirectory.find(run, runsDirectory.path());
      if (comparison.isPresent()) {
        comparisons.add(comparison.get());
      } else {
        directories.add(RunDirectory.open(run, runsDirectory.path()));
      }
    }
    if (output != null && Files.isDirectory(output)) {
      complain("--output " + output + " is a directory; give the name of a PNG file.");
      return ExitCode.USAGE;
    }
    List<Path> written = draw(directories);
    for (ComparisonDirectory comparison : comparisons) {
      written.addAll(ComparisonPlot.draw(comparison));
    }
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(Json.of(Map.of("plots", written.stream().map(Path::toString).toList())));
    } else {
      written.forEach(out::println);
    }
    out.flush();
    if (written.isEmpty()) {
      complain("Nothing to draw: no run has recorded anything yet.");
      return ExitCode.FAILED;
    }
    return ExitCode.DONE;
  }

  private List<Path> draw(List<RunDirectory> directories) throws IOException {
    List<Path> written = new ArrayList<>();
    for (RunDirectory run : directories) {
      if (Files.exists(run.metricsCsv())) {
        note(LearningCurve.draw(run), written, run.metricsCsv() + " has neither loss nor accuracy");
      } else {
        note(Optional.empty(), written, run.metricsCsv() + " is missing");
      }
      if (Files.exists(run.depthProfileCsv())) {
        note(DepthProfilePlot.draw(run), written, run.depthProfileCsv() + " has no rows");
      } else {
        note(Optional.empty(), written, run.depthProfileCsv() + " is missing");
      }
    }
    if (directories.size() > 1 || output != null && !directories.isEmpty()) {
      List<RunDirectory> measured =
          directories.stream().filter(run -> Files.exists(run.metricsCsv())).toList();
      Path picture = output == null ? runsDirectory.path().resolve(COMPARISON) : output;
      note(LearningCurve.compare(measured, picture), written, "there is nothing to compare");
    }
    return written;
  }

  private void note(Optional<Path> picture, List<Path> written, String whyNot) {
    picture.ifPresentOrElse(written::add, () -> complain("No picture: " + whyNot + "."));
  }

  private void complain(String message) {
    PrintWriter err = spec.commandLine().getErr();
    err.println(message);
    err.flush();
  }
}
