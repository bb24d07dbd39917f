package org.fathom4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.fathom4j.kernel.CudaEmulation.Count;
import org.fathom4j.kernel.MemoryPlan.Kind;
import org.fathom4j.kernel.ResidentStack.Part;
import org.fathom4j.kernel.StackCase.Result;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The contract on the emulated GPU, and what only this kernel promises. */
@EmulatedGpu
class CudaKernelTest {

  /** The whole contract, every z and h kept. */
  @Nested
  class KeepAll extends RawKernelContract {

    @Override
    protected StackKernel kernel() {
      return new CudaKernel().keepingTo(Kind.KEEP_ALL);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("org.fathom4j.kernel.StackCase#all")
  void computing_again_gives_the_bits_of_keeping_all(StackCase stack) {
    assertSameBits(
        compute(new CudaKernel().keepingTo(Kind.RECOMPUTE), stack, null),
        compute(new CudaKernel().keepingTo(Kind.KEEP_ALL), stack, null));
  }

  /** Kind, depth, width, hidden width and examples: every march at, below and beyond its widths. */
  static Stream<Arguments> widths() {
    List<Arguments> cases = new ArrayList<>();
    int[][] nonlinear = {
      {8, 8},
      {32, 9},
      {32, 32},
      {33, 8},
      {64, 5},
      {64, 64},
      {20, 60},
      {65, 8},
      {128, 4},
      {100, 30},
      {3, 128},
      {128, 128},
      {129, 3},
      {5, 140}
    };
    for (int[] size : nonlinear) {
      cases.add(Arguments.of(shape(3, size[0], size[1], Activation.TANH), 9));
    }
    for (int width : new int[] {32, 40, 64, 128, 131}) {
      StackShape linear =
          new StackShape(
              BlockKind.LINEAR,
              BranchForm.SCALED,
              3,
              width,
              width,
              Activation.IDENTITY,
              Precision.FLOAT);
      cases.add(Arguments.of(linear, 17));
    }
    // More blocks than one launch of weight gradients takes, more than one segment computed again.
    cases.add(Arguments.of(shape(70, 9, 4, Activation.RELU), 8));
    cases.add(Arguments.of(shape(301, 5, 3, Activation.RELU), 3));
    return cases.stream();
  }

  private static StackShape shape(int depth, int width, int hidden, Activation activation) {
    return new StackShape(
        BlockKind.NONLINEAR, BranchForm.PLAIN, depth, width, hidden, activation, Precision.FLOAT);
  }

  @ParameterizedTest(name = "{0}, {1} examples")
  @MethodSource("widths")
  void every_width_agrees_with_the_reference(StackShape shape, int examples) {
    StackCase stack = StackCase.random(shape, examples);
    Result expected = compute(new ReferenceKernel(), small(stack), null);
    for (Kind plan : List.of(Kind.KEEP_ALL, Kind.RECOMPUTE)) {
      Result found = compute(new CudaKernel().keepingTo(plan), small(stack), null);
      assertClose("z_L", found.output(), expected.output());
      assertClose("∂V", found.innerGradient(), expected.innerGradient());
      assertClose("∂U", found.outerGradient(), expected.outerGradient());
      assertClose("∂α", found.scalarGradient(), expected.scalarGradient());
      assertClose("∂z_0", found.inputGradient(), expected.inputGradient());
    }
  }

  /** U and A small enough for hundreds of blocks. */
  private static StackCase small(StackCase c) {
    double scale = 1 / Math.sqrt(c.shape().depth());
    double[] inner = c.inner().clone();
    double[] outer = c.outer().clone();
    double[] shrinks = c.shape().kind() == BlockKind.LINEAR ? inner : outer;
    for (int i = 0; i < shrinks.length; i++) {
      shrinks[i] = (float) (scale * shrinks[i]);
    }
    return new StackCase(
        c.shape(), c.examples(), inner, outer, c.scalars(), c.input(), c.outputGradient());
  }

  @Test
  void probes_do_not_change_a_bit() {
    StackCase stack = StackCase.random(shape(20, 9, 4, Activation.TANH), 11);
    for (Kind plan : List.of(Kind.KEEP_ALL, Kind.RECOMPUTE)) {
      StackKernel kernel = new CudaKernel().keepingTo(plan);
      DepthProbe some = DepthProbe.at(20, 0, 3, 16, 17, 20);
      assertSameBits(compute(kernel, stack, some), compute(kernel, stack, null));
      DepthProbe all = DepthProbe.everyLayer(20);
      compute(kernel, stack, all);
      assertThat(some.gradientNorm(2)).isEqualTo(all.gradientNorm(16));
      assertThat(some.activationNorm(3)).isEqualTo(all.activationNorm(17));
    }
  }

  @Test
  void a_number_that_is_not_finite_passes_through() {
    StackCase stack = StackCase.random(shape(3, 9, 4, Activation.RELU), 9);
    stack.input()[4] = Double.NaN;
    stack.input()[20] = Double.POSITIVE_INFINITY;
    DepthProbe probe = DepthProbe.everyLayer(3);
    Result found = compute(new CudaKernel(), stack, probe);
    assertThat(found.output()).contains(Double.NaN);
    assertThat(probe.activationNorm(0)).isInfinite();
    // Other examples do not hear of it.
    assertThat(found.output()[3 * 9 + 1]).isFinite();
  }

  @Test
  void parameters_that_stay_on_the_device_are_updated_to_the_bits_of_the_host() {
    for (Precision precision : Precision.values()) {
      for (UpdateRule rule :
          List.of(
              new UpdateRule.Sgd(0.3),
              new UpdateRule.Nesterovs(0.3, 0.9),
              new UpdateRule.Adam(0.003, 0.9, 0.999, 1e-8))) {
        for (OptionalDouble decay : List.of(OptionalDouble.empty(), OptionalDouble.of(1e-3))) {
          assertTrainsAlike(precision, rule, decay);
        }
      }
    }
  }

  private static void assertTrainsAlike(
      Precision precision, UpdateRule rule, OptionalDouble decay) {
    StackShape shape =
        new StackShape(
            BlockKind.NONLINEAR, BranchForm.SCALED_AND_BIASED, 3, 7, 5, Activation.TANH, precision);
    int n = 9;
    StackCase c = StackCase.random(shape, n);
    StackParameters host = parameters(c);
    StackParameters gradients = parameters(c);
    NativeVector input = RawKernelContract.vector(precision, c.input());
    NativeVector output = RawKernelContract.vector(precision, c.input());
    NativeVector outputGradient = RawKernelContract.vector(precision, c.outputGradient());
    NativeVector inputGradient = RawKernelContract.vector(precision, c.input());
    List<NativeVector> states = new ArrayList<>();
    for (Part part : Part.values()) {
      double[] zeros = new double[2 * (int) of(host, part).length()];
      states.add(RawKernelContract.vector(precision, zeros));
    }
    CudaKernel kernel = new CudaKernel();
    try (ResidentStack stack = kernel.resident(shape).orElseThrow();
        StackKernel.Trace trace = kernel.newTrace(shape, n)) {
      stack.writeParameters(host);
      for (int step = 0; step < 3; step++) {
        stack.forward(n, input, output, true, null);
        stack.backward(n, outputGradient, inputGradient, null);
        double squares = stack.gradientSumOfSquares();
        kernel.forward(shape, n, host, input, output, trace, null);
        kernel.backward(
            shape, n, host, input, trace, outputGradient, gradients, inputGradient, null);
        double expected = 0;
        for (Part part : Part.values()) {
          for (double g : RawKernelContract.array(of(gradients, part))) {
            expected += g * g;
          }
        }
        assertThat(squares).isCloseTo(expected, within(1e-9 * expected));
        for (Part part : Part.values()) {
          stack.update(part, rule, n, decay);
          NativeVector p = of(host, part);
          UpdateRange all = new UpdateRange(0, p.length(), 0, p.length(), rule, n, decay);
          ParameterUpdate.reference()
              .apply(p, of(gradients, part), states.get(part.ordinal()), List.of(all));
        }
      }
      StackParameters found = parameters(c);
      StackParameters updates = parameters(c);
      stack.readParameters(found);
      stack.readGradients(updates);
      for (Part part : Part.values()) {
        assertThat(RawKernelContract.array(of(found, part)))
            .isEqualTo(RawKernelContract.array(of(host, part)));
        assertThat(RawKernelContract.array(of(updates, part)))
            .isEqualTo(RawKernelContract.array(of(gradients, part)));
        for (int i = 0; i < rule.states(); i++) {
          NativeVector state = NativeVector.allocate(precision, of(host, part).length());
          stack.readState(part, i, state);
          NativeVector expected =
              states.get(part.ordinal()).slice(i * state.length(), state.length());
          assertThat(RawKernelContract.array(state)).isEqualTo(RawKernelContract.array(expected));
        }
      }
    }
  }

  @Test
  void state_that_is_written_is_what_the_next_update_goes_on_from() {
    StackShape shape = shape(2, 5, 3, Activation.RELU);
    try (ResidentStack stack = new CudaKernel().resident(shape).orElseThrow()) {
      NativeVector written =
          RawKernelContract.vector(Precision.FLOAT, StackCase.random(shape, 1).inner());
      stack.writeState(Part.INNER, 1, written);
      NativeVector read = NativeVector.allocate(Precision.FLOAT, written.length());
      stack.readState(Part.INNER, 1, read);
      assertThat(RawKernelContract.array(read)).isEqualTo(RawKernelContract.array(written));
      assertThatThrownBy(() -> stack.writeState(Part.SCALARS, 0, written))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("SCALARS");
      assertThatThrownBy(() -> stack.readState(Part.INNER, 0, written.slice(0, 3)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("30 numbers");
    }
  }

  @Test
  void minibatches_of_other_sizes_follow_one_another() {
    StackShape shape = shape(5, 7, 3, Activation.RELU);
    StackCase large = StackCase.random(shape, 19);
    StackCase ragged = StackCase.random(shape, 4);
    try (ResidentStack stack = new CudaKernel().resident(shape).orElseThrow()) {
      stack.writeParameters(parameters(large));
      double[] first = output(stack, large);
      output(stack, ragged);
      assertThat(output(stack, large)).isEqualTo(first);
    }
  }

  private static double[] output(ResidentStack stack, StackCase c) {
    Precision precision = c.shape().precision();
    NativeVector output = NativeVector.allocate(precision, c.input().length);
    NativeVector back = NativeVector.allocate(precision, c.input().length);
    stack.forward(c.examples(), RawKernelContract.vector(precision, c.input()), output, true, null);
    stack.backward(
        c.examples(), RawKernelContract.vector(precision, c.outputGradient()), back, null);
    return RawKernelContract.array(output);
  }

  @Test
  void a_backward_pass_without_its_forward_pass_is_refused() {
    StackShape shape = shape(2, 5, 3, Activation.RELU);
    StackCase c = StackCase.random(shape, 4);
    NativeVector z = RawKernelContract.vector(Precision.FLOAT, c.input());
    NativeVector other = RawKernelContract.vector(Precision.FLOAT, c.input());
    try (ResidentStack stack = new CudaKernel().resident(shape).orElseThrow()) {
      stack.writeParameters(parameters(c));
      assertThatThrownBy(() -> stack.backward(4, z, other, null))
          .isInstanceOf(IllegalStateException.class);
      stack.forward(4, z, other, false, null);
      assertThatThrownBy(() -> stack.backward(4, z, other, null))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("forward pass");
      assertThatThrownBy(() -> stack.forward(3, z, other, true, null))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("must be 15 numbers");
    }
  }

  @Test
  void deeper_stacks_take_no_more_launches() {
    assertThat(launches(23)).isEqualTo(launches(17)).isLessThan(20);
  }

  /** Of one iteration; up to 24 blocks are one chunk on this small device. */
  private static long launches(int depth) {
    StackCase c = StackCase.random(shape(depth, 7, 3, Activation.RELU), 9);
    try (ResidentStack stack = new CudaKernel().resident(c.shape()).orElseThrow()) {
      stack.writeParameters(parameters(c));
      long before = CudaEmulation.count(Count.LAUNCHES);
      output(stack, c);
      step(stack);
      return CudaEmulation.count(Count.LAUNCHES) - before;
    }
  }

  private static void step(ResidentStack stack) {
    for (Part part : List.of(Part.INNER, Part.OUTER)) {
      stack.update(part, new UpdateRule.Adam(0.1, 0.9, 0.999, 1e-8), 9, OptionalDouble.empty());
    }
  }

  @Test
  void training_moves_minibatches_alone() {
    StackCase c = StackCase.random(shape(40, 7, 3, Activation.RELU), 9);
    try (ResidentStack stack = new CudaKernel().resident(c.shape()).orElseThrow()) {
      stack.writeParameters(parameters(c));
      for (int i = 0; i < 3; i++) {
        long toDevice = CudaEmulation.count(Count.BYTES_TO_DEVICE);
        long toHost = CudaEmulation.count(Count.BYTES_TO_HOST);
        output(stack, c);
        step(stack);
        long minibatches = 2L * 9 * 7 * Float.BYTES;
        assertThat(CudaEmulation.count(Count.BYTES_TO_DEVICE) - toDevice).isEqualTo(minibatches);
        assertThat(CudaEmulation.count(Count.BYTES_TO_HOST) - toHost).isEqualTo(minibatches);
      }
    }
  }

  @Test
  void a_launch_does_not_last_long_enough_for_a_display_to_suffer() {
    assertThat(CudaStack.longestMarch(1000, 132)).isEqualTo(100_000);
    assertThat(CudaStack.longestMarch(60_000, 132)).isEqualTo(100_000 / 57);
    assertThat(CudaStack.longestMarch(Integer.MAX_VALUE, 1)).isEqualTo(1);
  }

  @Test
  void a_closed_stack_is_refused() {
    StackCase c = StackCase.random(shape(3, 7, 3, Activation.RELU), 4);
    ResidentStack stack = new CudaKernel().resident(c.shape()).orElseThrow();
    stack.writeParameters(parameters(c));
    stack.close();
    assertThatThrownBy(() -> output(stack, c)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> stack.readParameters(parameters(c)))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> step(stack)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void there_is_no_plan_that_keeps_the_hidden_layer_alone() {
    assertThatThrownBy(() -> new CudaKernel().keepingTo(Kind.KEEP_HIDDEN))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("keep-all or recompute");
  }

  @Test
  void memory_is_given_back() {
    long before = CudaContext.get().freeBytes();
    StackShape shape = shape(50, 16, 16, Activation.RELU);
    try (ResidentStack stack = new CudaKernel().resident(shape).orElseThrow()) {
      StackCase c = StackCase.random(shape, 40);
      stack.writeParameters(parameters(c));
      output(stack, c);
      stack.update(Part.INNER, new UpdateRule.Nesterovs(0.1, 0.9), 40, OptionalDouble.empty());
      assertThat(CudaContext.get().freeBytes()).isLessThan(before);
    }
    assertThat(CudaContext.get().freeBytes()).isEqualTo(before);
  }

  private static StackParameters parameters(StackCase c) {
    Precision precision = c.shape().precision();
    return new StackParameters(
        RawKernelContract.vector(precision, c.inner()),
        RawKernelContract.vector(precision, c.outer()),
        RawKernelContract.vector(precision, c.scalars()));
  }

  private static NativeVector of(StackParameters parameters, Part part) {
    return switch (part) {
      case INNER -> parameters.inner();
      case OUTER -> parameters.outer();
      case SCALARS -> parameters.scalars();
    };
  }

  private static Result compute(StackKernel kernel, StackCase c, DepthProbe probe) {
    return RawKernelContract.compute(kernel, c, probe);
  }

  private static void assertSameBits(Result found, Result expected) {
    assertThat(found.output()).isEqualTo(expected.output());
    assertThat(found.innerGradient()).isEqualTo(expected.innerGradient());
    assertThat(found.outerGradient()).isEqualTo(expected.outerGradient());
    assertThat(found.scalarGradient()).isEqualTo(expected.scalarGradient());
    assertThat(found.inputGradient()).isEqualTo(expected.inputGradient());
  }

  /** Relative to the largest entry: hundreds of sums in single precision. */
  private static void assertClose(String what, double[] found, double[] expected) {
    assertThat(found).as(what).hasSameSizeAs(expected);
    double largest = 0;
    for (double e : expected) {
      largest = Math.max(largest, Math.abs(e));
    }
    for (int i = 0; i < found.length; i++) {
      if (!(Math.abs(found[i] - expected[i]) <= 1e-5 * largest)) {
        throw new AssertionError(
            String.format("%s[%d] is %s, expected %s", what, i, found[i], expected[i]));
      }
    }
  }
}
