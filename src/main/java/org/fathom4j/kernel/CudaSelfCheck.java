package org.fathom4j.kernel;

import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.fathom4j.kernel.ResidentStack.Part;

/**
 * A few blocks of a stack's own kind on the GPU, before it is trusted with the stack: forward and
 * back beside {@link ReferenceKernel}, then an update by each rule beside {@link
 * ParameterUpdate#reference}, to the bit.
 */
final class CudaSelfCheck {

  private static final int DEPTH = 5;
  private static final int EXAMPLES = 9;

  /** Wider blocks are computed by the same launches, and the reference would take seconds. */
  private static final int WIDEST = 256;

  /** Largest difference allowed, of the largest entry. */
  private static final double FLOAT_TOLERANCE = 1e-4;

  private static final double DOUBLE_TOLERANCE = 1e-11;

  /** Of Σ g² and Σ p²: the device may add in any order. */
  private static final double SUM_TOLERANCE = 1e-9;

  private static final long SEED = 20191107;
  private static final long[] OTHER_SEEDS = {20200331, 20200401};

  private static final List<UpdateRule> RULES =
      List.of(
          new UpdateRule.Sgd(0.1),
          new UpdateRule.Nesterovs(0.1, 0.9),
          new UpdateRule.Adam(0.01, 0.9, 0.999, 1e-8));

  private final StackShape shape;
  private final StackParameters parameters;
  private final NativeVector input;
  private final NativeVector outputGradient;

  private CudaSelfCheck(StackShape shape, long seed) {
    this.shape = shape;
    SplittableRandom random = new SplittableRandom(seed);
    double inner = Math.sqrt(3.0 / shape.width()); // of variance 1 / D
    double outer = Math.sqrt(3.0 / shape.hiddenWidth());
    parameters =
        parameters(
            () -> random.nextDouble(-inner, inner),
            () -> random.nextDouble(-outer, outer),
            () -> random.nextDouble(-1, 1));
    input = vector(minibatch(), () -> random.nextDouble(-1, 1));
    outputGradient = vector(minibatch(), () -> random.nextDouble(-1, 1));
  }

  /** The blocks that stand for a stack's; the same for all stacks of such blocks. */
  static StackShape sample(StackShape stack) {
    return new StackShape(
        stack.kind(),
        stack.form(),
        DEPTH,
        Math.min(stack.width(), WIDEST),
        Math.min(stack.hiddenWidth(), WIDEST),
        stack.activation(),
        stack.precision());
  }

  /**
   * What is wrong with the GPU, or with this version on it; empty if nothing is.
   *
   * @param sample as {@link #sample} makes it
   * @throws CudaException if the driver refuses
   * @throws InsufficientMemoryException if not even these blocks fit
   */
  static Optional<String> problem(StackShape sample) {
    return problem(sample, shape -> new CudaStack(shape, Optional.empty()));
  }

  /** The same of other stacks, which tests falsify. */
  static Optional<String> problem(StackShape sample, Function<StackShape, ResidentStack> stacks) {
    return problem(sample, stacks, SEED)
        .filter(found -> !isLuck(sample, stacks))
        .map(
            found ->
                String.format(
                    "The kernel for this GPU %s, in %d blocks of width %d and hidden width %d (%s,"
                        + " %s); please report it with the output of 'fathom doctor'.",
                    found,
                    sample.depth(),
                    sample.width(),
                    sample.hiddenWidth(),
                    sample.activation().name().toLowerCase(Locale.ROOT),
                    sample.precision().name().toLowerCase(Locale.ROOT)));
  }

  /** Rounding may carry an argument of ReLU across 0, where σ' leaps by 1; hardly ever again. */
  private static boolean isLuck(StackShape sample, Function<StackShape, ResidentStack> stacks) {
    return sample.activation() == Activation.RELU
        && LongStream.of(OTHER_SEEDS).allMatch(seed -> problem(sample, stacks, seed).isEmpty());
  }

  private static Optional<String> problem(
      StackShape sample, Function<StackShape, ResidentStack> stacks, long seed) {
    try (ResidentStack stack = stacks.apply(sample)) {
      return new CudaSelfCheck(sample, seed).problemOf(stack);
    }
  }

  private Optional<String> problemOf(ResidentStack stack) {
    stack.writeParameters(parameters);
    double difference = byReference().difference(by(stack));
    double tolerance = shape.precision() == Precision.FLOAT ? FLOAT_TOLERANCE : DOUBLE_TOLERANCE;
    if (!(difference <= tolerance)) {
      return Optional.of(
          String.format(
              Locale.ROOT,
              "differs from the reference kernel by %.1e of the largest number",
              difference));
    }
    Map<Part, NativeVector> states = new EnumMap<>(Part.class);
    parts().forEach(part -> states.put(part, vector(2 * shape.length(part), () -> 0)));
    return RULES.stream().flatMap(rule -> update(stack, rule, states).stream()).findFirst();
  }

