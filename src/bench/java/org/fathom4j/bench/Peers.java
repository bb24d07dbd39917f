package org.fathom4j.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.bytedeco.javacpp.Pointer;
import org.fathom4j.bench.PeerFigure.Goal;
import org.fathom4j.kernel.Activation;
import org.fathom4j.kernel.KernelName;
import org.fathom4j.kernel.Kernels;
import org.fathom4j.kernel.Precision;
import org.fathom4j.kernel.SystemMemory;
import org.fathom4j.network.NetworkSpec;
import org.fathom4j.plot.PeersPlot;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The goals table: this project beside PyTorch and plain Deeplearning4j, on the same work in the
 * same run, as CSV and PNG.
 *
 * <p>On a shared machine only ratios mean something: one repetition runs ours, the other and the
 * GEMM peak one after the other, and the median of the repetitions' ratios is reported. The answers
 * of every peer are compared with the reference kernel's before it is timed. A row that would take
 * too long is left out and says so.
 */
@Command(
    name = "peers",
    mixinStandardHelpOptions = true,
    description = "Times stacks against PyTorch and plain Deeplearning4j; prints the goals table.")
public final class Peers implements Callable<Integer> {

  private static final double PEAK_SECONDS = 0.1;

  /** Less is lost in what the Java machine takes and gives back meanwhile. */
  private static final int FEWEST_BLOCKS_TO_WEIGH = 10_000;

  private static final int THREADS = Runtime.getRuntime().availableProcessors();

  private static final String PYTORCH = "times as fast as PyTorch";
  private static final String DL4J = "times as fast as Deeplearning4j's layers";
  private static final String PEAK = "fraction of the GEMM peak";

