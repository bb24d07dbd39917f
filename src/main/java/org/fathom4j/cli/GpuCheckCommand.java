package org.fathom4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.fathom4j.bench.gpu.Gpu;
import org.fathom4j.bench.gpu.GpuCheck;
import org.fathom4j.bench.gpu.GpuCheckSpec;
import org.fathom4j.record.GpuReceipt;
import org.fathom4j.record.GpuReceipt.IterationTime;
import org.fathom4j.record.GpuReceipt.LargestError;
import org.fathom4j.record.GpuReceipt.Shape;
import org.fathom4j.record.PeerReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/**
 * {@code fathom gpu-check}: is the CUDA kernel right on this GPU, and how fast is it?
 *
 * <p>Touches no class of ND4J or Deeplearning4j: it is also a program of its own, {@link
 * GpuCheckMain}, in bundles that have none.
 */
@Command(
    name = "gpu-check",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Holds the CUDA kernel against the reference on this machine's GPU, times it, writes a receipt.",
      "",
      "Every activation and gradient beside the reference kernel's in double precision, at awkward"
          + " sizes, by every memory plan; updates bit by bit; seconds an iteration beside what the"
          + " device could do at best. Exit code 0: all that ran held; 4: something did not; 1: there"
          + " is no GPU to check, and no receipt is written."
    },
    footer = {"", "Example: fathom gpu-check --peer pytorch.json"})
final class GpuCheckCommand implements Callable<Integer>, WithoutNd4j {

  @Option(
      names = "--receipts-dir",
      paramLabel = "DIR",
      defaultValue = "${sys:fathom.home:-.}/runs/gpu-receipts",
      description = "Where the receipt is written (default: ${DEFAULT-VALUE}).")
  private Path receiptsDirectory;

  @Option(
      names = "--quick",
      description =
          "Only a few small stacks, and no timings, as for a run under compute-sanitizer (default:"
              + " everything).")
  private boolean quick;

  @Option(
      names = "--shape",
      paramLabel = "L,D,M,N",
      arity = "1..*",
      converter = ShapeConverter.class,
      description =
          "Depth, width, hidden width and examples of the stacks to time (default: 10000,64,64,1000"
              + " 10000,128,4,1000 10000,64,8,100 1000,64,64,1000).")
  private List<Shape> shapes = List.of();

