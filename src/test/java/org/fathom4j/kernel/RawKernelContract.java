package org.fathom4j.kernel;

import org.fathom4j.kernel.StackCase.Result;

/** The contract for kernels on raw memory. */
public abstract class RawKernelContract extends StackKernelContract {

  /** The kernel under test. */
  protected abstract StackKernel kernel();

  @Override
  protected Result compute(StackCase c) {
    return compute(kernel(), c);
  }

  /** Runs a kernel, forward for inference, forward for training, and backward; norms everywhere. */
  static Result compute(StackKernel kernel, StackCase c) {
    return compute(kernel, c, DepthProbe.everyLayer(c.shape().depth()));
  }

  /** The same with the norms that a probe wants; none if it is null. */
  static Result compute(StackKernel kernel, StackCase c, DepthProbe probe) {
    StackShape shape = c.shape();
    Precision precision = shape.precision();
    StackParameters parameters =
        new StackParameters(
            vector(precision, c.inner()),
            vector(precision, c.outer()),
            vector(precision, c.scalars()));
    StackParameters gradients =
        new StackParameters(
            vector(precision, garbage(c.inner())),
            vector(precision, garbage(c.outer())),
            vector(precision, garbage(c.scalars())));
    NativeVector input = vector(precision, c.input());
    NativeVector output = vector(precision, garbage(c.input()));
    NativeVector inference = vector(precision, garbage(c.input()));
    NativeVector outputGradient = vector(precision, c.outputGradient());
    NativeVector inputGradient = vector(precision, garbage(c.input()));
    int n = c.examples();
    try (StackKernel.Trace trace = kernel.newTrace(shape, n)) {
      kernel.forward(shape, n, parameters, input, inference, null, null);
      kernel.forward(shape, n, parameters, input, output, trace, probe);
      kernel.backward(
          shape, n, parameters, input, trace, outputGradient, gradients, inputGradient, probe);
    }
    return new Result(
        array(output),
        array(inference),
        array(gradients.inner()),
        array(gradients.outer()),
        array(gradients.scalars()),
        array(inputGradient),
        norms(probe, true),
        norms(probe, false));
  }

  /** Gradients are overwritten, not added to: they start from numbers that would show. */
  private static double[] garbage(double[] like) {
    double[] garbage = new double[like.length];
    java.util.Arrays.fill(garbage, 12345);
    return garbage;
  }

  static NativeVector vector(Precision precision, double[] values) {
    if (values.length == 0) {
      return null;
    }
    NativeVector vector = NativeVector.allocate(precision, values.length);
    for (int i = 0; i < values.length; i++) {
      vector.set(i, values[i]);
    }
    return vector;
  }

  static double[] array(NativeVector vector) {
    double[] values = new double[vector == null ? 0 : (int) vector.length()];
    for (int i = 0; i < values.length; i++) {
      values[i] = vector.get(i);
    }
    return values;
  }

  static double[] norms(DepthProbe probe, boolean activations) {
    double[] norms = new double[probe == null ? 0 : probe.layers().length];
    for (int i = 0; i < norms.length; i++) {
      norms[i] = activations ? probe.activationNorm(i) : probe.gradientNorm(i);
    }
    return norms;
  }
}
