package org.fathom4j.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.fathom4j.bench.PeerFigure.Goal;
import org.fathom4j.kernel.KernelName;
import org.fathom4j.plot.PeersPlot;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The goals table: this project beside PyTorch and plain Deeplearning4j, on the same work in the
 * same run, as CSV and PNG.
 *
 * <p>On a shared machine only ratios mean something: one repetition runs ours, with the GEMM peak
 * before and after, and then the other, and the median of the repetitions' ratios is reported. Each
 * runs in a process of its own, in the OpenMP settings that suit it best, and is stopped while the
 * other computes ({@link PeerProcess}). The answers of every peer are compared with the reference
 * kernel's before it is timed. A row that would take too long is left out and says so; one whose
 * process fails says so too, and the others go on.
 */
@Command(
    name = "peers",
    mixinStandardHelpOptions = true,
    description = "Times stacks against PyTorch and plain Deeplearning4j; prints the goals table.")
public final class Peers implements Callable<Integer> {

  private static final String PEAK_REQUEST = "peak 0.1";

  private static final double WARM_UP_SECONDS = 2;

  /** What one measurement lasts at the least: iterations of shallow stacks are timed together. */
  private static final double LEAST_SECONDS = 0.25;

  private static final int MOST_ITERATIONS = 100_000;

  /** For an answer of a process, unless --longest allows more. */
  private static final double PATIENCE_SECONDS = 600;

  /** Of every OpenMP setting, in turn; fewer, but one, where they take long. */
  private static final int TRIALS = 5;

  private static final double TRIALS_SECONDS = 20;

  /** In single precision. */
  private static final double DENORMAL = 1e-39;

  /** Deep enough for the blocks to matter, and quick to build. */
  private static final int TRIAL_DEPTH = 1_000;

  /** Less is lost in what the Java machine takes and gives back meanwhile. */
  private static final int FEWEST_BLOCKS_TO_WEIGH = 10_000;

  private static final int CORES = Runtime.getRuntime().availableProcessors();

  private static final String PYTORCH = "times as fast as PyTorch";
  private static final String DL4J = "times as fast as Deeplearning4j's layers";
  private static final String PEAK = "fraction of the GEMM peak";
  private static final Goal PROPORTIONAL = new Goal(0.9, 1.1);

  /**
   * A row of the table.
   *
   * @param measure its first figure
   * @param goal of that figure; null if there is none
   * @param work adds the figures
   */
  private record Row(
      String name, BenchSpec spec, String measure, Goal goal, Consumer<Row> work) {}

  /** Rows by name, in the order of the table. */
  private final Map<String, Row> rows = new LinkedHashMap<>();

  private final List<PeerFigure> figures = new ArrayList<>();
  private final PrintStream talk = System.err;

  @Option(
      names = "--rows",
      split = ",",
      paramLabel = "NAME",
      description = "Only these rows (default: all; --list names them).")
  private List<String> chosen;

  @Option(names = "--list", description = "Names the rows and ends.")
  private boolean list;

  @Option(
      names = "--repetitions",
      defaultValue = "7",
      description = "Repetitions of every row (default: ${DEFAULT-VALUE}).")
  private int repetitions;

  @Option(
      names = "--longest",
      defaultValue = "240",
      paramLabel = "SECONDS",
      description =
          "Rows predicted to take longer get fewer repetitions, but at least one, or are left out"
              + " (default: ${DEFAULT-VALUE}).")
  private double longest;

  @Option(
      names = "--kernel",
      paramLabel = "NAME",
      description = "Our kernel (default: the one that is chosen for training).")
  private KernelName kernel;

  @Option(
      names = "--directory",
      defaultValue = "target/bench",
      description = "Where peers.csv and peers.png go (default: ${DEFAULT-VALUE}).")
  private Path directory;

