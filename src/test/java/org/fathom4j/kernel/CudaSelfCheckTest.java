package org.fathom4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.fathom4j.kernel.CudaEmulation.Fault;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The check that a GPU must pass before stacks are given to it unasked. */
@EmulatedGpu
class CudaSelfCheckTest {

  private static StackShape shape(
      BranchForm form, int width, int hiddenWidth, Activation activation, Precision precision) {
    return new StackShape(
        BlockKind.NONLINEAR, form, 1000, width, hiddenWidth, activation, precision);
  }

  /** Every activation and form, every march, widths beyond them, both precisions. */
  static Stream<StackShape> shapes() {
    List<StackShape> shapes = new ArrayList<>();
    for (Activation activation : Activation.values()) {
      shapes.add(shape(BranchForm.PLAIN, 12, 5, activation, Precision.FLOAT));
    }
    for (Precision precision : Precision.values()) {
      shapes.add(shape(BranchForm.SCALED_AND_BIASED, 7, 9, Activation.TANH, precision));
      shapes.add(
          new StackShape(
              BlockKind.LINEAR, BranchForm.SCALED, 1000, 9, 9, Activation.IDENTITY, precision));
    }
    shapes.add(shape(BranchForm.SCALED, 64, 33, Activation.RELU, Precision.FLOAT));
    shapes.add(shape(BranchForm.PLAIN, 128, 64, Activation.RELU, Precision.FLOAT));
    shapes.add(shape(BranchForm.PLAIN, 129, 8, Activation.RELU, Precision.FLOAT));
    return shapes.stream();
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void a_GPU_that_computes_what_it_should_passes(StackShape shape) {
    assertThat(CudaSelfCheck.problem(CudaSelfCheck.sample(shape))).isEmpty();
  }

  @Test
  void the_sample_of_a_stack_is_of_its_own_blocks_but_few_of_them_and_not_too_wide() {
    assertThat(
            CudaSelfCheck.sample(
                shape(BranchForm.SCALED, 9, 4000, Activation.RELU, Precision.DOUBLE)))
        .isEqualTo(
            new StackShape(
                BlockKind.NONLINEAR,
                BranchForm.SCALED,
                5,
                9,
                256,
                Activation.RELU,
                Precision.DOUBLE));
  }

  @Test
  void a_memory_plan_that_the_kernel_has_not_does_not_break_the_check() {
    System.setProperty(FusedCpuKernel.PLAN_PROPERTY, "keep-hidden");
    try {
      assertThat(CudaSelfCheck.problem(SAMPLE)).isEmpty();
    } finally {
      System.clearProperty(FusedCpuKernel.PLAN_PROPERTY);
    }
  }

  private static final StackShape SAMPLE =
      CudaSelfCheck.sample(
          shape(BranchForm.SCALED_AND_BIASED, 12, 5, Activation.RELU, Precision.FLOAT));

  /** What the check says of a stack that answers one question wrongly. */
  private static Optional<String> withWrong(String method, Consumer<Object[]> spoil) {
    return CudaSelfCheck.problem(SAMPLE, shape -> wrong(shape, method, spoil));
  }

  private static ResidentStack wrong(StackShape shape, String method, Consumer<Object[]> spoil) {
    ResidentStack right = new CudaKernel().resident(shape).orElseThrow();
    InvocationHandler handler =
        (proxy, called, arguments) -> {
          Object result;
          try {
            result = called.invoke(right, arguments);
          } catch (InvocationTargetException e) {
            throw e.getCause();
          }
          if (!called.getName().equals(method)) {
            return result;
          }
          spoil.accept(arguments);
          return result == null ? null : 1.001 * (double) result;
        };
    return (ResidentStack)
        Proxy.newProxyInstance(
            ResidentStack.class.getClassLoader(), new Class<?>[] {ResidentStack.class}, handler);
  }

  /** By three in ten thousand of a number that is large enough for it to show. */
  private static void spoil(NativeVector numbers) {
    long largest = 0;
    for (long i = 0; i < numbers.length(); i++) {
      largest = Math.abs(numbers.get(i)) > Math.abs(numbers.get(largest)) ? i : largest;
    }
    numbers.set(largest, 1.0003 * numbers.get(largest));
  }

  /** By one unit in the last place. */
  private static void spoilABit(NativeVector numbers) {
    numbers.set(3, Math.nextUp((float) numbers.get(3)));
  }

  @Test
  void a_wrong_output_is_found() {
    assertThat(withWrong("forward", arguments -> spoil((NativeVector) arguments[2])))
        .hasValueSatisfying(
            problem ->
                assertThat(problem)
                    .startsWith(
                        "The kernel for this GPU differs from the reference kernel by 3.0e-04")
                    .contains("5 blocks of width 12 and hidden width 5 (relu, float)")
                    .endsWith("please report it with the output of 'fathom doctor'."));
  }

  @Test
  void a_wrong_gradient_of_the_input_is_found() {
    assertThat(withWrong("backward", arguments -> spoil((NativeVector) arguments[2]))).isPresent();
  }

  @ParameterizedTest
  @ValueSource(strings = {"INNER", "OUTER", "SCALARS"})
  void a_wrong_gradient_of_any_parameters_is_found(ResidentStack.Part part) {
    assertThat(
            withWrong(
                "readGradients", arguments -> spoil(((StackParameters) arguments[0]).part(part))))
        .isPresent();
  }

  /** As when rounding carries an argument of ReLU across 0. */
  @Test
  void a_gradient_that_is_wrong_once_in_three_is_forgiven_where_there_is_a_kink_and_nowhere_else() {
    for (Activation activation : List.of(Activation.RELU, Activation.TANH)) {
      AtomicInteger stacks = new AtomicInteger();
      Optional<String> problem =
          CudaSelfCheck.problem(
              CudaSelfCheck.sample(shape(BranchForm.PLAIN, 12, 5, activation, Precision.FLOAT)),
              shape ->
                  stacks.getAndIncrement() == 0
                      ? wrong(shape, "backward", a -> spoil((NativeVector) a[2]))
                      : new CudaKernel().resident(shape).orElseThrow());
      assertThat(problem.isPresent()).isEqualTo(activation == Activation.TANH);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gradientSumOfSquares", "parameterSumOfSquares"})
  void a_wrong_sum_of_squares_is_found(String method) {
    assertThat(withWrong(method, arguments -> {}))
        .hasValueSatisfying(
            problem -> assertThat(problem).contains("squares of parameters or gradients"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"INNER", "OUTER", "SCALARS"})
  void one_wrong_bit_of_updated_parameters_is_found(ResidentStack.Part part) {
    assertThat(
            withWrong(
                "readParameters",
                arguments -> spoilABit(((StackParameters) arguments[0]).part(part))))
        .hasValueSatisfying(problem -> assertThat(problem).contains("other bits", "Sgd[rate=0.1]"));
  }

  @Test
  void one_wrong_bit_of_updater_state_is_found() {
    assertThat(withWrong("readState", arguments -> spoilABit((NativeVector) arguments[2])))
        .hasValueSatisfying(problem -> assertThat(problem).contains("other bits", "Nesterovs"));
  }

  @Test
  void a_device_that_fails_is_an_error_that_whoever_chooses_hears_of() {
    CudaEmulation.fail(Fault.DEVICE_LOST, 4);
    assertThatThrownBy(() -> CudaSelfCheck.problem(SAMPLE)).isInstanceOf(CudaException.class);
  }
}
