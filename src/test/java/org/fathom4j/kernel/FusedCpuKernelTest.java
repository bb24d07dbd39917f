package org.fathom4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.bytedeco.openblas.presets.openblas_nolapack.MklSetNumThreadsLocal;
import org.fathom4j.kernel.MemoryPlan.Kind;
import org.fathom4j.kernel.StackCase.Result;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The contract for every thread count and memory plan, and what only this kernel promises. */
class FusedCpuKernelTest {

  private static final ThreadTeam ONE = new ThreadTeam(1);
  private static final ThreadTeam TWO = new ThreadTeam(2);
  private static final ThreadTeam THREE = new ThreadTeam(3);

  private static StackKernel kernel(ThreadTeam team, Kind plan) {
    return new FusedCpuKernel(team, Optional.of(plan), () -> 1L << 40, 0);
  }

  /** The plan, or keep-all for linear blocks that it does not serve. */
  abstract static class Contract extends RawKernelContract {

    private final ThreadTeam team;
    private final Kind plan;

    Contract(ThreadTeam team, Kind plan) {
      this.team = team;
      this.plan = plan;
    }

    @Override
    protected StackKernel kernel() {
      return FusedCpuKernelTest.kernel(team, plan);
    }

    @Override
    protected Result compute(StackCase c) {
      Kind usable = plan.serves(c.shape()) ? plan : Kind.KEEP_ALL;
      return compute(FusedCpuKernelTest.kernel(team, usable), c);
    }
  }

  @Nested
  class OneThreadKeepHidden extends Contract {
    OneThreadKeepHidden() {
      super(ONE, Kind.KEEP_HIDDEN);
    }
  }

  @Nested
  class TwoThreadsKeepHidden extends Contract {
    TwoThreadsKeepHidden() {
      super(TWO, Kind.KEEP_HIDDEN);
    }
  }

  @Nested
  class ThreeThreadsKeepAll extends Contract {
    ThreeThreadsKeepAll() {
      super(THREE, Kind.KEEP_ALL);
    }
  }

  @Nested
  class ThreeThreadsRecompute extends Contract {
    ThreeThreadsRecompute() {
      super(THREE, Kind.RECOMPUTE);
    }
  }

  /** Depths beyond a chunk and a checkpoint, sizes that fit no vector, no slab and no panel. */
  static Stream<StackCase> deepAndAwkward() {
    List<StackCase> cases = new ArrayList<>();
    int[][] sizes = {{37, 33, 9, 65}, {300, 5, 13, 7}, {70, 65, 64, 3}, {3, 7, 5, 1000}};
    for (int[] s : sizes) {
      for (BranchForm form : BranchForm.values()) {
        for (Precision precision : Precision.values()) {
          Activation activation =
              precision == Precision.FLOAT ? Activation.TANH : Activation.SOFTPLUS;
          cases.add(gentle(BlockKind.NONLINEAR, form, s, activation, precision));
          cases.add(gentle(BlockKind.NONLINEAR, form, s, Activation.RELU, precision));
          if (!form.isBiased()) {
            int[] square = {s[0], s[1], s[1], s[3]};
            cases.add(gentle(BlockKind.LINEAR, form, square, Activation.IDENTITY, precision));
          }
        }
      }
    }
    return cases.stream();
  }

