package org.fathom4j.bench;

import java.util.OptionalDouble;
import java.util.stream.LongStream;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.fathom4j.kernel.BlockKind;
import org.fathom4j.kernel.FreeMemory;
import org.fathom4j.kernel.MemoryPlan;
import org.fathom4j.kernel.NativeVector;
import org.fathom4j.kernel.Precision;
import org.fathom4j.kernel.ResidentStack;
import org.fathom4j.kernel.ResidentStack.Part;
import org.fathom4j.kernel.StackKernel;
import org.fathom4j.kernel.StackParameters;
import org.fathom4j.kernel.StackShape;
import org.fathom4j.kernel.UpdateRule;

/**
 * A stack in a raw kernel, on memory of its own; the update is one pass over the weights, w ← w − η
 * g.
 */
final class RawStack implements StackIteration {

  /** Numbers that OpenBLAS updates without waking threads of its own, which costs more. */
  private static final int PIECE = 1 << 13;

  /** Numbers worth a thread. */
  private static final int PART = 1 << 18;

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
  private final MemoryPlan plan;
  private final StackKernel.Trace trace; // null if the kernel keeps the stack itself
  private final ResidentStack resident; // null if it does not

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
    // nothing of what was allocated above is in memory before it is written
    long free =
        kernel
            .deviceFreeBytes()
            .orElseGet(() -> Math.max(0, FreeMemory.bytes() - bytesBesideActivations()));
    plan = kernel.memoryPlan(shape, examples, free);
    resident = kernel.keepingTo(plan.kind()).resident(shape).orElse(null);
    trace = resident == null ? kernel.keepingTo(plan.kind()).newTrace(shape, examples) : null;
    StackNumbers numbers = new StackNumbers(shape);
    numbers.fill(parameters);
    for (long i = 0; i < stream; i++) {
      input.set(i, numbers.input(i));
      outputGradient.set(i, 1);
    }
    if (resident != null) {
      resident.writeParameters(parameters);
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
    if (resident != null) {
      updateResident(Part.INNER);
      if (parameters.outer() != null) {
        updateResident(Part.OUTER);
      }
      return;
    }
    update(parameters.inner(), gradients.inner());
    if (parameters.outer() != null) {
      update(parameters.outer(), gradients.outer());
    }
  }

  private void updateResident(Part part) {
    resident.update(part, new UpdateRule.Sgd(rate), 1, OptionalDouble.empty());
  }

  private void forwardAndBackward() {
    if (resident != null) {
      resident.forward(examples, input, output, true, null);
      resident.backward(examples, outputGradient, inputGradient, null);
      return;
    }
    kernel.forward(shape, examples, parameters, input, output, trace, null);
    kernel.backward(
        shape, examples, parameters, input, trace, outputGradient, gradients, inputGradient, null);
  }

  /** In as many threads as there are cores, if there is enough for more than one. */
  private void update(NativeVector weights, NativeVector gradient) {
    long parts = (weights.length() + PART - 1) / PART;
    LongStream all = LongStream.range(0, parts);
    (parts > 1 ? all.parallel() : all)
        .forEach(
            part -> {
              long from = part * PART;
              update(weights, gradient, from, Math.min(from + PART, weights.length()));
            });
  }

  private void update(NativeVector weights, NativeVector gradient, long from, long to) {
    int bytes = shape.precision().bytes();
    if (shape.precision() == Precision.FLOAT) {
      FloatsAt g = new FloatsAt();
      FloatsAt w = new FloatsAt();
      for (long i = from; i < to; i += PIECE) {
        openblas_nolapack.cblas_saxpy(
            (int) Math.min(PIECE, to - i),
            (float) -rate,
            g.at(gradient.address() + i * bytes),
            1,
            w.at(weights.address() + i * bytes),
            1);
      }
    } else {
      DoublesAt g = new DoublesAt();
      DoublesAt w = new DoublesAt();
      for (long i = from; i < to; i += PIECE) {
        openblas_nolapack.cblas_daxpy(
            (int) Math.min(PIECE, to - i),
            -rate,
            g.at(gradient.address() + i * bytes),
            1,
            w.at(weights.address() + i * bytes),
            1);
      }
    }
  }

  @Override
  public Outcome outcome() {
    forwardAndBackward();
    if (resident != null) {
      resident.readGradients(gradients);
    }
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
    return plan.reason();
  }

  /** Memory of weights, gradients and minibatch, and of activations by the plan, in bytes. */
  long plannedBytes() {
    return bytesBesideActivations() + plan.bytes();
  }

  private long bytesBesideActivations() {
    long numbers =
        2 * parameters.inner().length()
            + (parameters.outer() == null ? 0 : 2 * parameters.outer().length())
            + 4 * input.length();
    return numbers * shape.precision().bytes();
  }

  @Override
  public void close() {
    if (resident == null) {
      trace.close();
    } else {
      resident.close();
    }
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

  /** A pointer that can be sent elsewhere: JavaCPP's address is a protected field. */
  private static final class FloatsAt extends FloatPointer {
    FloatsAt at(long to) {
      address = to;
      return this;
    }
  }

  private static final class DoublesAt extends DoublePointer {
    DoublesAt at(long to) {
      address = to;
      return this;
    }
  }
}
