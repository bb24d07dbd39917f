package org.fathom4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.fathom4j.compare.Comparison;
import org.fathom4j.compare.ComparisonProgress;
import org.fathom4j.compare.ComparisonResult;
import org.fathom4j.compare.ComparisonSpec;
import org.fathom4j.compare.LearningRateTuner;
import org.fathom4j.compare.LearningRates;
import org.fathom4j.compare.RateSource;
import org.fathom4j.compare.TunedRates;
import org.fathom4j.compare.TuningProgress;
import org.fathom4j.compare.Verdict;
import org.fathom4j.compare.WorkerPool;
import org.fathom4j.compare.WorkerPoolProvider;
import org.fathom4j.data.Datasets;
import org.fathom4j.record.ComparisonDirectory;
import org.fathom4j.record.ComparisonRecord;
import org.fathom4j.text.Spelling;
import org.fathom4j.train.ComputingThreads;
import org.fathom4j.train.ExperimentSpec;
import org.fathom4j.train.TrainingProgress;
import org.fathom4j.train.Tryouts;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** {@code fathom compare}: which initialization trains at which depth, and why others do not. */
@Command(
    name = "compare",
    sortOptions = false,
    description = {
      "Trains every initializer at every depth with every seed, and says which learn and why the"
          + " others do not: one run after the other, or with --master many at once on Apache"
          + " Spark.",
      "",
      "Leaves a table, pictures and a page for readers, report.html, in a directory of its own; each"
          + " run has an ordinary run directory in it. Options are those of fathom train, with lists"
          + " of initializers, depths and seeds. A run that diverges is a result, not an error."
    },
    footer = {
      "",
      "Exit codes: 0 done, 1 failed, 2 bad usage, 130 interrupted (Ctrl-C; --resume goes on).",
      "Example: fathom compare --init mzas,xavier --depth 10,100 --seeds 1,2,3 --learning-rate tuned"
    })
final class CompareCommand implements Callable<Integer> {

  private static final String STOPPING =
      "Stopping after this iteration; what has ended is kept, and --resume goes on. Once more stops"
          + " at once.";

  private static final String STOPPING_WORKERS =
      "Stopping; what has ended is kept. Runs and searches for a learning rate that are under way"
          + " begin anew with --resume. Once more stops at once.";

  @Mixin private GridOptions options;

  @Option(
      names = "--learning-rate",
      paramLabel = "tuned|η|FILE",
      defaultValue = "0.1",
      description =
          "tuned: searched for, for each initializer and depth, the best of the first seed that no"
              + " other diverges with; a number: that of every cell; a file: the"
              + " learning-rates.json of fathom tune (default: ${DEFAULT-VALUE}).")
  private String learningRate;

  @Option(
      names = "--seeds",
      paramLabel = "S,…",
      description = "Seeds of each cell, a list such as 1,2,3 (default: that of --seed).")
  private String seeds;

  @Option(
      names = "--single-seed-from",
      paramLabel = "L",
      description =
          "From this depth on only the first seed: deep cells cost most (default: every seed at every"
              + " depth).")
  private Integer singleSeedFrom;

  @Option(
      names = "--depth-check",
      paramLabel = "T",
      arity = "0..1",
      fallbackValue = "5",
      description =
          "In place of training, makes T updates (5 if no number follows) and says whether norms of"
              + " activations and gradients are the same at every depth (default: training).")
  private Integer depthCheck;

  @Option(
      names = "--keep-models",
      description =
          "Keeps the trained network of every run (default: removed when its run has ended).")
  private boolean keepModels;

