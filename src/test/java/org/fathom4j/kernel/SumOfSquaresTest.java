package org.fathom4j.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SumOfSquaresTest {

  private static NativeVector random(Precision precision, int length) {
    SplittableRandom random = new SplittableRandom(20191107);
    NativeVector x = NativeVector.allocate(precision, length);
    for (int i = 0; i < length; i++) {
      x.set(i, random.nextGaussian());
    }
    return x;
  }

  @ParameterizedTest
  @CsvSource({
    "FLOAT, 0",
    "FLOAT, 1",
    "FLOAT, 8191",
    "FLOAT, 8192",
    "FLOAT, 8193",
    "FLOAT, 100003",
    "DOUBLE, 0",
    "DOUBLE, 1",
    "DOUBLE, 8193",
    "DOUBLE, 100003"
  })
  void everyNumberIsCountedOnceWhateverTheNumberOfThreads(Precision precision, int length) {
    NativeVector x = random(precision, length);
    double expected = 0;
    for (int i = 0; i < length; i++) {
      expected += x.get(i) * x.get(i);
    }
    double one = SumOfSquares.of(x, new ThreadTeam(1), 1);
    // 8,192 roundings of the precision, which do not all point the same way
    double unit = precision == Precision.FLOAT ? 0x1p-24 : 0x1p-53;
    assertThat(one).isCloseTo(expected, within(expected * 8192 * unit));
    assertThat(SumOfSquares.of(x, new ThreadTeam(2), 1)).isEqualTo(one);
    assertThat(SumOfSquares.of(x, new ThreadTeam(5), 1)).isEqualTo(one);
  }

  @Test
  void infinityAndNanShow() {
    NativeVector x = random(Precision.FLOAT, 20_000);
    x.set(12_345, Double.NEGATIVE_INFINITY);
    assertThat(SumOfSquares.of(x)).isEqualTo(Double.POSITIVE_INFINITY);
    x.set(19_999, Double.NaN);
    assertThat(SumOfSquares.of(x)).isNaN();
  }
}
