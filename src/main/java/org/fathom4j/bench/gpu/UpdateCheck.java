package org.fathom4j.bench.gpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.fathom4j.kernel.Activation;
import org.fathom4j.kernel.BranchForm;
import org.fathom4j.kernel.CudaException;
import org.fathom4j.kernel.NativeVector;
import org.fathom4j.kernel.ParameterUpdate;
import org.fathom4j.kernel.Precision;
import org.fathom4j.kernel.ResidentStack;
import org.fathom4j.kernel.ResidentStack.Part;
import org.fathom4j.kernel.StackKernel;
import org.fathom4j.kernel.StackParameters;
import org.fathom4j.kernel.UpdateRange;
import org.fathom4j.kernel.UpdateRule;
import org.fathom4j.record.GpuReceipt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds the update of a resident stack against {@link ParameterUpdate#reference}: three iterations
 * of training, and parameters, updates and updater state equal in every bit after each.
 *
 * <p>The reference starts from the gradients that the device computed, so that nothing but the
 * update is compared.
 */
final class UpdateCheck {

  private static final Logger LOG = LoggerFactory.getLogger(UpdateCheck.class);

  private static final int ITERATIONS = 3;
  private static final double RATE = 0.01;
  private static final double MOMENTUM = 0.9;
  private static final double BETA1 = 0.9;
  private static final double BETA2 = 0.999;
  private static final double EPSILON = 1e-8;
  private static final double DECAY = 1e-3;

  /** Of Σ g²: the device may add in any order. */
  private static final double SUM_ALLOWED = 1e-10;

  /** What to step with; Adam's step depends on the iteration t, counted from 1. */
  private enum Rule {
    SGD {
      @Override
      UpdateRule at(int t) {
        return new UpdateRule.Sgd(RATE);
      }
    },
    NESTEROVS {
      @Override
      UpdateRule at(int t) {
        return new UpdateRule.Nesterovs(RATE, MOMENTUM);
      }
    },
    ADAM {
      @Override
      UpdateRule at(int t) {
        double step = RATE * Math.sqrt(1 - Math.pow(BETA2, t)) / (1 - Math.pow(BETA1, t));
        return new UpdateRule.Adam(step, BETA1, BETA2, EPSILON);
      }
    };

    abstract UpdateRule at(int t);

    String words(OptionalDouble decay) {
      return name().toLowerCase(Locale.ROOT) + (decay.isPresent() ? " with decay" : "");
    }
  }

  /** Of every kind and form, a few numbers each. */
  static final List<ParityCase> SMALL =
      List.of(
          ParityCase.nonlinear(BranchForm.PLAIN, 1, 1, 1, Activation.TANH, 1),
          ParityCase.nonlinear(BranchForm.SCALED_AND_BIASED, 3, 7, 5, Activation.TANH, 4),
          ParityCase.nonlinear(BranchForm.SCALED, 2, 33, 65, Activation.RELU, 9),
          ParityCase.linear(BranchForm.SCALED, 3, 17, 6));

  /** More numbers than a launch has threads. */
  private static final List<ParityCase> LARGE =
      List.of(
          ParityCase.nonlinear(BranchForm.PLAIN, 300, 64, 64, Activation.TANH, 2),
          ParityCase.linear(BranchForm.PLAIN, 5, 129, 8));

  /** The small ones and some with more numbers than a launch has threads. */
  static List<ParityCase> all() {
    return Stream.concat(SMALL.stream(), LARGE.stream()).toList();
  }

  private final StackKernel kernel;
  private final Findings findings;
  private int comparisons;

  UpdateCheck(StackKernel kernel, Findings findings) {
    this.kernel = kernel;
    this.findings = findings;
  }

  GpuReceipt.Updates run(List<ParityCase> cases) {
    long failuresBefore = findings.failureCount();
    List<String> rules = new ArrayList<>();
    for (Rule rule : Rule.values()) {
      for (OptionalDouble decay : List.of(OptionalDouble.empty(), OptionalDouble.of(DECAY))) {
        rules.add(rule.words(decay));
        for (ParityCase stack : cases) {
          for (Precision precision : Precision.values()) {
            attempt(stack, precision, rule, decay);
          }
        }
      }
    }
    return new GpuReceipt.Updates(
        comparisons, rules, comparisons > 0 && findings.failureCount() == failuresBefore);
  }

  private void attempt(ParityCase stack, Precision precision, Rule rule, OptionalDouble decay) {
    String where =
        stack + ", " + precision.name().toLowerCase(Locale.ROOT) + ", " + rule.words(decay);
    try {
      ResidentStack resident = kernel.resident(stack.shape(precision)).orElse(null);
      if (resident == null) {
        findings.fail(where, "The kernel keeps no stack on the device.");
        return;
      }
      try (resident;
          Training training = new Training(stack, precision, resident, where)) {
        for (int t = 1; t <= ITERATIONS; t++) {
          training.iterate(rule.at(t), decay);
        }
        training.stateTravels(rule.at(1));
      }
    } catch (IllegalArgumentException | UnsupportedOperationException e) {
      if (precision == Precision.FLOAT) {
        findings.fail(where, "Declined: " + e.getMessage());
      } else {
        findings.notRun("updates in double precision", e.getMessage());
      }
    } catch (RuntimeException e) { // the others are still worth knowing
      if (!(e instanceof CudaException)) {
        LOG.warn("{}", where, e);
      }
      findings.fail(where, e.toString());
    }
  }

  /** One stack in training, on the device and beside it. */
  private final class Training implements AutoCloseable {

    private final ParityCase stack;
    private final Precision precision;
    private final ResidentStack resident;
    private final String where;
    private final ParityNumbers numbers;
    private final StackParameters parameters;
    private final StackParameters gradients;
    private final StackParameters found;
    private final NativeVector input;
    private final NativeVector output;
    private final NativeVector outputGradient;
    private final NativeVector inputGradient;
    private final Map<Part, NativeVector> state = new EnumMap<>(Part.class);

    Training(ParityCase stack, Precision precision, ResidentStack resident, String where) {
      this.stack = stack;
      this.precision = precision;
      this.resident = resident;
      this.where = where;
      numbers = ParityNumbers.of(stack);
      parameters = numbers.parameters(precision);
      gradients = numbers.garbage(precision);
      found = numbers.garbage(precision);
      input = ParityNumbers.vector(precision, numbers.input());
      output = ParityNumbers.garbage(precision, numbers.input().length);
      outputGradient = ParityNumbers.vector(precision, numbers.outputGradient());
      inputGradient = ParityNumbers.garbage(precision, numbers.input().length);
      resident.writeParameters(parameters);
      for (Part part : Part.values()) {
        if (parameters.part(part) != null) { // fresh state is zero
          int length = Math.toIntExact(parameters.part(part).length());
          state.put(part, ParityNumbers.vector(precision, new double[2 * length]));
        }
      }
    }

    void iterate(UpdateRule rule, OptionalDouble decay) {
      resident.forward(stack.examples(), input, output, true, null);
      resident.backward(stack.examples(), outputGradient, inputGradient, null);
      resident.readGradients(gradients);
      sumOfSquares();
      for (Part part : state.keySet()) {
        NativeVector p = parameters.part(part);
        long length = p.length();
        UpdateRange all = new UpdateRange(0, length, 0, length, rule, stack.examples(), decay);
        ParameterUpdate.reference().apply(p, gradients.part(part), state.get(part), List.of(all));
        resident.update(part, rule, stack.examples(), decay);
      }
      resident.readParameters(found);
      for (Part part : state.keySet()) {
        same(part + " parameters", found.part(part), parameters.part(part), 0);
      }
      resident.readGradients(found);
      for (Part part : state.keySet()) {
        same(part + " updates", found.part(part), gradients.part(part), 0);
        for (int index = 0; index < rule.states(); index++) {
          resident.readState(part, index, found.part(part));
          same(part + " state " + index, found.part(part), state.get(part), index);
        }
      }
    }

    /** State that was written is read back, as when a checkpoint is resumed. */
    void stateTravels(UpdateRule rule) {
      for (Part part : state.keySet()) {
        NativeVector written = gradients.part(part);
        for (int index = 0; index < rule.states(); index++) {
          for (long i = 0; i < written.length(); i++) {
            written.set(i, i + 0.5 + index);
          }
          resident.writeState(part, index, written);
          resident.readState(part, index, found.part(part));
          same(part + " state " + index + " as written", found.part(part), written, 0);
        }
      }
    }

    private void sumOfSquares() {
      double expected =
          state.keySet().stream()
              .map(part -> ParityProblem.Memory.array(gradients.part(part)))
              .flatMapToDouble(Arrays::stream)
              .map(g -> g * g)
              .sum();
      double sum = resident.gradientSumOfSquares();
      comparisons++;
      if (!(Math.abs(sum - expected) <= SUM_ALLOWED * expected)) {
        findings.fail(where, "Σ g² is " + sum + ", but should be " + expected + ".");
      }
    }

    /** Compares with the numbers of {@code expected} from {@code index} times the length on. */
    private void same(String what, NativeVector numbers, NativeVector expected, int index) {
      comparisons++;
      for (long i = 0; i < numbers.length(); i++) {
        double e = expected.get(index * numbers.length() + i);
        if (Double.doubleToLongBits(numbers.get(i)) != Double.doubleToLongBits(e)) {
          findings.fail(
              where,
              String.format(
                  "%s: number %d is %s, but the reference says %s; it must be the same bits.",
                  what.toLowerCase(Locale.ROOT), i, numbers.get(i), e));
          return;
        }
      }
    }

    @Override
    public void close() {
      for (StackParameters all : List.of(parameters, gradients, found)) {
        ParityProblem.Memory.release(all);
      }
      for (NativeVector vector : List.of(input, output, outputGradient, inputGradient)) {
        vector.release();
      }
      state.values().forEach(NativeVector::release);
    }
  }
}
