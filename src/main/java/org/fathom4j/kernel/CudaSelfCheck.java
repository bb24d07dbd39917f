package org.fathom4j.kernel;

import java.util.Locale;
import java.util.Optional;
import java.util.function.LongToDoubleFunction;

/**
 * A small stack on the GPU, forward and back, held against {@link ReferenceKernel}: asked once,
 * before a GPU is chosen that nobody asked for by name.
 */
final class CudaSelfCheck {

  /** Largest difference allowed, of the largest entry. */
  private static final double TOLERANCE = 1e-4;

  private static final int EXAMPLES = 9;
  private static final StackShape SHAPE =
      new StackShape(
          BlockKind.NONLINEAR, BranchForm.PLAIN, 5, 33, 9, Activation.TANH, Precision.FLOAT);

  private CudaSelfCheck() {}

  /** What is wrong with the GPU, or with this version on it; empty if nothing is. */
  static Optional<String> problem() {
    return Once.PROBLEM;
  }

  private static final class Once {

    static final Optional<String> PROBLEM = run();

    private static Optional<String> run() {
      try {
        Numbers expected = Numbers.of(new ReferenceKernel());
        Numbers found = Numbers.of(new CudaKernel());
        return expected.difference(found);
      } catch (CudaException | InsufficientMemoryException e) {
        return Optional.of(e.getMessage());
      }
    }
  }

  /** What a kernel makes of the stack. */
  private record Numbers(
      NativeVector output, StackParameters gradients, NativeVector inputGradient) {

    static Numbers of(StackKernel kernel) {
      StackParameters weights = parameters(i -> 0.3 * Math.sin(1.7 * i));
      long stream = (long) EXAMPLES * SHAPE.width();
      NativeVector input = vector(stream, i -> Math.sin(0.9 * i));
      NativeVector outputGradient = vector(stream, i -> Math.cos(1.3 * i));
      NativeVector output = vector(stream, i -> 0);
      NativeVector inputGradient = vector(stream, i -> 0);
      StackParameters gradients = parameters(i -> 0);
      try (StackKernel.Trace trace = kernel.newTrace(SHAPE, EXAMPLES)) {
        kernel.forward(SHAPE, EXAMPLES, weights, input, output, trace, null);
        kernel.backward(
            SHAPE,
            EXAMPLES,
            weights,
            input,
            trace,
            outputGradient,
            gradients,
            inputGradient,
            null);
      }
      return new Numbers(output, gradients, inputGradient);
    }

    private static StackParameters parameters(LongToDoubleFunction numbers) {
      long length = SHAPE.depth() * SHAPE.matrixLength();
      return new StackParameters(vector(length, numbers), vector(length, numbers), null);
    }

    private static NativeVector vector(long length, LongToDoubleFunction numbers) {
      NativeVector vector = NativeVector.allocate(SHAPE.precision(), length);
      for (long i = 0; i < length; i++) {
        vector.set(i, numbers.applyAsDouble(i));
      }
      return vector;
    }

    Optional<String> difference(Numbers found) {
      double largest =
          Math.max(
              Math.max(apart(output, found.output), apart(inputGradient, found.inputGradient)),
              Math.max(
                  apart(gradients.inner(), found.gradients.inner()),
                  apart(gradients.outer(), found.gradients.outer())));
      return largest < TOLERANCE
          ? Optional.empty()
          : Optional.of(
              String.format(
                  Locale.ROOT,
                  "The kernel for this GPU differs from the reference kernel by %.1e of the largest"
                      + " number on a small stack; please report it with the output of 'fathom"
                      + " doctor'.",
                  largest));
    }

    /** The largest difference, of the largest entry; infinite where numbers are not finite. */
    private static double apart(NativeVector expected, NativeVector found) {
      double largest = 0;
      double difference = 0;
      for (long i = 0; i < expected.length(); i++) {
        largest = Math.max(largest, Math.abs(expected.get(i)));
        double here = Math.abs(expected.get(i) - found.get(i));
        difference = Math.max(difference, here <= Double.MAX_VALUE ? here : Double.MAX_VALUE);
      }
      return difference / largest;
    }
  }
}
