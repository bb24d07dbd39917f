package org.fathom4j.laboratory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.assertj.core.data.Percentage;
import org.fathom4j.plot.TheoryPlot.Curve;
import org.fathom4j.theory.landscape.Landscape;
import org.fathom4j.theory.linear.Target;
import org.fathom4j.theory.modes.Sharpness;
import org.fathom4j.theory.modes.ZeroAsymmetricModes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the pictures predict. */
class FiguresTest {

  /**
   * At 1.8/K of the largest it is that mode, which goes to and fro, that is the slowest. The
   * minimum of gradient descent is not that of the flow: the invariant has drifted by O(η).
   */
  @ParameterizedTest
  @CsvSource({"0.3, 0.1", "1, 1", "1.8, 8"})
  void nearTheMinimumTheLossFallsAsTheSlowestModeDoes(double part, double percent) {
    double[] sigma = {2, 0, 1.2};
    int depth = 20;
    double rate = part / Sharpness.ofLargest(sigma, depth).sharpness();
    ZeroAsymmetricModes modes = new ZeroAsymmetricModes(sigma, depth);
    while (modes.loss() > 1e-18) {
      modes.step(rate, 0);
    }
    double before = modes.loss();
    modes.step(rate, 0);
    double contraction = Figures.contraction(sigma, depth, rate);
    assertThat(contraction).isBetween(0.2, 0.95);
    assertThat(modes.loss() / before)
        .isCloseTo(contraction * contraction, Percentage.withPercentage(percent));
  }

  @Test
  void theTrainingOfTheLandscapePassesTheCriticalValuesOnItsWay() {
    Target target = Target.parse("diagonal:3,2,1");
    int depth = 10;
    List<Curve> curves = LandscapeFigure.descent(target, depth);
    List<Double> losses = curves.get(0).y();
    List<Double> levels =
        curves.subList(1, curves.size()).stream().map(curve -> curve.y().get(0)).toList();
    assertThat(levels).containsExactly(7.0, 2.5, 0.5, 0.0);
    List<Double> values = new ArrayList<>();
    for (double value : new Landscape(target, depth).criticalValues()) {
      values.add(value);
    }
    assertThat(values).containsAll(levels);
    for (double level : levels) { // rests there: many of its thousand points
      assertThat(losses).filteredOn(loss -> Math.abs(loss - level) < 0.15).hasSizeGreaterThan(20);
    }
    assertThat(losses).isSortedAccordingTo((a, b) -> Double.compare(b, a));
    assertThat(losses.get(losses.size() - 1)).isCloseTo(0, within(0.005));
  }
}
