package org.fathom4j.kernel;

import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.fathom4j.kernel.ResidentStack.Part;

/** Steps down the gradient on the device, and the state that update rules keep there. */
final class CudaUpdates implements AutoCloseable {

  /** Most vectors of state that a rule has. */
  private static final int STATES = 2;

  private final CudaContext context;
  private final StackShape shape;
  private final Map<Part, DeviceMemory[]> states = new EnumMap<>(Part.class);

  CudaUpdates(CudaContext context, StackShape shape) {
    this.context = context;
    this.shape = shape;
  }

  /** As {@link ResidentStack#update} says, of these weights and gradients. */
  void update(
      CudaWeights weights,
      CudaWeights gradients,
      Part part,
      UpdateRule rule,
      double examples,
      OptionalDouble decay) {
    shape.requireHas(part);
    double rate;
    double beta1 = 0;
    double beta2 = 0;
    double epsilon = 0;
    if (rule instanceof UpdateRule.Sgd sgd) {
      rate = sgd.rate();
    } else if (rule instanceof UpdateRule.Nesterovs nesterovs) {
      rate = nesterovs.rate();
      beta1 = nesterovs.momentum();
    } else if (rule instanceof UpdateRule.Adam adam) {
      rate = adam.step();
      beta1 = adam.beta1();
      beta2 = adam.beta2();
      epsilon = adam.epsilon();
    } else {
      throw new IllegalArgumentException("The CUDA kernel knows no update rule " + rule + ".");
    }
    context.start(
        CudaLaunches.update(rule, shape.precision(), shape.length(part)),
        weights.of(part).address(),
        gradients.of(part).address(),
        rule.states() > 0 ? state(part, 0).address() : 0,
        rule.states() > 1 ? state(part, 1).address() : 0,
        shape.length(part),
        Double.doubleToRawLongBits(examples),
        Double.doubleToRawLongBits(rate),
        Double.doubleToRawLongBits(beta1),
        Double.doubleToRawLongBits(beta2),
        Double.doubleToRawLongBits(epsilon),
        Double.doubleToRawLongBits(decay.orElse(0)),
        decay.isPresent() ? 1 : 0);
  }

  /** Copies one vector of state from the host. */
  void writeState(Part part, int index, NativeVector from) {
    requireFits(part, from);
    DeviceMemory state = state(part, index);
    context.upload(state, 0, from.address(), state.bytes());
    Reference.reachabilityFence(from);
  }

  /** Copies one vector of state to the host. */
  void readState(Part part, int index, NativeVector into) {
    requireFits(part, into);
    DeviceMemory state = state(part, index);
    context.download(state, 0, into.address(), state.bytes());
    Reference.reachabilityFence(into);
  }

  private void requireFits(Part part, NativeVector vector) {
    shape.requireHas(part);
    long length = shape.length(part);
    if (vector.length() != length || vector.precision() != shape.precision()) {
      throw new IllegalArgumentException(
          String.format(
              "The updater's state of %s of %s must be %d numbers stored as %s, but is %d stored as"
                  + " %s.",
              part, shape, length, shape.precision(), vector.length(), vector.precision()));
    }
  }

  /** Zero when it is first asked for. */
  private DeviceMemory state(Part part, int index) {
    DeviceMemory[] own = states.computeIfAbsent(part, p -> new DeviceMemory[STATES]);
    if (own[index] == null) {
      DeviceMemory fresh =
          context.allocate(shape.length(part) * shape.precision().bytes(), "the updater's state");
      context.clear(fresh);
      own[index] = fresh;
    }
    return own[index];
  }

  long bytes() {
    return allocated().mapToLong(DeviceMemory::bytes).sum();
  }

  private Stream<DeviceMemory> allocated() {
    return states.values().stream().flatMap(Arrays::stream).filter(Objects::nonNull);
  }

  @Override
  public void close() {
    allocated().forEach(DeviceMemory::close);
    states.clear();
  }
}