  private Peers() {
    BenchSpec deep32 = PeerMain.spec(10_000, 32, 32, 128);
    pyTorch("deep-32", deep32, 8, null);
    add("deep-32-dl4j", deep32, DL4J, Goal.atLeast(10), row -> pair(row, Side.DL4J));
    add("deep-32-dl4j-stock", deep32, DL4J, Goal.atLeast(10), this::stockDl4j);
    pyTorch("deep-64", PeerMain.spec(10_000, 64, 64, 256), 3.5, null);
    pyTorch("deep-128-16", PeerMain.spec(10_000, 128, 16, 100), 6, null);
    pyTorch("deep-64-8", PeerMain.spec(10_000, 64, 8, 100), 15, null);
    pyTorch("batch-1000", PeerMain.spec(1_000, 64, 64, 1_000), 2, Goal.atLeast(0.65));
    pyTorch("shallow", PeerMain.spec(10, 64, 64, 128), 1, null);
    add("depth", deep32, "time a block relative to depth " + deep32.depth(), null, this::depth);
    add(
        "million",
        PeerMain.spec(1_000_000, 4, 4, 16),
        "seconds an iteration",
        Goal.atMost(0.2),
        this::million);
    add(
        "denormals",
        PeerMain.spec(1_000, 64, 64, 128),
        "time with denormal activations over time with normal ones",
        null,
        row -> pair(row, Side.OURS, process -> process.ask("input " + DENORMAL)));
    add(
        "network",
        deep32,
        "time of the whole network over the stack's",
        Goal.atMost(1.15),
        row -> pair(row, Side.NETWORK));
  }

  private void add(
      String name, BenchSpec spec, String measure, Goal goal, Consumer<Row> work) {
    rows.put(name, new Row(name, spec, measure, goal, work));
  }

  private void pyTorch(String name, BenchSpec spec, double least, Goal ofPeak) {
    add(name, spec, PYTORCH, Goal.atLeast(least), row -> pyTorch(row, ofPeak));
  }

  /** Runs the command. */
  public static void main(String[] arguments) {
    System.exit(
        new CommandLine(new Peers())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .execute(arguments));
  }

  @Override
  public Integer call() throws IOException {
    if (list) {
      rows.keySet().forEach(System.out::println);
      return 0;
    }
    List<String> names = chosen == null ? List.copyOf(rows.keySet()) : chosen;
    for (String name : names) {
      if (!rows.containsKey(name)) {
        talk.println("There is no row " + name + "; there are " + rows.keySet() + ".");
        return 2;
      }
    }
    if (kernel == null) {
      kernel = KernelName.FUSED; // the peers compute on the processor, too
    }
    Files.createDirectories(directory);
    Path csv = directory.resolve("peers.csv");
    int failures = 0;
    for (String name : names) {
      talk.println(name + " …");
      Row row = rows.get(name);
      try {
        row.work().accept(row);
      } catch (PeerException e) {
        failures++;
        talk.println(name + " failed. " + e.getMessage());
        figures.add(without(row, row.spec(), "FAILED: " + e.getMessage()));
      }
      write(csv); // after every row, so that a long run that is stopped leaves what it has
    }
    Path picture = PeersPlot.draw(csv, directory.resolve("peers.png"));
    System.out.print(Files.readString(csv));
    talk.println("Written: " + csv + ", " + picture);
    if (failures > 0) {
      talk.println(failures + " of " + names.size() + " rows failed; what happened is above.");
    }
    return failures > 0 ? 1 : 0;
  }

  private void write(Path csv) {
    StringBuilder text = new StringBuilder(PeerFigure.HEADER).append('\n');
    for (PeerFigure figure : figures) {
      text.append(String.join(",", figure.fields())).append('\n');
    }
    try {
      Files.writeString(csv, text);
    } catch (IOException e) {
      throw new IllegalStateException("Cannot write " + csv + ": " + e.getMessage(), e);
    }
  }

  /** Ours and another in two processes; the figure is the other's time over ours. */
  private void pair(Row row, Side side) {
    pair(row, side, process -> {});
  }

  private void pair(Row row, Side side, Consumer<PeerProcess> prepare) {
    Choice choice = fastest(side, row.spec());
    try (PeerProcess ours = start(Side.OURS, row.spec(), PeerSetting.LAUNCHER);
        PeerProcess other = start(side, row.spec(), choice.setting())) {
      int times = check(row, ours, other);
      if (times == 0) {
        return;
      }
      String note = build(ours, other, choice);
      prepare.accept(other);
      int ourCount = warmUp(ours);
      int otherCount = warmUp(other);
      List<Double> seconds = new ArrayList<>();
      List<Double> others = new ArrayList<>();
      for (int i = 0; i < times; i++) {
        seconds.add(secondsOf(ours, ourCount));
        others.add(secondsOf(other, otherCount));
      }
      figures.add(ratio(row, seconds, others, note));
    }
  }

