package org.fathom4j.record;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What was checked and timed on one GPU, on one day: {@code
 * runs/gpu-receipts/<yyyyMMdd>-<HHmmss>.json}.
 *
 * <p>A receipt exists only where a GPU was used: a check that did not run is named in {@code
 * notRun} with its reason, and is no part of {@code passed}.
 *
 * @param format layout of this file, {@value #FORMAT}
 * @param written when
 * @param passed whether every check that ran held
 * @param quick whether only a few small cases were asked for
 * @param device the GPU
 * @param program what was run, and on what
 * @param parity answers held against the reference kernel in double precision
 * @param updates steps down the gradient held against the reference, bit by bit
 * @param timings seconds an iteration
 * @param ceilings what the device could do at best; null if nothing was timed
 * @param peers others timed on the same device
 * @param notRun what was not checked or timed, and why
 * @param failures what did not hold, the first of them; {@code failureCount} counts all
 * @param failureCount how many checks did not hold
 */
public record GpuReceipt(
    int format,
    Instant written,
    boolean passed,
    boolean quick,
    Device device,
    Program program,
    Parity parity,
    Updates updates,
    List<IterationTime> timings,
    Ceilings ceilings,
    List<PeerReport> peers,
    List<NotRun> notRun,
    List<Failure> failures,
    long failureCount) {

  /** The layout that this version writes. */
  public static final int FORMAT = 1;

  private static final String KIND = "GPU receipt";
  private static final String SUFFIX = ".json";
  private static final int LAST_SUFFIX = 99;

  /** Receipts sort by name as they do by time. */
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT).withZone(ZoneId.of("UTC"));

  /**
   * The GPU.
   *
   * @param name such as NVIDIA H200
   * @param computeCapability such as 9.0
   * @param multiprocessors SMs
   * @param totalBytes its memory
   * @param cudaVersion newest CUDA version that the driver serves, such as 13.0
   * @param driver the driver's own version, such as 580.159.04; {@code "unknown"} where the system
   *     does not tell
   */
  public record Device(
      String name,
      String computeCapability,
      int multiprocessors,
      long totalBytes,
      String cudaVersion,
      String driver) {}

  /**
   * What was run, and on what.
   *
   * @param git state of the sources
   * @param version of this program
   * @param java version of the Java that ran it
   * @param os name, version and architecture
   * @param cpu the processor beside the GPU
   * @param ptx SHA-256 of each file of kernels in the program
   */
  public record Program(
      Provenance.Git git,
      String version,
      String java,
      String os,
      Provenance.Cpu cpu,
      Map<String, String> ptx) {

    public Program {
      ptx = Collections.unmodifiableMap(new LinkedHashMap<>(ptx));
    }
  }

  /**
   * Answers held against the reference kernel in double precision.
   *
   * @param cases stacks of different shape, minibatch or form
   * @param comparisons of a case in one precision by one memory plan and one way to call the kernel
   * @param plans how many of them by each memory plan
   * @param largest the largest error of each array in each precision
   * @param seconds that all took
   */
  public record Parity(
      int cases,
      int comparisons,
      Map<String, Integer> plans,
      List<LargestError> largest,
      double seconds) {

    public Parity {
      plans = Collections.unmodifiableMap(new LinkedHashMap<>(plans));
      largest = List.copyOf(largest);
    }
  }

  /**
   * The largest error of one array: |found − expected| over the largest |expected| of the array.
   *
   * @param precision float or double
   * @param array such as {@code output} or {@code gradient of U}
   * @param error the largest of all cases; infinite if a number was not finite
   * @param allowed what it must stay below
   * @param where the case, memory plan and way to call the kernel
   */
  public record LargestError(
      String precision, String array, double error, double allowed, String where) {

    /** Whether the error stays below what is allowed; one that is no number does not. */
    public boolean holds() {
      return error < allowed;
    }
  }

  /**
   * Steps down the gradient held against {@code ParameterUpdate}'s reference.
   *
   * @param comparisons of parameters, updates and state, each bit by bit
   * @param rules what was stepped with
   * @param equal whether all were equal in every bit
   */
  public record Updates(int comparisons, List<String> rules, boolean equal) {

    public Updates {
      rules = List.copyOf(rules);
    }
  }

  /**
   * A stack to be timed.
   *
   * @param depth L
   * @param width D
   * @param hiddenWidth M
   * @param examples N
   */
  public record Shape(int depth, int width, int hiddenWidth, int examples) {

    public Shape {
      if (depth < 1 || width < 1 || hiddenWidth < 1 || examples < 1) {
        throw new IllegalArgumentException(
            String.format(
                "A stack to be timed needs L, D, M and N of at least 1, but they are %d,%d,%d,%d.",
                depth, width, hiddenWidth, examples));
      }
    }

    /** Floating-point operations of one iteration, 12·N·D·M·L. */
    public double flop() {
      return 12.0 * examples * width * hiddenWidth * depth;
    }

    @Override
    public String toString() {
      return String.format(Locale.ROOT, "(%,d, %d, %d, %,d)", depth, width, hiddenWidth, examples);
    }
  }

  /**
   * Seconds of repeated iterations.
   *
   * @param median of all
   * @param least the shortest
   * @param largest the longest
   * @param count how many there were, after warm-up
   */
  public record Seconds(double median, double least, double largest, int count) {}

  /**
   * One iteration in training: minibatch to the device, forward, backward, gradient of the
   * minibatch back, SGD update; single precision, ReLU.
   *
   * @param shape of the stack
   * @param seconds an iteration
   * @param flopPerSecond 12·N·D·M·L over the median
   * @param memoryPlan what was kept for the backward pass
   * @param deviceBytes memory held on the device
   * @param floorSeconds the shortest time that the ceilings allow: all operations at the arithmetic
   *     ceiling, or all bytes that must move at the ceiling of copies, whichever takes longer
   * @param boundBy {@code arithmetic} or {@code memory}: which of them that is
   * @param fractionOfCeiling floorSeconds over the median
   */
  public record IterationTime(
      Shape shape,
      Seconds seconds,
      double flopPerSecond,
      String memoryPlan,
      long deviceBytes,
      double floorSeconds,
      String boundBy,
      double fractionOfCeiling) {}

  /**
   * What the device could do at best.
   *
   * @param copyBytesPerSecond of a copy within its memory, bytes read and written, measured in the
   *     same run
   * @param flopPerSecond in single precision
   * @param flopSource how that is known
   */
  public record Ceilings(double copyBytesPerSecond, double flopPerSecond, String flopSource) {}

  /**
   * Something that was not checked or timed.
   *
   * @param what such as {@code timing (10,000, 64, 64, 1,000)}
   * @param reason why not
   */
  public record NotRun(String what, String reason) {}

  /**
   * A check that did not hold.
   *
   * @param where the case
   * @param problem what was found, and what was expected
   */
  public record Failure(String where, String problem) {}

  public GpuReceipt {
    Objects.requireNonNull(written, "written");
    Objects.requireNonNull(device, "device");
    Objects.requireNonNull(program, "program");
    Objects.requireNonNull(parity, "parity");
    Objects.requireNonNull(updates, "updates");
    timings = List.copyOf(timings);
    peers = List.copyOf(peers);
    notRun = List.copyOf(notRun);
    failures = List.copyOf(failures);
    if (passed && (failureCount > 0 || parity.comparisons() == 0)) {
      throw new IllegalArgumentException(
          "A receipt cannot say passed with "
              + failureCount
              + " failures after "
              + parity.comparisons()
              + " comparisons.");
    }
  }

  /** The largest error in this precision; empty if nothing was compared in it. */
  public Optional<LargestError> worst(String precision) {
    return parity.largest().stream()
        .filter(error -> error.precision().equals(precision))
        .max(Comparator.comparingDouble(LargestError::error));
  }

  /**
   * How many times as long a peer takes at a shape; empty where it was not timed.
   *
   * @param mode as the peer calls it, such as {@code eager}
   */
  public Optional<Double> timesAsFastAs(PeerReport peer, String mode, IterationTime ours) {
    return peer.seconds(ours.shape(), mode).map(theirs -> theirs / ours.seconds().median());
  }

  /**
   * Writes the receipt under its time, in UTC; never over another one.
   *
   * @param directory made when missing
   * @return the file
   * @throws IOException naming the file that cannot be written
   */
  public Path write(Path directory) throws IOException {
    Files.createDirectories(directory);
    String name = STAMP.format(written);
    for (int suffix = 1; suffix <= LAST_SUFFIX; suffix++) {
      Path file = directory.resolve(name + (suffix == 1 ? "" : "-" + suffix) + SUFFIX);
      if (!Files.exists(file)) {
        AtomicFile.write(file, out -> out.write(RecordJson.pretty(this)));
        return file;
      }
    }
    throw new FileAlreadyExistsException(directory.resolve(name + SUFFIX).toString());
  }

  /**
   * Reads a receipt.
   *
   * @throws IOException naming the file when it cannot be read, is damaged or too new
   */
  public static GpuReceipt read(Path file) throws IOException {
    return RecordJson.read(file, KIND, FORMAT, GpuReceipt.class);
  }

  /** The newest receipt of a directory; empty where there is none. */
  public static Optional<Path> newest(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return Optional.empty();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(file -> file.getFileName().toString().endsWith(SUFFIX))
          .max(Comparator.comparing(GpuReceipt::withoutSuffix));
    }
  }

  /** 20261123-101500 comes before 20261123-101500-2. */
  private static String withoutSuffix(Path file) {
    String name = file.getFileName().toString();
    return name.substring(0, name.length() - SUFFIX.length());
  }

  /**
   * The words of the README about this receipt.
   *
   * @param name of its file
   */
  public String markdown(String name) {
    return new GpuReceiptWords(this).markdown(name);
  }
}
