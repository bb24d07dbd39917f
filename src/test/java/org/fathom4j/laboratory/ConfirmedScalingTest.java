package org.fathom4j.laboratory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.OptionalLong;
import org.fathom4j.theory.descent.GradientDescent;
import org.fathom4j.theory.figures.DepthScaling;
import org.fathom4j.theory.linear.Target;
import org.fathom4j.theory.modes.ZeroAsymmetricModes;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConfirmedScalingTest {

  private static final double EPSILON = 1e-10;
  private static final List<Integer> DEPTHS = List.of(10, 32, 100, 316, 1000);

  private static ConfirmedScaling confirmed(String target, List<Integer> depths) {
    Target phi = Target.parse(target);
    DepthScaling scaling = DepthScaling.of(phi.singularValues(), depths, EPSILON, 3_000_000);
    return ConfirmedScaling.of(phi, scaling, EPSILON, row -> true);
  }

  private static void assertAllEqual(ConfirmedScaling scaling) {
    assertThat(scaling.agrees()).isTrue();
    for (DepthScaling.Row row : scaling.scaling().rows()) {
      assertThat(scaling.matrices().get(row.depth()))
          .as(scaling.target().name() + ", depth " + row.depth())
          .isEqualTo(OptionalLong.of(row.iterations()));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"minus-identity:1", "0.8,-1.3;1.1,0.6", "diagonal:2,0,-0.5"})
  void fullMatricesCountTheSameUpdates(String target) {
    assertAllEqual(confirmed(target, DEPTHS));
  }

  @Test
  @Tag("slow")
  void fullMatricesCountTheSameUpdatesInAHundredDimensions() {
    assertAllEqual(confirmed("minus-identity:100", DEPTHS));
    assertAllEqual(confirmed("gaussian:100:100", List.of(10)));
  }

  /** The whole way, 95,519 updates of 1,000 matrices, would take full matrices hours. */
  @ParameterizedTest
  @ValueSource(ints = {32, 100, 316, 1000})
  @Tag("slow")
  void fromMomentsAllAlongTheWayFullMatricesGoOnAsTheReductionDoes(int depth) {
    Target target = Target.gaussian(100, 100);
    DepthScaling.Row row = DepthScaling.best(target.singularValues(), depth, EPSILON, 200_000);
    int stretches = 8;
    int updates = 5;
    ZeroAsymmetricModes reduced = new ZeroAsymmetricModes(target, depth);
    long at = 0;
    for (int k = 0; k <= stretches; k++) {
      for (long moment = (row.iterations() - updates) * k / stretches; at < moment; at++) {
        reduced.step(row.learningRate(), 0);
      }
      GradientDescent matrices = new GradientDescent(reduced.network(), target);
      ZeroAsymmetricModes ahead = reduced.copy();
      for (int t = 0; t < updates; t++) {
        matrices.step(row.learningRate(), 0);
        ahead.step(row.learningRate(), 0);
      }
      // R = ½‖E‖² of an error E that rounding changes by some 1e-13 of ‖Φ‖ = 100, 1e-11.
      assertThat(matrices.loss())
          .as("from update " + at)
          .isCloseTo(ahead.loss(), within(1e-11 * Math.sqrt(2 * ahead.loss())));
      assertThat(matrices.loss() <= EPSILON).isEqualTo(k == stretches); // the last is update N
    }
  }

  @Test
  void rowsThatNobodyAskedForAreNotCounted() {
    Target target = Target.minusIdentity(1);
    DepthScaling scaling = DepthScaling.of(target.singularValues(), DEPTHS, EPSILON, 1000);
    ConfirmedScaling some = ConfirmedScaling.of(target, scaling, EPSILON, row -> row.depth() <= 32);
    assertThat(some.matrices()).containsOnlyKeys(10, 32);
    assertThat(some.agrees()).isTrue();
    assertThat(some.agrees(scaling.rows().get(0))).isTrue();
    assertThat(some.agrees(scaling.rows().get(4))).isFalse();
  }

  @Test
  void aWrongCountIsFoundOut() {
    Target target = Target.minusIdentity(2);
    DepthScaling.Row right = DepthScaling.best(target.singularValues(), 10, EPSILON, 1000);
    for (long wrong : new long[] {right.iterations() + 1, right.iterations() / 3}) {
      DepthScaling.Row row =
          new DepthScaling.Row(
              10, right.gridIndex(), right.learningRate(), wrong, right.stableLearningRate());
      ConfirmedScaling scaling =
          ConfirmedScaling.of(
              target, new DepthScaling(List.of(row), Double.NaN), EPSILON, each -> true);
      assertThat(scaling.agrees()).isFalse();
      assertThat(scaling.matrices().get(10))
          .isEqualTo( // a third of the updates, twice, does not get there
              wrong > right.iterations()
                  ? OptionalLong.of(right.iterations())
                  : OptionalLong.empty());
    }
  }
}