  /** As a pair, and beside it the fraction of the GEMM peak, measured directly before and after. */
  private void pyTorch(Row row, Goal ofPeak) {
    BenchSpec spec = row.spec();
    Choice choice = fastest(Side.PYTORCH, spec);
    try (PeerProcess ours = start(Side.OURS, spec, PeerSetting.LAUNCHER);
        PeerProcess other = start(Side.PYTORCH, spec, choice.setting())) {
      int times = check(row, ours, other);
      if (times == 0) {
        return;
      }
      String note = build(ours, other, choice);
      int ourCount = warmUp(ours);
      int otherCount = warmUp(other);
      List<Double> seconds = new ArrayList<>();
      List<Double> others = new ArrayList<>();
      List<Double> fractions = new ArrayList<>();
      for (int i = 0; i < times; i++) {
        double before = ours.number(PEAK_REQUEST);
        seconds.add(secondsOf(ours, ourCount));
        double peak = (before + ours.number(PEAK_REQUEST)) / 2;
        others.add(secondsOf(other, otherCount));
        fractions.add(spec.flop() * 1e-9 / seconds.get(i) / peak);
      }
      figures.add(ratio(row, seconds, others, note));
      figures.add(
          new PeerFigure(
              row.name(),
              spec,
              PEAK,
              Timing.of(fractions),
              ofPeak,
              Timing.of(seconds).median(),
              Double.NaN,
              ourNote() + "; the peak is the mean of directly before and after"));
    }
  }

  /** Fails on a wrong answer; else says for how many repetitions there is time. */
  private int check(Row row, PeerProcess ours, PeerProcess other) {
    ours.ask("check");
    other.ask("check");
    return affordable(row, row.spec(), ours.number("predict"), other.number("predict"));
  }

  private String build(PeerProcess ours, PeerProcess other, Choice choice) {
    ours.ask("build");
    return ourNote() + " against " + other.ask("build") + " (" + choice.note() + ")";
  }

  private String ourNote() {
    return kernel.option() + " (" + PeerSetting.LAUNCHER + ")";
  }

