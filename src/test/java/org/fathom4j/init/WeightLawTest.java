package org.fathom4j.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.serde.JsonMappers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What every law promises, and what each one's Javadoc states. A new law joins by a row. */
class WeightLawTest {

  private static final long SEED = 20_191_100_645L;

  /** An estimator lies within this many of its standard deviations (p = 6e-7 for each). */
  private static final double SIGMAS = 5;

  static Stream<WeightLaw> randomLaws() {
    return Stream.of(
        NormalLaw.of(1, Fan.IN),
        NormalLaw.of(2, Fan.OUT),
        NormalLaw.of(1, Fan.AVERAGE),
        NormalLaw.of(1, Fan.OUT_SQUARED),
        NormalLaw.of(1e-6, Fan.ONE),
        NormalLaw.ofDepth(2, Fan.IN, 10_000),
        UniformLaw.of(1, Fan.AVERAGE),
        UniformLaw.of(1, Fan.IN),
        new OrthogonalLaw(1),
        new OrthogonalLaw(1.3));
  }

  static Stream<WeightLaw> patterns() {
    return Stream.of(
        new ZeroLaw(),
        new PartialIdentityLaw(1),
        new PartialIdentityLaw(0.5),
        new RepeatedIdentityLaw(1),
        new RepeatedIdentityLaw(1e-6),
        new HadamardLaw());
  }

  static Stream<WeightLaw> laws() {
    return Stream.concat(randomLaws(), patterns());
  }

  static Stream<Arguments> lawsAtAwkwardSizes() {
    List<int[]> sizes =
        List.of(
            new int[] {7, 3},
            new int[] {3, 7},
            new int[] {5, 5},
            new int[] {1, 4},
            new int[] {4, 1},
            new int[] {1, 1},
            new int[] {16, 17});
    return laws().flatMap(law -> sizes.stream().map(s -> Arguments.of(law, s[0], s[1])));
  }

  @ParameterizedTest
  @MethodSource("lawsAtAwkwardSizes")
  void everyLawFillsExactlyItsEntriesWithFiniteNumbers(WeightLaw law, int nIn, int nOut) {
    double[] weights = new double[nIn * nOut + 3];
    Arrays.fill(weights, Double.NaN);
    law.fill(nIn, nOut, random(SEED), weights);
    assertThat(Arrays.copyOf(weights, nIn * nOut)).doesNotContain(Double.NaN);
    assertThat(Arrays.stream(weights, 0, nIn * nOut)).allMatch(Double::isFinite);
    assertThat(Arrays.copyOfRange(weights, nIn * nOut, weights.length)).containsOnly(Double.NaN);
  }

  @ParameterizedTest
  @MethodSource("patterns")
  void thePatternsHaveExactlyTheMeanSquareTheyStateAndDrawNothing(WeightLaw law) {
    for (int[] size : new int[][] {{7, 3}, {3, 7}, {5, 5}, {1, 4}, {8, 9}}) {
      double[] weights = new double[size[0] * size[1]];
      law.fill(size[0], size[1], null, weights);
      assertThat(meanSquare(weights)).isCloseTo(law.meanSquare(size[0], size[1]), within(1e-15));
    }
  }

  @ParameterizedTest
  @MethodSource("randomLaws")
  void theRandomLawsHaveMeanZeroAndTheMeanSquareTheyState(WeightLaw law) {
    int nIn = 300;
    int nOut = 200;
    double n = nIn * nOut;
    double[] weights = fill(law, nIn, nOut, SEED);
    double stated = law.meanSquare(nIn, nOut);
    double mean = Arrays.stream(weights).sum() / n;
    assertThat(mean).isCloseTo(0, within(SIGMAS * Math.sqrt(stated / n)));
    // Var(w²) ≤ 2 Var(w)², with equality for normal entries.
    assertThat(meanSquare(weights)).isCloseTo(stated, within(SIGMAS * stated * Math.sqrt(2 / n)));
  }

  @ParameterizedTest
  @CsvSource({
    "IN, 1, 0.142857142857142857",
    "OUT, 1, 0.333333333333333333",
    "AVERAGE, 1, 0.2",
    "OUT_SQUARED, 1, 0.111111111111111111",
    "ONE, 1, 1",
    "IN, 4, 0.0357142857142857143"
  })
  void aVarianceDividesByFanAndDepth(Fan fan, int depth, double expected) {
    assertThat(new Variance(1, fan, depth).of(7, 3)).isCloseTo(expected, within(1e-16));
  }

  @Test
  void aNormalLawIsNormal() {
    double[] weights = fill(NormalLaw.of(1, Fan.ONE), 400, 250, SEED);
    double n = weights.length;
    double fourth = Arrays.stream(weights).map(w -> w * w * w * w).sum() / n;
    // E w⁴ = 3, Var w⁴ = E w⁸ - 9 = 96.
    assertThat(fourth).isCloseTo(3, within(SIGMAS * Math.sqrt(96 / n)));
  }

