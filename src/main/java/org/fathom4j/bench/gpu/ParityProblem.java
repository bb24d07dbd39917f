package org.fathom4j.bench.gpu;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.fathom4j.kernel.DepthProbe;
import org.fathom4j.kernel.NativeVector;
import org.fathom4j.kernel.Precision;
import org.fathom4j.kernel.ReferenceKernel;
import org.fathom4j.kernel.ResidentStack;
import org.fathom4j.kernel.StackKernel;
import org.fathom4j.kernel.StackParameters;
import org.fathom4j.kernel.StackShape;

/**
 * A case with its numbers and what the reference kernel makes of them in double precision.
 *
 * @param expected the reference's answer
 */
record ParityProblem(ParityCase stack, ParityNumbers numbers, Map<Quantity, double[]> expected) {

  static ParityProblem of(ParityCase stack) {
    ParityNumbers numbers = ParityNumbers.of(stack);
    try (Memory memory = new Memory(stack, numbers, Precision.DOUBLE)) {
      return new ParityProblem(stack, numbers, memory.byTrace(new ReferenceKernel()));
    }
  }

  Memory in(Precision precision) {
    return new Memory(stack, numbers, precision);
  }

  /** The numbers of a case in native memory, with room for answers. */
  static final class Memory implements AutoCloseable {

    private final StackShape shape;
    private final int examples;
    private final StackParameters parameters;
    private final StackParameters gradients;
    private final NativeVector input;
    private final NativeVector output;
    private final NativeVector outputGradient;
    private final NativeVector inputGradient;

    Memory(ParityCase stack, ParityNumbers numbers, Precision precision) {
      shape = stack.shape(precision);
      examples = stack.examples();
      parameters = numbers.parameters(precision);
      gradients = numbers.garbage(precision);
      input = ParityNumbers.vector(precision, numbers.input());
      output = ParityNumbers.garbage(precision, numbers.input().length);
      outputGradient = ParityNumbers.vector(precision, numbers.outputGradient());
      inputGradient = ParityNumbers.garbage(precision, numbers.input().length);
    }

    /** Through {@link StackKernel}, with the norms of every layer. */
    Map<Quantity, double[]> byTrace(StackKernel kernel) {
      spoil();
      DepthProbe probe = DepthProbe.everyLayer(shape.depth());
      Map<Quantity, double[]> answer = new EnumMap<>(Quantity.class);
      kernel.forward(shape, examples, parameters, input, output, null, null);
      answer.put(Quantity.INFERENCE_OUTPUT, array(output));
      spoil();
      try (StackKernel.Trace trace = kernel.newTrace(shape, examples)) {
        kernel.forward(shape, examples, parameters, input, output, trace, probe);
        kernel.backward(
            shape,
            examples,
            parameters,
            input,
            trace,
            outputGradient,
            gradients,
            inputGradient,
            probe);
      }
      int layers = probe.layers().length;
      answer.put(
          Quantity.ACTIVATION_NORMS,
          IntStream.range(0, layers).mapToDouble(probe::activationNorm).toArray());
      answer.put(
          Quantity.GRADIENT_NORMS,
          IntStream.range(0, layers).mapToDouble(probe::gradientNorm).toArray());
      return collect(answer);
    }

    /**
     * Through a stack that lives on the device.
     *
     * @param probe whose norms are not looked at; null for none
     */
    Map<Quantity, double[]> byResident(ResidentStack stack, DepthProbe probe) {
      spoil();
      Map<Quantity, double[]> answer = new EnumMap<>(Quantity.class);
      stack.writeParameters(parameters);
      stack.forward(examples, input, output, false, null);
      answer.put(Quantity.INFERENCE_OUTPUT, array(output));
      spoil();
      stack.forward(examples, input, output, true, probe);
      stack.backward(examples, outputGradient, inputGradient, probe);
      stack.readGradients(gradients);
      return collect(answer);
    }

    /** What a kernel does not write must not look like the answer of the one before. */
    private void spoil() {
      for (NativeVector vector :
          new NativeVector[] {
            gradients.inner(), gradients.outer(), gradients.scalars(), output, inputGradient
          }) {
        if (vector != null) {
          for (long i = 0; i < vector.length(); i++) {
            vector.set(i, Double.NaN);
          }
        }
      }
    }

    private Map<Quantity, double[]> collect(Map<Quantity, double[]> answer) {
      answer.put(Quantity.OUTPUT, array(output));
      answer.put(Quantity.INNER_GRADIENT, array(gradients.inner()));
      if (gradients.outer() != null) {
        answer.put(Quantity.OUTER_GRADIENT, array(gradients.outer()));
      }
      if (gradients.scalars() != null) {
        answer.put(Quantity.SCALAR_GRADIENT, array(gradients.scalars()));
      }
      answer.put(Quantity.INPUT_GRADIENT, array(inputGradient));
      return answer;
    }

    static double[] array(NativeVector vector) {
      double[] values = new double[Math.toIntExact(vector.length())];
      Arrays.setAll(values, vector::get);
      return values;
    }

    @Override
    public void close() {
      release(parameters);
      release(gradients);
      for (NativeVector vector :
          new NativeVector[] {input, output, outputGradient, inputGradient}) {
        vector.release();
      }
    }

    static void release(StackParameters all) {
      for (NativeVector part : new NativeVector[] {all.inner(), all.outer(), all.scalars()}) {
        if (part != null) {
          part.release();
        }
      }
    }
  }
}
