package org.fathom4j.bench.gpu;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import org.fathom4j.bench.BenchSpec;
import org.fathom4j.bench.StackNumbers;
import org.fathom4j.bench.Timing;
import org.fathom4j.kernel.Activation;
import org.fathom4j.kernel.BlockKind;
import org.fathom4j.kernel.BranchForm;
import org.fathom4j.kernel.InsufficientMemoryException;
import org.fathom4j.kernel.MemoryPlan;
import org.fathom4j.kernel.NativeVector;
import org.fathom4j.kernel.Precision;
import org.fathom4j.kernel.ResidentStack;
import org.fathom4j.kernel.ResidentStack.Part;
import org.fathom4j.kernel.StackKernel;
import org.fathom4j.kernel.StackParameters;
import org.fathom4j.kernel.StackShape;
import org.fathom4j.kernel.UpdateRule;
import org.fathom4j.record.GpuReceipt.Ceilings;
import org.fathom4j.record.GpuReceipt.IterationTime;
import org.fathom4j.record.GpuReceipt.Seconds;
import org.fathom4j.record.GpuReceipt.Shape;

/**
 * Times iterations of a resident stack as training makes them: the minibatch goes to the device,
 * the gradients of its two ends come and go, SGD updates the parameters where they lie. Single
 * precision, ReLU, the numbers of {@link StackNumbers}, which are PyTorch's too.
 *
 * <p>The clock is the host's: an update that is still running when its call returns is waited for
 * by the next forward pass, so that the median of many iterations holds all of it.
 */
final class StackTimings {

  /** The sizes of the recipes, and one with few layers. */
  static final List<Shape> USUAL =
      List.of(
          new Shape(10_000, 64, 64, 1000),
          new Shape(10_000, 128, 4, 1000),
          new Shape(10_000, 64, 8, 100),
          new Shape(1000, 64, 64, 1000));

  private static final int WEIGHT_PASSES = 3;

  private static final int ACTIVATION_PASSES = 2;

  private final StackKernel kernel;
  private final Findings findings;
  private final Consumer<String> talk;

  StackTimings(StackKernel kernel, Findings findings, Consumer<String> talk) {
    this.kernel = kernel;
    this.findings = findings;
    this.talk = talk;
  }

  /**
   * Times each shape.
   *
   * @param seconds to measure each for, after half as long to warm up
   */
  List<IterationTime> run(List<Shape> shapes, Ceilings ceilings, double seconds) {
    List<IterationTime> times = new ArrayList<>();
    for (Shape shape : shapes) {
      talk.accept("timing " + shape + " …");
      try {
        times.add(time(shape, ceilings, seconds));
      } catch (InsufficientMemoryException e) {
        findings.notRun("timing " + shape, e.getMessage());
      } catch (RuntimeException e) { // the others are still worth knowing
        findings.fail("timing " + shape, e.toString());
      }
    }
    return times;
  }

  private IterationTime time(Shape shape, Ceilings ceilings, double seconds) {
    StackShape stackShape =
        new StackShape(
            BlockKind.NONLINEAR,
            BranchForm.PLAIN,
            shape.depth(),
            shape.width(),
            shape.hiddenWidth(),
            Activation.RELU,
            Precision.FLOAT);
    ResidentStack resident =
        kernel
            .resident(stackShape)
            .orElseThrow(
                () -> new IllegalStateException("The kernel keeps no stack on the device."));
    try (resident) {
      writeParameters(resident, stackShape);
      long stream = (long) shape.examples() * shape.width();
      NativeVector input = NativeVector.allocate(Precision.FLOAT, stream);
      NativeVector output = NativeVector.allocate(Precision.FLOAT, stream);
      NativeVector outputGradient = NativeVector.allocate(Precision.FLOAT, stream);
      NativeVector inputGradient = NativeVector.allocate(Precision.FLOAT, stream);
      StackNumbers numbers = new StackNumbers(stackShape);
      for (long i = 0; i < stream; i++) {
        input.set(i, numbers.input(i));
        outputGradient.set(i, 1); // of R = Σ Z_L
      }
      int n = shape.examples();
      UpdateRule sgd = new UpdateRule.Sgd(BenchSpec.LEARNING_RATE / shape.depth());
      Timing timing =
          Timing.of(
              () -> {
                resident.forward(n, input, output, true, null);
                resident.backward(n, outputGradient, inputGradient, null);
                resident.update(Part.INNER, sgd, n, OptionalDouble.empty());
                resident.update(Part.OUTER, sgd, n, OptionalDouble.empty());
              },
              seconds);
      requireFinite("output", output);
      requireFinite("gradient of the input", inputGradient);
      IterationTime time =
          figures(shape, timing, resident.memoryPlan(n), resident.bytes(), ceilings);
      for (NativeVector vector : List.of(input, output, outputGradient, inputGradient)) {
        vector.release();
      }
      return time;
    }
  }

  private static void writeParameters(ResidentStack resident, StackShape shape) {
    long length = shape.depth() * shape.matrixLength();
    StackParameters start =
        new StackParameters(
            NativeVector.allocate(Precision.FLOAT, length),
            NativeVector.allocate(Precision.FLOAT, length),
            null);
    new StackNumbers(shape).fill(start);
    resident.writeParameters(start);
    start.inner().release();
    start.outer().release();
  }

  private static void requireFinite(String what, NativeVector numbers) {
    for (long i = 0; i < numbers.length(); i++) {
      if (!Double.isFinite(numbers.get(i))) {
        throw new IllegalStateException(
            "After the timed iterations, number " + i + " of the " + what + " is not finite.");
      }
    }
  }

  private static IterationTime figures(
      Shape shape, Timing timing, MemoryPlan plan, long deviceBytes, Ceilings ceilings) {
    double arithmetic = shape.flop() / ceilings.flopPerSecond();
    double memory = leastBytes(shape, plan) / ceilings.copyBytesPerSecond();
    double floor = Math.max(arithmetic, memory);
    return new IterationTime(
        shape,
        new Seconds(timing.median(), timing.least(), timing.largest(), timing.count()),
        shape.flop() / timing.median(),
        plan.reason(),
        deviceBytes,
        floor,
        arithmetic >= memory ? "arithmetic" : "memory",
        floor / timing.median());
  }

  /**
   * What must move through the device's memory whatever the kernel does: each weight read forward,
   * read backward and written; what the plan keeps of z and h written and read.
   */
  static double leastBytes(Shape shape, MemoryPlan plan) {
    double weights = 2.0 * shape.depth() * shape.width() * shape.hiddenWidth();
    double streams = (double) shape.examples() * shape.width() * shape.depth() / plan.segment();
    double hidden =
        plan.kind() == MemoryPlan.Kind.RECOMPUTE
            ? 0
            : (double) shape.examples() * shape.hiddenWidth() * shape.depth();
    return Float.BYTES * (WEIGHT_PASSES * weights + ACTIVATION_PASSES * (streams + hidden));
  }
}