  @Option(
      names = "--master",
      paramLabel = "MASTER",
      arity = "0..1",
      fallbackValue = "local[2]",
      description =
          "Makes the runs on Apache Spark, as many at once as its cores allow: local[2], two in this"
              + " process, if no word follows; spark://HOST:PORT, on a cluster. A search for a learning"
              + " rate is one task, as a run is: one that is stopped loses its trials (default: one"
              + " after the other, without Spark).")
  private String master;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description =
          "Threads that the fused kernel of each run computes with; with --master these are cores of"
              + " Spark that a run takes (default: all processors, with --master 1; with --resume as"
              + " many as the comparison was begun with).")
  private Integer threads;

  @Option(
      names = "--resume",
      paramLabel = "DIR",
      description =
          "Goes on with a stopped comparison, in its directory, with the options it was started"
              + " with; of a finished one it writes tables, pictures and report again (default: a new"
              + " comparison).")
  private String resume;

  @Mixin private OutputOptions output;

  @Override
  public Integer call() throws IOException {
    Optional<ComparisonSpec> question = resume == null ? Optional.of(question()) : Optional.empty();
    if (resume != null) {
      output.requireNothingBesideResume("comparison", "--master", "--threads");
    }
    Optional<ComparisonDirectory> begun =
        resume == null
            ? Optional.empty()
            : Optional.of(ComparisonDirectory.open(resume, output.runs()));
    OptionalInt stated = threads(begun);
    Optional<WorkerPool.Opener> workers = workers(stated);
    stated.ifPresent(ComputingThreads::use);
    String stopping = workers.isEmpty() ? STOPPING : STOPPING_WORKERS;
    try (Interruption interruption = new Interruption(output.err(), stopping)) {
      Comparison comparison =
          new Comparison(
              Datasets.home(),
              output.words(),
              output.quiet ? ComparisonProgress.SILENT : new Lines(output.err()),
              interruption,
              workers);
      if (begun.isEmpty()) {
        return finish(comparison.run(output.runs(), question.orElseThrow(), rates(interruption)));
      }
      ComparisonRecord record = ComparisonRecord.read(begun.get().comparisonJson());
      return finish(comparison.resume(begun.get(), rates(record, interruption)));
    }
  }

  private int finish(ComparisonResult result) {
    PrintWriter out = output.out();
    if (output.json) {
      out.println(Json.of(ComparisonOutput.tree(result)));
    } else {
      ComparisonOutput.print(result, out);
    }
    out.flush();
    ComparisonOutput.printFailures(result, output.err());
    return switch (result.record().status()) {
      case INTERRUPTED -> ExitCode.INTERRUPTED;
      case FAILED -> ExitCode.FAILED;
      default -> ExitCode.DONE;
    };
  }

  /** Who makes the runs, if it is not this process alone. */
  private Optional<WorkerPool.Opener> workers(OptionalInt stated) {
    if (master == null) {
      return Optional.empty();
    }
    int threadsOfARun = stated.orElseThrow();
    WorkerPoolProvider provider = WorkerPoolProvider.find();
    return Optional.of(
        base ->
            provider.open(
                new WorkerPool.Settings(
                    "fathom compare",
                    master,
                    threadsOfARun,
                    Datasets.home().toAbsolutePath(),
                    base.data())));
  }

  /**
   * Threads of a run: those that the user asked for, or the comparison was begun with; else 1 with
   * workers, and without them what the kernel takes by itself.
   */
  private OptionalInt threads(Optional<ComparisonDirectory> begun) throws IOException {
    if (threads != null) {
      Numbers.requireAtLeast(1, "--threads", threads);
    }
    OptionalInt before = begun.isPresent() ? Comparison.threads(begun.get()) : OptionalInt.empty();
    if (threads != null) {
      if (before.isPresent() && before.getAsInt() != threads) {
        output
            .err()
            .printf(
                "This comparison was begun with %s a run and goes on with %d: results may differ in"
                    + " the last bits from those of an unbroken one.%n",
                ComputingThreads.inWords(before.getAsInt()), threads);
      }
      return OptionalInt.of(threads);
    }
    if (before.isPresent()) {
      if (!output.quiet && before.getAsInt() != Runtime.getRuntime().availableProcessors()) {
        output
            .err()
            .printf(
                "Runs compute with %s each, as when this comparison was begun; --threads N asks for"
                    + " another number.%n",
                ComputingThreads.inWords(before.getAsInt()));
      }
      return before;
    }
    return master == null ? OptionalInt.empty() : OptionalInt.of(1);
  }

  /** Where learning rates come from. */
  private RateSource rates(Interruption interruption) throws IOException {
    if (learningRate.equals(TunedRates.DESCRIPTION)) {
      return tuned(interruption);
    }
    OptionalDouble number = number(learningRate);
    return number.isPresent()
        ? RateSource.fixed(number.getAsDouble())
        : RateSource.of(LearningRates.read(Path.of(learningRate)), learningRate);
  }

  /** Of a comparison that goes on: its record has the rates, unless they are tuned. */
  private RateSource rates(ComparisonRecord record, Interruption interruption) {
    return record.learningRate().equals(TunedRates.DESCRIPTION)
        ? tuned(interruption)
        : RateSource.of(new LearningRates(List.of()), record.learningRate());
  }

  private RateSource tuned(Interruption interruption) {
    return new TunedRates(
        new Tryouts(Datasets.home(), interruption),
        LearningRateTuner.DEFAULT_BUDGET,
        output.quiet ? TuningProgress.SILENT : new TuneCommand.Lines(output.err()));
  }

  private static OptionalDouble number(String text) {
    double rate;
    try {
      rate = Numbers.number(text);
    } catch (TypeConversionException e) {
      return OptionalDouble.empty();
    }
    Numbers.require(
        rate > 0 && Double.isFinite(rate), "--learning-rate", "positive and finite", rate);
    return OptionalDouble.of(rate);
  }

  private void requireRates() {
    if (learningRate.equals(TunedRates.DESCRIPTION) || number(learningRate).isPresent()) {
      return;
    }
    try {
      if (Files.isRegularFile(Path.of(learningRate))) {
        return;
      }
    } catch (InvalidPathException e) {
      // no file, so said below
    }
    throw new IllegalArgumentException(
        "--learning-rate must be a number such as 0.1, the word tuned, or a file such as the"
            + " learning-rates.json of fathom tune, but is \""
            + learningRate
            + "\"."
            + Spelling.suggestion(learningRate, List.of(TunedRates.DESCRIPTION)));
  }

  ComparisonSpec question() {
    requireRates();
    String name = options.run.name == null ? "" : options.run.name;
    // The base's own rate never counts.
    ExperimentSpec base = options.first(name, 1);
    if (depthCheck != null) {
      Numbers.requireAtLeast(1, "--depth-check", depthCheck);
      if (!output.quiet
          && (options.training.iterations != null || options.training.epochs != null)) {
        output
            .err()
            .printf(
                "A depth check makes %d updates; %s does not count.%n",
                depthCheck, options.training.iterations != null ? "--iterations" : "--epochs");
      }
      base = base.forDepthCheck(depthCheck);
    }
    return new ComparisonSpec(
        name,
        options.initializations(),
        options.depths(),
        seeds(),
        singleSeedFrom == null ? OptionalInt.empty() : OptionalInt.of(singleSeedFrom),
        base,
        keepModels,
        depthCheck != null);
  }

  private List<Long> seeds() {
    if (seeds == null) {
      return List.of(options.run.seed);
    }
    List<Long> list = new ArrayList<>();
    for (String text : seeds.split(",", -1)) {
      try {
        list.add(Numbers.longWholeNumber(text));
      } catch (TypeConversionException e) {
        throw new IllegalArgumentException(
            "--seeds is a list of whole numbers such as 1,2,3, but in '"
                + seeds
                + "' "
                + e.getMessage(),
            e);
      }
    }
    return list;
  }

  /** A line a run; on a terminal with a bar under it. */
  private static final class Lines implements ComparisonProgress {

    private final PrintWriter err;

    Lines(PrintWriter err) {
      this.err = err;
    }

    @Override
    public void started(String run, int number, int all) {
      line("Run " + number + " of " + all + ": " + run);
    }

    @Override
    public void returned(String run, int number, int all) {
      line("Run " + number + " of " + all + " is back: " + run);
    }

    @Override
    public void failed(String what, String cause) {
      line(what + " failed: " + cause);
    }

    @Override
    public void judged(String run, Verdict verdict) {
      line(run + " " + verdict.outcome().word() + verdict.cause().map(c -> ": " + c).orElse(""));
    }

    @Override
    public TrainingProgress training() {
      return Terminal.isErr() ? new ProgressDisplay(err) : TrainingProgress.SILENT;
    }

    private void line(String text) {
      err.println(text);
      err.flush();
    }
  }
}
