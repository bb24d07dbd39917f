package org.fathom4j.bench.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.fathom4j.kernel.Activation;
import org.fathom4j.kernel.BranchForm;
import org.fathom4j.kernel.EmulatedGpu;
import org.fathom4j.record.GpuReceipt;
import org.fathom4j.record.GpuReceipt.IterationTime;
import org.fathom4j.record.GpuReceipt.LargestError;
import org.fathom4j.record.GpuReceipt.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole check, down to the driver's calls, on a few small stacks. */
@EmulatedGpu
class EmulatedGpuCheckTest {

  @TempDir Path directory;

  @Test
  void the_CUDA_kernel_passes_with_every_figure_of_a_receipt() throws IOException {
    Shape shape = new Shape(3, 8, 4, 9);
    GpuReceipt receipt =
        new GpuCheck(new GpuCheckSpec(false, List.of(shape), List.of(), 0.01), sentence -> {})
            .run(
                Gpu.ofThisMachine(),
                directory,
                List.of(
                    ParityCase.nonlinear(BranchForm.PLAIN, 3, 7, 5, Activation.RELU, 4),
                    ParityCase.nonlinear(
                        BranchForm.SCALED_AND_BIASED, 2, 33, 8, Activation.TANH, 9),
                    ParityCase.linear(BranchForm.SCALED, 3, 6, 4)),
                UpdateCheck.SMALL.subList(0, 2));
    assertThat(receipt.failures()).isEmpty();
    assertThat(receipt.passed()).isTrue();
    assertThat(receipt.device().name()).isEqualTo("Emulated GPU");
    assertThat(receipt.parity().plans()).containsOnlyKeys("keep-all", "recompute");
    assertThat(receipt.parity().largest()).isNotEmpty().allMatch(LargestError::holds);
    assertThat(receipt.updates().equal()).isTrue();
    assertThat(receipt.timings()).extracting(IterationTime::shape).containsExactly(shape);
    assertThat(receipt.ceilings().copyBytesPerSecond()).isPositive();
    assertThat(receipt.ceilings().flopSource())
        .endsWith(" multiprocessors · 128 lanes · 2 · 1.980 GHz, its largest clock; not measured");
  }
}
