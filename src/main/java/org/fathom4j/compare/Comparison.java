package org.fathom4j.compare;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.apache.commons.io.FileUtils;
import org.fathom4j.compare.ComparisonSpec.Place;
import org.fathom4j.data.Dataset;
import org.fathom4j.diagnostics.CoordinateCheck;
import org.fathom4j.plot.ComparisonPlot;
import org.fathom4j.plot.PlotException;
import org.fathom4j.record.Checksums;
import org.fathom4j.record.ComparisonCsv;
import org.fathom4j.record.ComparisonDirectory;
import org.fathom4j.record.ComparisonRecord;
import org.fathom4j.record.ComparisonRecord.Standing;
import org.fathom4j.record.DamagedRecordException;
import org.fathom4j.record.DepthCheckCsv;
import org.fathom4j.record.Provenance;
import org.fathom4j.record.RunDirectory;
import org.fathom4j.record.RunLock;
import org.fathom4j.record.RunRecord;
import org.fathom4j.record.RunStatus;
import org.fathom4j.record.TrialLog;
import org.fathom4j.record.TrialRow;
import org.fathom4j.train.ComputingThreads;
import org.fathom4j.train.ExperimentSpec;
import org.fathom4j.train.Trainer;
import org.fathom4j.train.TrainingResult;
import org.fathom4j.train.TryoutInterruptedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Initializations × depths × seeds, each an ordinary run of {@link Trainer} in a directory of its
 * own: one after the other in this process, or many at once by a {@link WorkerPool}.
 *
 * <p>Everything that can be wrong with the question shows before its directory is made. A
 * comparison that was stopped goes on where it was: finished runs are kept, a half-done one is
 * resumed, one whose record is damaged is set aside and made again. All outputs are functions of
 * the records, and are written again whenever a comparison is taken up.
 *
 * <p>With a pool, a run that fails leaves the others alone and is told in the result; one that was
 * half-done when the comparison stopped begins anew. For the same number of threads and the same
 * memory plans the answer is the same, to the bytes of {@code comparison.csv}.
 */
public final class Comparison {

  private static final Logger LOG = LoggerFactory.getLogger(Comparison.class);
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private final Path home;
  private final List<String> commandLine;
  private final ComparisonProgress progress;
  private final BooleanSupplier interrupted;
  private final Optional<WorkerPool.Opener> workers;

  /**
   * A comparison to be run in this process.
   *
   * @param home the directory that holds {@code datasets/}
   * @param commandLine what the user typed after {@code fathom compare}, for the record
   * @param progress who watches
   * @param interrupted asked after every iteration; true ends the run at work with a checkpoint
   */
  public Comparison(
      Path home,
      List<String> commandLine,
      ComparisonProgress progress,
      BooleanSupplier interrupted) {
    this(home, commandLine, progress, interrupted, Optional.empty());
  }

  /**
   * A comparison to be run.
   *
   * @param home the directory that holds {@code datasets/}
   * @param commandLine what the user typed after {@code fathom compare}, for the record
   * @param progress who watches
   * @param interrupted asked all the time; true ends the comparison, to be resumed
   * @param workers who makes its runs and searches; empty for this process, one after the other
   */
  public Comparison(
      Path home,
      List<String> commandLine,
      ComparisonProgress progress,
      BooleanSupplier interrupted,
      Optional<WorkerPool.Opener> workers) {
    this.home = home;
    this.commandLine = List.copyOf(commandLine);
    this.progress = progress;
    this.interrupted = interrupted;
    this.workers = workers;
  }

  /**
   * Answers a question in a new directory.
   *
   * @param runsDirectory where the comparison's directory goes
   * @throws IllegalArgumentException if the question asks for the impossible; nothing was written
   * @throws IOException if data cannot be read, workers cannot be reached, or records cannot be
   *     written
   */
  public ComparisonResult run(Path runsDirectory, ComparisonSpec spec, RateSource rates)
      throws IOException {
    Dataset dataset = check(spec);
    List<ComparisonRecord.Rate> known = new ArrayList<>();
    for (Place place : spec.places()) {
      rates.known(cell(spec, place)).ifPresent(rate -> known.add(recorded(rate, place, rates)));
    }
    if (workers.isEmpty()) {
      return run(runsDirectory, spec, rates, dataset, known, Optional.empty());
    }
    try (WorkerPool pool = workers.get().open(spec.base())) {
      return run(runsDirectory, spec, rates, dataset, known, Optional.of(pool));
    }
  }

