package org.fathom4j.bench;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.fathom4j.kernel.KernelName;
import org.fathom4j.network.NetworkSpec;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One iteration of a stack (forward, backward, SGD update) in every kernel, after its answers were
 * compared with the reference kernel's.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class KernelBenchmark {

  /** Those of every machine; -p kernel=CUDA where there is a GPU. */
  @Param({"REFERENCE", "ND4J", "FUSED"})
  public KernelName kernel;

  /** L x D x M x N. */
  @Param({"100x64x64x128", "100x64x8x100", "100x32x32x128", "100x4x4x16"})
  public String shape;

  @Param({"float", "double"})
  public String precision;

  @Param({"nonlinear", "linear"})
  public String block;

  /**
   * What the minibatch holds: normal numbers, or 1e-39 throughout, which vanishing activations come
   * to and which single precision stores as a denormal.
   */
  @Param({"normal"})
  public String input;

  private StackIteration stack;

  @Setup(Level.Trial)
  public void prepare() {
    int[] sizes = Arrays.stream(shape.split("x")).mapToInt(Integer::parseInt).toArray();
    BenchSpec spec =
        new BenchSpec(
            sizes[0],
            sizes[1],
            sizes[2],
            sizes[3],
            NetworkSpec.Block.valueOf(block.toUpperCase(Locale.ROOT)),
            NetworkSpec.Precision.valueOf(precision.toUpperCase(Locale.ROOT)),
            Optional.empty(),
            1);
    Bench.checkAnswers(spec, kernel);
    stack = Bench.stack(spec, kernel);
    if (input.equals("denormal")) {
      stack.fillInput(1e-39);
    }
  }

  @Benchmark
  public void iteration() {
    stack.run();
  }

  @TearDown(Level.Trial)
  public void release() {
    stack.close();
  }
}
