package org.fathom4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The fast update against the reference, and the reference against its equations. */
class ParameterUpdateTest {

  private static final long SEED = 20191107;
  private static final ThreadTeam TEAM = new ThreadTeam(3);
  private static final List<UpdateRule> RULES =
      List.of(
          new UpdateRule.Sgd(0.3),
          new UpdateRule.Nesterovs(0.3, 0.9),
          new UpdateRule.Adam(0.003, 0.9, 0.999, 1e-8));

  /** Parameters, gradient and state of one test. */
  private record Numbers(NativeVector p, NativeVector g, NativeVector s) {

    static Numbers random(Precision precision, int parameters, int states) {
      SplittableRandom random = new SplittableRandom(SEED);
      Numbers all =
          new Numbers(
              NativeVector.allocate(precision, parameters),
              NativeVector.allocate(precision, parameters),
              NativeVector.allocate(precision, states));
      for (int i = 0; i < parameters; i++) {
        all.p.set(i, random.nextGaussian());
        all.g.set(i, 100 * random.nextGaussian());
      }
      for (int i = 0; i < states; i++) {
        all.s.set(i, random.nextDouble()); // Adam's v is never negative
      }
      return all;
    }

    List<Double> list() {
      List<Double> numbers = new ArrayList<>();
      for (NativeVector vector : new NativeVector[] {p, g, s}) {
        for (long i = 0; i < vector.length(); i++) {
          numbers.add(vector.get(i));
        }
      }
      return numbers;
    }
  }