  /** What both passes make of the stack. */
  private record Passes(
      NativeVector output, StackParameters gradients, NativeVector inputGradient) {

    double difference(Passes found) {
      double largest =
          Math.max(apart(output, found.output), apart(inputGradient, found.inputGradient));
      for (Part part : Part.values()) {
        if (gradients.part(part) != null) {
          largest = Math.max(largest, apart(gradients.part(part), found.gradients.part(part)));
        }
      }
      return largest;
    }

    /** The largest difference, of the largest entry; huge where numbers are not finite. */
    private static double apart(NativeVector expected, NativeVector found) {
      double largest = Double.MIN_NORMAL;
      double difference = 0;
      for (long i = 0; i < expected.length(); i++) {
        largest = Math.max(largest, Math.abs(expected.get(i)));
        double here = Math.abs(expected.get(i) - found.get(i));
        difference = Math.max(difference, here <= Double.MAX_VALUE ? here : Double.MAX_VALUE);
      }
      return difference / largest;
    }
  }

  private Passes byReference() {
    ReferenceKernel kernel = new ReferenceKernel();
    Passes passes = newPasses();
    try (StackKernel.Trace trace = kernel.newTrace(shape, EXAMPLES)) {
      kernel.forward(shape, EXAMPLES, parameters, input, passes.output, trace, null);
      kernel.backward(
          shape,
          EXAMPLES,
          parameters,
          input,
          trace,
          outputGradient,
          passes.gradients,
          passes.inputGradient,
          null);
    }
    return passes;
  }

  private Passes by(ResidentStack stack) {
    Passes passes = newPasses();
    stack.forward(EXAMPLES, input, passes.output, true, null);
    stack.backward(EXAMPLES, outputGradient, passes.inputGradient, null);
    stack.readGradients(passes.gradients);
    return passes;
  }

  private Passes newPasses() {
    return new Passes(zeros(minibatch()), zeroParameters(), zeros(minibatch()));
  }

  /** One more iteration, from the gradients that the device has; what is wrong with its update. */
  private Optional<String> update(
      ResidentStack stack, UpdateRule rule, Map<Part, NativeVector> states) {
    StackParameters gradients = by(stack).gradients;
    double squares = parts().mapToDouble(part -> squares(gradients.part(part))).sum();
    if (!isSum(stack.gradientSumOfSquares(), squares)
        || !parts()
            .allMatch(
                part -> isSum(stack.parameterSumOfSquares(part), squares(parameters.part(part))))) {
      return Optional.of("adds up the squares of parameters or gradients to another sum");
    }
    parts()
        .forEach(
            part -> {
              long length = shape.length(part);
              UpdateRange all =
                  new UpdateRange(0, length, 0, length, rule, EXAMPLES, OptionalDouble.empty());
              ParameterUpdate.reference()
                  .apply(
                      parameters.part(part), gradients.part(part), states.get(part), List.of(all));
              stack.update(part, rule, EXAMPLES, OptionalDouble.empty());
            });
    return hasBitsOf(stack, rule, states)
        ? Optional.empty()
        : Optional.of("updates parameters to other bits than the processor by " + rule);
  }

  private boolean hasBitsOf(ResidentStack stack, UpdateRule rule, Map<Part, NativeVector> states) {
    StackParameters found = zeroParameters();
    stack.readParameters(found);
    boolean same = parts().allMatch(part -> sameBits(found.part(part), parameters.part(part)));
    for (int i = 0; i < rule.states(); i++) {
      int index = i;
      same &=
          parts()
              .allMatch(
                  part -> {
                    NativeVector state = zeros(shape.length(part));
                    stack.readState(part, index, state);
                    return sameBits(
                        state,
                        states.get(part).slice(index * shape.length(part), shape.length(part)));
                  });
    }
    return same;
  }

  private static boolean sameBits(NativeVector found, NativeVector expected) {
    for (long i = 0; i < expected.length(); i++) {
      if (Double.doubleToRawLongBits(found.get(i)) != Double.doubleToRawLongBits(expected.get(i))) {
        return false;
      }
    }
    return true;
  }

  private static boolean isSum(double found, double expected) {
    return Math.abs(found - expected) <= SUM_TOLERANCE * expected;
  }

  private static double squares(NativeVector numbers) {
    double sum = 0;
    for (long i = 0; i < numbers.length(); i++) {
      sum += numbers.get(i) * numbers.get(i);
    }
    return sum;
  }

  private Stream<Part> parts() {
    return Stream.of(Part.values()).filter(part -> shape.length(part) > 0);
  }

  private long minibatch() {
    return (long) EXAMPLES * shape.width();
  }

  private StackParameters zeroParameters() {
    return parameters(() -> 0, () -> 0, () -> 0);
  }

  private StackParameters parameters(
      DoubleSupplier inner, DoubleSupplier outer, DoubleSupplier scalars) {
    return new StackParameters(
        part(Part.INNER, inner), part(Part.OUTER, outer), part(Part.SCALARS, scalars));
  }

  private NativeVector part(Part part, DoubleSupplier numbers) {
    return shape.length(part) == 0 ? null : vector(shape.length(part), numbers);
  }

  private NativeVector zeros(long length) {
    return vector(length, () -> 0);
  }

  private NativeVector vector(long length, DoubleSupplier numbers) {
    NativeVector vector = NativeVector.allocate(shape.precision(), length);
    for (long i = 0; i < length; i++) {
      vector.set(i, numbers.getAsDouble());
    }
    return vector;
  }
}
