package org.fathom4j.theory.modes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.fathom4j.theory.NumberAssertions.assertClose;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.fathom4j.theory.descent.GradientDescent;
import org.fathom4j.theory.flow.IdentityFlow;
import org.fathom4j.theory.flow.ZeroAsymmetricFlow;
import org.fathom4j.theory.linear.Initialization;
import org.fathom4j.theory.linear.LinearNetwork;
import org.fathom4j.theory.linear.PortableRandom;
import org.fathom4j.theory.linear.SingularValues;
import org.fathom4j.theory.linear.Target;

/**
 * What holds for every spectrum, depth and rate; small numbers make spectra repeated and deficient.
 */
class ReductionPropertiesTest {

  private static final int TRIES = 60;
  private static final String SEED = "1911";

  @Property(tries = TRIES, seed = SEED)
  void zeroAsymmetricModesAreFullGradientDescent(
      @ForAll @Size(min = 1, max = 4) int[] spectrum,
      @ForAll @IntRange(min = 1, max = 9) int depth,
      @ForAll @DoubleRange(min = 0.05, max = 0.9) double part) {
    Target target = turned(spectrum);
    double rate =
        part * Sharpness.ofLargest(target.singularValues(), depth).stableLearningRate() / 2;
    LinearNetwork network = Initialization.zas().network(target, depth);
    ZeroAsymmetricModes modes = new ZeroAsymmetricModes(target, depth);
    for (int t = 0; t < 40; t++) {
      LinearNetwork.Gradients gradients = network.gradients(target);
      assertThat(modes.loss())
          .isCloseTo(gradients.loss(), within(1e-12 * gradients.loss() + 1e-16));
      network = network.step(gradients, rate);
      modes.step(rate, 0);
    }
    for (int l = 1; l <= depth; l++) {
      assertClose(modes.network().weight(l), network.weight(l), 1e-12);
    }
  }

  @Property(tries = TRIES, seed = SEED)
  void theLossDependsOnTheSingularValuesAlone(
      @ForAll @Size(min = 1, max = 4) int[] spectrum,
      @ForAll @IntRange(min = 1, max = 9) int depth) {
    Target target = turned(spectrum);
    double rate = Sharpness.ofLargest(target.singularValues(), depth).stableLearningRate() / 4;
    ZeroAsymmetricModes modes = new ZeroAsymmetricModes(target.singularValues(), depth);
    GradientDescent descent =
        new GradientDescent(Initialization.zas().network(target, depth), target);
    for (int t = 0; t < 20; t++) {
      modes.step(rate, 0);
      descent.step(rate, 0);
    }
    assertThat(descent.loss()).isCloseTo(modes.loss(), within(1e-12 * modes.loss() + 1e-16));
  }

  @Property(tries = TRIES, seed = SEED)
  void theFlowStaysUnderTheBoundOfTheorem41(
      @ForAll @DoubleRange(min = -3, max = 1) double logOfSigma,
      @ForAll @IntRange(min = 1, max = 100_000) int depth,
      @ForAll @DoubleRange(min = 0, max = 5) double time) {
    double sigma = Math.pow(10, logOfSigma);
    ZeroAsymmetricFlow flow = new ZeroAsymmetricFlow(sigma, depth);
    assertThat(flow.loss(time))
        .isLessThanOrEqualTo(Math.exp(-2 * time) * sigma * sigma / 2 * (1 + 1e-11) + 1e-30);
  }

  @Property(tries = TRIES, seed = SEED)
  void theSharpnessGrowsWithTheSingularValueAndIsAtLeastOne(
      @ForAll @DoubleRange(min = -6, max = 2) double logOfSigma,
      @ForAll @IntRange(min = 2, max = 1_000_000) int depth) {
    double sigma = Math.pow(10, logOfSigma);
    Sharpness here = Sharpness.of(sigma, depth);
    assertThat(here.sharpness()).isGreaterThanOrEqualTo(1);
    assertThat(Sharpness.of(1.1 * sigma, depth).sharpness())
        .isGreaterThanOrEqualTo(here.sharpness());
    double log = Math.log(here.top()) + (depth - 1) / 2.0 * Math.log1p(here.top() * here.top());
    assertThat(log)
        .isCloseTo(Math.log(sigma), within(1e-12 * Math.max(1, Math.abs(Math.log(sigma)))));
  }

  @Property(tries = TRIES, seed = SEED)
  void theFlowFromTheIdentityMovesOnAStraightSegment(
      @ForAll @DoubleRange(min = -2, max = 2) double re,
      @ForAll @DoubleRange(min = 0.05, max = 2) double im,
      @ForAll @IntRange(min = 1, max = 1000) int depth,
      @ForAll @DoubleRange(min = 0, max = 3) double time) {
    IdentityFlow flow = new IdentityFlow(re, im, depth);
    double[] u = flow.value(time / depth);
    // (u − 1) × (λ − 1) = 0, and |u| is never below the distance of 0 from the segment
    assertThat((u[0] - 1) * im - u[1] * (re - 1)).isCloseTo(0, within(1e-12));
    assertThat(Math.hypot(u[0], u[1])).isGreaterThanOrEqualTo(flow.leastModulus() - 1e-12);
  }

  /** U diag(spectrum mod 3) Vᵀ, with rotations drawn from the spectrum. */
  private static Target turned(int[] spectrum) {
    int d = spectrum.length;
    double[] sigma = new double[d];
    long seed = d;
    for (int i = 0; i < d; i++) {
      sigma[i] = Math.floorMod(spectrum[i], 3);
      seed = 31 * seed + spectrum[i];
    }
    PortableRandom random = new PortableRandom(seed);
    DMatrixRMaj u = SingularValues.of(random.normalMatrix(d, d)).left();
    DMatrixRMaj v = SingularValues.of(random.normalMatrix(d, d)).right();
    CommonOps_DDRM.multCols(u, sigma);
    DMatrixRMaj matrix = new DMatrixRMaj(d, d);
    CommonOps_DDRM.multTransB(u, v, matrix);
    return Target.of("turned", matrix);
  }
}
