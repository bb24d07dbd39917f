package org.fathom4j.block;

import java.lang.ref.Reference;
import org.fathom4j.kernel.DepthProbe;
import org.fathom4j.kernel.FreeMemory;
import org.fathom4j.kernel.MemoryPlan;
import org.fathom4j.kernel.NativeVector;
import org.fathom4j.kernel.StackKernel;
import org.fathom4j.kernel.StackParameters;
import org.fathom4j.kernel.StackShape;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The blocks in a raw kernel, on the memory of ND4J's arrays; host backends only.
 *
 * <p>A kernel that was not told what to keep chooses for the first minibatch it is trained on, and
 * keeps to that kind of plan for those of other sizes.
 */
final class KernelPath implements StackPath {

  private final StackShape shape;
  private StackKernel kernel; // from the first trace on, one that keeps to its kind of plan
  private StackKernel.Trace trace; // kept from minibatch to minibatch while their size stays
  private int traceExamples;

  KernelPath(StackKernel kernel, StackShape shape) {
    this.kernel = kernel;
    this.shape = shape;
  }

  @Override
  public void forward(
      BlockArrays parameters,
      INDArray input,
      INDArray output,
      Scratch keepFor,
      Scratch scratch,
      DepthProbe probe) {
    int examples = Math.toIntExact(input.size(0));
    if (keepFor != null && (trace == null || traceExamples != examples)) {
      release();
      long free = kernel.deviceFreeBytes().orElseGet(FreeMemory::bytes);
      MemoryPlan plan = kernel.memoryPlan(shape, examples, free);
      kernel = kernel.keepingTo(plan.kind());
      trace = kernel.newTrace(shape, examples);
      traceExamples = examples;
    }
    kernel.forward(
        shape,
        examples,
        memory(parameters),
        memory(input),
        memory(output),
        keepFor == null ? null : trace,
        probe);
    Reference.reachabilityFence(input);
    Reference.reachabilityFence(output);
  }

  @Override
  public void backward(
      BlockArrays parameters,
      INDArray input,
      INDArray outputGradient,
      BlockArrays gradients,
      INDArray inputGradient,
      Scratch scratch,
      DepthProbe probe) {
    kernel.backward(
        shape,
        Math.toIntExact(input.size(0)),
        memory(parameters),
        memory(input),
        trace,
        memory(outputGradient),
        memory(gradients),
        memory(inputGradient),
        probe);
    Reference.reachabilityFence(input);
    Reference.reachabilityFence(outputGradient);
    Reference.reachabilityFence(inputGradient);
  }

  @Override
  public boolean keeps() {
    return trace != null;
  }

  /** The trace's memory stays for the next minibatch; its content is overwritten then. */
  @Override
  public void clear() {}

  @Override
  public void close() {
    release();
  }

  private void release() {
    if (trace != null) {
      trace.close();
      trace = null;
    }
  }

  /** The memory of a stack's arrays, which the caller must keep reachable. */
  static StackParameters memory(BlockArrays arrays) {
    return new StackParameters(
        memory(arrays.inner()), memory(arrays.outer()), memory(arrays.scalars()));
  }

  private static NativeVector memory(INDArray array) {
    return array == null ? null : HostMemory.of(array);
  }
}