  /** Rows by name, in the order of the table. */
  private final Map<String, Runnable> rows = new LinkedHashMap<>();

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
    peer("deep-32", spec(10_000, 32, 32, 128), Goal.atLeast(8), null);
    rows.put("deep-32-dl4j", () -> plainDl4j(spec(10_000, 32, 32, 128), Goal.atLeast(10)));
    rows.put("deep-32-dl4j-stock", () -> stockDl4j(spec(10_000, 32, 32, 128), Goal.atLeast(10)));
    peer("deep-64", spec(10_000, 64, 64, 256), Goal.atLeast(3.5), null);
    peer("deep-128-16", spec(10_000, 128, 16, 100), Goal.atLeast(6), null);
    peer("deep-64-8", spec(10_000, 64, 8, 100), Goal.atLeast(15), null);
    peer("batch-1000", spec(1_000, 64, 64, 1_000), Goal.atLeast(2), Goal.atLeast(0.65));
    peer("shallow", spec(10, 64, 64, 128), Goal.atLeast(1), null);
    rows.put("depth", () -> depth(spec(10_000, 32, 32, 128)));
    rows.put("million", () -> million(spec(1_000_000, 4, 4, 16), Goal.atMost(0.2)));
    rows.put("denormals", () -> denormals(spec(1_000, 64, 64, 128)));
    rows.put("network", () -> network(spec(10_000, 32, 32, 128), Goal.atMost(1.15)));
  }

  /** Runs the command. */
  public static void main(String[] arguments) {
    System.exit(
        new CommandLine(new Peers())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .execute(arguments));
  }

  private static BenchSpec spec(int depth, int width, int hiddenWidth, int batchSize) {
    return new BenchSpec(
        depth,
        width,
        hiddenWidth,
        batchSize,
        NetworkSpec.Block.NONLINEAR,
        NetworkSpec.Precision.FLOAT,
        Optional.empty(),
        1);
  }

  private void peer(String row, BenchSpec spec, Goal ratio, Goal ofPeak) {
    rows.put(row, () -> pyTorch(row, spec, ratio, ofPeak));
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
      kernel = Kernels.choose(Optional.empty(), Optional.of(Activation.RELU), true).name();
    }
    Files.createDirectories(directory);
    Path csv = directory.resolve("peers.csv");
    for (String name : names) {
      talk.println(name + " …");
      rows.get(name).run();
      write(csv); // after every row, so that a long run that is stopped leaves what it has
    }
    Path picture = PeersPlot.draw(csv, directory.resolve("peers.png"));
    System.out.print(Files.readString(csv));
    talk.println("Written: " + csv + ", " + picture);
    return 0;
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

  private StackIteration ours(BenchSpec spec) {
    return Bench.stack(spec, kernel);
  }

  private void pyTorch(String row, BenchSpec spec, Goal ratio, Goal ofPeak) {
    Bench.checkAnswers(spec, kernel);
    check("PyTorch", spec, PyTorchStack::new);
    int times = affordable(row, spec, PYTORCH, ratio, Bench.predictedSeconds(spec, PyTorchStack::new));
    if (times == 0) {
      return;
    }
    List<Double> ours = new ArrayList<>();
    List<Double> others = new ArrayList<>();
    List<Double> ratios = new ArrayList<>();
    List<Double> fractions = new ArrayList<>();
    String version;
    try (StackIteration a = ours(spec);
        PyTorchStack b = new PyTorchStack(spec)) {
      version = b.version();
      warmUp(a, b, times);
      for (int i = 0; i < times; i++) {
        double seconds = secondsOf(a, spec);
        double other = secondsOf(b, spec);
        double peak = GemmPeak.measure(Precision.FLOAT, THREADS, PEAK_SECONDS).median();
        ours.add(seconds);
        others.add(other);
        ratios.add(other / seconds);
        fractions.add(spec.flop() * 1e-9 / seconds / peak);
      }
    }
    String note = kernel.option() + " against PyTorch " + version + " through DJL";
    double mine = Timing.of(ours).median();
    double its = Timing.of(others).median();
    figures.add(new PeerFigure(row, spec, PYTORCH, Timing.of(ratios), ratio, mine, its, note));
    figures.add(
        new PeerFigure(
            row, spec, PEAK, Timing.of(fractions), ofPeak, mine, Double.NaN, kernel.option()));
  }

  /** Plain Deeplearning4j with this project's updater, without which it could not be waited for. */
  private void plainDl4j(BenchSpec spec, Goal goal) {
    Function<BenchSpec, StackIteration> peer = s -> new PlainDl4jStack(s, true);
    Bench.checkAnswers(spec, kernel);
    check("plain Deeplearning4j", spec, peer);
    int times = affordable("deep-32-dl4j", spec, DL4J, goal, Bench.predictedSeconds(spec, peer));
    if (times == 0) {
      return;
    }
    List<Double> ours = new ArrayList<>();
    List<Double> others = new ArrayList<>();
    List<Double> ratios = new ArrayList<>();
    try (StackIteration a = ours(spec);
        StackIteration b = peer.apply(spec)) {
      warmUp(a, b, times);
      for (int i = 0; i < times; i++) {
        double seconds = secondsOf(a, spec);
        double other = secondsOf(b, spec);
        ours.add(seconds);
        others.add(other);
        ratios.add(other / seconds);
      }
    }
    figures.add(
        new PeerFigure(
            "deep-32-dl4j",
            spec,
            DL4J,
            Timing.of(ratios),
            goal,
            Timing.of(ours).median(),
            Timing.of(others).median(),
            kernel.option() + " against dense layers with FlatUpdater"));
  }

  /**
   * Plain Deeplearning4j as it comes: its updater takes time in the cube of the number of layers, so
   * that only shallow stacks can be measured; what the stock updater adds to them is continued to
   * the depth of the row.
   */
  private void stockDl4j(BenchSpec spec, Goal goal) {
    int[] depths = {50, 100, 200};
    double[] stock = new double[depths.length];
    double[] flat = new double[depths.length];
    int times = Math.min(repetitions, 5);
    for (int i = 0; i < depths.length; i++) {
      BenchSpec shallow = spec.atDepth(depths[i]);
      stock[i] = median(new PlainDl4jStack(shallow, false), times);
      flat[i] = median(new PlainDl4jStack(shallow, true), times);
    }
    int last = depths.length - 1;
    double cubic = Math.max(0, stock[last] - flat[last]) / Math.pow(depths[last], 3);
    double linear = flat[last] / depths[last];
    double seconds = linear * spec.depth() + cubic * Math.pow(spec.depth(), 3);
    double mine;
    try (StackIteration a = ours(spec)) {
      a.run();
      mine = Timing.secondsOf(a::run);
    }
    figures.add(
        new PeerFigure(
            "deep-32-dl4j-stock",
            spec,
            DL4J,
            Timing.of(seconds / mine),
            goal,
            mine,
            seconds,
            String.format(
                Locale.ROOT,
                "EXTRAPOLATED: %.3g s measured at depths %s; %.3g s with FlatUpdater at the last; the"
                    + " difference continued with the cube of depth",
                stock[last],
                Arrays.toString(depths).replace(",", ""),
                flat[last])));
  }

  private static double median(StackIteration stack, int times) {
    List<Double> seconds = new ArrayList<>();
    try (stack) {
      for (int i = 0; i < 5; i++) {
        stack.run();
      }
      for (int i = 0; i < times; i++) {
        seconds.add(Timing.secondsOf(stack::run));
      }
    }
    return Timing.of(seconds).median();
  }

  /** Time and memory against depth, the depths in turn in every repetition. */
  private void depth(BenchSpec at) {
    String measure = "time a block relative to depth " + at.depth();
    Bench.checkAnswers(at, kernel);
    List<BenchSpec> specs = new ArrayList<>();
    for (int depth : new int[] {10_000, 100, 1_000, 100_000}) {
      BenchSpec spec = at.atDepth(depth);
      Goal goal = depth == at.depth() ? null : new Goal(0.9, 1.1);
      if (affordable("depth", spec, measure, goal, 0) > 0) {
        specs.add(spec);
      }
    }
    List<StackIteration> stacks = new ArrayList<>();
    List<PeerFigure> memory = new ArrayList<>();
    try {
      for (BenchSpec spec : specs) {
        Pointer.trimMemory(); // what was freed before must not serve this stack unseen
        OptionalLong before = SystemMemory.resident();
        StackIteration stack = ours(spec);
        stacks.add(stack);
        stack.run();
        OptionalLong after = SystemMemory.resident();
        if (stack instanceof RawStack raw
            && spec.depth() >= FEWEST_BLOCKS_TO_WEIGH
            && before.isPresent()
            && after.isPresent()) {
          memory.add(memoryOf(spec, raw, after.getAsLong() - before.getAsLong()));
        }
      }
      List<List<Double>> seconds = new ArrayList<>();
      specs.forEach(spec -> seconds.add(new ArrayList<>()));
      int times = repetitions;
      for (int i = 0; i < times; i++) {
        for (int k = 0; k < specs.size(); k++) {
          seconds.get(k).add(secondsOf(stacks.get(k), specs.get(k)));
        }
      }
      for (int k = 0; k < specs.size(); k++) {
        addDepthFigure(at, specs, seconds, k, measure);
      }
    } finally {
      stacks.forEach(StackIteration::close);
    }
    figures.addAll(memory);
  }

  private void addDepthFigure(
      BenchSpec at, List<BenchSpec> specs, List<List<Double>> seconds, int k, String measure) {
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
            "depth",
            spec,
            measure,
            Timing.of(relative),
            k == reference ? null : new Goal(0.9, 1.1),
            mine,
            Timing.of(seconds.get(reference)).median(),
            kernel.option()));
  }

  private PeerFigure memoryOf(BenchSpec spec, RawStack stack, long measured) {
    double planned = stack.plannedBytes();
    return new PeerFigure(
        "depth",
        spec,
        "memory measured over planned",
        Timing.of(measured / planned),
        new Goal(0.9, 1.1),
        Double.NaN,
        Double.NaN,
        String.format(
            Locale.ROOT,
            "%.0f MiB planned; %.0f MiB more resident",
            planned / (1 << 20),
            measured / (double) (1 << 20)));
  }

  private void million(BenchSpec spec, Goal goal) {
    Bench.checkAnswers(spec, kernel);
    String measure = "seconds an iteration";
    int times = affordable("million", spec, measure, goal, 0);
    if (times == 0) {
      return;
    }
    List<Double> seconds = new ArrayList<>();
    try (StackIteration stack = ours(spec)) {
      warmUp(stack, stack, times);
      for (int i = 0; i < times; i++) {
        seconds.add(secondsOf(stack, spec));
      }
    }
    Timing timing = Timing.of(seconds);
    figures.add(
        new PeerFigure(
            "million", spec, measure, timing, goal, timing.median(), Double.NaN, kernel.option()));
  }

  /** What vanishing activations cost: a minibatch of 1e-39, a denormal of single precision. */
  private void denormals(BenchSpec spec) {
    List<Double> normal = new ArrayList<>();
    List<Double> denormal = new ArrayList<>();
    List<Double> ratios = new ArrayList<>();
    try (StackIteration a = ours(spec);
        StackIteration b = ours(spec)) {
      b.fillInput(1e-39);
      warmUp(a, b, 2);
      for (int i = 0; i < repetitions; i++) {
        double seconds = secondsOf(a, spec);
        double other = secondsOf(b, spec);
        normal.add(seconds);
        denormal.add(other);
        ratios.add(other / seconds);
      }
    }
    figures.add(
        new PeerFigure(
            "denormals",
            spec,
            "time with denormal activations over time with normal ones",
            Timing.of(ratios),
            null,
            Timing.of(normal).median(),
            Timing.of(denormal).median(),
            kernel.option()));
  }

  /** The whole network of Deeplearning4j against the stack alone. */
  private void network(BenchSpec spec, Goal goal) {
    Bench.checkAnswers(spec, kernel);
    String measure = "time of the whole network over the stack's";
    int times = affordable("network", spec, measure, goal, Bench.predictedSeconds(spec, this::ours));
    if (times == 0) {
      return;
    }
    List<Double> ours = new ArrayList<>();
    List<Double> whole = new ArrayList<>();
    List<Double> ratios = new ArrayList<>();
    try (StackIteration stack = ours(spec);
        WholeNetwork net = new WholeNetwork(spec, kernel)) {
      for (int i = -1; i < times; i++) {
        double seconds = Timing.secondsOf(stack::run);
        double other = Timing.secondsOf(net::run);
        if (i >= 0) {
          ours.add(seconds);
          whole.add(other);
          ratios.add(other / seconds);
        }
      }
    }
    figures.add(
        new PeerFigure(
            "network",
            spec,
            measure,
            Timing.of(ratios),
            goal,
            Timing.of(ours).median(),
            Timing.of(whole).median(),
            kernel.option()));
  }

  /** Fails unless a peer computes what the reference kernel computes. */
  private static void check(
      String who, BenchSpec spec, Function<BenchSpec, ? extends StackIteration> peer) {
    BenchSpec small = Bench.small(spec);
    try (StackIteration stack = peer.apply(small)) {
      stack
          .outcome()
          .requireAgrees(who, Bench.referenceOutcome(small), Bench.tolerance(small.stack()));
    }
  }

  /**
   * How many repetitions there is time for; if none, the row says so.
   *
   * @param seconds predicted for one iteration of what ours is compared with; 0 for nothing
   */
  private int affordable(
      String row, BenchSpec spec, String measure, Goal goal, double seconds) {
    double own = Bench.predictedSeconds(spec, this::ours);
    double repetition = own + seconds;
    int times = (int) Math.min(repetitions, longest / repetition - 1); // one to warm up
    if (times >= 1) {
      return times;
    }
    figures.add(
        new PeerFigure(
            row,
            spec,
            measure,
            null,
            goal,
            Double.NaN,
            Double.NaN,
            String.format(
                Locale.ROOT,
                "LEFT OUT: some %.0f s a repetition predicted; --longest allows %.0f s",
                repetition,
                longest)));
    return 0;
  }

  private static void warmUp(StackIteration a, StackIteration b, int times) {
    for (int i = 0; i < Math.min(2, times); i++) {
      a.run();
      b.run();
    }
  }

  /** Of one iteration; of shallow stacks, the mean of many, so that a hiccup does not decide. */
  private static double secondsOf(StackIteration stack, BenchSpec spec) {
    int count = Math.max(1, 1_000 / spec.depth());
    return Timing.secondsOf(
            () -> {
              for (int i = 0; i < count; i++) {
                stack.run();
              }
            })
        / count;
  }
}
