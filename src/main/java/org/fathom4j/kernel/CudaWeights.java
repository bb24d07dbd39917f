package org.fathom4j.kernel;

import java.lang.ref.Reference;
import java.util.EnumMap;
import java.util.Map;
import org.fathom4j.kernel.ResidentStack.Part;

/** Device memory for the parameters of a stack, or for as many numbers like them. */
final class CudaWeights implements AutoCloseable {

  private final CudaContext context;
  private final Map<Part, DeviceMemory> parts = new EnumMap<>(Part.class);

  /**
   * Allocates, undefined.
   *
   * @param what it is for, for the message if there is not enough
   */
  CudaWeights(CudaContext context, StackShape shape, String what) {
    this.context = context;
    for (Part part : Part.values()) {
      if (shape.length(part) > 0) {
        parts.put(part, context.allocate(shape.length(part) * shape.precision().bytes(), what));
      }
    }
  }

  /** The memory of a part that the stack has. */
  DeviceMemory of(Part part) {
    return parts.get(part);
  }

  long inner() {
    return address(Part.INNER);
  }

  /** 0 for linear blocks. */
  long outer() {
    return address(Part.OUTER);
  }

  /** 0 for plain branches. */
  long scalars() {
    return address(Part.SCALARS);
  }

  private long address(Part part) {
    return parts.containsKey(part) ? parts.get(part).address() : 0;
  }

  /** Copies numbers from the host. */
  void write(StackParameters from) {
    parts.forEach(
        (part, memory) -> context.upload(memory, 0, from.part(part).address(), memory.bytes()));
    Reference.reachabilityFence(from);
  }

  /** Copies them to the host. */
  void read(StackParameters into) {
    parts.forEach(
        (part, memory) -> context.download(memory, 0, into.part(part).address(), memory.bytes()));
    Reference.reachabilityFence(into);
  }

  long bytes() {
    return parts.values().stream().mapToLong(DeviceMemory::bytes).sum();
  }

  @Override
  public void close() {
    parts.values().forEach(DeviceMemory::close);
  }
}
