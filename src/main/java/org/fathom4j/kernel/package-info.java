/**
 * z + U σ(V z) through L blocks, forward and backward, on raw memory.
 *
 * <p>{@link org.fathom4j.kernel.StackKernel} is the contract, {@link
 * org.fathom4j.kernel.ReferenceKernel} the definition that every faster kernel is held to, {@link
 * org.fathom4j.kernel.FusedCpuKernel} the fast one for processors, {@link
 * org.fathom4j.kernel.MemoryPlan} what it keeps of the activations, {@link
 * org.fathom4j.kernel.Kernels} the place that chooses, {@link org.fathom4j.kernel.ParameterUpdate}
 * the step down the gradient. No ND4J types live here, so that a kernel can be tested and timed
 * alone.
 *
 * <pre>{@code
 * StackKernel kernel = new FusedCpuKernel();
 * try (StackKernel.Trace trace = kernel.newTrace(shape, n)) {
 *   kernel.forward(shape, n, parameters, input, output, trace, null);
 *   kernel.backward(shape, n, parameters, input, trace, dOutput, gradients, dInput, null);
 * }
 * }</pre>
 */
package org.fathom4j.kernel;
