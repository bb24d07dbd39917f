package org.fathom4j.theory.factorization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.fathom4j.theory.NumberAssertions.assertClose;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.NormOps_DDRM;
import org.fathom4j.theory.Golden;
import org.fathom4j.theory.linear.InvalidProblemException;
import org.fathom4j.theory.linear.Invariant;
import org.fathom4j.theory.linear.LinearNetwork;
import org.fathom4j.theory.linear.SingularValues;
import org.fathom4j.theory.linear.Target;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class FactorizationTest {

  private static final double RECONSTRUCTION = 1e-10;

  /** Invertible, and each hard in its own way. */
  static Stream<String> invertible() {
    return Stream.of(
        "3", // 1×1
        "-2", // 1×1 of negative determinant: padded to 2×2
        "minus-identity:2", // a rotation by 180 degrees
        "minus-identity:3", // odd dimension, negative determinant
        "minus-identity:4", // two planes of 180 degrees
        "rotation:180",
        "rotation:179.9999999",
        "rotation:90:0.01",
        "diagonal:1,1,1",
        "diagonal:2,2,2,0.5,0.5", // repeated spectrum
        "diagonal:1,-1", // a reflection
        "diagonal:-1,-1,-1,1", // eigenvalue -1 three times
        "diagonal:1e-6,1e6",
        "diagonal:-1e-9,1,1",
        "0,1,0;0,0,1;1,0,0", // a cycle
        "0,1;1,0", // a transposition
        "1,1e6;0,1", // far from normal
        "1,2;3,4",
        "gaussian:6:41",
        "gaussian:7:42",
        "gaussian:40:43");
  }

  static Stream<String> singular() {
    return Stream.of(
        "0",
        "0,0;0,0",
        "1,2;2,4",
        "diagonal:1,-1,0", // the sign of the missing direction is free
        "diagonal:0,0,3",
        "1,2,3;4,5,6;7,8,9");
  }

  @ParameterizedTest
  @MethodSource("invertible")
  void balancedFactorsMakeTheTargetWithinTheBound(String text) {
    for (int depth : new int[] {1, 2, 3, 17, 64}) {
      Factorization factors = BalancedFactorization.of(Target.parse(text), depth);
      assertThat(factors.network().depth()).isEqualTo(depth);
      assertThat(factors.reconstructionError())
          .as("depth %d", depth)
          .isLessThanOrEqualTo(RECONSTRUCTION * scale(text));
      assertThat(factors.withinBound()).as("depth %d: %s", depth, factors).isTrue();
      if (depth >= factors.gamma()) {
        assertThat(factors.bound()).isLessThanOrEqualTo((Math.PI + 1.72 * factors.gamma()) / depth);
      }
    }
  }

  private static double scale(String text) {
    return Math.max(1, Target.parse(text).frobeniusNorm());
  }

  @ParameterizedTest
  @MethodSource("invertible")
  void hardtAndMasFactorsMakeTheTargetWithinTheBound(String text) {
    Target target = Target.parse(text);
    double gamma = BalancedFactorization.of(target, 1).gamma();
    int least = (int) Math.ceil(gamma + 4.2); // from here on the bound is proved
    for (int depth : new int[] {least, least + 1, 3 * least, 100}) {
      Factorization factors = HardtMaFactorization.of(target, depth);
      assertThat(factors.network().depth()).isEqualTo(depth);
      assertThat(depth * 1.0).isGreaterThanOrEqualTo(HardtMaFactorization.leastDepth(gamma));
      assertThat(factors.reconstructionError())
          .as("depth %d", depth)
          .isLessThanOrEqualTo(RECONSTRUCTION * scale(text));
      assertThat(factors.withinBound()).as("depth %d: %s", depth, factors).isTrue();
      double largest = 0;
      for (int l = 1; l <= depth; l++) {
        largest = Math.max(largest, NormOps_DDRM.inducedP2(factors.network().deviation(l)));
      }
      assertThat(factors.maxNorm()).isCloseTo(largest, within(1e-13));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "-2, true",
    "minus-identity:3, true",
    "minus-identity:4, false",
    "'diagonal:1,-1', true",
    "'diagonal:2,3,-1,-1,1', false",
    "'1,2;3,4', true",
    "'diagonal:1,-1,0', false",
    "'diagonal:-1e-9,1,1', true"
  })
  void onlyNegativeDeterminantsArePadded(String text, boolean padded) {
    Target target = Target.parse(text);
    Factorization factors = BalancedFactorization.of(target, 12);
    assertThat(factors.padded()).isEqualTo(padded);
    int d = target.dimension();
    DMatrixRMaj product = factors.network().product();
    assertThat(product.numRows).isEqualTo(padded ? d + 1 : d);
    assertClose(CommonOps_DDRM.extract(product, 0, d, 0, d), target.matrix(), RECONSTRUCTION);
    if (padded) {
      assertThat(product.get(d, d)).isCloseTo(-1, within(RECONSTRUCTION));
    }
  }

  static Stream<JsonNode> golden() {
    return Golden.cases("hardt_ma");
  }

  @ParameterizedTest
  @MethodSource("golden")
  void factorizationsAgreeWithTheGoldenValues(JsonNode golden) {
    int depth = golden.get("ell").asInt();
    Target target = Golden.target(golden.get("matrix"));
    assertClose(
        Target.gaussian(golden.get("d").asInt(), golden.get("seed").asLong()).matrix(),
        target.matrix(),
        1e-15);
    Factorization hardtMa = HardtMaFactorization.of(target, depth);
    assertThat(hardtMa.padded()).isEqualTo(golden.get("padded").asBoolean());
    assertThat(hardtMa.gamma()).isCloseTo(golden.get("gamma").asDouble(), within(1e-12));
    assertThat(HardtMaFactorization.Split.of(hardtMa.gamma(), depth))
        .isEqualTo(
            new HardtMaFactorization.Split(golden.get("q").asInt(), golden.get("p").asInt()));
    assertThat(hardtMa.bound()).isCloseTo(golden.get("bound").asDouble(), within(1e-12));
    assertThat(hardtMa.maxNorm()).isLessThanOrEqualTo(golden.get("bound").asDouble());
    assertThat(hardtMa.reconstructionError()).isLessThan(golden.get("recon_tol").asDouble());
    // The norm of this construction depends on the signs of the singular vectors, which are free:
    // only the balanced one is unique.
    Factorization balanced = BalancedFactorization.of(target, depth);
    assertThat(balanced.maxNorm())
        .isCloseTo(golden.get("max_norm_balanced").asDouble(), within(1e-12));
    assertThat(balanced.bound()).isCloseTo(golden.get("bound_balanced").asDouble(), within(1e-12));
    assertThat(balanced.reconstructionError()).isLessThan(golden.get("recon_tol").asDouble());
    assertThat(balanced.maxNorm()).isLessThan(hardtMa.maxNorm());
  }

  static Stream<JsonNode> goldenBalanced() {
    return Golden.cases("balanced_factorization");
  }

  @ParameterizedTest
  @MethodSource("goldenBalanced")
  void balancedFactorsAreTheGoldenOnes(JsonNode golden) {
    Target target = Golden.target(golden.get("A"));
    int depth = golden.get("L").asInt();
    LinearNetwork network = BalancedFactorization.of(target, depth).network();
    double tolerance = golden.get("tol").asDouble();
    for (int l = 1; l <= depth; l++) {
      assertClose(network.weight(l), Golden.matrix(golden.get("W").get(l - 1)), tolerance);
      assertThat(SingularValues.of(network.weight(l)).values())
          .containsExactly(Golden.numbers(golden.get("sv_each")), within(tolerance));
    }
  }

  @ParameterizedTest
  @MethodSource({"invertible", "singular"})
  void balancedFactorsAreInBalanceAndShareTheirSingularValues(String text) {
    int depth = 9;
    Factorization factors = BalancedFactorization.of(Target.parse(text), depth);
    LinearNetwork network = factors.network();
    double[] roots = SingularValues.of(network.product()).values();
    for (int i = 0; i < roots.length; i++) {
      roots[i] = Math.pow(roots[i], 1.0 / depth);
    }
    double size = roots[0] * roots[0] + 1;
    for (int l = 1; l <= depth; l++) {
      double[] values = SingularValues.of(network.weight(l)).values();
      assertThat(values[0]).isCloseTo(roots[0], within(1e-12 * size));
      assertThat(NormOps_DDRM.inducedP2(network.deviation(l)))
          .isCloseTo(factors.maxNorm(), within(1e-13 * size));
      if (l < depth) {
        assertThat(CommonOps_DDRM.elementMaxAbs(Invariant.of(network, l)))
            .isLessThan(1e-13 * size * roots.length);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("singular")
  void singularTargetsHaveBalancedFactorsButNoBound(String text) {
    Factorization factors = BalancedFactorization.of(Target.parse(text), 20);
    assertThat(factors.padded()).isFalse();
    assertThat(factors.reconstructionError()).isLessThan(RECONSTRUCTION);
    assertThat(factors.bound()).isEqualTo(Double.POSITIVE_INFINITY);
    assertThat(factors.maxNorm()).isBetween(0.5, 1.5); // one singular value of every layer is 0
  }

  @ParameterizedTest
  @MethodSource("singular")
  void singularTargetsHaveNoFactorsNearTheIdentity(String text) {
    assertThatThrownBy(() -> HardtMaFactorization.of(Target.parse(text), 100))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessageContaining("to double precision it is singular")
        .hasMessageContaining("The balanced factorization takes singular targets");
  }

  @Test
  void aConditionNumberBeyondDoublePrecisionIsSingular() {
    assertThatThrownBy(() -> HardtMaFactorization.of(Target.diagonal(1e-12, 1e12), 100))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessageContaining("has the singular value 1.0e-12 beside 1.0e+12");
  }

  @Test
  void rotationsTakeFourLayersOfHardtAndMaAndOtherMatricesFive() {
    assertThat(HardtMaFactorization.of(Target.parse("rotation:150"), 4).reconstructionError())
        .isLessThan(1e-14);
    assertThatThrownBy(() -> HardtMaFactorization.of(Target.parse("1,2;-3,4"), 4))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessageStartingWith("Depth 4 is too small for Hardt and Ma's construction")
        .hasMessageEndingWith("Take depth 5 or more, or the balanced factorization.");
    assertThat(HardtMaFactorization.of(Target.parse("1,2;-3,4"), 5).reconstructionError())
        .isLessThan(RECONSTRUCTION);
    assertThatThrownBy(() -> HardtMaFactorization.of(Target.parse("minus-identity:2"), 1))
        .hasMessageContaining("Take depth 4 or more");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -3})
  void depthsBelowOneAreRefused(int depth) {
    assertThatThrownBy(() -> BalancedFactorization.of(Target.minusIdentity(2), depth))
        .hasMessage("The depth is " + depth + "; it must be at least 1.");
    assertThatThrownBy(() -> HardtMaFactorization.of(Target.minusIdentity(2), depth))
        .hasMessage("The depth is " + depth + "; it must be at least 1.");
  }

  @Test
  void theLogarithmSurvivesTenThousandFactors() {
    int depth = 10_000;
    Target target = Target.parse("1.0000001,2e-8;-3e-8,0.9999999");
    Factorization factors = BalancedFactorization.of(target, depth);
    // L (W_1 - I) is log A but for 1/L and |log A|² parts of it: 1e-7 is kept to 1e-13.
    DMatrixRMaj logarithm = factors.network().deviation(1);
    CommonOps_DDRM.scale(depth, logarithm);
    DMatrixRMaj expected = target.matrix();
    CommonOps_DDRM.subtractEquals(expected, CommonOps_DDRM.identity(2));
    assertClose(logarithm, expected, 5e-14);
    assertThat(factors.reconstructionError()).isLessThan(1e-11);
  }

  @Property(tries = 60, seed = "20261123")
  void boundsHoldForRandomTargets(
      @ForAll @IntRange(min = 1, max = 8) int d,
      @ForAll @LongRange(min = 1, max = 1_000_000) long seed,
      @ForAll @IntRange(min = 0, max = 60) int more) {
    Target target = Target.gaussian(d, seed);
    double gamma = BalancedFactorization.of(target, 1).gamma();
    int depth = (int) Math.ceil(gamma + 4.2) + more;
    Factorization balanced = BalancedFactorization.of(target, depth);
    Factorization hardtMa = HardtMaFactorization.of(target, depth);
    assertThat(balanced.withinBound()).isTrue();
    assertThat(hardtMa.withinBound()).isTrue();
    assertThat(balanced.reconstructionError()).isLessThan(RECONSTRUCTION);
    assertThat(hardtMa.reconstructionError()).isLessThan(RECONSTRUCTION);
  }
}
