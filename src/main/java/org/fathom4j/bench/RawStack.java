package org.fathom4j.bench;

import java.util.Optional;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.fathom4j.kernel.BlockKind;
import org.fathom4j.kernel.MemoryPlan;
import org.fathom4j.kernel.NativeVector;
import org.fathom4j.kernel.Precision;
import org.fathom4j.kernel.StackKernel;
import org.fathom4j.kernel.StackParameters;
import org.fathom4j.kernel.StackShape;

/**
 * A stack in a raw kernel, on memory of its own; the update is one pass of the BLAS, w ← w − η g.
 */
final class RawStack implements StackIteration {

  /** The BLAS counts in ints. */
  private static final int LONGEST_VECTOR = 1 << 30;

  private final StackKernel kernel;
  private final StackShape shape;
  private final int examples;
  private final double rate;
  private final StackParameters parameters;
  private final StackParameters gradients;
  private final NativeVector input;
  private final NativeVector output;
  private final NativeVector outputGradient;
  private final NativeVector inputGradient;
  private final Optional<MemoryPlan> plan;
  private final StackKernel.Trace trace;

  /**
   * Takes all memory an iteration needs.
   *
   * @param rate η of the mean over examples
   */
  RawStack(StackKernel kernel, StackShape shape, int examples, double rate) {
    this.kernel = kernel;
    this.shape = shape;
    this.examples = examples;
    this.rate = rate / examples;
    parameters = allocate(shape);
    gradients = allocate(shape);
    long stream = (long) examples * shape.width();
    input = NativeVector.allocate(shape.precision(), stream);
    output = NativeVector.allocate(shape.precision(), stream);
    outputGradient = NativeVector.allocate(shape.precision(), stream);
    inputGradient = NativeVector.allocate(shape.precision(), stream);
    plan = kernel.memoryPlan(shape, examples);
    trace = kernel.newTrace(shape, examples);
    StackNumbers numbers = new StackNumbers(shape);
    for (long i = 0; i < parameters.inner().length(); i++) {
      parameters.inner().set(i, numbers.inner(i));
    }
    if (parameters.outer() != null) {
      for (long i = 0; i < parameters.outer().length(); i++) {
        parameters.outer().set(i, numbers.outer(i));
      }
    }
    for (long i = 0; i < stream; i++) {
      input.set(i, numbers.input(i));
      outputGradient.set(i, 1);
    }
  }

  private static StackParameters allocate(StackShape shape) {
    long matrices = shape.depth() * shape.matrixLength();
    return new StackParameters(
        NativeVector.allocate(shape.precision(), matrices),
        shape.kind() == BlockKind.LINEAR
            ? null
            : NativeVector.allocate(shape.precision(), matrices),
        null);
  }

  @Override
  public void fillInput(double value) {
    for (long i = 0; i < input.length(); i++) {
      input.set(i, value);
    }
  }

  @Override
  public void run() {
    forwardAndBackward();
    update(parameters.inner(), gradients.inner());
    if (parameters.outer() != null) {
      update(parameters.outer(), gradients.outer());
    }
  }

  private void forwardAndBackward() {
    kernel.forward(shape, examples, parameters, input, output, trace, null);
    kernel.backward(
        shape, examples, parameters, input, trace, outputGradient, gradients, inputGradient, null);
  }

  private void update(NativeVector weights, NativeVector gradient) {
    int bytes = shape.precision().bytes();
    for (long from = 0; from < weights.length(); from += LONGEST_VECTOR) {
      int count = (int) Math.min(LONGEST_VECTOR, weights.length() - from);
      long w = weights.address() + from * bytes;
      long g = gradient.address() + from * bytes;
      if (shape.precision() == Precision.FLOAT) {
        openblas_nolapack.cblas_saxpy(
            count, (float) -rate, new FloatsAt(g, count), 1, new FloatsAt(w, count), 1);
      } else {
        openblas_nolapack.cblas_daxpy(
            count, -rate, new DoublesAt(g, count), 1, new DoublesAt(w, count), 1);
      }
    }
  }

  @Override
  public Outcome outcome() {
    forwardAndBackward();
    long inner = gradients.inner().length();
    long outer = gradients.outer() == null ? 0 : gradients.outer().length();
    double[] all = new double[Math.toIntExact(inner + outer)];
    copy(gradients.inner(), all, 0);
    if (gradients.outer() != null) {
      copy(gradients.outer(), all, (int) inner);
    }
    double[] z = new double[Math.toIntExact(output.length())];
    copy(output, z, 0);
    return new Outcome(z, all);
  }

  private static void copy(NativeVector from, double[] to, int offset) {
    for (int i = 0; i < from.length(); i++) {
      to[offset + i] = from.get(i);
    }
  }

  @Override
  public String memoryPlan() {
    return plan.map(MemoryPlan::describe)
        .orElseGet(() -> "keeps all that the backward pass reads: " + trace.bytes() + " bytes");
  }

  /** Memory of weights, gradients and minibatch, and of activations by the plan, in bytes. */
  long plannedBytes() {
    long numbers =
        2 * parameters.inner().length()
            + (parameters.outer() == null ? 0 : 2 * parameters.outer().length())
            + 4 * input.length();
    return numbers * shape.precision().bytes()
        + plan.map(MemoryPlan::bytes).orElseGet(trace::bytes);
  }

  @Override
  public void close() {
    trace.close();
    for (StackParameters all : new StackParameters[] {parameters, gradients}) {
      all.inner().release();
      if (all.outer() != null) {
        all.outer().release();
      }
    }
    for (NativeVector vector : new NativeVector[] {input, output, outputGradient, inputGradient}) {
      vector.release();
    }
  }

  /** JavaCPP hands an address to a pointer only through its protected field. */
  private static final class FloatsAt extends FloatPointer {
    FloatsAt(long address, long length) {
      this.address = address;
      this.limit = length;
      this.capacity = length;
    }
  }

  private static final class DoublesAt extends DoublePointer {
    DoublesAt(long address, long length) {
      this.address = address;
      this.limit = length;
      this.capacity = length;
    }
  }
}
