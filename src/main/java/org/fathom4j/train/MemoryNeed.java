package org.fathom4j.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.fathom4j.data.Dataset;
import org.fathom4j.network.DepthSummary;

/** Compares what a run takes with what the machine has, before it starts. */
final class MemoryNeed {

  private static final double GIB = 1L << 30;

  private MemoryNeed() {}

  /**
   * Fails if weights and activations do not fit into the memory that is available.
   *
   * @throws IOException saying how much is needed, and which options make it less
   */
  static void requireFits(ExperimentSpec spec, Dataset dataset) throws IOException {
    int examples = dataset.train().size();
    DepthSummary need =
        DepthSummary.of(
            spec.networkFor(dataset), spec.optimizerOf(examples), spec.batchSizeOf(examples));
    OptionalLong available = available();
    if (available.isPresent() && need.bytes() > available.getAsLong()) {
      throw new IOException(
          String.format(
              "This network needs %.1f GiB (%.1f for weights, their gradients and the optimizer, %.1f"
                  + " for the activations of %d examples), but %.1f GiB are available. Reduce"
                  + " --batch-size, --width, --hidden-width or --depth.",
              need.bytes() / GIB,
              need.weightBytes() / GIB,
              need.activationBytes() / GIB,
              need.examples(),
              available.getAsLong() / GIB));
    }
  }

  /** What Linux says programs can still take; empty on other systems. */
  static OptionalLong available() {
    return kilobytes(Path.of("/proc/meminfo"), "MemAvailable:");
  }

  /** Largest resident memory of this process so far; -1 where the system does not tell. */
  static long peak() {
    return kilobytes(Path.of("/proc/self/status"), "VmHWM:").orElse(-1);
  }

  private static OptionalLong kilobytes(Path file, String key) {
    try {
      for (String line : Files.readAllLines(file)) {
        if (line.startsWith(key)) {
          String number = line.substring(key.length()).replace("kB", "").trim();
          return OptionalLong.of(Long.parseLong(number) * 1024);
        }
      }
    } catch (IOException | NumberFormatException e) {
      return OptionalLong.empty(); // a system without /proc
    }
    return OptionalLong.empty();
  }
}
