package org.fathom4j.plot;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.jfree.data.Range;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DecadeAxisTest {

  @Test
  void fewDecadesShowOneTwoAndFive() {
    assertThat(DecadeAxis.tickValues(new Range(-0.1, 1.1)).stream().map(DecadeAxis::text))
        .containsExactly("1", "2", "5", "10");
  }

  @Test
  void manyDecadesShowEvenlySpacedPowersOfTen() {
    assertThat(DecadeAxis.tickValues(new Range(-12.5, 37.9)).stream().map(DecadeAxis::text))
        .containsExactly("10⁻¹⁰", "1", "10¹⁰", "10²⁰", "10³⁰");
  }

  @Test
  void partOfADecadeShowsRoundValues() {
    Range range = new Range(Math.log10(0.00098), Math.log10(0.00152));

    assertThat(DecadeAxis.tickValues(range).stream().map(DecadeAxis::text))
        .containsExactly("0.001", "0.0012", "0.0014");
  }

  /**
   * Any range a double has room for: in order, inside, enough to read a value, few enough to fit.
   */
  @Test
  void everyRangeHasReadableTicks() {
    long seed = 7;
    Random random = new Random(seed);
    for (int i = 0; i < 20_000; i++) {
      double low = -320 + 620 * random.nextDouble();
      double span = Math.pow(10, -1.39 + random.nextDouble() * 3.9);
      Range range = new Range(low, Math.min(308, low + span));
      if (range.getLength() < 0.04) {
        continue;
      }
      List<Double> ticks = DecadeAxis.tickValues(range);
      assertThat(ticks).as("%s, seed %d", range, seed).isSorted().hasSizeBetween(1, 10);
      assertThat(ticks)
          .allMatch(
              tick -> tick >= range.getLowerBound() - 1e-9 && tick <= range.getUpperBound() + 1e-9);
      assertThat(ticks.stream().map(DecadeAxis::text)).doesNotHaveDuplicates();
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "-1, 0.1", "3, 1000", "4, 10⁴", "-5, 10⁻⁵", "38, 10³⁸", "-4.69897, 2·10⁻⁵"})
  void aTickIsTheValueItselfWhereThatIsShort(double log10, String text) {
    assertThat(DecadeAxis.text(log10)).isEqualTo(text);
  }

  @Test
  void aRangeThatIsAPointIsWidened() {
    DecadeAxis axis = new DecadeAxis("x", new Range(2, 2));

    assertThat(axis.getLowerBound()).isCloseTo(1.98, Offset.offset(1e-12));
    assertThat(axis.getUpperBound()).isCloseTo(2.02, Offset.offset(1e-12));
  }
}
