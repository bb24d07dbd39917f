package org.fathom4j.theory.modes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.fathom4j.theory.NumberAssertions.assertRelative;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.stream.Stream;
import org.fathom4j.theory.Golden;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The constants of the minimum that ZAS reaches. */
class SharpnessTest {

  static Stream<JsonNode> sharpness() {
    return Golden.elements(Golden.get("sharpness").get("cases"));
  }

  @ParameterizedTest
  @MethodSource("sharpness")
  void minimumAndSharpnessAgreeWithTheGoldenValues(JsonNode golden) {
    double tolerance = Golden.get("sharpness").get("tol_rel").asDouble();
    Sharpness sharpness = Sharpness.of(golden.get("sigma").asDouble(), golden.get("L").asInt());
    assertRelative(sharpness.top(), golden.get("p").asDouble(), tolerance, 0);
    assertRelative(sharpness.sharpness(), golden.get("K").asDouble(), tolerance, 0);
    assertThat(sharpness.stableLearningRate()).isEqualTo(2 / sharpness.sharpness());
  }

  @ParameterizedTest
  @CsvSource({
    "1e-8, 1000000",
    "1e-3, 2",
    "0.1, 7",
    "1, 1",
    "1, 2",
    "1, 3",
    "5, 1000",
    "100, 2",
    "1e6, 1000000",
    "1e-300, 50",
    "1e100, 4"
  })
  void theMinimumSolvesItsEquation(double sigma, int depth) {
    Sharpness minimum = Sharpness.of(sigma, depth);
    double log =
        Math.log(minimum.top()) + (depth - 1) / 2.0 * Math.log1p(minimum.top() * minimum.top());
    assertThat(log)
        .isCloseTo(Math.log(sigma), within(1e-13 * Math.max(1, Math.abs(Math.log(sigma)))));
    assertThat(minimum.hidden())
        .isCloseTo(Math.hypot(1, minimum.top()), within(1e-15 * minimum.hidden()));
    assertThat(minimum.sharpness()).isGreaterThanOrEqualTo(1);
  }

  @Test
  void theSharpnessIsTheCurvatureOfTheLossAtTheMinimum() {
    // One dimension: R(w) = ½(w_L … w_1 − σ)²; at R = 0 the top eigenvalue of the Hessian is Σ
    // (∂P/∂w_l)².
    for (int depth : new int[] {1, 2, 3, 8}) {
      Sharpness minimum = Sharpness.of(1.7, depth);
      double hidden = Math.pow(minimum.hidden(), depth - 1);
      double other = depth == 1 ? 0 : minimum.top() * Math.pow(minimum.hidden(), depth - 2);
      assertRelative(minimum.sharpness(), hidden * hidden + (depth - 1) * other * other, 1e-13, 0);
    }
  }

  @Test
  void atLargeDepthTheSharpnessIsThatOfLambert() {
    assertThat(Sharpness.of(1, 10_000).sharpness()).isCloseTo(11374, within(0.5));
    assertThat(Sharpness.of(1, 10_000).atLargeDepth()).isCloseTo(11382, within(0.5));
    assertRelative(
        Sharpness.of(3, 1_000_000).atLargeDepth(), Sharpness.of(3, 1_000_000).sharpness(), 1e-4, 0);
    assertThat(Sharpness.of(1e-9, 100).sharpness()).isCloseTo(1, within(1e-12));
    assertThat(Sharpness.of(0, 100).atLargeDepth()).isEqualTo(1); // K → 1 for σ → 0
    assertThat(Sharpness.of(3, 1).atLargeDepth()).isEqualTo(1); // of one layer K = 1
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 1e-300, 1e-5, 0.3, 1, Math.E, 10, 1e5, 1e300})
  void lambertsFunctionInvertsItsEquation(double x) {
    double w = LambertW.of(x);
    assertThat(w).isGreaterThanOrEqualTo(0);
    if (x > 0) {
      assertThat(w + Math.log(w))
          .isCloseTo(Math.log(x), within(1e-14 * Math.max(1, Math.abs(Math.log(x)))));
    }
  }

  @Test
  void impossibleQuestionsAreRefused() {
    assertThatThrownBy(() -> Sharpness.of(-1, 3)).hasMessageContaining("singular value is -1.0");
    assertThatThrownBy(() -> Sharpness.of(1, 0)).hasMessageContaining("depth is 0");
    assertThatThrownBy(() -> LambertW.of(-1)).hasMessageContaining("-1.0");
  }
}
