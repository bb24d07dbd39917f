package org.fathom4j.kernel;

import java.util.Optional;
import java.util.OptionalLong;

/**
 * L residual blocks, forward and backward, on raw memory.
 *
 * <pre>
 *   Z_l = Z_{l-1} + σ(Z_{l-1} V_l) U_l      l = 1…L, a minibatch with examples in rows
 *   Z_l = Z_{l-1} + Z_{l-1} A_l             linear blocks
 * </pre>
 *
 * with the scalars of {@link BranchForm} where a shape has them. Shapes, N examples: Z_l: [N, D]
 * with the last index fastest; parameters as in {@link StackParameters}.
 *
 * <p>A kernel may assume nothing of N but that it is at least 1.
 *
 * <p>Gradients are sums over the examples of the minibatch. Results are the same from run to run
 * for the same number of threads. A kernel holds no state of a computation: what the backward pass
 * needs lies in a {@link Trace}, so one kernel may serve several networks, each from one thread.
 *
 * @see <a href="https://arxiv.org/abs/1911.00645">Wu, Wang &amp; Ma 2019, equation (6.1)</a>
 */
public interface StackKernel {

  /** The name users call it by. */
  KernelName name();

  /**
   * Memory for what the forward pass leaves to the backward pass; by the plan that is the fastest
   * to fit now, or the one that the kernel {@linkplain #keepingTo keeps to}.
   *
   * @param examples N, at least 1
   */
  Trace newTrace(StackShape shape, int examples);

  /**
   * Computes Z_L from Z_0.
   *
   * @param input Z_0, length N·D; not modified
   * @param output receives Z_L, length N·D; must not overlap the input
   * @param trace from {@link #newTrace} for this shape and N; null when no backward pass follows
   * @param probe receives ‖z_l‖ where it wants them; null for none
   */
  void forward(
      StackShape shape,
      int examples,
      StackParameters parameters,
      NativeVector input,
      NativeVector output,
      Trace trace,
      DepthProbe probe);

  /**
   * Computes all gradients of R from ∂R/∂Z_L, after {@link #forward} filled the trace with the same
   * parameters and input.
   *
   * @param input Z_0 again
   * @param outputGradient ∂R/∂Z_L, length N·D; not modified
   * @param gradients receives ∂R/∂V, ∂R/∂U (or ∂R/∂A) and those of the scalars, overwriting
   * @param inputGradient receives ∂R/∂Z_0, length N·D; must not overlap outputGradient
   * @param probe receives ‖∂R/∂z_l‖ where it wants them; null for none
   */
  void backward(
      StackShape shape,
      int examples,
      StackParameters parameters,
      NativeVector input,
      Trace trace,
      NativeVector outputGradient,
      StackParameters gradients,
      NativeVector inputGradient,
      DepthProbe probe);

  /**
   * Bytes that a stack may take now of the memory of the device that this kernel computes on,
   * weights and gradients included; empty for the processor's, of which {@link FreeMemory} knows.
   */
  default OptionalLong deviceFreeBytes() {
    return OptionalLong.empty();
  }

  /**
   * What a trace would keep, and how much memory that takes. A plan that was asked for, by {@link
   * #keepingTo} or a system property, is not compared with free memory.
   *
   * @param freeBytes memory that activations may take; on a device, that they may take with weights
   *     and gradients
   * @throws InsufficientMemoryException if no plan fits
   */
  MemoryPlan memoryPlan(StackShape shape, int examples, long freeBytes);

  /**
   * The same kernel with one kind of plan, for minibatches of every size: the kind decides the last
   * bits of results.
   *
   * @throws IllegalArgumentException if the kernel has no such plan
   */
  StackKernel keepingTo(MemoryPlan.Kind kind);

  /**
   * A stack whose parameters stay with this kernel from minibatch to minibatch; empty for kernels
   * that work on the processor's memory, where the network's own arrays are the parameters.
   */
  default Optional<ResidentStack> resident(StackShape shape) {
    return Optional.empty();
  }

  /** What a forward pass keeps for the backward pass; made by and for one kind of kernel. */
  interface Trace extends AutoCloseable {

    /** Native memory held, in bytes. */
    long bytes();

    /** Gives the memory back; the trace must not be used afterwards. */
    @Override
    void close();
  }
}