  @SuppressWarnings("try") // the lock is held, not used
  private ComparisonResult run(
      Path runsDirectory,
      ComparisonSpec spec,
      RateSource rates,
      Dataset dataset,
      List<ComparisonRecord.Rate> known,
      Optional<WorkerPool> pool)
      throws IOException {
    ComparisonDirectory directory = ComparisonDirectory.create(runsDirectory, spec.name());
    try (RunLock lock = directory.lock()) {
      ComparisonRecord record =
          new ComparisonRecord(
              ComparisonRecord.FORMAT,
              directory.name(),
              RunStatus.INCOMPLETE,
              commandLine,
              spec.initializations(),
              spec.depths(),
              spec.seeds(),
              spec.singleSeedFrom().isPresent() ? spec.singleSeedFrom().getAsInt() : null,
              rates.description(),
              known,
              spec.keepModels(),
              spec.depthCheck(),
              ComputingThreads.current(),
              1.0 / dataset.train().classes(),
              MAPPER.valueToTree(spec.base()),
              RunRecord.Timing.startingAt(Instant.now()),
              Provenance.capture(home));
      return new Work(directory, spec, rates, record, pool).run();
    }
  }

  /**
   * Goes on with a comparison that was stopped, or writes the outputs of a finished one again.
   *
   * @param rates where the rates that its record does not know come from
   * @throws IOException if its record or its data cannot be read, workers cannot be reached, or
   *     records cannot be written
   */
  @SuppressWarnings("try") // the lock is held, not used
  public ComparisonResult resume(ComparisonDirectory directory, RateSource rates)
      throws IOException {
    try (RunLock lock = directory.lock()) {
      ComparisonRecord before = ComparisonRecord.read(directory.comparisonJson());
      RunRecord.Timing timing = before.timing();
      ComparisonRecord record =
          before.with(
              RunStatus.INCOMPLETE,
              new RunRecord.Timing(timing.started(), null, timing.seconds(), null));
      ComparisonSpec spec = ComparisonSpec.of(before, directory.comparisonJson());
      if (workers.isEmpty()) {
        return new Work(directory, spec, rates, record, Optional.empty()).run();
      }
      try (WorkerPool pool = workers.get().open(spec.base())) {
        return new Work(directory, spec, rates, record, Optional.of(pool)).run();
      }
    }
  }

  /**
   * With how many threads a comparison was begun, as the oldest of its runs tells that the fused
   * kernel computed, or its own record if there is no run yet: the number that makes what is
   * missing that of an unbroken comparison.
   *
   * @return empty if it has runs and another kernel computed them. Before its first run nobody
   *     knows the kernel, and the number is that which the fused one would take
   * @throws IOException if a record cannot be read, other than that of a run by being damaged
   */
  public static OptionalInt threads(ComparisonDirectory directory) throws IOException {
    List<RunRecord> begun = new ArrayList<>();
    for (RunDirectory run : directory.runs()) {
      try {
        begun.add(RunRecord.read(run.runJson()));
      } catch (DamagedRecordException e) {
        LOG.debug("Its run is set aside when the comparison goes on.", e);
      }
    }
    if (begun.isEmpty()) {
      Integer threads = ComparisonRecord.read(directory.comparisonJson()).threads();
      return threads == null ? OptionalInt.empty() : OptionalInt.of(threads);
    }
    return begun.stream()
        .filter(run -> ComputingThreads.of(run).isPresent())
        .min(Comparator.comparing(run -> run.timing().started()))
        .map(ComputingThreads::of)
        .orElse(OptionalInt.empty());
  }

