/**
 * How fast this machine runs a stack, kernel by kernel, held against what its matrix units can do.
 *
 * <p>{@link org.fathom4j.bench.BenchSpec} says what to time, {@link org.fathom4j.bench.Bench} does
 * it, {@link org.fathom4j.bench.BenchReport} is what came out. Every kernel's answers are compared
 * with the reference kernel's on a small stack before it is timed. The peers, PyTorch and plain
 * Deeplearning4j, are timed by the sources under {@code src/bench}, on the same {@link
 * org.fathom4j.bench.StackIteration}. {@link org.fathom4j.bench.gpu} asks of a GPU whether its
 * kernel is right, before how fast.
 *
 * <pre>{@code
 * BenchSpec spec = new BenchSpec(1000, 64, 64, 128, Block.NONLINEAR, Precision.FLOAT,
 *     Optional.empty(), 2);
 * BenchReport report = new Bench(spec, log::info).run();
 * double fraction = report.kernels().get(0).fractionOfPeak();
 * }</pre>
 */
package org.fathom4j.bench;