  @Test
  void aUniformLawReachesItsBoundAndStaysWithinIt() {
    UniformLaw xavier = UniformLaw.of(1, Fan.AVERAGE);
    double bound = Math.sqrt(6.0 / (300 + 200));
    assertThat(xavier.bound(300, 200)).isCloseTo(bound, within(1e-15));
    double[] weights = fill(xavier, 300, 200, SEED);
    double largest = Arrays.stream(weights).map(Math::abs).max().orElseThrow();
    // P(all |w| < 0.999 b) = 0.999^60000 = 9e-27.
    assertThat(largest).isLessThanOrEqualTo(bound).isGreaterThan(0.999 * bound);
  }

  @ParameterizedTest
  @CsvSource({"7, 3", "3, 7", "5, 5", "64, 17", "1, 1"})
  void anOrthogonalLawGivesOrthonormalRowsOrColumnsTimesItsGain(int nIn, int nOut) {
    double gain = 1.2;
    double[] weights = fill(new OrthogonalLaw(gain), nIn, nOut, SEED);
    boolean tall = nIn >= nOut;
    int slim = Math.min(nIn, nOut);
    for (int a = 0; a < slim; a++) {
      for (int b = 0; b < slim; b++) {
        double dot = 0;
        for (int k = 0; k < Math.max(nIn, nOut); k++) {
          dot +=
              tall
                  ? weights[k * nOut + a] * weights[k * nOut + b]
                  : weights[a * nOut + k] * weights[b * nOut + k];
        }
        assertThat(dot).isCloseTo(a == b ? gain * gain : 0, within(1e-12));
      }
    }
  }

  @Test
  void anOrthogonalLawIsHaars() {
    int draws = 4000;
    int d = 3;
    RandomGenerator random = random(SEED);
    OrthogonalLaw law = new OrthogonalLaw(1);
    double[] q = new double[d * d];
    double corner = 0;
    double squaredTrace = 0;
    for (int i = 0; i < draws; i++) {
      law.fill(d, d, random, q);
      corner += q[0];
      double trace = q[0] + q[4] + q[8];
      squaredTrace += trace * trace;
    }
    // Haar on O(3): E Q_11 = 0 with Var 1/3; E tr² = 1, E tr⁴ = 3, so Var tr² = 2.
    assertThat(corner / draws).isCloseTo(0, within(SIGMAS * Math.sqrt(1.0 / 3 / draws)));
    assertThat(squaredTrace / draws).isCloseTo(1, within(SIGMAS * Math.sqrt(2.0 / draws)));
  }

  @Test
  void aRepeatedIdentityRepeatsAlongItsLongerSide() {
    // nIn = 7, nOut = 3: stored rows are inputs, ones where i ≡ j mod 3.
    assertThat(fill(new RepeatedIdentityLaw(2), 7, 3, SEED))
        .containsExactly(
            2, 0, 0, /**/ 0, 2, 0, /**/ 0, 0, 2, /**/ 2, 0, 0, /**/ 0, 2, 0, /**/ 0, 0, 2, /**/ 2,
            0, 0);
    assertThat(fill(new RepeatedIdentityLaw(2), 3, 7, SEED))
        .containsExactly(2, 0, 0, 2, 0, 0, 2, /**/ 0, 2, 0, 0, 2, 0, 0, /**/ 0, 0, 2, 0, 0, 2, 0);
  }

  @Test
  void aPartialIdentityHasOneDiagonal() {
    assertThat(fill(new PartialIdentityLaw(3), 2, 4, SEED))
        .containsExactly(3, 0, 0, 0, /**/ 0, 3, 0, 0);
    assertThat(fill(new PartialIdentityLaw(3), 3, 2, SEED))
        .containsExactly(3, 0, /**/ 0, 3, /**/ 0, 0);
  }

  @Test
  void aHadamardLawIsTheIdentityWhereItDoesNotWiden() {
    assertThat(fill(new HadamardLaw(), 3, 2, SEED)).containsExactly(1, 0, /**/ 0, 1, /**/ 0, 0);
    assertThat(fill(new HadamardLaw(), 2, 2, SEED)).containsExactly(1, 0, /**/ 0, 1);
  }

  @Test
  void aHadamardLawCutsSylvestersMatrixWhereItWidens() {
    // H_4 = [+ + + +; + - + -; + + - -; + - - +]; nOut = 3 needs p = 4, columns 0 and 1 stay.
    assertThat(fill(new HadamardLaw(), 2, 3, SEED))
        .containsExactly(0.5, 0.5, 0.5, /**/ 0.5, -0.5, 0.5);
    double e = 1 / Math.sqrt(8);
    double[] weights = fill(new HadamardLaw(), 3, 7, SEED);
    assertThat(weights)
        .containsExactly(
            e, e, e, e, e, e, e, /**/ e, -e, e, -e, e, -e, e, /**/ e, e, -e, -e, e, e, -e);
  }