  /** Everything that can be wrong, short of building the networks. */
  private Dataset check(ComparisonSpec spec) throws IOException {
    int deepest = spec.depths().stream().max(Comparator.naturalOrder()).orElseThrow();
    double anyRate = spec.base().optimization().learningRate();
    long seed = spec.seeds().get(0);
    Place largest = new Place(spec.initializations().get(0), deepest);
    Dataset dataset = trainer().check(spec.experiment(largest, seed, anyRate));
    ComparisonDirectory anywhere = new ComparisonDirectory(Path.of(""));
    Set<String> names = new HashSet<>();
    for (Place place : spec.places()) {
      ExperimentSpec experiment = spec.experiment(place, seed, anyRate);
      experiment.networkFor(dataset);
      experiment.optimizerOf(dataset.train().size());
      for (long each : spec.seeds(place)) {
        String name = anywhere.run(place.initialization(), place.depth(), each).name();
        if (!names.add(name)) {
          throw new IllegalArgumentException(
              "Two runs would have the same directory, "
                  + name
                  + ". Compare these initializers one at a time.");
        }
      }
    }
    return dataset;
  }

  private Trainer trainer() {
    // Of its own choice a comparison's trainer never makes a directory.
    return new Trainer(Path.of(""), home, commandLine, progress.training(), interrupted);
  }

  /** The experiment whose learning rate is asked for. */
  private static ExperimentSpec cell(ComparisonSpec spec, Place place) {
    return spec.experiment(place, spec.seeds().get(0), spec.base().optimization().learningRate());
  }

  private static ComparisonRecord.Rate recorded(TunedRate found, Place place, RateSource rates) {
    Standing standing = Standing.NONE_LEARNT;
    if (found.learningRate().isPresent()) {
      standing = found.interior() ? Standing.SETTLED : Standing.ON_THE_EDGE;
    }
    double rate =
        found
            .learningRate()
            .orElseGet(
                () ->
                    found.trials().stream()
                        .mapToDouble(Trial::learningRate)
                        .min()
                        .orElseThrow(
                            () ->
                                new IllegalArgumentException(
                                    rates.description()
                                        + " has neither a learning rate nor a trial of "
                                        + place.initialization()
                                        + " at depth "
                                        + place.depth()
                                        + ". Write a learning rate there, or leave the cell"
                                        + " out.")));
    return ComparisonRecord.Rate.of(
        place.initialization(), place.depth(), rate, rates.description(), standing);
  }

  /** One comparison at work, its directory locked. */
  private final class Work {

    private final ComparisonDirectory directory;
    private final ComparisonSpec spec;
    private final RateSource rates;
    private final Instant begin = Instant.now();
    private final double secondsBefore;
    private final Optional<PendingTasks> tasks; // empty without workers
    private final JudgedRuns judged;
    private ComparisonRecord record;

    Work(
        ComparisonDirectory directory,
        ComparisonSpec spec,
        RateSource rates,
        ComparisonRecord record,
        Optional<WorkerPool> pool) {
      this.directory = directory;
      this.spec = spec;
      this.rates = rates;
      this.record = record;
      secondsBefore = record.timing().seconds();
      tasks = pool.map(PendingTasks::new);
      judged = new JudgedRuns(directory, spec, record.chanceAccuracy());
    }

    ComparisonResult run() throws IOException {
      Checksums.unseal(directory);
      ComparisonResult result = work();
      Checksums.seal(directory);
      return result;
    }

    private ComparisonResult work() throws IOException {
      try {
        record.write(directory.comparisonJson());
        takeFinished();
        boolean all = tasks.isPresent() ? answerWith(tasks.get()) : answer();
        if (!all) {
          return finish(RunStatus.INTERRUPTED);
        }
        return finish(failures().isEmpty() ? RunStatus.DONE : RunStatus.FAILED);
      } catch (IOException | RuntimeException | OutOfMemoryError e) {
        recordFailure(e);
        throw e;
      }
    }

