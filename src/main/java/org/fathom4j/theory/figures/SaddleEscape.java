package org.fathom4j.theory.figures;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import org.fathom4j.theory.descent.GradientDescent;
import org.fathom4j.theory.linear.Initialization;
import org.fathom4j.theory.linear.InvalidProblemException;
import org.fathom4j.theory.linear.LinearNetwork;
import org.fathom4j.theory.linear.PortableRandom;
import org.fathom4j.theory.linear.Target;

/**
 * Near-identity networks that are to learn −I, and the saddle where most of them stay: figure 3 of
 * Wu, Wang and Ma.
 *
 * <p>Depth 6, learning rate 0.01, 10,000 updates, W_l = I + N(0, 1/(dL)). The dimension is not
 * given in the paper; with d = 25 two of five escape, as there. A run that stays has R = ½ to three
 * digits: one direction is not learnt.
 *
 * @param dimension d
 * @param runs of the near-identity initialization, drawn from one stream of random numbers
 * @param zeroAsymmetric how ZAS fares with the same depth and rate
 * @see <a href="https://arxiv.org/abs/1911.00645">Wu, Wang &amp; Ma 2019, section 5.3, figure 3</a>
 */
public record SaddleEscape(int dimension, List<Run> runs, Run zeroAsymmetric) {

  public static final int DEPTH = 6;
  public static final double LEARNING_RATE = 0.01;
  public static final long ITERATIONS = 10_000;

  /** A run has escaped if it ends below this loss, far below the plateau of ½. */
  public static final double ESCAPED = 1e-3;

  /** The loss to which ZAS is counted. */
  public static final double EPSILON = 1e-10;

  public SaddleEscape {
    runs = List.copyOf(runs);
  }

  /**
   * What is drawn of a moment.
   *
   * @param gradientNorm (Σ_l ‖G_l‖_F²)^{1/2}
   */
  public record Sample(long iteration, double loss, double gradientNorm) {}

  /**
   * One training.
   *
   * @param startLoss R(0)
   * @param finalLoss R after all updates
   * @param escapedAt the first update with R ≤ 1e-3
   * @param convergedAt the first update with R ≤ 1e-10
   * @param samples as many as were asked for
   */
  public record Run(
      double startLoss,
      double finalLoss,
      OptionalLong escapedAt,
      OptionalLong convergedAt,
      List<Sample> samples) {

    public Run {
      samples = List.copyOf(samples);
    }

    public boolean escaped() {
      return finalLoss <= ESCAPED;
    }
  }

  /** How many of the runs escaped. */
  public long escaped() {
    return runs.stream().filter(Run::escaped).count();
  }

  /** The losses at which the others stay. */
  public List<Double> plateaus() {
    return runs.stream().filter(run -> !run.escaped()).map(Run::finalLoss).toList();
  }

  /**
   * Trains.
   *
   * @param runs how many
   * @param sampleEvery updates between samples; 0 for none
   * @param stop asked before every run; the runs so far are returned when it says true
   */
  public static SaddleEscape of(
      int dimension, int runs, long seed, long sampleEvery, BooleanSupplier stop) {
    if (runs < 1) {
      throw new InvalidProblemException(
          "The number of runs is " + runs + "; it must be at least 1.");
    }
    if (sampleEvery < 0) {
      throw new InvalidProblemException(
          "Samples are asked for every " + sampleEvery + " updates; that must not be negative.");
    }
    Target target = Target.minusIdentity(dimension);
    PortableRandom random = new PortableRandom(seed);
    List<Run> done = new ArrayList<>();
    for (int run = 0; run < runs && !stop.getAsBoolean(); run++) {
      LinearNetwork start =
          Initialization.NearIdentity.draw(random, dimension, DEPTH, OptionalDouble.empty());
      done.add(train(start, target, sampleEvery));
    }
    return new SaddleEscape(
        dimension, done, train(Initialization.zas().network(target, DEPTH), target, sampleEvery));
  }

  private static Run train(LinearNetwork start, Target target, long sampleEvery) {
    GradientDescent descent = new GradientDescent(start, target);
    double startLoss = descent.loss();
    OptionalLong escapedAt = OptionalLong.empty();
    OptionalLong convergedAt = OptionalLong.empty();
    List<Sample> samples = new ArrayList<>();
    for (long t = 0; ; t++) {
      if (sampleEvery > 0 && t % sampleEvery == 0) {
        LinearNetwork.Gradients gradients = descent.network().gradients(target);
        samples.add(new Sample(t, descent.loss(), Math.sqrt(gradients.squaredNorm())));
      }
      if (escapedAt.isEmpty() && descent.loss() <= ESCAPED) {
        escapedAt = OptionalLong.of(t);
      }
      if (convergedAt.isEmpty() && descent.loss() <= EPSILON) {
        convergedAt = OptionalLong.of(t);
      }
      if (t == ITERATIONS) {
        return new Run(startLoss, descent.loss(), escapedAt, convergedAt, samples);
      }
      descent.step(LEARNING_RATE, 0);
    }
  }
}
