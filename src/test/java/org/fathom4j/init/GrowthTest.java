package org.fathom4j.init;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class GrowthTest {

  private static final long SEED = 20_191_100_645L;

  @ParameterizedTest
  @CsvSource({
    // text, D, M, L, c of ReLU, identity and linear blocks
    "xavier,                            7, 3, 5, 0.42,       0.84,       1",
    "xavier-uniform,                    7, 3, 5, 0.42,       0.84,       1",
    "xavier:fan=in,                     7, 3, 5, 0.5,        1,          1",
    "he,                                7, 3, 5, 2,          4,          1",
    "mzas,                              7, 3, 5, 0,          0,          0",
    "identity,                          7, 3, 5, 0,          0,          0",
    "near-identity,                     7, 3, 5, 0.1,        0.2,        0.2",
    "near-identity:scale=0.5,           7, 3, 5, 0.025,      0.05,       0.05",
    "fixup,                             7, 3, 5, 0,          0,          0",
    "rezero,                            7, 3, 5, 0,          0,          0",
    "skipinit,                          7, 3, 5, 0,          0,          0",
    "skipinit:alpha=inverse-sqrt-depth, 7, 3, 5, 0.4,        0.8,        0.2",
    "hardt-ma,                          8, 4, 5, 0.015625,   0.03125,    0.125",
    "orthogonal,                        8, 4, 5, 0.25,       0.5,        1",
    "orthogonal,                        4, 8, 5, 0.25,       0.5,        1",
    "orthogonal:gain=2,                 8, 4, 5, 4,          8,          4",
    "zero,                              7, 3, 5, 0,          0,          0",
    "stable,                            7, 3, 5, 0.1,        0.2,        0.2",
    "stable:scaling=both,               7, 3, 5, 0.02,       0.04,       0.2",
    "idinit,                            5, 5, 5, 1.0000005e-6, 2.000001e-6, 2.000001e-6"
  })
  void theExcessIsTheOneTheSchemeStates(
      String text, int d, int m, int depth, double relu, double identity, double linear) {
    InitializationScheme scheme = Initializers.parse(text);
    NetworkShape shape = new NetworkShape(11, d, m, depth, 2);
    assertThat(scheme.excessGrowth(shape, Branch.RELU)).isCloseTo(relu, within(1e-14));
    assertThat(scheme.excessGrowth(shape, Branch.IDENTITY)).isCloseTo(identity, within(1e-14));
    assertThat(scheme.excessGrowth(shape, Branch.LINEAR)).isCloseTo(linear, within(1e-14));
  }

  static Stream<Arguments> golden() throws IOException {
    try (InputStream in = GrowthTest.class.getResourceAsStream("/golden/init_growth.json")) {
      JsonNode rows = new ObjectMapper().readTree(in).get("rows");
      return Stream.iterate(0, i -> i < rows.size(), i -> i + 1)
          .map(rows::get)
          .map(
              row ->
                  Arguments.of(
                      row.get("initializer").asText(),
                      row.get("D").asInt(),
                      row.get("M").asInt(),
                      row.get("L").asInt(),
                      row.get("c").asDouble(),
                      row.get("log10_growth").asDouble()))
          .toList()
          .stream();
    }
  }

  @ParameterizedTest
  @MethodSource("golden")
  void theGrowthAgreesWithTheGoldenValues(
      String text, int d, int m, int depth, double excess, double log10Growth) {
    Growth growth = growth(text, d, m, depth, Branch.RELU);
    assertThat(growth.excess()).isCloseTo(excess, within(1e-14 * excess));
    assertThat(growth.log10()).isCloseTo(log10Growth, within(1e-12 * log10Growth));
  }

  static Stream<Arguments> simulations() {
    return Stream.of(Branch.values())
        .flatMap(branch -> InitializersTest.texts().map(text -> Arguments.of(text, branch)));
  }

  @ParameterizedTest
  @MethodSource("simulations")
  void theMeanGrowthOfDrawnNetworksIsWithinTenPerCentOfThePrediction(String text, Branch branch) {
    int maxDepth = 5;
    int draws = 1000;
    InitializationScheme scheme = Initializers.parse(text);
    // Laws that depend on the depth are simulated at maxDepth; the others where c L ≤ 5.
    double roughly = scheme.excessGrowth(new NetworkShape(11, 32, 20, maxDepth, 2), branch);
    int depth = (int) Math.max(1, Math.min(maxDepth, Math.floor(5 / roughly)));
    NetworkShape shape = new NetworkShape(11, 32, 20, depth, 2);
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(SEED);
    double sum = 0;
    double sumOfSquares = 0;
    for (int i = 0; i < draws; i++) {
      double[] z = gaussian(shape.width(), random);
      double before = squaredNorm(z);
      for (int l = 0; l < depth; l++) {
        z = block(z, scheme, shape, branch, random);
      }
      double ratio = squaredNorm(z) / before;
      sum += ratio;
      sumOfSquares += ratio * ratio;
    }
    double mean = sum / draws;
    double standardError = Math.sqrt(Math.max(0, sumOfSquares / draws - mean * mean) / draws);
    double predicted = Math.pow(10, Growth.of(scheme, shape, branch).log10());
    assertThat(standardError).isLessThan(0.03 * predicted);
    assertThat(mean).isCloseTo(predicted, within(0.1 * predicted));
  }

  @ParameterizedTest
  @CsvSource({
    "7, 3, RELU",
    "3, 7, RELU",
    "5, 5, RELU",
    "7, 3, IDENTITY",
    "3, 7, IDENTITY",
    "4, 8, LINEAR"
  })
  void idInitsExcessHasBothItsLinearAndItsQuadraticTerm(int d, int m, Branch branch) {
    // ε and τ of order one, so that a wrong term of either order shows; one block, exact law.
    IdInit scheme = new IdInit(0.7, 0.6);
    NetworkShape shape = new NetworkShape(11, d, m, 1, 2);
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(SEED);
    double before = 0;
    double after = 0;
    for (int i = 0; i < 200_000; i++) {
      double[] z = gaussian(d, random);
      before += squaredNorm(z);
      after += squaredNorm(block(z, scheme, shape, branch, random));
    }
    // ‖UV‖ ≤ 3 τε = 1.26: one draw deviates, relatively, by less than 2.26² √(2/3) = 4.2, and so
    // the mean of 200,000 by less than 0.0094.
    assertThat(after / before - 1).isCloseTo(scheme.excessGrowth(shape, branch), within(0.03));
  }

  @ParameterizedTest
  @CsvSource({
    "xavier, 218, true",
    "xavier, 219, false",
    "he, 80, true",
    "he, 81, false",
    "orthogonal, 218, true",
    "orthogonal, 219, false"
  })
  void aSchemeThatGrowsMayTrainUntilItLeavesFloat32(String text, int depth, boolean mayTrain) {
    Growth growth = growth(text, 64, 64, depth, Branch.RELU);
    assertThat(growth.mayTrain()).isEqualTo(mayTrain);
    assertThat(growth.overflow().isPresent()).isEqualTo(!mayTrain);
    growth.overflow().ifPresent(block -> assertThat(block).isEqualTo(depth));
  }

  @ParameterizedTest
  @CsvSource({
    "mzas",
    "identity",
    "near-identity",
    "fixup",
    "rezero",
    "skipinit",
    "hardt-ma",
    "zero",
    "stable",
    "idinit"
  })
  void tenThousandBlocksMayTrainWithTheSchemesMadeForDepth(String text) {
    assertThat(growth(text, 64, 64, 10_000, Branch.RELU).mayTrain()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"xavier", "xavier-uniform", "he", "orthogonal"})
  void tenThousandBlocksCannotTrainWithTheOthers(String text) {
    assertThat(growth(text, 64, 64, 10_000, Branch.RELU).mayTrain()).isFalse();
  }

  @Test
  void linearBlocksOfZasAndNearIdentityMayTrainAtAnyDepth() {
    assertThat(growth("mzas", 64, 64, 10_000, Branch.LINEAR).log10()).isZero();
    assertThat(growth("mzas", 64, 64, 10_000, Branch.LINEAR).mayTrain()).isTrue();
    // (1 + 1/L)^L → e
    assertThat(growth("near-identity", 64, 64, 10_000, Branch.LINEAR).log10())
        .isCloseTo(Math.log10(Math.E), within(1e-4));
  }

  @ParameterizedTest
  @CsvSource({
    // U = 0, V = 0, A = 0, multiplier: RELU, IDENTITY, LINEAR alive
    "false, false, false, 1, true,  true,  true",
    "true,  false, false, 1, true,  true,  true",
    "false, true,  false, 1, false, true,  true",
    "true,  true,  true,  1, false, false, true",
    "true,  false, true,  0, false, false, false",
    "false, false, false, 0, true,  true,  true"
  })
  void aBranchWithTwoZeroFactorsIsDead(
      boolean outerZero,
      boolean innerZero,
      boolean linearZero,
      double multiplier,
      boolean relu,
      boolean identity,
      boolean linear) {
    InitializationScheme scheme = new Zeros(innerZero, outerZero, linearZero, false, multiplier);
    NetworkShape shape = new NetworkShape(11, 7, 3, 5, 2);
    assertThat(Growth.of(scheme, shape, Branch.RELU).alive()).isEqualTo(relu);
    assertThat(Growth.of(scheme, shape, Branch.IDENTITY).alive()).isEqualTo(identity);
    assertThat(Growth.of(scheme, shape, Branch.LINEAR).alive()).isEqualTo(linear);
    assertThat(Growth.of(scheme, shape, Branch.RELU).mayTrain()).isEqualTo(relu);
  }

  @Test
  void anEmbeddingAndAReadoutThatAreBothZeroAreDead() {
    InitializationScheme scheme = new Zeros(false, false, false, true, 1);
    Growth growth = Growth.of(scheme, new NetworkShape(11, 7, 3, 5, 2), Branch.RELU);
    assertThat(growth.alive()).isFalse();
    assertThat(growth.overflow()).isEmpty();
  }

  @Test
  void aGrowthRefusesAMeanSquareBelowZeroAndNoDepth() {
    assertThatThrownBy(() -> new Growth(-1.5, 3, true)).hasMessageContaining("1 + -1.5");
    assertThatThrownBy(() -> new Growth(Double.NaN, 3, true))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Growth(0, 0, true)).hasMessageContaining("not 0");
  }

  private static Growth growth(String text, int d, int m, int depth, Branch branch) {
    return Growth.of(Initializers.parse(text), new NetworkShape(784, d, m, depth, 10), branch);
  }

  /** z + α U σ(V z) or z + α A z, with matrices drawn anew; the definition, in loops. */
  private static double[] block(
      double[] z,
      InitializationScheme scheme,
      NetworkShape shape,
      Branch branch,
      RandomGenerator random) {
    int m = shape.hiddenWidth();
    double alpha = scheme.scalars(shape).map(BranchScalars::multiplier).orElse(1.0);
    double[] change;
    if (branch == Branch.LINEAR) {
      change = apply(scheme.linear(shape), z, z.length, random);
    } else {
      double[] hidden = apply(scheme.inner(shape), z, m, random);
      for (int i = 0; branch == Branch.RELU && i < m; i++) {
        hidden[i] = Math.max(0, hidden[i]);
      }
      change = apply(scheme.outer(shape), hidden, z.length, random);
    }
    double[] result = z.clone();
    for (int i = 0; i < z.length; i++) {
      result[i] += alpha * change[i];
    }
    return result;
  }

  private static double[] apply(WeightLaw law, double[] x, int nOut, RandomGenerator random) {
    double[] weights = new double[x.length * nOut];
    law.fill(x.length, nOut, random, weights);
    double[] y = new double[nOut];
    for (int i = 0; i < x.length; i++) {
      for (int j = 0; j < nOut; j++) {
        y[j] += weights[i * nOut + j] * x[i];
      }
    }
    return y;
  }

  private static double[] gaussian(int length, RandomGenerator random) {
    return DoubleStream.generate(random::nextGaussian).limit(length).toArray();
  }

  private static double squaredNorm(double[] z) {
    double sum = 0;
    for (double component : z) {
      sum += component * component;
    }
    return sum;
  }

  /** A scheme that is zero where it is told to be. */
  private record Zeros(
      boolean innerZero, boolean outerZero, boolean linearZero, boolean endsZero, double multiplier)
      implements InitializationScheme {

    @Override
    public String name() {
      return "zeros";
    }

    @Override
    public WeightLaw embedding(NetworkShape shape) {
      return law(endsZero);
    }

    @Override
    public WeightLaw inner(NetworkShape shape) {
      return law(innerZero);
    }

    @Override
    public WeightLaw outer(NetworkShape shape) {
      return law(outerZero);
    }

    @Override
    public WeightLaw linear(NetworkShape shape) {
      return law(linearZero);
    }

    @Override
    public WeightLaw readout(NetworkShape shape) {
      return law(endsZero);
    }

    @Override
    public Optional<BranchScalars> scalars(NetworkShape shape) {
      return multiplier == 1
          ? Optional.empty()
          : Optional.of(new BranchScalars(multiplier, false, 1));
    }

    private static WeightLaw law(boolean zero) {
      return zero ? new ZeroLaw() : NormalLaw.of(1, Fan.IN);
    }
  }
}
