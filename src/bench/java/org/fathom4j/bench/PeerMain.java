package org.fathom4j.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import org.bytedeco.javacpp.Pointer;
import org.fathom4j.kernel.KernelName;
import org.fathom4j.kernel.SystemMemory;
import org.fathom4j.network.NetworkSpec;

/**
 * One side of a row of the peers, in a process of its own: reads requests from stdin, a line each,
 * and writes an answer to each on stdout, {@link PeerAnswer}.
 *
 * <pre>
 *   check           compares its answers with the reference kernel's at the row's widths
 *   predict         seconds of an iteration, from shallower stacks
 *   build           builds what is timed; answers what it is
 *   run K           seconds of K iterations
 *   peak SECONDS    GFLOP/s of the GEMM peak, measured for so long
 *   input VALUE     sets every number of the minibatch
 *   memory          bytes planned, and bytes more resident than before it was built; nothing where
 *                   that is not known
 * </pre>
 *
 * <p>After a failure it answers what happened, leaves the trace on stderr, and ends with exit code
 * 1; at the end of stdin with 0.
 */
final class PeerMain {

  private static final int SHALLOW = 10;
  private static final double WARM_UP_SECONDS = 2;

  private final Side side;
  private final BenchSpec spec;
  private final KernelName kernel;
  private Side.Built built;
  private OptionalLong residentBefore = OptionalLong.empty();

  PeerMain(Side side, BenchSpec spec, KernelName kernel) {
    this.side = side;
    this.spec = spec;
    this.kernel = kernel;
  }

  /** Serves; the arguments are those of {@link #arguments}. */
  public static void main(String[] arguments) throws IOException {
    PrintStream answers = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    System.setOut(System.err); // whatever a library prints is no answer
    PeerMain peer = of(List.of(arguments));
    BufferedReader requests =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    System.exit(peer.serve(requests, answers) ? 0 : 1);
  }

  /** The command line of a process for this side of a row. */
  static List<String> arguments(Side side, BenchSpec spec, KernelName kernel) {
    return List.of(
        side.name(),
        kernel.option(),
        Integer.toString(spec.depth()),
        Integer.toString(spec.width()),
        Integer.toString(spec.hiddenWidth()),
        Integer.toString(spec.batchSize()));
  }

  /** The inverse of {@link #arguments}. */
  static PeerMain of(List<String> arguments) {
    if (arguments.size() != 6) {
      throw new IllegalArgumentException(
          "Expected SIDE KERNEL DEPTH WIDTH HIDDEN_WIDTH BATCH_SIZE, but got " + arguments + ".");
    }
    KernelName kernel =
        KernelName.of(arguments.get(1))
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "There is no kernel \"" + arguments.get(1) + "\"."));
    int[] shape = arguments.stream().skip(2).mapToInt(Integer::parseInt).toArray();
    return new PeerMain(
        Side.valueOf(arguments.get(0)), spec(shape[0], shape[1], shape[2], shape[3]), kernel);
  }

  /** A row's work: nonlinear blocks in single precision. */
  static BenchSpec spec(int depth, int width, int hiddenWidth, int batchSize) {
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

  /**
   * Answers until there are no more requests, or one fails.
   *
   * @return whether all went well
   */
  boolean serve(BufferedReader requests, PrintStream answers) throws IOException {
    for (String request = requests.readLine(); request != null; request = requests.readLine()) {
      try {
        answers.println(new PeerAnswer(false, answer(request)));
      } catch (RuntimeException | Error e) { // OutOfMemoryError, UnsatisfiedLinkError: a row's end
        e.printStackTrace();
        answers.println(new PeerAnswer(true, e.toString()));
        return false;
      } finally {
        answers.flush();
      }
    }
    return true;
  }

  private String answer(String request) {
    String[] words = request.strip().split("\\s+");
    int expected = List.of("run", "peak", "input").contains(words[0]) ? 2 : 1;
    if (words.length != expected) {
      throw new IllegalArgumentException(
          String.format("Request '%s' must have %d words.", request, expected));
    }
    return switch (words[0]) {
      case "check" -> {
        check();
        yield "";
      }
      case "predict" -> number(predict());
      case "build" -> {
        build();
        yield side.describe(kernel);
      }
      case "run" -> number(run(Integer.parseInt(words[1])));
      case "peak" ->
          number(
              GemmPeak.measure(
                      spec.stack().precision(),
                      Runtime.getRuntime().availableProcessors(),
                      Double.parseDouble(words[1]))
                  .median());
      case "input" -> {
        stack().fillInput(Double.parseDouble(words[1]));
        yield "";
      }
      case "memory" -> memory();
      default -> throw new IllegalArgumentException("There is no request '" + request + "'.");
    };
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.9g", value);
  }

  private void check() {
    BenchSpec small = Bench.small(spec);
    try (StackIteration stack = side.stack(small, kernel)) {
      stack
          .outcome()
          .requireAgrees(
              side.describe(kernel), Bench.referenceOutcome(small), Bench.tolerance(small.stack()));
    }
  }

  /** Of compiled code: a process that has just begun may take a thousand times as long. */
  private double predict() {
    try (StackIteration shallow =
        side.stack(spec.atDepth(Math.min(spec.depth(), SHALLOW)), kernel)) {
      Timing.of(shallow::run, WARM_UP_SECONDS);
    }
    return Bench.predictedSeconds(spec, s -> side.stack(s, kernel));
  }

  private void build() {
    Pointer.trimMemory(); // what was freed before must not serve this stack unseen
    residentBefore = SystemMemory.resident();
    built = side.build(spec, kernel);
  }

  private Side.Built built() {
    if (built == null) {
      throw new IllegalStateException("Nothing is built yet: ask 'build' first.");
    }
    return built;
  }

  private StackIteration stack() {
    return built()
        .stack()
        .orElseThrow(() -> new IllegalStateException(side + " is not a stack alone."));
  }

  private double run(int iterations) {
    Runnable iteration = built().iteration();
    return Timing.secondsOf(
        () -> {
          for (int i = 0; i < iterations; i++) {
            iteration.run();
          }
        });
  }

  private String memory() {
    OptionalLong now = SystemMemory.resident();
    return stack() instanceof RawStack raw && residentBefore.isPresent() && now.isPresent()
        ? raw.plannedBytes() + " " + (now.getAsLong() - residentBefore.getAsLong())
        : "";
  }
}
