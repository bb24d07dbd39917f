package org.fathom4j.kernel;

import java.lang.ref.Reference;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.IntConsumer;
import org.fathom4j.kernel.CudaBlocks.Span;
import org.fathom4j.kernel.CudaContext.Launch;

/**
 * A stack on an NVIDIA GPU: parameters, their transposes and gradients, updater state and
 * activations in the device's memory.
 *
 * <p>The backward pass goes down the blocks a chunk at a time: a march that is parallel over
 * examples leaves ∂z and ∂a of the chunk, from which launches that are parallel over blocks make
 * all its weight gradients. Probes are read between spans of blocks, which does not change a bit.
 */
final class CudaStack implements ResidentStack {

  /**
   * Blocks of the network in a launch, times the rounds in which thread blocks take their turns: a
   * tenth of a second on a large GPU, tenths on a small one. Drivers of GPUs that draw a display
   * end a launch after some seconds.
   */
  private static final int LONGEST_MARCH = 100_000;

  private final CudaContext context = CudaContext.get();
  private final StackShape shape;
  private final Optional<MemoryPlan.Kind> asked;
  private final CudaWeights weights;
  private final CudaUpdates updates;
  private CudaWeights gradients; // from the first backward pass on
  private CudaWeights transposes; // likewise
  private boolean transposesAreFresh;
  private DeviceMemory results; // of norms and sums, on their way to the host; made when needed
  private CudaActivations activations;
  private boolean keeps; // a forward pass that a backward pass can follow
  private boolean isClosed;

  /**
   * Allocates parameters, undefined.
   *
   * @param asked the kind of memory plan to keep to; empty for the fastest that fits
   */
  CudaStack(StackShape shape, Optional<MemoryPlan.Kind> asked) {
    this.shape = shape;
    this.asked = asked;
    weights = new CudaWeights(context, shape, "the weights of a stack");
    updates = new CudaUpdates(context, shape);
  }

  @Override
  public StackShape shape() {
    return shape;
  }

  @Override
  public void writeParameters(StackParameters from) {
    from.requireFits(shape);
    weights.write(from);
    transposesAreFresh = false;
  }

  @Override
  public void readParameters(StackParameters into) {
    into.requireFits(shape);
    weights.read(into);
  }

  @Override
  public void readGradients(StackParameters into) {
    into.requireFits(shape);
    gradients().read(into);
  }

  @Override
  public void forward(
      int examples, NativeVector input, NativeVector output, boolean keep, DepthProbe probe) {
    shape.requireMinibatch("input", input, examples);
    shape.requireMinibatch("output", output, examples);
    prepare(examples, keep);
    CudaPlan plan = activations.plan();
    boolean keepsAll = keep && plan.kind() == MemoryPlan.Kind.KEEP_ALL;
    boolean keepsStarts = keep && !keepsAll;
    keeps = false;
    upload(input, examples);
    record(
        probe, 0, layer -> probe.recordActivationNorm(layer, norm(activations.end(0), examples)));
    int longest = longestMarch(examples, context.device().multiprocessors());
    int depth = shape.depth();
    int at = 0;
    int from = 0;
    while (from < depth) {
      int to = Math.min(from + longest, end(probe, from, keepsStarts ? plan.segment() : depth));
      if (keepsStarts && from % plan.segment() == 0) {
        context.copy(
            activations.start(from / plan.segment()),
            activations.end(at),
            CudaPlan.streamSlot(shape, examples));
      }
      blocks()
          .forward(
              new Span(
                  from,
                  to - from,
                  examples,
                  weights.inner(),
                  weights.outer(),
                  weights.scalars(),
                  activations.end(at),
                  activations.end(1 - at),
                  keepsAll ? activations.stream(from) : 0,
                  keepsAll ? activations.hidden(from) : 0,
                  0));
      at = 1 - at;
      long z = activations.end(at);
      record(probe, to, layer -> probe.recordActivationNorm(layer, norm(z, examples)));
      from = to;
    }
    download(activations.end(at), output, examples);
    keeps = keep;
  }

  /** How many blocks of the network a launch takes at most. */
  static int longestMarch(int examples, int multiprocessors) {
    long groups = CudaPlan.padded(examples) / CudaLaunches.EXAMPLES;
    long rounds = (groups + multiprocessors - 1) / multiprocessors;
    return (int) Math.max(1, LONGEST_MARCH / rounds);
  }

  /** The block before which a launch must stop: the next segment's, or the next that is probed. */
  private int end(DepthProbe probe, int from, int segment) {
    int end = (int) Math.min(shape.depth(), (from / segment + 1L) * segment);
    if (probe != null) {
      for (int layer = from + 1; layer < end; layer++) {
        if (probe.wants(layer)) {
          return layer;
        }
      }
    }
    return end;
  }

