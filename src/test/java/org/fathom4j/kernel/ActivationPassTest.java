package org.fathom4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every pass against the definitions of {@link Activation}, in units in the last place. */
class ActivationPassTest {

  static Stream<Arguments> passes() {
    List<Arguments> passes = new ArrayList<>();
    for (Activation activation : Activation.values()) {
      for (Precision precision : Precision.values()) {
        passes.add(Arguments.of(activation, precision, false));
        passes.add(Arguments.of(activation, precision, true));
      }
    }
    return passes.stream();
  }

  private static ActivationPass pass(Activation activation, Precision precision, boolean vectors) {
    assumeTrue(!vectors || VectorSupport.available(), "needs --add-modules jdk.incubator.vector");
    return vectors
        ? VectorSupport.activationPass(activation, precision)
        : new ScalarActivationPass(activation, precision);
  }

  @ParameterizedTest(name = "{0} {1} vectors={2}")
  @MethodSource("passes")
  void values_are_right_to_four_units_in_the_last_place(
      Activation activation, Precision precision, boolean vectors) {
    ActivationPass pass = pass(activation, precision, vectors);
    double[] points = points();
    double[] found = applied(pass, precision, points);
    for (int i = 0; i < points.length; i++) {
      double a = stored(precision, points[i]);
      double expected = activation.value(a);
      // σ and softplus far below 0 are e^a, which is flushed where it is subnormal
      double tolerance = 4 * ulp(precision, expected) + smallestNormal(precision);
      assertThat(Math.abs(found[i] - expected)).as("σ(%s)", a).isLessThanOrEqualTo(tolerance);
    }
  }

  @ParameterizedTest(name = "{0} {1} vectors={2}")
  @MethodSource("passes")
  void slopes_follow_from_values(Activation activation, Precision precision, boolean vectors) {
    ActivationPass pass = pass(activation, precision, vectors);
    double[] points = points();
    double[] h = applied(pass, precision, points);
    ByteBuffer hs = buffer(precision, h);
    double[] ones = new double[points.length];
    java.util.Arrays.fill(ones, -2);
    ByteBuffer d = buffer(precision, ones);
    pass.backpropagate(d, 0, hs, 0, points.length);
    double[] found = numbers(precision, d, points.length);
    double unit = precision == Precision.FLOAT ? 0x1p-24 : 0x1p-53;
    for (int i = 0; i < points.length; i++) {
      double expected = -2 * activation.derivative(stored(precision, points[i]));
      // h carries half a unit or more, and 1 - h² doubles it
      assertThat(Math.abs(found[i] - expected))
          .as("-2 σ'(%s)", points[i])
          .isLessThanOrEqualTo(24 * unit);
    }
  }

  @ParameterizedTest(name = "{0} {1} vectors={2}")
  @MethodSource("passes")
  void limits_and_nan_are_those_of_the_definition(
      Activation activation, Precision precision, boolean vectors) {
    ActivationPass pass = pass(activation, precision, vectors);
    double[] points = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 1e30, -1e30};
    double[] found = applied(pass, precision, points);
    for (int i = 0; i < points.length; i++) {
      double a = stored(precision, points[i]);
      assertThat(Double.valueOf(found[i]))
          .as("σ(%s)", a)
          .isEqualTo(Double.valueOf(rounded(precision, activation.value(a))));
    }
  }

  /** Around 0, across every branch of the approximations, and into both tails. */
  private static double[] points() {
    List<Double> points = new ArrayList<>();
    for (double a = -120; a <= 120; a += 0.0371) {
      points.add(a);
    }
    for (double a = 1e-12; a < 1; a *= 1.3) {
      points.add(a);
      points.add(-a);
    }
    points.add(0.0);
    points.add(0.625);
    points.add(Math.nextDown(0.625f) * 1.0);
    return points.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private static double[] applied(ActivationPass pass, Precision precision, double[] points) {
    ByteBuffer a = buffer(precision, points);
    pass.apply(a, 0, points.length);
    return numbers(precision, a, points.length);
  }

  private static ByteBuffer buffer(Precision precision, double[] numbers) {
    int bytes = (int) Arena.slot((long) numbers.length * precision.bytes());
    ByteBuffer buffer = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    for (int i = 0; i < numbers.length; i++) {
      if (precision == Precision.FLOAT) {
        buffer.putFloat(i * 4, (float) numbers[i]);
      } else {
        buffer.putDouble(i * 8, numbers[i]);
      }
    }
    return buffer;
  }

  private static double[] numbers(Precision precision, ByteBuffer buffer, int count) {
    double[] numbers = new double[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = precision == Precision.FLOAT ? buffer.getFloat(i * 4) : buffer.getDouble(i * 8);
    }
    return numbers;
  }

  private static double stored(Precision precision, double a) {
    return precision == Precision.FLOAT ? (float) a : a;
  }

  private static double rounded(Precision precision, double value) {
    return precision == Precision.FLOAT ? (float) value : value;
  }

  private static double ulp(Precision precision, double value) {
    return precision == Precision.FLOAT ? Math.ulp((float) value) : Math.ulp(value);
  }

  private static double smallestNormal(Precision precision) {
    return precision == Precision.FLOAT ? Float.MIN_NORMAL * 4 : Double.MIN_NORMAL;
  }
}
