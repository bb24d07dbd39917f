/**
 * z + U σ(V z) through L blocks, forward and backward, on raw memory.
 *
 * <p>{@link org.fathom4j.kernel.StackKernel} is the contract, {@link
 * org.fathom4j.kernel.ReferenceKernel} the definition that every faster kernel is held to, {@link
 * org.fathom4j.kernel.FusedCpuKernel} the fast one for processors, {@link
 * org.fathom4j.kernel.CudaKernel} that for NVIDIA GPUs, whose code is CUDA C++ in {@code
 * src/main/cuda}, {@link org.fathom4j.kernel.ResidentStack} a stack that stays in such a device's
 * memory while it trains, {@link org.fathom4j.kernel.CudaReport} what GPUs there are, {@link
 * org.fathom4j.kernel.MemoryPlan} what a kernel keeps of the activations, {@link
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
