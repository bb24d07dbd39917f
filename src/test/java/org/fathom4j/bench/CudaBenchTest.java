package org.fathom4j.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Optional;
import org.fathom4j.bench.BenchReport.KernelFigures;
import org.fathom4j.bench.BenchReport.LeftOut;
import org.fathom4j.kernel.CudaEmulation;
import org.fathom4j.kernel.CudaEmulation.Fault;
import org.fathom4j.kernel.CudaException;
import org.fathom4j.kernel.EmulatedGpu;
import org.fathom4j.network.KernelReport;
import org.fathom4j.network.NetworkSpec;
import org.junit.jupiter.api.Test;

/** A bench whose GPU fails. */
@EmulatedGpu
class CudaBenchTest {

  private static Bench bench(Optional<String> kernel) {
    return new Bench(
        new BenchSpec(
            4, 7, 5, 3, NetworkSpec.Block.NONLINEAR, NetworkSpec.Precision.FLOAT, kernel, 0.001),
        sentence -> {});
  }

  /** After the check that the kernel must pass to be a candidate. */
  private static void loseTheDevice() {
    assertThat(KernelReport.all()).allMatch(KernelReport::usable);
    CudaEmulation.fail(Fault.DEVICE_LOST, 3);
  }

  @Test
  void a_GPU_that_fails_leaves_the_other_kernels_their_figures() throws IOException {
    loseTheDevice();
    BenchReport report = bench(Optional.empty()).run();
    assertThat(report.kernels())
        .extracting(KernelFigures::name)
        .containsExactlyInAnyOrder("reference", "fused", "nd4j");
    assertThat(report.leftOut()).extracting(LeftOut::name).containsExactly("cuda");
    assertThat(report.leftOut().get(0).reason()).contains("The GPU failed at");
  }

  @Test
  void who_asked_for_the_GPU_hears_that_it_failed() {
    loseTheDevice();
    assertThatThrownBy(() -> bench(Optional.of("cuda")).run()).isInstanceOf(CudaException.class);
  }
}
