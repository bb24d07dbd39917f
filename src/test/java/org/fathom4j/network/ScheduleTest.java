package org.fathom4j.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.fathom4j.network.Schedule.Decay;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScheduleTest {

  @Test
  void a_constant_rate_stays() {
    for (int i = 0; i < 20; i++) {
      assertThat(Schedule.CONSTANT.factor(i, 10)).isEqualTo(1);
    }
  }

  @Test
  void a_linear_rate_falls_by_equal_steps_to_its_end() {
    Schedule linear = new Schedule(Decay.LINEAR, 0.2, 0);

    assertThat(linear.factor(0, 8)).isEqualTo(1);
    assertThat(linear.factor(2, 8)).isCloseTo(0.8, within(1e-15));
    assertThat(linear.factor(4, 8)).isCloseTo(0.6, within(1e-15));
    assertThat(linear.factor(8, 8)).isCloseTo(0.2, within(1e-15));
  }

  @Test
  void a_cosine_rate_is_half_way_in_the_middle() {
    Schedule cosine = new Schedule(Decay.COSINE, 0.2, 0);

    assertThat(cosine.factor(0, 8)).isEqualTo(1);
    assertThat(cosine.factor(2, 8)).isCloseTo(0.6 + 0.4 * Math.sqrt(0.5), within(1e-15));
    assertThat(cosine.factor(4, 8)).isCloseTo(0.6, within(1e-15));
    assertThat(cosine.factor(8, 8)).isCloseTo(0.2, within(1e-15));
  }

  @ParameterizedTest
  @ValueSource(strings = {"constant:warmup=3", "linear:end=0.1,warmup=3", "cosine:warmup=3"})
  void a_warm_up_rises_by_equal_steps_and_then_the_curve_begins(String text) {
    Schedule schedule = Schedule.parse(text);

    assertThat(schedule.factor(0, 10)).isEqualTo(0.25);
    assertThat(schedule.factor(1, 10)).isEqualTo(0.5);
    assertThat(schedule.factor(2, 10)).isEqualTo(0.75);
    assertThat(schedule.factor(3, 10)).isEqualTo(1);
    assertThat(schedule.factor(10, 10))
        .isCloseTo(schedule.decay() == Decay.CONSTANT ? 1 : schedule.end(), within(1e-15));
  }

  @ParameterizedTest
  @ValueSource(strings = {"linear:end=0.1", "cosine:end=0.1", "linear:end=0.1,warmup=4"})
  void the_rate_never_rises_after_the_warm_up_and_stays_at_its_end(String text) {
    Schedule schedule = Schedule.parse(text);
    double before = 1;
    for (int i = schedule.warmup(); i < 40; i++) {
      double factor = schedule.factor(i, 30);
      assertThat(factor).isLessThanOrEqualTo(before).isGreaterThanOrEqualTo(0.1 - 1e-15);
      before = factor;
    }
    assertThat(before).isCloseTo(0.1, within(1e-15));
  }

  @Test
  void a_warm_up_as_long_as_the_run_is_all_there_is() {
    Schedule schedule = Schedule.parse("linear:warmup=10");

    assertThat(schedule.factor(9, 10)).isCloseTo(10 / 11.0, within(1e-15));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "constant",
        "constant:warmup=7",
        "linear:end=0.0",
        "linear:end=0.02,warmup=100",
        "cosine:end=1.0",
        "cosine:end=1.0E-4,warmup=1"
      })
  void the_text_of_a_schedule_reads_back_to_it(String text) {
    assertThat(Schedule.parse(text)).hasToString(text);
    assertThat(Schedule.parse(Schedule.parse(text).toString())).isEqualTo(Schedule.parse(text));
  }

  @Test
  void names_and_options_are_read_in_any_case_with_spaces_around_them() {
    assertThat(Schedule.parse(" Linear : end = 0.5 , warmup = 2 "))
        .isEqualTo(new Schedule(Decay.LINEAR, 0.5, 2));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "step                | Known: constant, linear, cosine",
        "linear:start=1      | knows end=FACTOR and warmup=ITERATIONS, not \"start=1\"; for example",
        "linear:end          | knows end=FACTOR and warmup=ITERATIONS, not \"end\"",
        "linear:end=a        | \"linear:end=a\" holds something that is no number",
        "linear:warmup=1.5   | \"linear:warmup=1.5\" holds something that is no number",
        "cosine:end=1.5      | end must be a factor from 0 to 1, but is 1.5",
        "cosine:end=NaN      | end must be a factor from 0 to 1, but is NaN",
        "linear:end=-0.1     | end must be a factor from 0 to 1, but is -0.1",
        "linear:warmup=-1    | warmup must be at least 0 iterations, but is -1",
        "constant:end=0.5    | A constant schedule has no end; use linear or cosine."
      })
  void what_is_no_schedule_is_refused_saying_what_is_allowed(String text, String message) {
    assertThatThrownBy(() -> Schedule.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }
}