  @Option(
      names = "--peer",
      paramLabel = "FILE.json",
      arity = "1..*",
      description =
          "What src/bench/python/stack_peers.py printed on this device, to stand in the receipt"
              + " (default: no peers).")
  private List<Path> peers = List.of();

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
      description = "Prints the receipt and its file as one JSON object (default: a table).")
  private boolean json;

  @Option(names = "--quiet", description = "Says nothing while it checks (default: each step).")
  private boolean quiet;

  @Spec private CommandSpec spec;

  private final Supplier<Gpu> machine;

  GpuCheckCommand() {
    this(Gpu::ofThisMachine);
  }

  /** For tests, which have no GPU. */
  GpuCheckCommand(Supplier<Gpu> machine) {
    this.machine = machine;
  }

  /** Depth, width, hidden width and examples in one word. */
  static final class ShapeConverter implements ITypeConverter<Shape> {
    @Override
    public Shape convert(String word) {
      String[] numbers = word.split(",", -1);
      if (numbers.length != 4) {
        throw new TypeConversionException(
            "'" + word + "' is no shape; give L,D,M,N, such as 10000,64,64,1000.");
      }
      try {
        return new Shape(
            Integer.parseInt(numbers[0].strip()),
            Integer.parseInt(numbers[1].strip()),
            Integer.parseInt(numbers[2].strip()),
            Integer.parseInt(numbers[3].strip()));
      } catch (NumberFormatException e) {
        throw new TypeConversionException(
            "'"
                + word
                + "' is no shape; give four whole numbers L,D,M,N, such as"
                + " 10000,64,64,1000.");
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  @Override
  public Integer call() throws IOException {
    List<PeerReport> peerReports = new ArrayList<>();
    for (Path peer : peers) {
      peerReports.add(PeerReport.read(peer));
    }
    GpuCheckSpec what = new GpuCheckSpec(quick, shapes, peerReports, seconds);
    Gpu gpu = machine.get();
    if (gpu.problem().isPresent()) {
      return nothingChecked(gpu.problem().get());
    }
    requireWritable();
    GpuReceipt receipt =
        new GpuCheck(what, this::say).run(gpu, Path.of(System.getProperty("fathom.home", ".")));
    Path file = receipt.write(receiptsDirectory);
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(
          Json.of(
              Json.object(
                  "checked", true,
                  "passed", receipt.passed(),
                  "receipt", file.toString(),
                  "content", Json.read(file))));
    } else {
      print(receipt, file, out);
    }
    out.flush();
    return receipt.passed() ? ExitCode.DONE : ExitCode.CHECK_FAILED;
  }

  /** What was not checked must not look as if it had passed. */
  private int nothingChecked(String problem) {
    if (json) {
      PrintWriter out = spec.commandLine().getOut();
      out.println(Json.of(Json.object("checked", false, "problem", problem)));
      out.flush();
    }
    PrintWriter err = spec.commandLine().getErr();
    err.println(problem);
    err.println("No GPU: nothing was checked, and no receipt was written.");
    err.flush();
    return ExitCode.FAILED;
  }

  /** Before minutes of work, not after them. */
  private void requireWritable() throws IOException {
    Files.createDirectories(receiptsDirectory);
    if (!Files.isWritable(receiptsDirectory)) {
      throw new IOException(
          "Receipts cannot be written to "
              + receiptsDirectory
              + "; choose another place with --receipts-dir.");
    }
  }

  private void say(String sentence) {
    if (!quiet) {
      PrintWriter err = spec.commandLine().getErr();
      err.println(sentence);
      err.flush();
    }
  }

  private static void print(GpuReceipt receipt, Path file, PrintWriter out) {
    GpuReceipt.Device device = receipt.device();
    out.printf(
        "%s, compute capability %s, driver %s (CUDA %s)%n%n",
        device.name(), device.computeCapability(), device.driver(), device.cudaVersion());
    TextTable errors = new TextTable("precision", "array", "largest error", "allowed", "where");
    for (LargestError error : receipt.parity().largest()) {
      errors.row(
          error.precision(),
          error.array(),
          String.format(Locale.ROOT, "%.2e%s", error.error(), error.holds() ? "" : " !"),
          String.format(Locale.ROOT, "%.0e", error.allowed()),
          error.where());
    }
    errors.print(out);
    out.printf(
        Locale.ROOT,
        "%n%d stacks, %d comparisons %s in %.0f s; updates: %d comparisons, %s%n",
        receipt.parity().cases(),
        receipt.parity().comparisons(),
        receipt.parity().plans(),
        receipt.parity().seconds(),
        receipt.updates().comparisons(),
        receipt.updates().equal() ? "equal in every bit" : "NOT equal in every bit");
    if (!receipt.timings().isEmpty()) {
      out.println();
      times(receipt).print(out);
      out.printf(
          Locale.ROOT,
          "ceilings: copies %.0f GB/s, measured; %.1f TFLOP/s from %s%n",
          receipt.ceilings().copyBytesPerSecond() * 1e-9,
          receipt.ceilings().flopPerSecond() * 1e-12,
          receipt.ceilings().flopSource());
    }
    for (GpuReceipt.NotRun skipped : receipt.notRun()) {
      out.printf("not run: %s: %s%n", skipped.what(), skipped.reason());
    }
    for (GpuReceipt.Failure failure : receipt.failures()) {
      out.printf("! %s: %s%n", failure.where(), failure.problem());
    }
    if (receipt.failureCount() > receipt.failures().size()) {
      out.printf("! and %d more%n", receipt.failureCount() - receipt.failures().size());
    }
    out.printf("%n%s: %s%n", receipt.passed() ? "passed" : "FAILED", file);
  }

  private static TextTable times(GpuReceipt receipt) {
    TextTable table =
        new TextTable(
            "L, D, M, N", "s an iteration", "(min to max)", "TFLOP/s", "of ceiling", "memory plan");
    for (IterationTime time : receipt.timings()) {
      table.row(
          time.shape().toString(),
          String.format(Locale.ROOT, "%.4g", time.seconds().median()),
          String.format(
              Locale.ROOT, "%.4g to %.4g", time.seconds().least(), time.seconds().largest()),
          String.format(Locale.ROOT, "%.1f", time.flopPerSecond() * 1e-12),
          String.format(Locale.ROOT, "%.2f, %s", time.fractionOfCeiling(), time.boundBy()),
          time.memoryPlan());
    }
    return table;
  }
}
