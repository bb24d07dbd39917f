package org.fathom4j.bench.gpu;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.fathom4j.kernel.Activation;
import org.fathom4j.kernel.BlockKind;
import org.fathom4j.kernel.CudaException;
import org.fathom4j.kernel.DepthProbe;
import org.fathom4j.kernel.MemoryPlan;
import org.fathom4j.kernel.Precision;
import org.fathom4j.kernel.ResidentStack;
import org.fathom4j.kernel.StackKernel;
import org.fathom4j.kernel.StackShape;
import org.fathom4j.record.GpuReceipt;
import org.fathom4j.record.GpuReceipt.LargestError;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds a kernel against {@link org.fathom4j.kernel.ReferenceKernel} in double precision: every
 * case, in both precisions, by every memory plan, with a trace and resident on the device.
 *
 * <pre>
 *   error of an array = max |found − expected| / max |expected|
 *       must stay below 1e-4 for float, 1e-10 for double
 * </pre>
 *
 * <p>With a trace the norms at every layer are taken, for which a kernel may stop at each; a
 * resident stack computes first without them and then with a few, and must give the same bits.
 */
final class ParityCheck {

  private static final Logger LOG = LoggerFactory.getLogger(ParityCheck.class);

  private static final double FLOAT_ALLOWED = 1e-4;
  private static final double DOUBLE_ALLOWED = 1e-10;

  /** So many calls that throw one after another: the device is lost. */
  private static final int HOPELESS = 20;

  private static final int NORMS = 3;

  /** Sentences about how far it is. */
  private static final int TOLD = 10;

  private final StackKernel kernel;
  private final Findings findings;
  private final Consumer<String> talk;
  private final Map<String, Integer> plans = new LinkedHashMap<>();
  private final Map<Precision, Map<Quantity, LargestError>> largest =
      new EnumMap<>(Precision.class);
  private int comparisons;
  private int thrownInARow;

  ParityCheck(StackKernel kernel, Findings findings, Consumer<String> talk) {
    this.kernel = kernel;
    this.findings = findings;
    this.talk = talk;
  }

  /** Checks all cases, small ones first; the reference works on as many as there are cores. */
  GpuReceipt.Parity run(List<ParityCase> cases) {
    long start = System.nanoTime();
    List<ParityCase> sorted = new ArrayList<>(cases);
    sorted.sort(Comparator.comparingDouble(ParityCase::flop));
    int atOnce = Runtime.getRuntime().availableProcessors();
    int done = 0;
    while (done < sorted.size() && thrownInARow < HOPELESS) {
      List<ParityCase> next = sorted.subList(done, Math.min(done + atOnce, sorted.size()));
      List<ParityProblem> problems = next.parallelStream().map(ParityProblem::of).toList();
      for (ParityProblem problem : problems) {
        check(problem);
      }
      int before = done;
      done += next.size();
      if (done * TOLD / sorted.size() > before * TOLD / sorted.size()) {
        talk.accept("parity: " + done + " of " + sorted.size() + " stacks …");
      }
    }
    if (done < sorted.size()) {
      findings.notRun(
          "parity of the " + (sorted.size() - done) + " largest stacks",
          "the device had failed " + HOPELESS + " times in a row");
    }
    return new GpuReceipt.Parity(
        done,
        comparisons,
        plans,
        largest.values().stream().flatMap(arrays -> arrays.values().stream()).toList(),
        (System.nanoTime() - start) * 1e-9);
  }

  private void check(ParityProblem problem) {
    for (Precision precision : Precision.values()) {
      try (ParityProblem.Memory memory = problem.in(precision)) {
        for (MemoryPlan.Kind kind : MemoryPlan.Kind.values()) {
          if (kind == MemoryPlan.Kind.KEEP_HIDDEN && problem.stack().kind() == BlockKind.LINEAR) {
            continue; // there is nothing hidden to keep
          }
          if (thrownInARow < HOPELESS) {
            check(problem, precision, memory, kind);
          }
        }
      }
    }
  }

