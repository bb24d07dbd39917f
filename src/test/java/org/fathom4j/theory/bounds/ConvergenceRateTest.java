package org.fathom4j.theory.bounds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.fathom4j.theory.linear.Initialization;
import org.fathom4j.theory.linear.LinearNetwork;
import org.fathom4j.theory.linear.PortableRandom;
import org.fathom4j.theory.linear.Target;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConvergenceRateTest {

  /** Scalar layers with these invariants: w_1 = 0, w_{j+1}² = c_j + w_j². */
  private static LinearNetwork scalars(double... invariants) {
    List<DMatrixRMaj> weights = new ArrayList<>();
    double square = 0;
    weights.add(CommonOps_DDRM.diag(0));
    for (double c : invariants) {
      square += c;
      weights.add(CommonOps_DDRM.diag(Math.sqrt(square)));
    }
    return LinearNetwork.general(weights);
  }

  /** Classical Runge-Kutta of order 4 on the gradient flow. */
  private static LinearNetwork flow(LinearNetwork start, Target target, double time, int steps) {
    LinearNetwork network = start;
    double h = time / steps;
    for (int i = 0; i < steps; i++) {
      LinearNetwork.Gradients k1 = network.gradients(target);
      LinearNetwork.Gradients k2 = network.step(k1, h / 2).gradients(target);
      LinearNetwork.Gradients k3 = network.step(k2, h / 2).gradients(target);
      LinearNetwork.Gradients k4 = network.step(k3, h).gradients(target);
      network = network.step(k1, h / 6).step(k2, h / 3).step(k3, h / 3).step(k4, h / 6);
    }
    return network;
  }

  /** Theory A.8: the printed law without the product would promise 0.25. */
  @Test
  void theRateIsAProductOverLayers() {
    LinearNetwork start = scalars(0.25, 0.25, 0.25);
    Target target = Target.parse("0.1");
    ConvergenceRate rate = ConvergenceRate.of(start);
    assertThat(rate.applies()).isTrue();
    assertThat(rate.eigenvalues()).allSatisfy(c -> assertThat(c).isCloseTo(0.25, within(1e-15)));
    assertThat(rate.rate()).isCloseTo(1.0 / 64, within(1e-15));
    assertThat(rate.cumulativeRate()).isCloseTo(0.25 * 0.5 * 0.75, within(1e-15));
    double time = 20;
    double loss = flow(start, target, time, 2000).loss(target);
    double effective = Math.log(start.loss(target) / loss) / (2 * time);
    assertThat(effective).isBetween(rate.cumulativeRate(), 0.25);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5})
  void theLossFallsAtLeastAtTheRate(int depth) {
    Target target = Target.gaussian(3, 50 + depth);
    DMatrixRMaj weight = new PortableRandom(90).normalMatrix(3, 3);
    CommonOps_DDRM.scale(0.2, weight);
    List<DMatrixRMaj> weights = new ArrayList<>();
    for (int l = 1; l <= depth; l++) { // growing layers: every C_j is positive definite
      DMatrixRMaj grown = CommonOps_DDRM.identity(3);
      CommonOps_DDRM.scale(0.4 * l, grown);
      CommonOps_DDRM.addEquals(grown, 0.1, weight);
      weights.add(grown);
    }
    LinearNetwork start = LinearNetwork.general(weights);
    ConvergenceRate rate = ConvergenceRate.of(start);
    assertThat(rate.applies()).isTrue();
    assertThat(rate.rate()).isPositive();
    assertThat(rate.cumulativeRate()).isGreaterThanOrEqualTo(rate.rate() * (1 - 1e-14));
    double before = start.loss(target);
    LinearNetwork network = start;
    for (int i = 1; i <= 5; i++) {
      network = flow(network, target, 0.2, 200);
      double bound = before * Math.exp(-2 * rate.cumulativeRate() * 0.2 * i);
      assertThat(network.loss(target)).isLessThanOrEqualTo(bound * (1 + 1e-9)); // L = 1: equal
    }
  }

  @Test
  void readFromTheOutputTheZeroAsymmetricStartHasRateOne() {
    LinearNetwork start = Initialization.zas().network(Target.gaussian(4, 3), 6);
    ConvergenceRate forward = ConvergenceRate.of(start);
    assertThat(forward.applies()).isFalse();
    assertThat(forward.rate()).isZero();
    assertThat(forward.cumulativeRate()).isZero();
    ConvergenceRate backward = ConvergenceRate.fromOutput(start);
    assertThat(backward.eigenvalues()).containsExactly(1.0, 0.0, 0.0, 0.0, 0.0);
    assertThat(backward.applies()).isFalse(); // not all positive, so that (A.8) itself is silent
    assertThat(backward.cumulativeRate()).isEqualTo(1); // theorem 4.1: e^{−2t}
  }

  @Test
  void balancedStartsHaveNoRate() {
    LinearNetwork start = Initialization.identity().network(Target.minusIdentity(2), 4);
    assertThat(ConvergenceRate.of(start).cumulativeRate()).isZero();
    assertThat(ConvergenceRate.fromOutput(start).cumulativeRate()).isZero();
  }

  @Test
  void widthsThatGrowAreNotCovered() {
    PortableRandom random = new PortableRandom(4);
    LinearNetwork growing =
        LinearNetwork.general(
            List.of(
                random.normalMatrix(4, 3), random.normalMatrix(5, 4), random.normalMatrix(3, 5)));
    ConvergenceRate rate = ConvergenceRate.of(growing);
    assertThat(rate.widthsFit()).isFalse();
    assertThat(rate.eigenvalues().get(0)).isEqualTo(Double.NEGATIVE_INFINITY);
    assertThat(rate.applies()).isFalse();
    assertThat(rate.cumulativeRate()).isZero();
  }

  @Test
  void wideHiddenLayersNeedOnlyAsManyPositiveEigenvaluesAsTheNextHasUnits() {
    // d_1 = 4, d_2 = 2: C_1 is 4×4 of rank 2, and its second largest eigenvalue counts.
    DMatrixRMaj first = new DMatrixRMaj(4, 2);
    DMatrixRMaj second = new DMatrixRMaj(2, 4);
    second.set(0, 0, 3);
    second.set(1, 1, 2);
    ConvergenceRate rate = ConvergenceRate.of(LinearNetwork.general(List.of(first, second)));
    assertThat(rate.applies()).isTrue();
    assertThat(rate.rate()).isCloseTo(4, within(1e-14));
  }
}
