package org.fathom4j.theory.landscape;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.EigenDecomposition_F64;
import org.fathom4j.theory.Golden;
import org.fathom4j.theory.landscape.Landscape.CriticalPoint;
import org.fathom4j.theory.landscape.Landscape.Kind;
import org.fathom4j.theory.linear.InvalidProblemException;
import org.fathom4j.theory.linear.LinearNetwork;
import org.fathom4j.theory.linear.Target;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class LandscapeTest {

  static Stream<JsonNode> golden() {
    return Golden.cases("critical_values");
  }

  @ParameterizedTest
  @MethodSource("golden")
  void criticalValuesAreTheGoldenOnes(JsonNode golden) {
    assertThat(Landscape.criticalValues(Golden.numbers(golden.get("s"))))
        .containsExactly(Golden.numbers(golden.get("values")), within(1e-14));
  }

  @Test
  void equalSumsAreOneValue() {
    assertThat(Landscape.criticalValues(1, 1, 1))
        .containsExactly(new double[] {0, 0.5, 1, 1.5}, within(1e-15));
    assertThat(Landscape.criticalValues(2, 0)).containsExactly(0, 2);
    assertThat(Landscape.criticalValues(0)).containsExactly(0);
    assertThat(Landscape.criticalValues(0.1, 0.2, Math.sqrt(0.05))) // 0.1² + 0.2² = 0.05
        .hasSize(7);
  }

  @ParameterizedTest
  @CsvSource({
    "'diagonal:3,2,1', 2",
    "'diagonal:3,2,1', 3",
    "'diagonal:3,2,1', 4",
    "'diagonal:2,2,-1', 2",
    "'diagonal:2,2,-1', 3", // repeated
    "'1,2;2,4', 2",
    "'1,2;2,4', 3",
    "'1,2;2,4', 5", // singular
    "'0.8,-1.3;1.1,0.6', 2",
    "'0.8,-1.3;1.1,0.6', 5",
    "'-2', 2",
    "'-2', 6"
  })
  void theHessianAtBalancedPointsHasTheDerivedLeastEigenvalue(String text, int depth) {
    Target target = Target.parse(text);
    Landscape landscape = new Landscape(target, depth);
    for (CriticalPoint point : landscape.criticalPoints()) {
      LinearNetwork network = landscape.network(point.unlearned());
      LinearNetwork.Gradients gradients = network.gradients(target);
      assertThat(gradients.loss()).as("%s", point).isCloseTo(point.value(), within(1e-12));
      assertThat(Math.sqrt(gradients.squaredNorm())).as("%s", point).isLessThan(1e-12);
      assertThat(leastEigenvalueOfHessian(network, target))
          .as("%s", point)
          .isCloseTo(point.hessianMinimum(), within(1e-6)); // of finite differences
    }
  }

  /** Of central differences of the gradients. */
  private static double leastEigenvalueOfHessian(LinearNetwork network, Target target) {
    int d = target.dimension();
    int n = network.depth() * d * d;
    double h = 1e-5;
    DMatrixRMaj hessian = new DMatrixRMaj(n, n);
    for (int column = 0; column < n; column++) {
      double[] above = gradientWith(network, target, column, h);
      double[] below = gradientWith(network, target, column, -h);
      for (int row = 0; row < n; row++) {
        hessian.add(row, column, (above[row] - below[row]) / (4 * h));
        hessian.add(column, row, (above[row] - below[row]) / (4 * h));
      }
    }
    EigenDecomposition_F64<DMatrixRMaj> eigen = DecompositionFactory_DDRM.eig(n, false, true);
    eigen.decompose(hessian);
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < n; i++) {
      least = Math.min(least, eigen.getEigenvalue(i).getReal());
    }
    return least;
  }

  private static double[] gradientWith(
      LinearNetwork network, Target target, int entry, double change) {
    int square = target.dimension() * target.dimension();
    List<DMatrixRMaj> weights = new ArrayList<>();
    for (int l = 1; l <= network.depth(); l++) {
      weights.add(network.weight(l));
    }
    weights.get(entry / square).data[entry % square] += change;
    return LinearNetwork.general(weights).gradients(target).layers().stream()
        .flatMapToDouble(layer -> Arrays.stream(layer.data))
        .toArray();
  }

  /** Theory A.8, s = (3, 2, 1). */
  @Test
  void atDepthThreeTheOrderOfLearningIsWhatMakesSaddlesDegenerate() {
    for (CriticalPoint point : new Landscape(Target.diagonal(3, 2, 1), 3).criticalPoints()) {
      boolean topLearnt =
          List.of(List.of(), List.of(2), List.of(1, 2), List.of(0, 1, 2))
              .contains(point.unlearned());
      Kind expected =
          point.value() == 0
              ? Kind.GLOBAL_MINIMUM
              : topLearnt ? Kind.DEGENERATE_SADDLE : Kind.STRICT_SADDLE;
      assertThat(point.kind()).as("%s", point).isEqualTo(expected);
    }
    for (CriticalPoint point : new Landscape(Target.diagonal(3, 2, 1), 2).criticalPoints()) {
      double largest = point.unlearned().isEmpty() ? 0 : 3 - point.unlearned().get(0);
      assertThat(point.hessianMinimum()).isCloseTo(-largest, within(1e-14));
      assertThat(point.rank()).isEqualTo(3 - point.unlearned().size());
    }
  }

  @Test
  void aLargerInnerRankProvesNegativeCurvature() {
    Target target = Target.gaussian(2, 6);
    DMatrixRMaj zero = new DMatrixRMaj(2, 2);
    LinearNetwork saddle = LinearNetwork.general(List.of(zero, CommonOps_DDRM.identity(2), zero));
    assertThat(saddle.gradients(target).squaredNorm()).isZero();
    Landscape.Ranks ranks = Landscape.ranks(saddle);
    assertThat(ranks).isEqualTo(new Landscape.Ranks(2, 0));
    assertThat(ranks.proveNegativeCurvature()).isTrue();
    assertThat(leastEigenvalueOfHessian(saddle, target)).isLessThan(-0.1);
    LinearNetwork flat = LinearNetwork.general(List.of(zero, zero, zero));
    assertThat(Landscape.ranks(flat).proveNegativeCurvature()).isFalse();
    assertThat(leastEigenvalueOfHessian(flat, target)).isCloseTo(0, within(1e-6));
    assertThat(Landscape.ranks(LinearNetwork.general(List.of(zero, zero))))
        .isEqualTo(new Landscape.Ranks(2, 0)); // an empty product has full rank
  }

  @Test
  void onlyFullRankAndDistinctSingularValuesAreGeneric() {
    assertThat(new Landscape(Target.diagonal(3, -2, 1), 3).isGeneric()).isTrue();
    assertThat(new Landscape(Target.diagonal(2, -2, 1), 3).isGeneric()).isFalse();
    assertThat(new Landscape(Target.parse("1,2;2,4"), 3).isGeneric()).isFalse();
    assertThat(new Landscape(Target.parse("0"), 3).isGeneric()).isFalse();
  }

  @Test
  void oneLayerHasOnlyItsMinimum() {
    Landscape landscape = new Landscape(Target.diagonal(2, 1), 1);
    assertThat(landscape.criticalValues()).containsExactly(0);
    assertThat(landscape.criticalPoints()).hasSize(1);
    assertThat(landscape.criticalPoints().get(0).hessianMinimum()).isEqualTo(1);
    assertThat(landscape.network(List.of()).loss(Target.diagonal(2, 1))).isZero();
    assertThatThrownBy(() -> landscape.network(List.of(1)))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessageContaining("the only critical point has learnt all modes");
    assertThatThrownBy(() -> Landscape.ranks(landscape.network(List.of())))
        .hasMessageContaining("no saddles");
  }

  @Test
  void tooManySubsetsAndDepthZeroAreRefused() {
    assertThatThrownBy(() -> new Landscape(Target.minusIdentity(21), 2))
        .isInstanceOf(InvalidProblemException.class)
        .hasMessageContaining("up to 2^21 critical values; at most dimension 20");
    assertThatThrownBy(() -> new Landscape(Target.minusIdentity(2), 0))
        .hasMessage("The depth is 0; it must be at least 1.");
    assertThatThrownBy(() -> new Landscape(Target.diagonal(2, 1), 3).network(List.of(2)))
        .hasMessage("There is no mode 2: those of diagonal:2.0,1.0 are 0 to 1.");
  }
}
