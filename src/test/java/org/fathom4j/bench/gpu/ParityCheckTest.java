package org.fathom4j.bench.gpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.fathom4j.kernel.Activation;
import org.fathom4j.kernel.BranchForm;
import org.fathom4j.kernel.CudaException;
import org.fathom4j.kernel.Precision;
import org.fathom4j.kernel.StackParameters;
import org.fathom4j.kernel.StackShape;
import org.fathom4j.record.GpuReceipt;
import org.fathom4j.record.GpuReceipt.LargestError;
import org.junit.jupiter.api.Test;

class ParityCheckTest {

  private static final List<ParityCase> FEW =
      List.of(
          ParityCase.nonlinear(BranchForm.PLAIN, 3, 7, 5, Activation.RELU, 4),
          ParityCase.nonlinear(BranchForm.SCALED_AND_BIASED, 2, 4, 11, Activation.TANH, 9),
          ParityCase.linear(BranchForm.SCALED, 3, 6, 4));

  private final Findings findings = new Findings();

  private GpuReceipt.Parity check(HostKernel kernel, List<ParityCase> cases) {
    return new ParityCheck(kernel, findings, sentence -> {}).run(cases);
  }

  @Test
  void a_correct_kernel_differs_by_the_rounding_of_its_precision_alone() {
    GpuReceipt.Parity parity = check(new HostKernel(), ParityCases.quick());
    assertThat(findings.failures()).isEmpty();
    assertThat(findings.notRun()).isEmpty();
    assertThat(parity.largest()).allMatch(LargestError::holds);
    assertThat(parity.largest())
        .filteredOn(error -> error.precision().equals("double"))
        .extracting(LargestError::error)
        .containsOnly(0.0); // it is the reference
    assertThat(parity.largest())
        .filteredOn(error -> error.precision().equals("float"))
        .hasSize(Quantity.values().length)
        .anyMatch(error -> error.error() > 1e-8);
    assertThat(parity.cases()).isEqualTo(ParityCases.quick().size());
    assertThat(parity.plans().keySet()).containsExactly("keep-all", "recompute");
    assertThat(parity.comparisons())
        .isEqualTo(parity.plans().values().stream().mapToInt(Integer::intValue).sum())
        .isEqualTo(parity.cases() * 2 * 2 * 2); // precisions, plans, with a trace and resident
  }

  @Test
  void one_wrong_number_of_one_gradient_is_found_and_named() {
    check(
        new HostKernel() {
          @Override
          protected void afterBackward(StackShape shape, StackParameters gradients) {
            if (shape.precision() == Precision.FLOAT && gradients.outer() != null) {
              gradients.outer().set(0, gradients.outer().get(0) + 0.01);
            }
          }
        },
        FEW.subList(0, 1));
    assertThat(findings.failureCount()).isEqualTo(4); // two plans, with a trace and resident
    assertThat(findings.failures().get(0).where())
        .isEqualTo("nonlinear plain relu L=3 D=7 M=5 N=4, float, keep-all, trace");
    assertThat(findings.failures().get(0).problem())
        .startsWith("gradient of U: relative error ")
        .endsWith(", but less than 1e-04 is allowed.");
  }

  @Test
  void a_gradient_that_is_not_finite_is_infinitely_wrong() {
    GpuReceipt.Parity parity =
        check(
            new HostKernel() {
              @Override
              protected void afterBackward(StackShape shape, StackParameters gradients) {
                gradients.inner().set(0, Double.NaN);
              }
            },
            FEW.subList(0, 1));
    assertThat(parity.largest())
        .filteredOn(error -> error.array().equals(Quantity.INNER_GRADIENT.words()))
        .extracting(LargestError::error)
        .containsOnly(Double.POSITIVE_INFINITY);
    assertThat(findings.failureCount()).isPositive();
  }

  @Test
  void other_bits_in_the_second_pass_are_a_failure() {
    check(
        new HostKernel() {
          private int turn;

          @Override
          protected void afterBackward(StackShape shape, StackParameters gradients) {
            double last = gradients.inner().get(0);
            gradients.inner().set(0, last + turn++ * 1e-7 * last);
          }
        },
        FEW.subList(0, 1));
    assertThat(findings.failures())
        .anyMatch(
            failure -> failure.problem().contains("when computed again; it must be the same"));
  }

  @Test
  void what_need_not_be_offered_is_not_run_and_what_was_promised_is_a_failure() {
    HostKernel singleReluOnly =
        new HostKernel() {
          @Override
          protected void begin(StackShape shape) {
            if (shape.precision() == Precision.DOUBLE || shape.activation() != Activation.RELU) {
              throw new IllegalArgumentException("Only ReLU in single precision.");
            }
          }
        };
    check(
        singleReluOnly,
        List.of(
            FEW.get(0), ParityCase.nonlinear(BranchForm.PLAIN, 1, 2, 3, Activation.SIGMOID, 4)));
    assertThat(findings.failures()).isEmpty();
    assertThat(findings.notRun())
        .extracting(GpuReceipt.NotRun::what)
        .containsExactlyInAnyOrder(
            "parity of sigmoid in float precision",
            "parity of sigmoid in double precision",
            "parity of relu in double precision");
    check(singleReluOnly, FEW.subList(1, 2));
    assertThat(findings.failures()).isNotEmpty();
    assertThat(findings.failures().get(0).problem())
        .isEqualTo("Declined: Only ReLU in single precision.");
  }

  @Test
  void a_lost_device_ends_the_check_and_leaves_failures() {
    GpuReceipt.Parity parity =
        check(
            new HostKernel() {
              @Override
              protected void begin(StackShape shape) {
                throw new CudaException("The device is lost.");
              }
            },
            ParityCases.quick());
    assertThat(parity.comparisons()).isZero();
    assertThat(findings.failures().get(0).problem()).contains("The device is lost.");
    assertThat(findings.failureCount()).isLessThan(40);
    assertThat(findings.notRun())
        .anyMatch(skipped -> skipped.reason().contains("failed 20 times in a row"));
  }

  @Test
  void the_error_is_that_of_the_largest_number() {
    assertThat(ParityCheck.error(new double[] {1, 4}, new double[] {1.5, 4})).isEqualTo(0.125);
    assertThat(ParityCheck.error(new double[] {0, 0}, new double[] {0, 0})).isZero();
    assertThat(ParityCheck.error(new double[] {1}, new double[] {0})).isInfinite();
  }
}