  @Override
  public void backward(
      int examples, NativeVector outputGradient, NativeVector inputGradient, DepthProbe probe) {
    shape.requireMinibatch("output gradient", outputGradient, examples);
    shape.requireMinibatch("input gradient", inputGradient, examples);
    if (!keeps || !activations.serves(examples, true)) {
      throw new IllegalStateException(
          "A backward pass needs the forward pass of the same minibatch before it.");
    }
    gradients();
    freshTransposes();
    upload(outputGradient, examples);
    record(
        probe,
        shape.depth(),
        layer -> probe.recordGradientNorm(layer, norm(activations.end(0), examples)));
    CudaPlan plan = activations.plan();
    int at = 0;
    int to = shape.depth();
    while (to > 0) {
      int from =
          plan.kind() == MemoryPlan.Kind.KEEP_ALL
              ? Math.max(0, to - plan.chunk())
              : (to - 1) / plan.segment() * plan.segment();
      backward(from, to, at, examples, plan, probe);
      at = 1 - at;
      to = from;
    }
    long dz = activations.end(at);
    record(probe, 0, layer -> probe.recordGradientNorm(layer, norm(dz, examples)));
    download(dz, inputGradient, examples);
  }

  /** Blocks from…to-1, from ∂z in one of the ends to the other. */
  private void backward(int from, int to, int at, int examples, CudaPlan plan, DepthProbe probe) {
    int first = from; // of the slots of z and h
    if (plan.kind() == MemoryPlan.Kind.RECOMPUTE) {
      blocks()
          .forward(
              new Span(
                  from,
                  to - from,
                  examples,
                  weights.inner(),
                  weights.outer(),
                  weights.scalars(),
                  activations.start(from / plan.segment()),
                  activations.end(1 - at),
                  activations.stream(0),
                  activations.hidden(0),
                  0));
      first = 0;
    }
    blocks()
        .backward(
            new Span(
                from,
                to - from,
                examples,
                shape.kind() == BlockKind.LINEAR ? transposes.inner() : transposes.outer(),
                shape.kind() == BlockKind.LINEAR ? 0 : transposes.inner(),
                weights.scalars(),
                activations.end(at),
                activations.end(1 - at),
                activations.streamGradients(),
                activations.hidden(first),
                activations.hiddenGradients()));
    weightGradients(from, to, first, examples);
    for (int layer = from + 1; layer < to; layer++) {
      long dz =
          activations.streamGradients() + (layer - 1 - from) * CudaPlan.streamSlot(shape, examples);
      record(probe, layer, l -> probe.recordGradientNorm(l, norm(dz, examples)));
    }
    if (from > 0) {
      long dz = activations.end(1 - at);
      record(probe, from, l -> probe.recordGradientNorm(l, norm(dz, examples)));
    }
  }

  private void weightGradients(int from, int to, int first, int examples) {
    boolean linear = shape.kind() == BlockKind.LINEAR;
    int width = shape.width();
    int hidden = shape.hiddenWidth();
    long z = activations.stream(first);
    long h = activations.hidden(first);
    long dz = activations.streamGradients();
    long da = activations.hiddenGradients();
    if (linear) {
      weightGradient(z, dz, gradients.inner(), width, width, Shift.NONE, from, to, examples);
    } else {
      weightGradient(h, dz, gradients.outer(), hidden, width, Shift.B3, from, to, examples);
      weightGradient(z, da, gradients.inner(), width, hidden, Shift.B1, from, to, examples);
    }
    if (shape.form().scalarsPerBlock() > 0) {
      context.start(
          CudaLaunches.scalarGradient(shape.precision(), to - from),
          linear ? 0 : weights.inner(),
          linear ? weights.inner() : weights.outer(),
          weights.scalars(),
          dz,
          linear ? 0 : da,
          linear ? gradients.inner() : gradients.outer(),
          gradients.scalars(),
          shape.form().scalarsPerBlock(),
          from,
          examples,
          CudaPlan.padded(examples),
          width,
          hidden);
    }
  }

  /** What is added to the first factor of a weight gradient, in the order of the kernel's enum. */
  private enum Shift {
    NONE,
    B1,
    B3
  }

  private void weightGradient(
      long a,
      long b,
      long gradient,
      int rows,
      int columns,
      Shift shift,
      int from,
      int to,
      int examples) {
    context.start(
        CudaLaunches.weightGradient(shape.precision(), rows, columns, to - from),
        a,
        b,
        gradient + from * shape.matrixLength() * shape.precision().bytes(),
        weights.scalars(),
        shape.form().scalarsPerBlock(),
        from,
        rows,
        columns,
        examples,
        CudaPlan.padded(examples),
        (shape.form().isBiased() ? shift : Shift.NONE).ordinal());
  }

  @Override
  public double gradientSumOfSquares() {
    double sum = 0;
    for (Part part : Part.values()) {
      if (shape.length(part) > 0) {
        sum += sumOfSquares(gradients(), part);
      }
    }
    return sum;
  }

  @Override
  public double parameterSumOfSquares(Part part) {
    shape.requireHas(part);
    return sumOfSquares(weights, part);
  }

