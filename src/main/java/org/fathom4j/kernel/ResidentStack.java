package org.fathom4j.kernel;

import java.util.OptionalDouble;

/**
 * A stack whose parameters, gradients and updater state live in a kernel's own memory, on a device:
 * training moves minibatches and their gradients at the stack's two ends, nothing else.
 *
 * <p>The host's copies are stale from the first {@link #update} on; whoever wants to see the
 * numbers asks for them. One stack serves one network, from one thread. Fresh parameters are
 * undefined until written, fresh state is zero.
 *
 * <pre>{@code
 * try (ResidentStack stack = kernel.resident(shape).orElseThrow()) {
 *   stack.writeParameters(host);
 *   stack.forward(n, z0, zL, true, null);
 *   stack.backward(n, dzL, dz0, null);
 *   stack.update(Part.INNER, new UpdateRule.Sgd(0.1), n, OptionalDouble.empty());
 *   stack.readParameters(host);
 * }
 * }</pre>
 */
public interface ResidentStack extends AutoCloseable {

  /** The parts of a stack's parameters, as {@link StackParameters} names them. */
  enum Part {
    /** V or A. */
    INNER,
    /** U; absent for linear blocks. */
    OUTER,
    /** α, b1, b2, b3 of each block; absent for plain branches. */
    SCALARS
  }

  /** What the stack computes. */
  StackShape shape();

  /** Copies parameters to the device. */
  void writeParameters(StackParameters from);

  /** Copies the parameters as they are now to the host. */
  void readParameters(StackParameters into);

  /**
   * Computes Z_L from Z_0.
   *
   * @param examples N, at least 1
   * @param input Z_0, length N·D
   * @param output receives Z_L, length N·D
   * @param keep whether a backward pass follows
   * @param probe receives ‖z_l‖ where it wants them; null for none
   * @throws InsufficientMemoryException if no memory plan fits into the device's free memory
   */
  void forward(
      int examples, NativeVector input, NativeVector output, boolean keep, DepthProbe probe);

  /**
   * Computes all gradients after {@link #forward} with {@code keep}; those of the parameters stay
   * on the device.
   *
   * @param outputGradient ∂R/∂Z_L, length N·D
   * @param inputGradient receives ∂R/∂Z_0, length N·D
   * @param probe receives ‖∂R/∂z_l‖ where it wants them; null for none
   */
  void backward(
      int examples, NativeVector outputGradient, NativeVector inputGradient, DepthProbe probe);

  /** Copies the gradients to the host; after {@link #update}, the updates that were subtracted. */
  void readGradients(StackParameters into);

  /** Σ g² over all parameters, summed in double precision. */
  double gradientSumOfSquares();

  /** Σ p² over the parameters of one part, likewise. */
  double parameterSumOfSquares(Part part);

  /**
   * Steps down the gradient, as {@link ParameterUpdate} does and to the same bits.
   *
   * @param part the parameters to update
   * @param rule what becomes of their gradient
   * @param examples what the summed gradient is divided by, N of the minibatch; 1 for a mean
   * @param decay λ of u ← u + λp, after the rule; empty for none
   */
  void update(Part part, UpdateRule rule, double examples, OptionalDouble decay);

  /**
   * Copies one vector of updater state to the device.
   *
   * @param index 0 for Nesterov's v and Adam's m, 1 for Adam's v
   * @param from as long as the part
   */
  void writeState(Part part, int index, NativeVector from);

  /** Copies one vector of updater state to the host. */
  void readState(Part part, int index, NativeVector into);

  /** What a forward pass with {@code keep} keeps for so many examples. */
  MemoryPlan memoryPlan(int examples);

  /** Device memory held, in bytes. */
  long bytes();

  /** Gives the memory back; the stack must not be used afterwards. */
  @Override
  void close();
}