  private void check(
      ParityProblem problem,
      Precision precision,
      ParityProblem.Memory memory,
      MemoryPlan.Kind kind) {
    StackKernel planned;
    try {
      planned = kernel.keepingTo(kind);
    } catch (IllegalArgumentException e) {
      return; // it has no such plan; the receipt names those that were checked
    }
    String where = problem.stack() + ", " + lower(precision) + ", " + kind.option();
    attempt(
        problem,
        precision,
        where + ", trace",
        () -> compare(problem, precision, kind, where + ", trace", memory.byTrace(planned)));
    attempt(
        problem,
        precision,
        where + ", resident",
        () -> resident(problem, precision, kind, where + ", resident", memory, planned));
  }

  private void resident(
      ParityProblem problem,
      Precision precision,
      MemoryPlan.Kind kind,
      String where,
      ParityProblem.Memory memory,
      StackKernel planned) {
    StackShape shape = problem.stack().shape(precision);
    Optional<ResidentStack> maybe = planned.resident(shape);
    if (maybe.isEmpty()) {
      findings.fail(where, "The kernel keeps no stack on the device.");
      return;
    }
    try (ResidentStack stack = maybe.get()) {
      Map<Quantity, double[]> first = memory.byResident(stack, null);
      compare(problem, precision, kind, where, first);
      Map<Quantity, double[]> second =
          memory.byResident(stack, DepthProbe.spread(shape.depth(), NORMS));
      first.forEach(
          (quantity, numbers) -> {
            int at = Arrays.mismatch(numbers, second.get(quantity));
            if (at >= 0) {
              findings.fail(
                  where,
                  String.format(
                      "%s: number %d is %s, and %s when computed again; it must be the same bits.",
                      quantity.words(), at, numbers[at], second.get(quantity)[at]));
            }
          });
    }
  }

  /**
   * What is thrown is a failure; but for what a kernel may decline: sigmoid, softplus and double
   * precision.
   */
  private void attempt(ParityProblem problem, Precision precision, String where, Runnable check) {
    try {
      check.run();
      thrownInARow = 0;
    } catch (IllegalArgumentException | UnsupportedOperationException e) {
      if (isPromised(problem.stack().activation(), precision)) {
        findings.fail(where, "Declined: " + e.getMessage());
      } else {
        findings.notRun(
            "parity of "
                + lower(problem.stack().activation())
                + " in "
                + lower(precision)
                + " precision",
            e.getMessage());
      }
    } catch (RuntimeException e) { // the others are still worth knowing
      if (!(e instanceof CudaException)) {
        LOG.warn("{}", where, e);
      }
      thrownInARow++;
      findings.fail(where, e.toString());
    }
  }

  private static boolean isPromised(Activation activation, Precision precision) {
    return precision == Precision.FLOAT
        && activation != Activation.SIGMOID
        && activation != Activation.SOFTPLUS;
  }

  private void compare(
      ParityProblem problem,
      Precision precision,
      MemoryPlan.Kind kind,
      String where,
      Map<Quantity, double[]> found) {
    comparisons++;
    plans.merge(kind.option(), 1, Integer::sum);
    double allowed = precision == Precision.FLOAT ? FLOAT_ALLOWED : DOUBLE_ALLOWED;
    problem
        .expected()
        .forEach(
            (quantity, expected) -> {
              if (!found.containsKey(quantity)) { // norms
                return;
              }
              LargestError error =
                  new LargestError(
                      lower(precision),
                      quantity.words(),
                      error(found.get(quantity), expected),
                      allowed,
                      where);
              largest
                  .computeIfAbsent(precision, p -> new EnumMap<>(Quantity.class))
                  .merge(
                      quantity, error, (one, other) -> other.error() > one.error() ? other : one);
              if (!error.holds()) {
                findings.fail(
                    where,
                    String.format(
                        Locale.ROOT,
                        "%s: relative error %.2e, but less than %.0e is allowed.",
                        error.array(),
                        error.error(),
                        allowed));
              }
            });
  }

  /** The largest difference beside the largest expected; infinite where a number is not finite. */
  static double error(double[] found, double[] expected) {
    double difference = 0;
    double size = 0;
    for (int i = 0; i < expected.length; i++) {
      double d = Math.abs(found[i] - expected[i]);
      if (!(d <= Double.MAX_VALUE)) {
        return Double.POSITIVE_INFINITY;
      }
      difference = Math.max(difference, d);
      size = Math.max(size, Math.abs(expected[i]));
    }
    return difference == 0 ? 0 : difference / size;
  }

  private static String lower(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
