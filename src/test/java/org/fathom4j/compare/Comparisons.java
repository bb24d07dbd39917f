package org.fathom4j.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.fathom4j.data.Preprocessing;
import org.fathom4j.network.Loss;
import org.fathom4j.network.NetworkSpec;
import org.fathom4j.network.OptimizerSpec;
import org.fathom4j.record.ComparisonDirectory;
import org.fathom4j.train.ExperimentSpec;
import org.fathom4j.train.Tryouts;
import org.nd4j.linalg.activations.Activation;

/** Small comparisons on the made-up data. */
final class Comparisons {

  /** The directory of the project, which holds {@code datasets/}. */
  static final Path HOME = Path.of("").toAbsolutePath();

  /** Grows by 1e20 a block: past float32 in the second. */
  static final String OVERFLOWING = "orthogonal:gain=1e10";

  private Comparisons() {}

  static ExperimentSpec experiment(int iterations) {
    return new ExperimentSpec(
        "base",
        1,
        new ExperimentSpec.DataSpec("fake", null, null, null, Preprocessing.UNIT),
        new ExperimentSpec.Architecture(
            1,
            12,
            5,
            Activation.RELU,
            NetworkSpec.Block.NONLINEAR,
            "mzas",
            Loss.MSE,
            NetworkSpec.Layers.STACK,
            NetworkSpec.Precision.FLOAT),
        new ExperimentSpec.Optimization(
            OptimizerSpec.Method.SGD, 1, "constant", 0.9, 0, iterations, null, 50),
        "auto",
        10,
        3);
  }

  /** mZAS learns it at depths 3 and 6 with η = 0.5; the other overflows at once. */
  static ComparisonSpec grid() {
    return grid(false);
  }

  static ComparisonSpec grid(boolean keepModels) {
    return new ComparisonSpec(
        "test",
        List.of("mzas", OVERFLOWING),
        List.of(3, 6),
        List.of(1L, 7L),
        OptionalInt.empty(),
        experiment(40),
        keepModels,
        false);
  }

  /** A question without more about it. */
  static ComparisonSpec spec(
      List<String> initializations, List<Integer> depths, List<Long> seeds, int iterations) {
    return new ComparisonSpec(
        "",
        initializations,
        depths,
        seeds,
        OptionalInt.empty(),
        experiment(iterations),
        false,
        false);
  }

  /** A search for learning rates, of at most so many a cell. */
  static RateSource tuned(int budget) {
    return new TunedRates(new Tryouts(HOME, () -> false), budget, TuningProgress.SILENT);
  }

  static Comparison silent() {
    return new Comparison(HOME, List.of("--data", "fake"), ComparisonProgress.SILENT, () -> false);
  }

  static ComparisonResult run(Path runs, ComparisonSpec spec) throws IOException {
    return silent().run(runs, spec, RateSource.fixed(0.5));
  }

  static ComparisonResult resume(ComparisonDirectory directory) throws IOException {
    return silent().resume(directory, RateSource.fixed(0.5));
  }

  /** The only comparison under a directory. */
  static ComparisonDirectory only(Path runs) throws IOException {
    try (Stream<Path> entries = Files.list(runs)) {
      List<Path> all = entries.toList();
      if (all.size() != 1) {
        throw new AssertionError("Expected one comparison, found " + all);
      }
      return new ComparisonDirectory(all.get(0));
    }
  }
}