    /** What workers could not do, and why. */
    private Map<String, String> failures() {
      return tasks.map(PendingTasks::failures).orElse(Map.of());
    }

    /** Runs what is missing, one after the other; false if somebody interrupted it. */
    private boolean answer() throws IOException {
      int number = 0;
      for (Place place : spec.places()) {
        if (record.rate(place.initialization(), place.depth()).isEmpty()) {
          TunedRate found;
          try {
            found = rates.find(cell(spec, place), otherSeeds(place), directory);
          } catch (TryoutInterruptedException e) {
            return false;
          }
          keepRate(place, found);
        }
        for (long seed : spec.seeds(place)) {
          number++;
          RunDirectory run = directory.run(place.initialization(), place.depth(), seed);
          if (judged.has(run)) {
            continue;
          }
          if (interrupted.getAsBoolean()) {
            return false;
          }
          progress.started(run.name(), number, spec.runs());
          if (train(run, experiment(place, seed)).status() == RunStatus.INTERRUPTED) {
            return false;
          }
          judge(run, seed);
          keepRows();
        }
      }
      return true;
    }

    private List<Long> otherSeeds(Place place) {
      List<Long> seeds = spec.seeds(place);
      return seeds.subList(1, seeds.size());
    }

    private void keepRate(Place place, TunedRate found) throws IOException {
      record = record.with(recorded(found, place, rates));
      keepRecord();
    }

    /** Has workers make what is missing; false if somebody interrupted it. */
    private boolean answerWith(PendingTasks tasks) throws IOException {
      for (Place place : spec.places()) {
        if (record.rate(place.initialization(), place.depth()).isPresent()) {
          submitRuns(place, tasks);
        } else {
          submitSearch(place, tasks);
        }
      }
      return tasks.takeAll(interrupted, progress::failed);
    }

    private void submitRuns(Place place, PendingTasks tasks) throws IOException {
      for (long seed : spec.seeds(place)) {
        RunDirectory run = directory.run(place.initialization(), place.depth(), seed);
        if (!judged.has(run)) {
          tasks.submit(
              run.name(),
              TrainingTask.of(run.name(), experiment(place, seed), commandLine, spec.keepModels()),
              made -> {
                made.store(run);
                progress.returned(run.name(), judged.count() + 1, spec.runs());
                judge(run, seed);
                keepRows();
              });
        }
      }
    }

    private void submitSearch(Place place, PendingTasks tasks) throws IOException {
      ExperimentSpec cell = cell(spec, place);
      Optional<TunedRate> known = rates.known(cell);
      if (known.isPresent()) {
        keepRate(place, known.get());
        submitRuns(place, tasks);
        return;
      }
      tasks.submit(
          "the learning rate of " + place.initialization() + " at depth " + place.depth(),
          rates.search(cell, otherSeeds(place), directory),
          trials -> {
            try (TrialLog log = TrialLog.open(directory.trialsCsv())) {
              for (TrialRow row : trials) {
                log.append(row);
              }
            }
            try {
              keepRate(place, rates.find(cell, otherSeeds(place), directory));
            } catch (TryoutInterruptedException e) {
              return; // the loop will notice too
            }
            submitRuns(place, tasks);
          });
    }

    /** Reads the runs that ended before; those that cannot be read are set aside. */
    private void takeFinished() throws IOException {
      for (Place place : spec.places()) {
        for (long seed : spec.seeds(place)) {
          RunDirectory run = directory.run(place.initialization(), place.depth(), seed);
          if (!Files.isDirectory(run.path())) {
            continue;
          }
          if (run.sealedFiles().stream().noneMatch(Files::exists)) {
            FileUtils.deleteDirectory(
                run.path().toFile()); // stopped before the record, which is written first
            continue;
          }
          try {
            requireRecord(run);
            RunRecord ended = RunRecord.read(run.runJson());
            judged.requireAskedFor(experiment(place, seed), ended, run);
            if (ended.status() == RunStatus.DONE || ended.status() == RunStatus.DIVERGED) {
              judge(run, seed);
            }
          } catch (DamagedRecordException e) {
            setAside(run, e);
          }
        }
      }
    }