  private static PeerFigure ratio(
      Row row, List<Double> ours, List<Double> others, String note) {
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < ours.size(); i++) {
      ratios.add(others.get(i) / ours.get(i));
    }
    return new PeerFigure(
        row.name(),
        row.spec(),
        row.measure(),
        Timing.of(ratios),
        row.goal(),
        Timing.of(ours).median(),
        Timing.of(others).median(),
        note);
  }

  /**
   * A setting, and how it was found.
   *
   * @param note for the figure
   */
  private record Choice(PeerSetting setting, String note) {}

  /**
   * The setting in which a side is at its best here and now: all are tried in turn on the row's
   * widths, at a depth where the time of a block has settled.
   */
  private Choice fastest(Side side, BenchSpec spec) {
    List<PeerSetting> settings = side.settings(CORES);
    if (settings.size() == 1) {
      return new Choice(settings.get(0), settings.get(0).toString());
    }
    BenchSpec tried = spec.atDepth(Math.min(spec.depth(), TRIAL_DEPTH));
    List<PeerProcess> processes = new ArrayList<>();
    List<List<Double>> seconds = new ArrayList<>();
    String who = "";
    try {
      List<Integer> counts = new ArrayList<>();
      for (PeerSetting setting : settings) {
        PeerProcess process = start(side, tried, setting);
        processes.add(process);
        who = process.ask("build");
        counts.add(warmUp(process));
        seconds.add(new ArrayList<>());
      }
      double spent = 0;
      for (int i = 0; i == 0 || i < TRIALS && spent < TRIALS_SECONDS; i++) {
        for (int k = 0; k < settings.size(); k++) {
          double once = secondsOf(processes.get(k), counts.get(k));
          seconds.get(k).add(once);
          spent += once * counts.get(k);
        }
      }
    } finally {
      processes.forEach(PeerProcess::close);
    }
    List<String> found = new ArrayList<>();
    int best = 0;
    for (int k = 0; k < settings.size(); k++) {
      double median = Timing.of(seconds.get(k)).median();
      found.add(String.format(Locale.ROOT, "%s %.3g s", settings.get(k), median));
      if (median < Timing.of(seconds.get(best)).median()) {
        best = k;
      }
    }
    String note = settings.get(best) + "; fastest at depth " + tried.depth() + " of: ";
    talk.println("  " + who + ": " + note + String.join("; ", found));
    return new Choice(settings.get(best), note + String.join("; ", found));
  }

  private PeerProcess start(Side side, BenchSpec spec, PeerSetting setting) {
    Duration patience = Duration.ofSeconds((long) Math.max(PATIENCE_SECONDS, 2 * longest));
    return start(side, spec, kernel, setting, patience);
  }

  /** A process with this one's Java, flags and class path, which is stopped while it is not asked. */
  static PeerProcess start(
      Side side, BenchSpec spec, KernelName kernel, PeerSetting setting, Duration patience) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(setting.javaOptions());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), PeerMain.class.getName()));
    command.addAll(PeerMain.arguments(side, spec, kernel));
    String name = String.format("%s at depth %d (%s)", side, spec.depth(), setting);
    return new PeerProcess(name, command, setting, patience);
  }

  /** Iterates until what is compiled at run time is; answers how many iterations to time at once. */
  private static int warmUp(PeerProcess process) {
    double spent = 0;
    double once = 0;
    int count = 1;
    while (spent < WARM_UP_SECONDS) {
      double seconds = process.number("run " + count);
      spent += seconds;
      once = seconds / count;
      count = (int) Math.max(1, Math.min(Math.ceil(LEAST_SECONDS / once), MOST_ITERATIONS));
    }
    return count;
  }

  /** Of one iteration; of short ones the mean of many, so that a hiccup does not decide. */
  private static double secondsOf(PeerProcess process, int count) {
    return process.number("run " + count) / count;
  }

  /**
   * Plain Deeplearning4j as it comes: its updater takes time in the cube of the number of layers, so
   * that only shallow stacks can be measured; what the stock updater adds to them is continued to
   * the depth of the row.
   */
  private void stockDl4j(Row row) {
    BenchSpec spec = row.spec();
    int[] depths = {50, 100, 200};
    double[] stock = new double[depths.length];
    double[] flat = new double[depths.length];
    Choice choice = fastest(Side.DL4J, spec);
    for (int i = 0; i < depths.length; i++) {
      BenchSpec shallow = spec.atDepth(depths[i]);
      stock[i] = median(Side.DL4J_STOCK, shallow, choice.setting());
      flat[i] = median(Side.DL4J, shallow, choice.setting());
    }
    int last = depths.length - 1;
    double cubic = Math.max(0, stock[last] - flat[last]) / Math.pow(depths[last], 3);
    double linear = flat[last] / depths[last];
    double seconds = linear * spec.depth() + cubic * Math.pow(spec.depth(), 3);
    double mine = median(Side.OURS, spec, PeerSetting.LAUNCHER);
    figures.add(
        new PeerFigure(
            row.name(),
            spec,
            row.measure(),
            Timing.of(seconds / mine),
            row.goal(),
            mine,
            seconds,
            String.format(
                Locale.ROOT,
                "EXTRAPOLATED: %s s measured at depths %s; %s s with FlatUpdater; the difference at"
                    + " the last continued with the cube of depth; %s",
                inTurn(stock),
                Arrays.toString(depths),
                inTurn(flat),
                choice.note())));
  }

  private static String inTurn(double[] seconds) {
    return Arrays.stream(seconds)
        .mapToObj(s -> String.format(Locale.ROOT, "%.3g", s))
        .collect(Collectors.joining(", "));
  }

  private double median(Side side, BenchSpec spec, PeerSetting setting) {
    List<Double> seconds = new ArrayList<>();
    try (PeerProcess process = start(side, spec, setting)) {
      process.ask("check");
      process.ask("build");
      int count = warmUp(process);
      for (int i = 0; i < repetitions; i++) {
        seconds.add(secondsOf(process, count));
      }
    }
    return Timing.of(seconds).median();
  }

  /** Time and memory against depth, the depths in turn in every repetition. */
  private void depth(Row row) {
    BenchSpec at = row.spec();
    List<BenchSpec> specs = new ArrayList<>();
    List<PeerProcess> processes = new ArrayList<>();
    List<Integer> counts = new ArrayList<>();
    List<List<Double>> seconds = new ArrayList<>();
    List<PeerFigure> memory = new ArrayList<>();
    int times = repetitions;
    try {
      for (int depth : new int[] {10_000, 100, 1_000, 100_000}) {
        BenchSpec spec = at.atDepth(depth);
        PeerProcess process = start(Side.OURS, spec, PeerSetting.LAUNCHER);
        processes.add(process);
        process.ask("check");
        int affordable = affordable(row, spec, process.number("predict"), 0);
        if (affordable == 0) {
          processes.remove(process);
          process.close();
          continue;
        }
        times = Math.min(times, affordable);
        process.ask("build");
        if (depth >= FEWEST_BLOCKS_TO_WEIGH) {
          process.ask("run 1"); // touches all memory, and leaves little garbage on the heap
          memoryOf(row, spec, process.ask("memory")).ifPresent(memory::add);
        }
        counts.add(warmUp(process));
        specs.add(spec);
        seconds.add(new ArrayList<>());
      }
      for (int i = 0; i < times; i++) {
        for (int k = 0; k < specs.size(); k++) {
          seconds.get(k).add(secondsOf(processes.get(k), counts.get(k)));
        }
      }
      for (int k = 0; k < specs.size(); k++) {
        addDepthFigure(row, specs, seconds, k);
      }
    } finally {
      processes.forEach(PeerProcess::close);
    }
    figures.addAll(memory);
  }

  private void addDepthFigure(
      Row row, List<BenchSpec> specs, List<List<Double>> seconds, int k) {
    BenchSpec at = row.spec();
    BenchSpec spec = specs.get(k);
    int reference = specs.indexOf(at);
    double mine = Timing.of(seconds.get(k)).median();
    if (reference < 0) {
      return; // its own absence is a figure already
    }
    List<Double> relative = new ArrayList<>();
    for (int i = 0; i < seconds.get(k).size(); i++) {
      double perBlock = seconds.get(k).get(i) / spec.depth();
      relative.add(perBlock / (seconds.get(reference).get(i) / at.depth()));
    }
    figures.add(
        new PeerFigure(
            row.name(),
            spec,
            row.measure(),
            Timing.of(relative),
            k == reference ? null : PROPORTIONAL,
            mine,
            Timing.of(seconds.get(reference)).median(),
            ourNote()));
  }

  /** Nothing where the system, or the kernel, does not tell. */
  private static Optional<PeerFigure> memoryOf(Row row, BenchSpec spec, String answer) {
    if (answer.isEmpty()) {
      return Optional.empty();
    }
    String[] bytes = answer.split(" ");
    double planned = Double.parseDouble(bytes[0]);
    double measured = Double.parseDouble(bytes[1]);
    return Optional.of(
        new PeerFigure(
            row.name(),
            spec,
            "memory measured over planned",
            Timing.of(measured / planned),
            PROPORTIONAL,
            Double.NaN,
            Double.NaN,
            String.format(
                Locale.ROOT,
                "%.0f MiB planned; %.0f MiB more resident",
                planned / (1 << 20),
                measured / (1 << 20))));
  }

  private void million(Row row) {
    try (PeerProcess process = start(Side.OURS, row.spec(), PeerSetting.LAUNCHER)) {
      process.ask("check");
      int times = affordable(row, row.spec(), process.number("predict"), 0);
      if (times == 0) {
        return;
      }
      process.ask("build");
      int count = warmUp(process);
      List<Double> seconds = new ArrayList<>();
      for (int i = 0; i < times; i++) {
        seconds.add(secondsOf(process, count));
      }
      Timing timing = Timing.of(seconds);
      figures.add(
          new PeerFigure(
              row.name(),
              row.spec(),
              row.measure(),
              timing,
              row.goal(),
              timing.median(),
              Double.NaN,
              ourNote()));
    }
  }

  /**
   * How many repetitions there is time for; if none, the row says so.
   *
   * @param ours seconds predicted for one iteration
   * @param other of what ours is compared with; 0 for nothing
   */
  private int affordable(Row row, BenchSpec spec, double ours, double other) {
    double warmUp = Math.max(ours, WARM_UP_SECONDS) + Math.max(other, WARM_UP_SECONDS);
    double repetition = Math.max(ours, LEAST_SECONDS) + Math.max(other, LEAST_SECONDS);
    int times = (int) Math.min(repetitions, (longest - warmUp) / repetition);
    if (times >= 1) {
      return times;
    }
    figures.add(
        without(
            row,
            spec,
            String.format(
                Locale.ROOT,
                "LEFT OUT: some %.0f s to warm up and %.0f s a repetition predicted; --longest"
                    + " allows %.0f s",
                warmUp,
                repetition,
                longest)));
    return 0;
  }

  private static PeerFigure without(Row row, BenchSpec spec, String why) {
    return new PeerFigure(
        row.name(), spec, row.measure(), null, row.goal(), Double.NaN, Double.NaN, why);
  }
}
