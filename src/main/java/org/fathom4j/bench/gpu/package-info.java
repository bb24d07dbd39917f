/**
 * Whether the CUDA kernel is right on the GPU at hand, and how fast it is.
 *
 * <p>{@link org.fathom4j.bench.gpu.GpuCheckSpec} says what to check, {@link
 * org.fathom4j.bench.gpu.Gpu} on what, {@link org.fathom4j.bench.gpu.GpuCheck} does it, and a
 * {@link org.fathom4j.record.GpuReceipt} is what comes out. Nothing here touches ND4J or
 * Deeplearning4j: {@code scripts/gpu-bundle} takes these classes to GPU servers without Java,
 * without a network and without the 90 MB of their natives.
 *
 * <pre>{@code
 * GpuCheckSpec spec = new GpuCheckSpec(false, List.of(), List.of(), 2);
 * GpuReceipt receipt = new GpuCheck(spec, log::info).run(Gpu.ofThisMachine(), Path.of("."));
 * Path file = receipt.write(Path.of("runs/gpu-receipts"));
 * }</pre>
 */
package org.fathom4j.bench.gpu;
