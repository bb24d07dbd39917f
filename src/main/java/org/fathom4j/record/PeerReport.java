package org.fathom4j.record;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * How fast another library trains the same stacks on the same GPU, as {@code
 * src/bench/python/stack_peers.py} prints it.
 *
 * @param format layout of the file, {@value #FORMAT}
 * @param library such as PyTorch
 * @param version of the library
 * @param device as the library calls the GPU
 * @param tf32 whether matrix products may round to TF32
 * @param copyBytesPerSecond of a copy within the device's memory, bytes read and written; null if
 *     not measured
 * @param gemmFlopPerSecond of a large matrix product with the same rounding; null if not measured
 * @param results one for each shape and mode
 */
public record PeerReport(
    int format,
    String library,
    String version,
    String device,
    boolean tf32,
    Double copyBytesPerSecond,
    Double gemmFlopPerSecond,
    List<Result> results) {

  /** The layout that this version reads. */
  public static final int FORMAT = 1;

  /**
   * One shape in one mode.
   *
   * @param shape of the stack
   * @param mode {@code eager} or {@code cuda-graph}
   * @param seconds an iteration; null if there is a problem
   * @param peakBytes most device memory held; null if there is a problem
   * @param problem why it was not timed, such as memory that ran out; null if it was
   */
  public record Result(
      GpuReceipt.Shape shape,
      String mode,
      GpuReceipt.Seconds seconds,
      Long peakBytes,
      String problem) {

    public Result {
      Objects.requireNonNull(shape, "shape");
      Objects.requireNonNull(mode, "mode");
      if ((seconds == null) == (problem == null)) {
        throw new IllegalArgumentException(
            "A peer's result at " + shape + " has either seconds or a problem, not both.");
      }
    }
  }

  public PeerReport {
    Objects.requireNonNull(library, "library");
    Objects.requireNonNull(version, "version");
    Objects.requireNonNull(device, "device");
    results = List.copyOf(Objects.requireNonNull(results, "results"));
  }

  /**
   * Reads what a peer printed.
   *
   * @throws IOException naming the file when it cannot be read, is damaged or too new
   */
  public static PeerReport read(Path file) throws IOException {
    return RecordJson.read(file, "peer's report", FORMAT, PeerReport.class);
  }

  /** Median seconds an iteration at a shape; empty if it was not timed in this mode. */
  public Optional<Double> seconds(GpuReceipt.Shape shape, String mode) {
    return results.stream()
        .filter(result -> result.shape().equals(shape) && result.mode().equals(mode))
        .filter(result -> result.seconds() != null)
        .map(result -> result.seconds().median())
        .findFirst();
  }
}
