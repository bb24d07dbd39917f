package org.fathom4j.theory.landscape;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.fathom4j.theory.linear.LinearNetwork;
import org.fathom4j.theory.linear.Target;
import org.fathom4j.theory.modes.AlignedModes;
import org.fathom4j.theory.modes.Sharpness;
import org.fathom4j.theory.modes.ZeroAsymmetricModes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SaddleDetectorTest {

  @Test
  void theToyStopsAtItsSaddleAndLeavesIt() {
    // Figure 1 at η = 0.02: ρ is least, 0.0037, at update 156.
    Target target = Target.minusIdentity(1);
    AlignedModes chain = AlignedModes.chain(-1, 0.999, 1.001);
    SaddleDetector detector = new SaddleDetector(target);
    List<SaddleDetector.Phase> phases = new ArrayList<>();
    SaddleDetector.Check onPlateau = null;
    double least = Double.POSITIVE_INFINITY;
    for (long t = 0; t < 700; t++) {
      SaddleDetector.Check check = detector.check(t, chain.network());
      if (check.phase() != SaddleDetector.Phase.CONVERGED) {
        least = Math.min(least, check.ratio());
      }
      if (t == 156) {
        onPlateau = check;
      }
      if (phases.isEmpty() || phases.get(phases.size() - 1) != check.phase()) {
        phases.add(check.phase());
      }
      chain.step(0.02, 0);
    }
    assertThat(phases)
        .containsExactly(
            SaddleDetector.Phase.MOVING,
            SaddleDetector.Phase.PLATEAU,
            SaddleDetector.Phase.MOVING,
            SaddleDetector.Phase.CONVERGED);
    assertThat(least).isCloseTo(0.003695792, within(1e-8));
    SaddleDetector.Saddle saddle = onPlateau.saddle().orElseThrow();
    assertThat(saddle.unlearned()).containsExactly(0);
    assertThat(saddle.criticalValue()).isEqualTo(0.5);
    assertThat(saddle.distance()).isLessThan(0.01);
    assertThat(saddle.kind()).isEqualTo(SaddleDetector.Kind.STRICT);
    assertThat(saddle.leastEigenvalue()).isCloseTo(-1, within(0.01)); // R = ½(w_2 w_1 + 1)² at 0
  }

  @Test
  void zeroAsymmetricNeverStandsStill() {
    for (String text : List.of("minus-identity:2", "gaussian:3:5", "diagonal:2,0,0.1")) {
      Target target = Target.parse(text);
      int depth = 4;
      ZeroAsymmetricModes modes = new ZeroAsymmetricModes(target, depth);
      double rate = 0.4 * Sharpness.ofLargest(target.singularValues(), depth).stableLearningRate();
      for (int t = 0; t < 300 && modes.loss() > 1e-12; t++) {
        LinearNetwork.Gradients gradients = modes.network().gradients(target);
        assertThat(SaddleDetector.ratio(gradients)).isGreaterThanOrEqualTo(1 - 1e-12);
        modes.step(rate, 0);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    // Chitour, Liao & Couillet: at the balanced critical point diag(s_I)^{1/L} of s = (3, 2, 1):
    "2, '',    -3", // L = 2: minus the largest unlearnt value
    "2, '3',   -2",
    "2, '3 2', -1",
    "2, '2',   -3",
    "3, '',     0", // L = 3: degenerate if nothing, or the largest values, are learnt
    "3, '3',    0",
    "3, '3 2',  0"
  })
  void theHessianAtBalancedCriticalPointsHasTheKnownLeastEigenvalue(
      int depth, String learned, double expected) {
    Target target = Target.diagonal(3, 2, 1);
    DMatrixRMaj layer = new DMatrixRMaj(3, 3);
    for (int i = 0; i < 3; i++) {
      double s = 3 - i;
      if (learned.contains(Integer.toString((int) s))) {
        layer.set(i, i, Math.pow(s, 1.0 / depth));
      }
    }
    LinearNetwork network = LinearNetwork.general(Collections.nCopies(depth, layer));
    SaddleDetector detector = new SaddleDetector(target);
    assertThat(detector.leastEigenvalue(network)).isCloseTo(expected, within(1e-6));
    SaddleDetector.Saddle saddle = detector.near(network);
    assertThat(saddle.distance()).isLessThan(1e-12);
    assertThat(saddle.rank()).isEqualTo(learned.isEmpty() ? 0 : learned.split(" ").length);
    assertThat(saddle.kind())
        .isEqualTo(expected < 0 ? SaddleDetector.Kind.STRICT : SaddleDetector.Kind.DEGENERATE);
  }

  @Test
  void anOutOfOrderSelectionAtDepthThreeIsAStrictSaddle() {
    DMatrixRMaj layer = CommonOps_DDRM.diag(0, Math.cbrt(2), 0);
    LinearNetwork network = LinearNetwork.general(Collections.nCopies(3, layer));
    assertThat(new SaddleDetector(Target.diagonal(3, 2, 1)).leastEigenvalue(network))
        .isLessThan(-0.1);
  }
}