    /** Without it nobody knows what the other files are of. */
    private static void requireRecord(RunDirectory run) throws DamagedRecordException {
      if (!Files.exists(run.runJson())) {
        throw new DamagedRecordException(run.runJson() + " is gone, though its run has begun.");
      }
    }

    private ExperimentSpec experiment(Place place, long seed) throws IOException {
      double rate =
          record
              .rate(place.initialization(), place.depth())
              .orElseThrow(
                  () ->
                      new IOException(
                          directory.comparisonJson()
                              + " lacks the learning rate of a run that has begun, "
                              + place.initialization()
                              + " at depth "
                              + place.depth()
                              + ". Restore the file, or start a new comparison."))
              .learningRate();
      return spec.experiment(place, seed, rate);
    }

    private TrainingResult train(RunDirectory run, ExperimentSpec experiment) throws IOException {
      if (Files.exists(run.runJson())) {
        try {
          return trainer().resume(run);
        } catch (DamagedRecordException e) {
          setAside(run, e);
        }
      }
      return trainer().run(experiment, run);
    }

    /** Makes room for a run whose record is of no use, without throwing that away. */
    private void setAside(RunDirectory run, DamagedRecordException damage) throws IOException {
      int number = 1;
      Path aside;
      do {
        aside = run.path().resolveSibling(run.name() + ".damaged-" + number++);
      } while (Files.exists(aside));
      Files.move(run.path(), aside);
      LOG.warn(
          "{} Run {} is made again; its damaged directory is now {}. Other runs are kept.",
          damage.getMessage(),
          run.name(),
          aside);
    }

    private void judge(RunDirectory run, long seed) throws IOException {
      Verdict verdict = judged.judge(run, seed);
      if (!spec.keepModels()) {
        run.removeModel();
      }
      progress.judged(run.name(), verdict);
    }

    private void keepRows() throws IOException {
      writeRows();
      keepRecord();
    }

    /** Writes the record with the time so far, which a kill would lose. */
    private void keepRecord() throws IOException {
      record = record.with(RunStatus.INCOMPLETE, timing(null));
      record.write(directory.comparisonJson());
    }

    private void writeRows() throws IOException {
      ComparisonCsv.write(directory.comparisonCsv(), judged.rows(record));
    }

    private ComparisonResult finish(RunStatus status) throws IOException {
      writeRows();
      Map<String, CoordinateCheck> checks =
          spec.depthCheck() && status == RunStatus.DONE
              ? DepthChecks.of(directory, spec)
              : Map.of();
      if (!checks.isEmpty()) {
        DepthCheckCsv.write(directory.depthCheckCsv(), DepthChecks.rows(checks));
      }
      record = record.with(status, timing(Instant.now()));
      record.write(directory.comparisonJson());
      ComparisonResult result =
          new ComparisonResult(directory, record, judged.cells(record), failures(), checks);
      ComparisonReport.write(result, draw());
      return result;
    }

    /** Pictures that cannot be drawn are no reason to lose a result. */
    private List<Path> draw() throws IOException {
      try {
        return ComparisonPlot.draw(directory);
      } catch (PlotException | DamagedRecordException e) {
        LOG.warn("The report has no pictures. {}", e.getMessage());
        return List.of();
      }
    }

    /** The comparison's record says that it failed, if it can still be written. */
    private void recordFailure(Throwable failure) {
      try {
        record.with(RunStatus.FAILED, timing(Instant.now())).write(directory.comparisonJson());
      } catch (IOException | RuntimeException e) {
        failure.addSuppressed(e); // the first failure is what the user must see
      }
    }

    /**
     * The time at work so far.
     *
     * @param ended null while it goes on
     */
    private RunRecord.Timing timing(Instant ended) {
      double seconds = secondsBefore + 1e-3 * Duration.between(begin, Instant.now()).toMillis();
      return new RunRecord.Timing(record.timing().started(), ended, seconds, null);
    }
  }
}
