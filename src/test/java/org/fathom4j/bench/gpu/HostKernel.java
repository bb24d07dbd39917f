package org.fathom4j.bench.gpu;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.fathom4j.kernel.BlockKind;
import org.fathom4j.kernel.DepthProbe;
import org.fathom4j.kernel.KernelName;
import org.fathom4j.kernel.MemoryPlan;
import org.fathom4j.kernel.NativeVector;
import org.fathom4j.kernel.ParameterUpdate;
import org.fathom4j.kernel.Precision;
import org.fathom4j.kernel.ReferenceKernel;
import org.fathom4j.kernel.ResidentStack;
import org.fathom4j.kernel.StackKernel;
import org.fathom4j.kernel.StackParameters;
import org.fathom4j.kernel.StackShape;
import org.fathom4j.kernel.UpdateRange;
import org.fathom4j.kernel.UpdateRule;

/**
 * Plays a device: the reference kernel behind the interfaces of one, in the precision asked for. A
 * subclass makes the mistakes.
 */
public class HostKernel implements StackKernel {

  private final ReferenceKernel reference = new ReferenceKernel();

  /** May throw, as a kernel that declines a shape or has lost its device. */
  protected void begin(StackShape shape) {}

  /** May change what was computed. */
  protected void afterBackward(StackShape shape, StackParameters gradients) {}

  /** May change what was updated. */
  protected void afterUpdate(NativeVector parameters) {}

  @Override
  public KernelName name() {
    return KernelName.CUDA;
  }

  @Override
  public Trace newTrace(StackShape shape, int examples) {
    begin(shape);
    return reference.newTrace(shape, examples);
  }

  @Override
  public void forward(
      StackShape shape,
      int examples,
      StackParameters parameters,
      NativeVector input,
      NativeVector output,
      Trace trace,
      DepthProbe probe) {
    begin(shape);
    reference.forward(shape, examples, parameters, input, output, trace, probe);
  }

  @Override
  public void backward(
      StackShape shape,
      int examples,
      StackParameters parameters,
      NativeVector input,
      Trace trace,
      NativeVector outputGradient,
      StackParameters gradients,
      NativeVector inputGradient,
      DepthProbe probe) {
    reference.backward(
        shape, examples, parameters, input, trace, outputGradient, gradients, inputGradient, probe);
    afterBackward(shape, gradients);
  }

  @Override
  public MemoryPlan memoryPlan(StackShape shape, int examples, long freeBytes) {
    return reference.memoryPlan(shape, examples, freeBytes);
  }

  @Override
  public StackKernel keepingTo(MemoryPlan.Kind kind) {
    if (kind == MemoryPlan.Kind.KEEP_HIDDEN) {
      throw new IllegalArgumentException("This device has no memory plan keep-hidden.");
    }
    return this;
  }

  @Override
  public Optional<ResidentStack> resident(StackShape shape) {
    begin(shape);
    return Optional.of(new HostStack(shape));
  }

  private static StackParameters allocate(StackShape shape) {
    Precision precision = shape.precision();
    int matrices = Math.toIntExact(shape.depth() * shape.matrixLength());
    return new StackParameters(
        ParityNumbers.garbage(precision, matrices),
        ParityNumbers.garbage(precision, shape.kind() == BlockKind.LINEAR ? 0 : matrices),
        ParityNumbers.garbage(precision, shape.depth() * shape.form().scalarsPerBlock()));
  }

  private static NativeVector of(StackParameters all, ResidentStack.Part part) {
    return switch (part) {
      case INNER -> all.inner();
      case OUTER -> all.outer();
      case SCALARS -> all.scalars();
    };
  }

  private static void copy(NativeVector from, long first, NativeVector to, long at, long length) {
    for (long i = 0; i < length; i++) {
      to.set(at + i, from.get(first + i));
    }
  }

  private static void copy(StackParameters from, StackParameters to) {
    for (ResidentStack.Part part : ResidentStack.Part.values()) {
      if (of(from, part) != null) {
        copy(of(from, part), 0, of(to, part), 0, of(from, part).length());
      }
    }
  }

  /** The device's memory. */
  private final class HostStack implements ResidentStack {

    private final StackShape shape;
    private final StackParameters parameters;
    private final StackParameters gradients;
    private final NativeVector[] states = new NativeVector[Part.values().length];
    private Trace trace;
    private NativeVector input;

    HostStack(StackShape shape) {
      this.shape = shape;
      parameters = allocate(shape);
      gradients = allocate(shape);
      for (Part part : Part.values()) {
        if (of(parameters, part) != null) {
          int length = Math.toIntExact(2 * of(parameters, part).length());
          states[part.ordinal()] = ParityNumbers.vector(shape.precision(), new double[length]);
        }
      }
    }

    @Override
    public StackShape shape() {
      return shape;
    }

    @Override
    public void writeParameters(StackParameters from) {
      copy(from, parameters);
    }

    @Override
    public void readParameters(StackParameters into) {
      copy(parameters, into);
    }

    @Override
    public void forward(
        int examples, NativeVector in, NativeVector output, boolean keep, DepthProbe probe) {
      trace = keep ? reference.newTrace(shape, examples) : null;
      input = in;
      reference.forward(shape, examples, parameters, in, output, trace, probe);
    }

    @Override
    public void backward(
        int examples, NativeVector outputGradient, NativeVector inputGradient, DepthProbe probe) {
      HostKernel.this.backward(
          shape,
          examples,
          parameters,
          input,
          trace,
          outputGradient,
          gradients,
          inputGradient,
          probe);
      trace.close();
    }

    @Override
    public void readGradients(StackParameters into) {
      copy(gradients, into);
    }

    @Override
    public double gradientSumOfSquares() {
      double sum = 0;
      for (Part part : Part.values()) {
        sum += sumOfSquares(of(gradients, part));
      }
      return sum;
    }

    @Override
    public double parameterSumOfSquares(Part part) {
      return sumOfSquares(of(parameters, part));
    }

    private double sumOfSquares(NativeVector x) {
      double sum = 0;
      for (long i = 0; x != null && i < x.length(); i++) {
        sum += x.get(i) * x.get(i);
      }
      return sum;
    }

    @Override
    public void update(Part part, UpdateRule rule, double examples, OptionalDouble decay) {
      NativeVector p = of(parameters, part);
      UpdateRange all = new UpdateRange(0, p.length(), 0, p.length(), rule, examples, decay);
      ParameterUpdate.reference()
          .apply(p, of(gradients, part), states[part.ordinal()], List.of(all));
      afterUpdate(p);
    }

    @Override
    public void writeState(Part part, int index, NativeVector from) {
      copy(from, 0, states[part.ordinal()], index * from.length(), from.length());
    }

    @Override
    public void readState(Part part, int index, NativeVector into) {
      copy(states[part.ordinal()], index * into.length(), into, 0, into.length());
    }

    @Override
    public MemoryPlan memoryPlan(int examples) {
      return reference.memoryPlan(shape, examples, Long.MAX_VALUE);
    }

    @Override
    public long bytes() {
      return 2 * parameters.inner().length() * shape.precision().bytes();
    }

    @Override
    public void close() {}
  }
}
