package org.fathom4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.fathom4j.bench.Bench;
import org.fathom4j.bench.BenchReport;
import org.fathom4j.bench.BenchSpec;
import org.fathom4j.bench.Timing;
import org.fathom4j.network.NetworkSpec;
import org.fathom4j.text.Spelling;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code fathom bench}: how fast this machine runs a stack, and how fast it could. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Times one iteration of a stack in every kernel that runs here.",
      "",
      "Beside it: this machine's in-cache GEMM peak, and the whole network with embedding, readout,"
          + " loss and listener. Figures are medians after warm-up, with their spread. A kernel's"
          + " answers are compared with the reference kernel's before it is timed."
    },
    footer = {"", "Example: fathom bench --depth 1000 --width 64 --hidden-width 64"})
final class BenchCommand implements Callable<Integer> {

  private static final double MIB = 1 << 20;

  @Option(
      names = "--depth",
      paramLabel = "L",
      defaultValue = "100",
      description = "Residual blocks (default: ${DEFAULT-VALUE}).")
  private int depth;

  @Option(
      names = "--width",
      paramLabel = "D",
      defaultValue = "64",
      description = "Width of the residual stream (default: ${DEFAULT-VALUE}).")
  private int width;

  @Option(
      names = "--hidden-width",
      paramLabel = "M",
      defaultValue = "16",
      description = "Hidden width of a nonlinear block (default: ${DEFAULT-VALUE}).")
  private int hiddenWidth;

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      defaultValue = "100",
      description = "Examples a minibatch (default: ${DEFAULT-VALUE}).")
  private int batchSize;

  @Option(
      names = "--dtype",
      paramLabel = "TYPE",
      defaultValue = "float",
      description = "float or double (default: ${DEFAULT-VALUE}).")
  private String precision;

  @Option(
      names = "--block",
      paramLabel = "KIND",
      defaultValue = "nonlinear",
      description = "nonlinear: z + Uσ(Vz) with ReLU; linear: z + Az (default: ${DEFAULT-VALUE}).")
  private String block;

  @Option(
      names = "--kernel",
      paramLabel = "NAME",
      description =
          "The only kernel to time, however long it takes (default: all that run here in"
              + " reasonable time).")
  private String kernel;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      defaultValue = "2",
      description =
          "Time to measure each figure, after half as long to warm up (default:"
              + " ${DEFAULT-VALUE}).")
  private double seconds;

  @Option(
      names = "--json",
      description = "Prints the figures as one JSON object (default: a table).")
  private boolean json;

  @Option(names = "--quiet", description = "Says nothing while it measures (default: each step).")
  private boolean quiet;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    BenchSpec bench =
        new BenchSpec(
            depth,
            width,
            hiddenWidth,
            batchSize,
            Names.constant("--block", NetworkSpec.Block.class, block),
            Names.constant("--dtype", NetworkSpec.Precision.class, precision),
            requestedKernel(),
            seconds);
    BenchReport report =
        new Bench(
                bench,
                sentence -> {
                  if (!quiet) {
                    err.println(sentence);
                    err.flush();
                  }
                })
            .run();
    if (json) {
      out.println(Json.of(tree(report)));
    } else {
      print(report, out);
    }
    out.flush();
    return ExitCode.DONE;
  }

  private Optional<String> requestedKernel() {
    if (kernel == null) {
      return Optional.empty();
    }
    String name = kernel.toLowerCase(Locale.ROOT);
    if (!Bench.kernels().contains(name)) {
      throw new IllegalArgumentException(Spelling.unknown("kernel", kernel, Bench.kernels()));
    }
    return Optional.of(name);
  }

  private static Map<String, Object> tree(BenchReport report) {
    List<Map<String, Object>> kernels = new ArrayList<>();
    for (BenchReport.KernelFigures k : report.kernels()) {
      kernels.add(
          Json.object(
              "name", k.name(),
              "secondsPerIteration", k.stack().median(),
              "networkSecondsPerIteration", k.network().median(),
              "gflops", k.gflops(),
              "fractionOfPeak", k.fractionOfPeak(),
              "memoryPlan", k.memoryPlan(),
              "peakMemoryBytes", k.peakMemoryBytes()));
    }
    BenchSpec s = report.spec();
    Map<String, Object> tree =
        Json.object(
            "gemmPeakGflops",
            report.gemmPeakGflops().median(),
            "kernels",
            kernels,
            "shape",
            Json.object(
                "depth", s.depth(),
                "width", s.width(),
                "hiddenWidth", s.hiddenWidth(),
                "batchSize", s.batchSize(),
                "dtype", s.precision().name().toLowerCase(Locale.ROOT),
                "block", s.block().name().toLowerCase(Locale.ROOT)));
    if (!report.leftOut().isEmpty()) {
      tree.put("leftOut", report.leftOut());
    }
    return tree;
  }

  private static void print(BenchReport report, PrintWriter out) {
    BenchSpec s = report.spec();
    Timing peak = report.gemmPeakGflops();
    out.printf(
        Locale.ROOT,
        "stack      %d blocks, width %d, hidden width %d, minibatch %d, %s, %s: %.4g GFLOP an"
            + " iteration%n",
        s.depth(),
        s.width(),
        s.hiddenWidth(),
        s.batchSize(),
        s.block().name().toLowerCase(Locale.ROOT),
        s.precision().name().toLowerCase(Locale.ROOT),
        s.flop() * 1e-9);
    out.printf(
        Locale.ROOT,
        "GEMM peak  %.1f GFLOP/s in cache (%.1f to %.1f), %d threads%n%n",
        peak.median(),
        peak.least(),
        peak.largest(),
        report.threads());
    TextTable table =
        new TextTable(
            "kernel",
            "stack, s",
            "(min to max)",
            "network, s",
            "(min to max)",
            "GFLOP/s",
            "of peak",
            "peak memory",
            "memory plan");
    for (BenchReport.KernelFigures k : report.kernels()) {
      table.row(
          k.name(),
          seconds(k.stack().median()),
          spread(k.stack()),
          seconds(k.network().median()),
          spread(k.network()),
          String.format(Locale.ROOT, "%.1f", k.gflops()),
          String.format(Locale.ROOT, "%.1f %%", 100 * k.fractionOfPeak()),
          k.peakMemoryBytes() < 0
              ? ""
              : String.format(Locale.ROOT, "%,.0f MiB", k.peakMemoryBytes() / MIB),
          k.memoryPlan());
    }
    table.print(out);
    for (BenchReport.LeftOut left : report.leftOut()) {
      out.printf("%n%s left out: %s%n", left.name(), left.reason());
    }
  }

  private static String spread(Timing timing) {
    return seconds(timing.least()) + " to " + seconds(timing.largest());
  }

  private static String seconds(double seconds) {
    return String.format(Locale.ROOT, "%.4g", seconds);
  }
}