  private double sumOfSquares(CudaWeights numbers, Part part) {
    long count = shape.length(part);
    Launch launch = CudaLaunches.sumOfSquares(shape.precision(), count);
    context.start(launch, numbers.of(part).address(), results().address(), count);
    double sum = 0;
    for (double share : context.doubles(results(), (int) launch.blocksX())) {
      sum += share;
    }
    return sum;
  }

  @Override
  public void update(Part part, UpdateRule rule, double examples, OptionalDouble decay) {
    updates.update(weights, gradients(), part, rule, examples, decay);
    transposesAreFresh = false;
  }

  @Override
  public void writeState(Part part, int index, NativeVector from) {
    updates.writeState(part, index, from);
  }

  @Override
  public void readState(Part part, int index, NativeVector into) {
    updates.readState(part, index, into);
  }

  @Override
  public MemoryPlan memoryPlan(int examples) {
    return plan(examples).describe(shape, examples);
  }

  /** The updater's state stays: unlike everything else here, no plan counts it. */
  private CudaPlan plan(int examples) {
    return CudaPlan.choose(
        shape,
        examples,
        context.device().multiprocessors(),
        asked,
        () -> context.freeBytes() + bytes() - updates.bytes());
  }

  @Override
  public long bytes() {
    long bytes = weights.bytes();
    bytes += gradients == null ? 0 : gradients.bytes();
    bytes += transposes == null ? 0 : transposes.bytes();
    bytes += activations == null ? 0 : activations.bytes();
    bytes += results == null ? 0 : results.bytes();
    return bytes + updates.bytes();
  }

  private void prepare(int examples, boolean keep) {
    if (isClosed) {
      throw new IllegalStateException("This stack was closed: its memory is somebody else's.");
    }
    if (activations == null || !activations.serves(examples, keep)) {
      releaseActivations();
      activations = new CudaActivations(context, shape, examples, keep ? plan(examples) : null);
    }
  }

  private void releaseActivations() {
    keeps = false;
    if (activations != null) {
      activations.close();
      activations = null;
    }
  }

  private CudaBlocks blocks() {
    return activations.blocks();
  }

  private CudaWeights gradients() {
    if (gradients == null) {
      gradients = new CudaWeights(context, shape, "the gradients of a stack");
    }
    return gradients;
  }

  /** Vᵀ [M, D] as inner, Uᵀ [D, M] as outer, of all blocks; Aᵀ as inner. */
  private void freshTransposes() {
    if (transposes == null) {
      transposes = new CudaWeights(context, shape, "the transposed weights of a stack");
    }
    if (!transposesAreFresh) {
      transpose(weights.inner(), transposes.inner(), shape.width(), shape.hiddenWidth());
      if (shape.kind() == BlockKind.NONLINEAR) {
        transpose(weights.outer(), transposes.outer(), shape.hiddenWidth(), shape.width());
      }
      transposesAreFresh = true;
    }
  }

  private void transpose(long from, long to, int rows, int columns) {
    context.start(
        CudaLaunches.transpose(shape.precision(), rows, columns, shape.depth()),
        from,
        to,
        rows,
        columns);
  }

  /** A minibatch to the first of the ends. */
  private void upload(NativeVector minibatch, int examples) {
    long bytes = minibatch.length() * shape.precision().bytes();
    context.upload(activations.memory(), 0, minibatch.address(), bytes);
    Reference.reachabilityFence(minibatch);
    long padded = CudaPlan.padded(examples);
    context.start(
        CudaLaunches.toColumns(shape.precision(), padded * shape.width()),
        activations.rows(),
        activations.end(0),
        examples,
        padded,
        shape.width());
  }

  private void download(long from, NativeVector minibatch, int examples) {
    context.start(
        CudaLaunches.toRows(shape.precision(), minibatch.length()),
        from,
        activations.rows(),
        examples,
        CudaPlan.padded(examples),
        shape.width());
    long bytes = minibatch.length() * shape.precision().bytes();
    context.download(activations.memory(), 0, minibatch.address(), bytes);
    Reference.reachabilityFence(minibatch);
  }

  private static void record(DepthProbe probe, int layer, IntConsumer recorder) {
    if (probe != null && probe.wants(layer)) {
      recorder.accept(layer);
    }
  }

  /** ‖z‖_F of a minibatch in the kernels' layout. */
  private double norm(long stream, int examples) {
    context.start(
        CudaLaunches.norm(shape.precision()),
        stream,
        results().address(),
        examples,
        CudaPlan.padded(examples),
        shape.width());
    return context.doubles(results(), 1)[0];
  }

  private DeviceMemory results() {
    if (results == null) {
      results = context.allocate((long) CudaLaunches.MOST_SUMS * Double.BYTES, "norms and sums");
    }
    return results;
  }

  @Override
  public void close() {
    isClosed = true;
    releaseActivations();
    weights.close();
    if (results != null) {
      results.close();
      results = null;
    }
    for (CudaWeights own : new CudaWeights[] {gradients, transposes}) {
      if (own != null) {
        own.close();
      }
    }
    updates.close();
  }
}