  static Stream<Arguments> shapes() {
    List<Arguments> shapes = new ArrayList<>();
    for (Precision precision : Precision.values()) {
      for (int length : new int[] {1, 3, 5, 7, 13, 64, 65, 1000}) {
        shapes.add(Arguments.of(precision, length));
      }
    }
    return shapes.stream();
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("shapes")
  void threads_vectors_and_windows_give_the_bits_of_the_reference(Precision precision, int length) {
    assumeTrue(VectorSupport.available(), "needs --add-modules jdk.incubator.vector");
    for (OptionalDouble decay : List.of(OptionalDouble.empty(), OptionalDouble.of(1e-3))) {
      // Three rules one after another, odd places, a gap of two before each.
      List<UpdateRange> ranges = new ArrayList<>();
      long at = 0;
      for (UpdateRule rule : RULES) {
        ranges.add(new UpdateRange(at + 2, length, 1, 5 + length, rule, 7, decay));
        at += 2 + length;
      }
      // Nesterov and Adam must not share their state.
      ranges.set(1, withStates(ranges.get(1), 6 + 2 * length));
      int parameters = (int) at + 1;
      int states = 6 + 3 * length;
      Numbers expected = Numbers.random(precision, parameters, states);
      Numbers fast = Numbers.random(precision, parameters, states);
      Numbers windowed = Numbers.random(precision, parameters, states);
      Numbers scalar = Numbers.random(precision, parameters, states);
      for (int update = 0; update < 3; update++) {
        ParameterUpdate.reference().apply(expected.p, expected.g, expected.s, ranges);
        ParameterUpdate.fastest().apply(fast.p, fast.g, fast.s, ranges);
        new ParameterUpdate(TEAM, true, 1, 17 * 8)
            .apply(windowed.p, windowed.g, windowed.s, ranges);
        new ParameterUpdate(TEAM, false, 1, 5 * 8).apply(scalar.p, scalar.g, scalar.s, ranges);
      }
      assertThat(expected.list())
          .isNotEqualTo(Numbers.random(precision, parameters, states).list());
      assertThat(fast.list()).isEqualTo(expected.list());
      assertThat(windowed.list()).isEqualTo(expected.list());
      assertThat(scalar.list()).isEqualTo(expected.list());
    }
  }

  private static UpdateRange withStates(UpdateRange range, long first) {
    return new UpdateRange(
        range.from(), range.length(), first, 0, range.rule(), range.examples(), range.decay());
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void gradient_descent_subtracts_the_mean_gradient_times_the_rate(Precision precision) {
    Numbers all = Numbers.random(precision, 3, 0);
    set(all.p, 1, 2, 3);
    set(all.g, 8, -16, 32);
    // 0.5, 1/4: every product is exact.
    update(all, new UpdateRule.Sgd(0.5), 4, OptionalDouble.empty());
    assertThat(numbers(all.g)).containsExactly(1, -2, 4);
    assertThat(numbers(all.p)).containsExactly(0, 4, -1);
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void decay_adds_its_share_of_the_parameter_to_the_update(Precision precision) {
    Numbers all = Numbers.random(precision, 3, 0);
    set(all.p, 1, 2, -8);
    set(all.g, 8, -16, 32);
    update(all, new UpdateRule.Sgd(0.5), 4, OptionalDouble.of(0.25));
    assertThat(numbers(all.g)).containsExactly(1.25, -1.5, 2);
    assertThat(numbers(all.p)).containsExactly(-0.25, 3.5, -10);
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void nesterov_steps_from_the_velocity_to_the_point_ahead(Precision precision) {
    Numbers all = Numbers.random(precision, 2, 2);
    set(all.p, 1, 0);
    set(all.g, 2, -4);
    set(all.s, 4, 8);
    update(all, new UpdateRule.Nesterovs(0.25, 0.5), 2, OptionalDouble.empty());
    // v' = 2 - 0.25, 4 + 0.5; u = 2 - 1.5 v'
    assertThat(numbers(all.s)).containsExactly(1.75, 4.5);
    assertThat(numbers(all.g)).containsExactly(2 - 1.5 * 1.75, 4 - 1.5 * 4.5);
    assertThat(numbers(all.p)).containsExactly(1 - (2 - 1.5 * 1.75), 0 - (4 - 1.5 * 4.5));
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void adam_divides_its_first_moment_by_the_root_of_its_second(Precision precision) {
    Numbers all = Numbers.random(precision, 1, 2);
    set(all.p, 10);
    set(all.g, 8);
    set(all.s, 2, 16); // m, v
    update(all, new UpdateRule.Adam(0.5, 0.5, 0.75, 1), 2, OptionalDouble.empty());
    // m' = 1 + 2; v' = 12 + 4; u = 1.5 / (4 + 1)
    assertThat(numbers(all.s)).containsExactly(3, 16);
    double u = precision == Precision.FLOAT ? 1.5f / 5 : 1.5 / 5;
    assertThat(numbers(all.g)).containsExactly(u);
    double p = precision == Precision.FLOAT ? 10 - (float) u : 10 - u;
    assertThat(numbers(all.p)).containsExactly(p);
  }

  @Test
  void nan_and_infinities_pass_through_every_rule() {
    for (UpdateRule rule : RULES) {
      for (double broken : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
        Numbers all = Numbers.random(Precision.FLOAT, 65, 130);
        all.g.set(3, broken); // in a vector
        all.g.set(64, broken); // in what is left
        ParameterUpdate.fastest().apply(all.p, all.g, all.s, List.of(range(rule, 65)));
        for (int i = 0; i < 65; i++) {
          assertThat(Double.isFinite(all.p.get(i))).as("%s, %d", rule, i).isEqualTo(i % 61 != 3);
        }
      }
    }
  }

  @Test
  void parameters_outside_of_all_ranges_are_left_alone() {
    Numbers all = Numbers.random(Precision.FLOAT, 40, 0);
    Numbers before = Numbers.random(Precision.FLOAT, 40, 0);
    UpdateRange middle =
        new UpdateRange(5, 30, 0, 0, new UpdateRule.Sgd(1), 1, OptionalDouble.empty());
    new ParameterUpdate(TEAM, VectorSupport.available(), 1, Windows.BYTES)
        .apply(all.p, all.g, null, List.of(middle));
    for (int i = 0; i < 40; i++) {
      boolean inside = i >= 5 && i < 35;
      assertThat(all.p.get(i) == before.p.get(i)).as("parameter %d", i).isEqualTo(!inside);
    }
  }

  @Test
  void a_window_begins_where_the_one_before_ends() {
    NativeVector vector = NativeVector.allocate(Precision.DOUBLE, 23);
    for (int i = 0; i < 23; i++) {
      vector.set(i, i);
    }
    Windows windows = new Windows(vector, 5 * Double.BYTES);
    for (int i = 0; i < 23; i++) {
      assertThat(windows.buffer(i).getDouble(windows.offset(i))).isEqualTo(i);
      assertThat(windows.room(i)).isEqualTo(5 - i % 5);
    }
  }

  @Test
  void ranges_that_overlap_or_descend_are_refused() {
    Numbers all = Numbers.random(Precision.FLOAT, 10, 0);
    UpdateRange range = range(new UpdateRule.Sgd(1), 6);
    assertThatThrownBy(
            () -> ParameterUpdate.fastest().apply(all.p, all.g, null, List.of(range, range)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Parameters 0 to 6 cannot be updated after those up to 6, of 10");
  }

  @Test
  void a_range_beyond_the_parameters_is_refused() {
    Numbers all = Numbers.random(Precision.FLOAT, 10, 0);
    assertThatThrownBy(() -> update(all, range(new UpdateRule.Sgd(1), 11)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("0 to 11");
  }

  @Test
  void a_rule_without_room_for_its_state_is_refused() {
    Numbers all = Numbers.random(Precision.FLOAT, 10, 19);
    assertThatThrownBy(() -> update(all, range(new UpdateRule.Adam(1, 0.9, 0.999, 1e-8), 10)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("keeps state for 10 parameters from 10 on")
        .hasMessageContaining("the state has 19 numbers");
    assertThatThrownBy(
            () ->
                ParameterUpdate.fastest()
                    .apply(all.p, all.g, null, List.of(range(RULES.get(1), 10))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the state has 0 numbers");
  }

  @Test
  void vectors_of_different_length_or_precision_are_refused() {
    NativeVector p = NativeVector.allocate(Precision.FLOAT, 4);
    NativeVector longer = NativeVector.allocate(Precision.FLOAT, 5);
    NativeVector wider = NativeVector.allocate(Precision.DOUBLE, 4);
    assertThatThrownBy(() -> ParameterUpdate.fastest().apply(p, longer, null, List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("4 parameters has 5 numbers");
    assertThatThrownBy(() -> ParameterUpdate.fastest().apply(p, wider, null, List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("FLOAT")
        .hasMessageContaining("DOUBLE");
  }

  @Test
  void a_range_without_parameters_or_examples_is_refused() {
    UpdateRule rule = RULES.get(0);
    assertThatThrownBy(() -> new UpdateRange(3, 0, 0, 0, rule, 1, OptionalDouble.empty()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("0 parameters from 3");
    assertThatThrownBy(() -> new UpdateRange(3, 1, 0, 0, rule, 0, OptionalDouble.empty()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not by 0.0");
  }

  private static UpdateRange range(UpdateRule rule, long length) {
    return new UpdateRange(0, length, 0, length, rule, 1, OptionalDouble.empty());
  }

  private static void update(Numbers all, UpdateRange range) {
    ParameterUpdate.fastest().apply(all.p, all.g, all.s, List.of(range));
  }

  private static void update(Numbers all, UpdateRule rule, double examples, OptionalDouble decay) {
    long length = all.p.length();
    ParameterUpdate.reference()
        .apply(
            all.p,
            all.g,
            all.s,
            List.of(new UpdateRange(0, length, 0, length, rule, examples, decay)));
  }

  private static void set(NativeVector vector, double... values) {
    for (int i = 0; i < values.length; i++) {
      vector.set(i, values[i]);
    }
  }

  private static double[] numbers(NativeVector vector) {
    double[] numbers = new double[Math.toIntExact(vector.length())];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = vector.get(i);
    }
    return numbers;
  }
}
