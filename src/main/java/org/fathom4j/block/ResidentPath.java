package org.fathom4j.block;

import java.lang.ref.Reference;
import org.fathom4j.kernel.DepthProbe;
import org.fathom4j.kernel.ResidentStack;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The blocks in a kernel that holds their parameters itself: the arrays of parameters and gradients
 * that come with a call are not looked at.
 */
final class ResidentPath implements StackPath {

  private final ResidentStack stack;
  private boolean keeps;

  ResidentPath(ResidentStack stack) {
    this.stack = stack;
  }

  @Override
  public void forward(
      BlockArrays parameters,
      INDArray input,
      INDArray output,
      Scratch keepFor,
      Scratch scratch,
      DepthProbe probe) {
    keeps = false;
    stack.forward(
        Math.toIntExact(input.size(0)),
        HostMemory.of(input),
        HostMemory.of(output),
        keepFor != null,
        probe);
    keeps = keepFor != null;
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
    stack.backward(
        Math.toIntExact(input.size(0)),
        HostMemory.of(outputGradient),
        HostMemory.of(inputGradient),
        probe);
    Reference.reachabilityFence(outputGradient);
    Reference.reachabilityFence(inputGradient);
  }

  @Override
  public boolean keeps() {
    return keeps;
  }

  @Override
  public void clear() {
    keeps = false;
  }
}