  /** Weights small enough for the depth: U and A, or α, a twentieth of the shallow cases'. */
  private static StackCase gentle(
      BlockKind kind, BranchForm form, int[] s, Activation activation, Precision precision) {
    StackCase c =
        StackCase.random(new StackShape(kind, form, s[0], s[1], s[2], activation, precision), s[3]);
    double[] branch = kind == BlockKind.LINEAR ? c.inner() : c.outer();
    for (int i = 0; i < branch.length; i++) {
      branch[i] = (float) (branch[i] / 20);
    }
    return c;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("deepAndAwkward")
  void deep_stacks_agree_with_the_reference_under_every_plan_and_thread_count(StackCase c) {
    Result expected = RawKernelContract.compute(new ReferenceKernel(), c);
    for (ThreadTeam team : List.of(ONE, TWO, THREE)) {
      for (Kind plan : Kind.values()) {
        if (plan.serves(c.shape())) {
          assertAgree(RawKernelContract.compute(kernel(team, plan), c), expected, c);
        }
      }
    }
  }

  /** Every kind, form and precision at sizes of no vector's length, one example among them. */
  static Stream<StackCase> stacksToTrain() {
    List<StackCase> cases = new ArrayList<>();
    int[][] sizes = {{12, 64, 65, 13}, {9, 1, 5, 1}, {20, 3, 1, 7}, {40, 13, 64, 2}, {7, 7, 3, 65}};
    for (int[] s : sizes) {
      for (BranchForm form : BranchForm.values()) {
        for (Precision precision : Precision.values()) {
          cases.add(gentle(BlockKind.NONLINEAR, form, s, Activation.TANH, precision));
          if (!form.isBiased()) {
            int[] square = {s[0], s[1], s[1], s[3]};
            cases.add(gentle(BlockKind.LINEAR, form, square, Activation.IDENTITY, precision));
          }
        }
      }
    }
    return cases.stream();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("stacksToTrain")
  void ten_updates_lead_where_the_reference_goes_under_every_plan_and_thread_count(StackCase c) {
    List<double[]> expected = afterTenUpdates(new ReferenceKernel(), c);
    // ten times the roundoff of one pass; parameters move by less than they are large
    double unit = c.shape().precision() == Precision.FLOAT ? 0x1p-24 : 0x1p-53;
    int terms = Math.max(Math.max(c.shape().width(), c.shape().hiddenWidth()), c.examples());
    double tolerance = 10 * 60 * unit * Math.sqrt((double) c.shape().depth() * terms);
    for (ThreadTeam team : List.of(ONE, TWO, THREE)) {
      for (Kind plan : Kind.values()) {
        if (plan.serves(c.shape())) {
          List<double[]> found = afterTenUpdates(kernel(team, plan), c);
          for (int i = 0; i < found.size(); i++) {
            assertClose("parameters " + i, found.get(i), expected.get(i), tolerance);
          }
        }
      }
    }
  }

  /** V, U and scalars after ten steps down ½‖Z_L − T‖² / N, T the case's output gradient. */
  private static List<double[]> afterTenUpdates(StackKernel kernel, StackCase c) {
    StackShape shape = c.shape();
    Precision precision = shape.precision();
    int n = c.examples();
    StackParameters weights =
        new StackParameters(
            RawKernelContract.vector(precision, c.inner()),
            RawKernelContract.vector(precision, c.outer()),
            RawKernelContract.vector(precision, c.scalars()));
    StackParameters gradients =
        new StackParameters(
            RawKernelContract.vector(precision, c.inner()),
            RawKernelContract.vector(precision, c.outer()),
            RawKernelContract.vector(precision, c.scalars()));
    NativeVector input = RawKernelContract.vector(precision, c.input());
    NativeVector output = RawKernelContract.vector(precision, c.input());
    NativeVector inputGradient = RawKernelContract.vector(precision, c.input());
    try (StackKernel.Trace trace = kernel.newTrace(shape, n)) {
      for (int update = 0; update < 10; update++) {
        kernel.forward(shape, n, weights, input, output, trace, null);
        for (int i = 0; i < output.length(); i++) {
          output.set(i, output.get(i) - c.outputGradient()[i]);
        }
        kernel.backward(shape, n, weights, input, trace, output, gradients, inputGradient, null);
        step(weights.inner(), gradients.inner(), n);
        step(weights.outer(), gradients.outer(), n);
        step(weights.scalars(), gradients.scalars(), n);
      }
    }
    return Stream.of(weights.inner(), weights.outer(), weights.scalars())
        .map(RawKernelContract::array)
        .toList();
  }

  private static void step(NativeVector weights, NativeVector gradient, int examples) {
    if (weights != null) {
      UpdateRange all =
          new UpdateRange(
              0,
              weights.length(),
              0,
              0,
              new UpdateRule.Sgd(0.001),
              examples,
              OptionalDouble.empty());
      ParameterUpdate.reference().apply(weights, gradient, null, List.of(all));
    }
  }

  /**
   * Entries may differ by the roundoff of sums over L blocks and up to D, M and N terms, which adds
   * up like a random walk; √(L·max(D, M, N)) steps of unit roundoff, with room of 60.
   */
  private static void assertAgree(Result found, Result expected, StackCase c) {
    StackShape s = c.shape();
    int terms = Math.max(Math.max(s.width(), s.hiddenWidth()), c.examples());
    double unit = s.precision() == Precision.FLOAT ? 0x1p-24 : 0x1p-53;
    double tolerance = 60 * unit * Math.sqrt((double) s.depth() * terms);
    assertClose("output", found.output(), expected.output(), tolerance);
    assertClose("∂V", found.innerGradient(), expected.innerGradient(), tolerance);
    assertClose("∂U", found.outerGradient(), expected.outerGradient(), tolerance);
    assertClose("∂scalars", found.scalarGradient(), expected.scalarGradient(), tolerance);
    assertClose("∂z_0", found.inputGradient(), expected.inputGradient(), tolerance);
    assertClose("‖z‖", found.activationNorms(), expected.activationNorms(), tolerance);
    assertClose("‖∂z‖", found.gradientNorms(), expected.gradientNorms(), tolerance);
  }

  private static void assertClose(
      String what, double[] found, double[] expected, double tolerance) {
    assertThat(found).as(what).hasSameSizeAs(expected);
    double scale = 0;
    for (double e : expected) {
      scale = Math.max(scale, Math.abs(e));
    }
    int worst = 0;
    for (int i = 0; i < expected.length; i++) {
      double error = Math.abs(found[i] - expected[i]);
      if (!(error <= Math.abs(found[worst] - expected[worst]))) {
        worst = i;
      }
    }
    if (expected.length > 0) {
      assertThat(found[worst])
          .as("%s[%d]", what, worst)
          .isCloseTo(expected[worst], within(tolerance * scale));
    }
  }

  @Test
  void recomputing_gives_the_bits_of_keeping_all() {
    for (BranchForm form : BranchForm.values()) {
      StackCase c =
          gentle(
              BlockKind.NONLINEAR,
              form,
              new int[] {101, 13, 6, 29},
              Activation.TANH,
              Precision.FLOAT);
      assertThat(RawKernelContract.compute(kernel(TWO, Kind.RECOMPUTE), c))
          .usingRecursiveComparison()
          .isEqualTo(RawKernelContract.compute(kernel(TWO, Kind.KEEP_ALL), c));
    }
  }

  /**
   * U_l = c V_lᵀ makes z grow by some 10⁸ on its way: computed backwards all the way, z_0 would be
   * roundoff and nothing else. The plan promises K unit roundoffs of the largest z of a segment,
   * beside the products' own; ∂V = zᵀ ∂a inherits it, and is of the same size at every depth.
   */
  @Test
  void at_depth_2000_computing_z_backwards_drifts_no_more_than_the_plan_says() {
    int width = 17;
    int hidden = 9;
    StackCase c =
        StackCase.random(
            new StackShape(
                BlockKind.NONLINEAR,
                BranchForm.PLAIN,
                2000,
                width,
                hidden,
                Activation.IDENTITY,
                Precision.FLOAT),
            11);
    for (int l = 0; l < 2000; l++) {
      for (int d = 0; d < width; d++) {
        for (int m = 0; m < hidden; m++) {
          c.outer()[(l * hidden + m) * width + d] =
              0.0174 * c.inner()[(l * width + d) * hidden + m];
        }
      }
    }
    Result kept = RawKernelContract.compute(kernel(TWO, Kind.KEEP_ALL), c);
    Result drifted = RawKernelContract.compute(kernel(TWO, Kind.KEEP_HIDDEN), c);
    assertThat(kept.activationNorms()[2000]).isGreaterThan(1e6 * kept.activationNorms()[0]);
    assertThat(drifted.output()).isEqualTo(kept.output());
    assertThat(drifted.outerGradient()).isEqualTo(kept.outerGradient());
    assertThat(drifted.inputGradient()).isEqualTo(kept.inputGradient());
    assertClose(
        "∂V",
        drifted.innerGradient(),
        kept.innerGradient(),
        2 * MemoryPlan.CHECKPOINT_EVERY * 0x1p-24);
    assertThat(drifted.innerGradient()).isNotEqualTo(kept.innerGradient());
  }

  @ParameterizedTest
  @EnumSource(Kind.class)
  void not_a_number_in_one_example_stays_visible_and_in_that_example(Kind plan) {
    for (Activation activation : Activation.values()) {
      StackCase c =
          gentle(
              BlockKind.NONLINEAR,
              BranchForm.PLAIN,
              new int[] {40, 7, 5, 6},
              activation,
              Precision.FLOAT);
      c.input()[2 * 7 + 3] = Double.NaN;
      Result expected = RawKernelContract.compute(new ReferenceKernel(), c);
      Result found = RawKernelContract.compute(kernel(TWO, plan), c);
      assertThat(finite(found.output())).isEqualTo(finite(expected.output()));
      assertThat(finite(found.output())).contains(true);
      assertNothingHidden(found.innerGradient(), expected.innerGradient());
      assertNothingHidden(found.outerGradient(), expected.outerGradient());
    }
  }

  /** z computed backwards from NaN is NaN in all components: more than the reference, not less. */
  private static void assertNothingHidden(double[] found, double[] expected) {
    for (int i = 0; i < found.length; i++) {
      if (!Double.isFinite(expected[i])) {
        assertThat(found[i]).isNotEqualTo(0).matches(x -> !Double.isFinite(x), "not finite");
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Activation.class)
  void an_infinite_or_undefined_gradient_is_not_hidden_by_a_zero_slope(Activation activation) {
    for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
      StackCase c =
          gentle(
              BlockKind.NONLINEAR,
              BranchForm.PLAIN,
              new int[] {5, 7, 3, 4},
              activation,
              Precision.FLOAT);
      c.outputGradient()[9] = bad;
      Result expected = RawKernelContract.compute(new ReferenceKernel(), c);
      Result found = RawKernelContract.compute(kernel(TWO, Kind.KEEP_HIDDEN), c);
      assertThat(finite(found.inputGradient())).isEqualTo(finite(expected.inputGradient()));
      assertThat(finite(found.innerGradient())).isEqualTo(finite(expected.innerGradient()));
    }
  }

  @Test
  void overflow_along_depth_becomes_infinite_or_undefined_not_a_number_that_looks_healthy() {
    StackCase c =
        StackCase.random(
            new StackShape(
                BlockKind.NONLINEAR,
                BranchForm.PLAIN,
                400,
                9,
                31,
                Activation.RELU,
                Precision.FLOAT),
            5);
    Result found = RawKernelContract.compute(kernel(TWO, Kind.KEEP_HIDDEN), c);
    assertThat(finite(found.output())).doesNotContain(true);
    assertThat(found.activationNorms()[400]).isNaN();
  }

  private static boolean[] finite(double[] numbers) {
    boolean[] finite = new boolean[numbers.length];
    for (int i = 0; i < numbers.length; i++) {
      finite[i] = Double.isFinite(numbers[i]);
    }
    return finite;
  }

  /** Tiny widths have a slab of their own; it keeps to the same reference at every odd size. */
  @Test
  void tiny_widths_agree_with_the_reference_at_every_size_up_to_nine() {
    for (int width = 1; width <= 9; width += 2) {
      for (int hidden = 2; hidden <= 8; hidden += 3) {
        for (int examples : new int[] {1, 15, 16, 17, 50}) {
          StackCase c =
              gentle(
                  BlockKind.NONLINEAR,
                  BranchForm.PLAIN,
                  new int[] {70, width, hidden, examples},
                  Activation.SOFTPLUS,
                  Precision.FLOAT);
          Result expected = RawKernelContract.compute(new ReferenceKernel(), c);
          for (Kind plan : Kind.values()) {
            assertAgree(RawKernelContract.compute(kernel(TWO, plan), c), expected, c);
          }
        }
      }
    }
  }

  /** 1,507 rows of one thread are three slabs, each of them four strips, the last one shorter. */
  @ParameterizedTest
  @EnumSource(BranchForm.class)
  void slabs_of_strips_agree_with_the_reference_under_every_plan(BranchForm form) {
    int[] sizes = {35, 65, 33, 1507};
    StackCase c = gentle(BlockKind.NONLINEAR, form, sizes, Activation.TANH, Precision.FLOAT);
    assertThat(Partition.of(c.shape(), c.examples(), 1, 0).slabsPerWorker()).isEqualTo(3);
    assertThat(BlasSlab.strip(503, c.shape().matrixLength())).isEqualTo(128);
    Result expected = RawKernelContract.compute(new ReferenceKernel(), c);
    for (Kind plan : Kind.values()) {
      assertAgree(RawKernelContract.compute(kernel(ONE, plan), c), expected, c);
    }
  }

  /** Blocks go through a kernel in runs, which end where a probe measures. */
  @ParameterizedTest
  @EnumSource(Kind.class)
  void where_a_probe_measures_makes_no_difference_to_the_bits(Kind plan) {
    int[][] sizes = {
      {131, 3, 8, 1}, {131, 8, 5, 33}, {96, 4, 4, 16}, {31, 6, 1, 300}, {70, 9, 13, 5}
    };
    for (int[] s : sizes) {
      StackCase c =
          gentle(BlockKind.NONLINEAR, BranchForm.PLAIN, s, Activation.TANH, Precision.FLOAT);
      for (ThreadTeam team : List.of(ONE, TWO, THREE)) {
        Result everywhere = RawKernelContract.compute(kernel(team, plan), c);
        for (DepthProbe probe : new DepthProbe[] {null, DepthProbe.spread(s[0], 4)}) {
          assertThat(RawKernelContract.compute(kernel(team, plan), c, probe))
              .usingRecursiveComparison()
              .ignoringFields("activationNorms", "gradientNorms")
              .isEqualTo(everywhere);
        }
      }
    }
  }

  @Test
  void tiny_stacks_deeper_than_runs_and_chunks_agree_with_the_reference() {
    for (int width : new int[] {1, 4, 7}) {
      for (int hidden : new int[] {3, 4, 8}) {
        for (int examples : new int[] {2, 8, 17, 131}) {
          int[] sizes = {131, width, hidden, examples};
          StackCase c =
              gentle(
                  BlockKind.NONLINEAR, BranchForm.PLAIN, sizes, Activation.RELU, Precision.FLOAT);
          Result expected = RawKernelContract.compute(new ReferenceKernel(), c);
          for (Kind plan : Kind.values()) {
            assertAgree(RawKernelContract.compute(kernel(THREE, plan), c), expected, c);
          }
        }
      }
    }
  }

  @Test
  void recomputing_gives_the_bits_of_keeping_all_in_tiny_stacks() {
    int[] sizes = {131, 4, 3, 35};
    StackCase c =
        gentle(BlockKind.NONLINEAR, BranchForm.PLAIN, sizes, Activation.SIGMOID, Precision.FLOAT);
    assertThat(RawKernelContract.compute(kernel(TWO, Kind.RECOMPUTE), c, null))
        .usingRecursiveComparison()
        .isEqualTo(RawKernelContract.compute(kernel(TWO, Kind.KEEP_ALL), c, null));
  }

  @Test
  void a_thousand_traces_leave_no_memory_behind() {
    StackShape shape =
        new StackShape(
            BlockKind.NONLINEAR, BranchForm.PLAIN, 100, 32, 32, Activation.RELU, Precision.FLOAT);
    StackKernel kernel = kernel(TWO, Kind.KEEP_ALL);
    long before = org.bytedeco.javacpp.Pointer.physicalBytes();
    for (int i = 0; i < 1000; i++) { // 3 GiB in all, if nothing came back
      try (StackKernel.Trace trace = kernel.newTrace(shape, 128)) {
        assertThat(trace.bytes()).isGreaterThan(3_000_000);
      }
    }
    long after = org.bytedeco.javacpp.Pointer.physicalBytes();
    assertThat(after - before).isLessThan(500L << 20);
  }

  @Test
  void a_trace_of_another_shape_or_minibatch_is_refused() {
    StackShape shape = shape(3);
    StackKernel kernel = kernel(ONE, Kind.KEEP_ALL);
    StackParameters p = parameters(shape(4));
    NativeVector z = NativeVector.allocate(Precision.FLOAT, 10);
    NativeVector out = NativeVector.allocate(Precision.FLOAT, 10);
    try (StackKernel.Trace trace = kernel.newTrace(shape, 2)) {
      assertThatThrownBy(() -> kernel.forward(shape(4), 2, p, z, out, trace, null))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("trace is for 2 examples");
    }
  }

  @Test
  void backward_before_forward_is_refused() {
    StackShape shape = shape(3);
    StackKernel kernel = kernel(ONE, Kind.KEEP_ALL);
    StackParameters p = parameters(shape);
    NativeVector z = NativeVector.allocate(Precision.FLOAT, 10);
    NativeVector dz = NativeVector.allocate(Precision.FLOAT, 10);
    try (StackKernel.Trace trace = kernel.newTrace(shape, 2)) {
      assertThatThrownBy(() -> kernel.backward(shape, 2, p, z, trace, z, p, dz, null))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("forward");
    }
  }

  @Test
  void a_minibatch_of_the_wrong_length_is_refused_before_the_blas_reads_past_its_end() {
    StackShape shape = shape(3);
    NativeVector z = NativeVector.allocate(Precision.FLOAT, 9);
    assertThatThrownBy(
            () -> kernel(ONE, Kind.KEEP_ALL).forward(shape, 2, parameters(shape), z, z, null, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("must be 10 numbers")
        .hasMessageContaining("but is 9");
  }

  @Test
  void the_blas_works_on_one_thread_while_a_kernel_computes_and_gets_its_threads_back() {
    openblas_nolapack.blas_set_num_threads(2);
    try {
      Blas.enter();
      try {
        assertThat(blasThreads()).isOne();
        Blas.enter();
        Blas.leave();
        assertThat(blasThreads()).isOne();
      } finally {
        Blas.leave();
      }
      assertThat(blasThreads()).isEqualTo(2);
    } finally {
      openblas_nolapack.blas_set_num_threads(-1); // its default
    }
  }

  /** OpenBLAS's own answer. JavaCPP maps no such function; this one's argument is ignored. */
  private static int blasThreads() {
    return new MklSetNumThreadsLocal() {
      int threads() {
        put(Loader.addressof("openblas_get_num_threads"));
        return call(0);
      }
    }.threads();
  }

  private static StackShape shape(int depth) {
    return new StackShape(
        BlockKind.NONLINEAR, BranchForm.PLAIN, depth, 5, 2, Activation.RELU, Precision.FLOAT);
  }

  private static StackParameters parameters(StackShape shape) {
    long length = shape.depth() * shape.matrixLength();
    return new StackParameters(
        RawKernelContract.vector(Precision.FLOAT, new double[(int) length]),
        RawKernelContract.vector(Precision.FLOAT, new double[(int) length]),
        null);
  }
}
