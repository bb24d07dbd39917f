package org.fathom4j.bench.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.fathom4j.kernel.NativeVector;
import org.fathom4j.kernel.ResidentStack;
import org.fathom4j.kernel.StackShape;
import org.fathom4j.record.GpuReceipt;
import org.junit.jupiter.api.Test;

class UpdateCheckTest {

  private final Findings findings = new Findings();

  @Test
  void the_reference_has_its_own_bits() {
    GpuReceipt.Updates updates = new UpdateCheck(new HostKernel(), findings).run(UpdateCheck.SMALL);
    assertThat(findings.failures()).isEmpty();
    assertThat(updates.equal()).isTrue();
    assertThat(updates.comparisons()).isGreaterThan(500);
    assertThat(updates.rules())
        .containsExactly(
            "sgd",
            "sgd with decay",
            "nesterovs",
            "nesterovs with decay",
            "adam",
            "adam with decay");
  }

  @Test
  void one_bit_of_one_parameter_is_found() {
    GpuReceipt.Updates updates =
        new UpdateCheck(
                new HostKernel() {
                  @Override
                  protected void afterUpdate(NativeVector parameters) {
                    long last = parameters.length() - 1;
                    parameters.set(last, Math.nextUp((float) parameters.get(last)));
                  }
                },
                findings)
            .run(UpdateCheck.SMALL);
    assertThat(updates.equal()).isFalse();
    assertThat(findings.failures().get(0).problem())
        .startsWith("inner parameters: number 0 is ")
        .endsWith("; it must be the same bits.");
  }

  @Test
  void a_kernel_that_keeps_no_stack_has_failed() {
    GpuReceipt.Updates updates =
        new UpdateCheck(
                new HostKernel() {
                  @Override
                  public Optional<ResidentStack> resident(StackShape shape) {
                    return Optional.empty();
                  }
                },
                findings)
            .run(UpdateCheck.SMALL);
    assertThat(updates.equal()).isFalse();
    assertThat(updates.comparisons()).isZero();
    assertThat(findings.failures().get(0).problem())
        .isEqualTo("The kernel keeps no stack on the device.");
  }
}