  @Test
  void aHadamardLawHasOrthonormalColumnsWhenTheOutputIsAPowerOfTwo() {
    double[] weights = fill(new HadamardLaw(), 5, 8, SEED);
    for (int a = 0; a < 5; a++) {
      for (int b = 0; b < 5; b++) {
        double dot = 0;
        for (int k = 0; k < 8; k++) {
          dot += weights[a * 8 + k] * weights[b * 8 + k];
        }
        assertThat(dot).isCloseTo(a == b ? 1 : 0, within(1e-15));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("randomLaws")
  void theSameSeedGivesTheSameMatrixAndAnotherSeedAnother(WeightLaw law) {
    double[] first = fill(law, 7, 3, SEED);
    assertThat(fill(law, 7, 3, SEED)).containsExactly(first);
    assertThat(fill(law, 7, 3, SEED + 1)).isNotEqualTo(first);
  }

  @ParameterizedTest
  @MethodSource("laws")
  void everyLawSurvivesTheFrameworksJson(WeightLaw law) throws IOException {
    String json = JsonMappers.getMapper().writeValueAsString(law);
    assertThat(json).contains("\"@class\"").contains(law.getClass().getName());
    assertThat(JsonMappers.getMapper().readValue(json, WeightLaw.class)).isEqualTo(law);
  }

  @ParameterizedTest
  @MethodSource("laws")
  void everyLawSurvivesJavaSerialization(WeightLaw law) throws IOException, ClassNotFoundException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(law);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      assertThat(in.readObject()).isEqualTo(law);
    }
  }

  @Test
  void theJsonOfALawIsAPromise() throws IOException {
    // Names and keys of saved models: change them only together with a way to read the old ones.
    String json =
        "{\"@class\":\"org.fathom4j.init.NormalLaw\","
            + "\"variance\":{\"numerator\":2.0,\"fan\":\"IN\",\"depth\":100}}";
    assertThat(JsonMappers.getMapper().readValue(json, WeightLaw.class))
        .isEqualTo(NormalLaw.ofDepth(2, Fan.IN, 100));
  }

  @Test
  void aLawFromABrokenModelIsRefused() {
    String json =
        "{\"@class\":\"org.fathom4j.init.NormalLaw\","
            + "\"variance\":{\"numerator\":-2.0,\"fan\":\"IN\",\"depth\":100}}";
    assertThatThrownBy(() -> JsonMappers.getMapper().readValue(json, WeightLaw.class))
        .hasMessageContaining("numerator of a variance must be positive and finite, not -2");
  }

  @Test
  void formulasLeaveFansAndDepthOpen() {
    assertThat(NormalLaw.of(1, Fan.IN).formula()).isEqualTo("N(0, 1/fan_in)");
    assertThat(NormalLaw.of(1, Fan.AVERAGE).formula()).isEqualTo("N(0, 2/(fan_in+fan_out))");
    assertThat(NormalLaw.of(1e-6, Fan.ONE).formula()).isEqualTo("N(0, 1e-6)");
    assertThat(NormalLaw.ofDepth(2, Fan.IN, 7).formula()).isEqualTo("N(0, 2/(L fan_in))");
    assertThat(UniformLaw.of(1, Fan.AVERAGE).formula()).isEqualTo("U(±√(6/(fan_in+fan_out)))");
    assertThat(new ZeroLaw().formula()).isEqualTo("0");
    assertThat(new PartialIdentityLaw(1).formula()).isEqualTo("identity");
    assertThat(new RepeatedIdentityLaw(1e-6).formula()).isEqualTo("1e-6 repeated identity");
    assertThat(new OrthogonalLaw(1.2).formula()).isEqualTo("orthogonal, gain 1.2");
  }

  @ParameterizedTest
  @MethodSource("laws")
  void everyLawRefusesAnArrayTooShortAndSizesBelowOne(WeightLaw law) {
    assertThatThrownBy(() -> law.fill(7, 3, random(SEED), new double[20]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("A matrix [nIn=7, nOut=3] needs 21 entries, but the array holds 20.");
    assertThatThrownBy(() -> law.fill(0, 3, random(SEED), new double[20]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at least 1, not [0, 3]");
    assertThatThrownBy(() -> law.meanSquare(7, -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at least 1, not [7, -1]");
    assertThatThrownBy(() -> law.fill(1 << 20, 1 << 20, random(SEED), new double[20]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("1099511627776 entries");
  }

  @Test
  void lawsRefuseScalesThatAreNoPositiveNumbers() {
    for (double bad : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThatThrownBy(() -> NormalLaw.of(bad, Fan.IN))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> new OrthogonalLaw(bad)).isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> new PartialIdentityLaw(bad))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> new RepeatedIdentityLaw(bad))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> NormalLaw.ofDepth(1, Fan.IN, 0)).hasMessageContaining("depth");
    assertThatThrownBy(() -> NormalLaw.of(1, null)).hasMessageContaining("Fan.ONE");
    assertThatThrownBy(() -> new UniformLaw(null)).hasMessageContaining("variance");
  }

  private static RandomGenerator random(long seed) {
    return RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
  }

  private static double[] fill(WeightLaw law, int nIn, int nOut, long seed) {
    double[] weights = new double[nIn * nOut];
    law.fill(nIn, nOut, random(seed), weights);
    return weights;
  }

  private static double meanSquare(double[] weights) {
    return Arrays.stream(weights).map(w -> w * w).sum() / weights.length;
  }
}
