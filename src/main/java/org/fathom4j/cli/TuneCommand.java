package org.fathom4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.fathom4j.compare.LearningRateTuner;
import org.fathom4j.compare.LearningRates;
import org.fathom4j.compare.Trial;
import org.fathom4j.compare.TunedRate;
import org.fathom4j.compare.Tuning;
import org.fathom4j.compare.TuningProgress;
import org.fathom4j.compare.TuningResult;
import org.fathom4j.compare.TuningSpec;
import org.fathom4j.data.Datasets;
import org.fathom4j.record.RunDirectory;
import org.fathom4j.record.RunStatus;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code fathom tune}: the learning rate of each initializer at each depth. */
@Command(
    name = "tune",
    sortOptions = false,
    description = {
      "Finds the learning rate of each initializer at each depth: that of the smallest loss on the"
          + " training split at the end of a run.",
      "",
      "The search starts from the theory's guess, predicts with short trials and confirms with long"
          + " ones. The rate it finds has worse ones on both sides; a rate that diverges is no error."
          + " It costs at most as much as ten runs a cell. Options are those of fathom train;"
          + " --learning-rate, --evaluate-every and --checkpoint-every may be there, as in argument"
          + " files, and decide nothing."
    },
    footer = {
      "",
      "Exit codes: 0 done, also where no rate trains, for that is an answer; 1 failed, 2 bad usage,"
          + " 130 interrupted (Ctrl-C; --resume goes on).",
      "Example: fathom tune --init mzas,fixup,xavier --depth 10,100,1000 --iterations 300"
    })
final class TuneCommand implements Callable<Integer> {

  private static final String STOPPING =
      "Stopping after this iteration; trials that have ended are kept, and --resume goes on. Once"
          + " more stops at once.";

  @Mixin private GridOptions options;

  @Mixin private TrainOptions.Rate rate;

  @Option(
      names = "--budget",
      paramLabel = "N",
      defaultValue = "" + LearningRateTuner.DEFAULT_BUDGET,
      description =
          "Learning rates that may be tried for one initializer at one depth (default:"
              + " ${DEFAULT-VALUE}).")
  private int budget;

  @Option(
      names = "--resume",
      paramLabel = "RUN",
      description =
          "Goes on with a stopped search, in its directory, with the options it was started with;"
              + " no trial that ended is made again (default: a new search).")
  private String resume;

  @Mixin private OutputOptions output;

  @Override
  public Integer call() throws IOException {
    if (resume != null) {
      output.requireNothingBesideResume("search");
      try (Interruption interruption = new Interruption(output.err(), STOPPING)) {
        return finish(tuning(interruption).resume(RunDirectory.openTuning(resume, output.runs())));
      }
    }
    TuningSpec search = search();
    try (Interruption interruption = new Interruption(output.err(), STOPPING)) {
      return finish(tuning(interruption).run(search));
    }
  }

  private Tuning tuning(Interruption interruption) {
    return new Tuning(
        output.runs(),
        Datasets.home(),
        output.words(),
        output.quiet ? TuningProgress.SILENT : new Lines(output.err()),
        interruption);
  }

  private int finish(TuningResult result) {
    PrintWriter out = output.out();
    if (output.json) {
      out.println(result.rates().json());
    } else {
      print(result, out);
    }
    out.flush();
    return result.status() == RunStatus.INTERRUPTED ? ExitCode.INTERRUPTED : ExitCode.DONE;
  }

  private TuningSpec search() {
    Numbers.requireAtLeast(1, "--budget", budget);
    String name = options.run.name == null ? "tune" : "tune-" + options.run.name;
    return new TuningSpec(
        options.first(name, rate.learningRate),
        options.initializations(),
        options.depths(),
        budget);
  }

  private static void print(TuningResult result, PrintWriter out) {
    LearningRates rates = result.rates();
    TextTable table = new TextTable("init", "depth", "learning rate", "interior", "trials", "loss");
    for (TunedRate cell : rates.cells()) {
      table.row(
          cell.initialization(),
          Integer.toString(cell.depth()),
          cell.learningRate().isPresent() ? number(cell.learningRate().getAsDouble()) : "none",
          cell.interior() ? "yes" : "no",
          Integer.toString(cell.trials().size()),
          cell.learningRate().isPresent() ? loss(cell) : "");
    }
    table.print(out);
    out.println();
    for (TunedRate cell : rates.cells()) {
      if (cell.learningRate().isEmpty()) {
        out.println(
            "No learning rate that was tried trains "
                + cell.initialization()
                + " at depth "
                + cell.depth()
                + ".");
      }
    }
    out.println(
        result.status() == RunStatus.INTERRUPTED
            ? "Interrupted; go on with fathom tune --resume " + result.directory()
            : "record  " + result.directory());
  }

  private static String loss(TunedRate cell) {
    return cell.trials().stream()
        .filter(trial -> trial.learningRate() == cell.learningRate().getAsDouble())
        .findFirst()
        .map(trial -> number(trial.loss()))
        .orElse("");
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.4g", value);
  }

  /** One line for everything that happens. */
  static final class Lines implements TuningProgress {

    private final PrintWriter err;

    Lines(PrintWriter err) {
      this.err = err;
    }

    @Override
    public void started(String initialization, int depth, int iterations) {
      line("Tuning %s at depth %d for runs of %d iterations", initialization, depth, iterations);
    }

    @Override
    public void ended(String initialization, int depth, Trial trial) {
      if (trial.status() == Trial.Status.DIVERGED) {
        line("  %.3g: diverged after %d iterations", trial.learningRate(), trial.iterations());
      } else {
        line(
            "  %.3g: loss %.4g after %d iterations",
            trial.learningRate(), trial.loss(), trial.iterations());
      }
    }

    @Override
    public void said(String initialization, int depth, String sentence) {
      line("  %s", sentence);
    }

    @Override
    public void found(TunedRate rate) {
      if (rate.learningRate().isPresent()) {
        line(
            "%s at depth %d: learning rate %.3g",
            rate.initialization(), rate.depth(), rate.learningRate().getAsDouble());
      } else {
        line("%s at depth %d: no learning rate trains it", rate.initialization(), rate.depth());
      }
    }

    private void line(String format, Object... values) {
      err.println(String.format(Locale.ROOT, format, values));
      err.flush();
    }
  }
}
