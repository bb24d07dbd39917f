package org.fathom4j.theory.figures;

import java.util.ArrayList;
import java.util.List;
import org.fathom4j.theory.descent.Descent;
import org.fathom4j.theory.descent.DescentLoop;
import org.fathom4j.theory.descent.DescentSpec;
import org.fathom4j.theory.descent.Status;
import org.fathom4j.theory.descent.Trajectory;
import org.fathom4j.theory.descent.TrajectoryPoint;
import org.fathom4j.theory.modes.AlignedModes;

/**
 * The smallest network that has to pass a saddle: two numbers that are to multiply to −1, from near
 * the identity and from ZAS. Figure 1 of Wu, Wang and Ma.
 *
 * <pre>
 *   R = ½(w_2 w_1 + 1)²,   ρ = ‖∇R‖²/(2R) = w_1² + w_2²                         near 0 only at the saddle
 * </pre>
 *
 * @param learningRate η
 * @param nearIdentity from (0.999, 1.001)
 * @param zeroAsymmetric from (1, 0)
 * @see <a href="https://arxiv.org/abs/1911.00645">Wu, Wang &amp; Ma 2019, section 3, figure 1</a>
 */
public record ToySaddle(double learningRate, Path nearIdentity, Path zeroAsymmetric) {

  /** The loss of the end in the figure. */
  public static final double EPSILON = 1e-7;

  private static final double TARGET = -1;
  private static final double[] NEAR_IDENTITY = {0.999, 1.001};
  private static final double[] ZERO_ASYMMETRIC = {1, 0};

  /**
   * One of the two curves.
   *
   * @param status converged, or how it ended otherwise
   * @param iterations N(1e-7)
   * @param leastRatio min_t ρ, before the end
   * @param leastRatioAt the update where that is
   * @param losses R(0), R(1), …
   * @param weights (w_1, w_2) at each of them, the path in the landscape
   */
  public record Path(
      Status status,
      long iterations,
      double leastRatio,
      long leastRatioAt,
      List<Double> losses,
      List<double[]> weights) {

    public Path {
      losses = List.copyOf(losses);
      weights = List.copyOf(weights);
    }
  }

  /** Both curves. */
  public static ToySaddle of(double learningRate, long mostIterations) {
    return new ToySaddle(
        learningRate,
        path(NEAR_IDENTITY, learningRate, mostIterations),
        path(ZERO_ASYMMETRIC, learningRate, mostIterations));
  }

  private static Path path(double[] start, double learningRate, long mostIterations) {
    Recorder recorder = new Recorder(AlignedModes.chain(TARGET, start));
    Trajectory trajectory =
        DescentLoop.run(
            recorder, DescentSpec.withRate(learningRate, mostIterations).until(EPSILON));
    return new Path(
        trajectory.status(),
        (long) trajectory.end(),
        recorder.leastRatio,
        recorder.leastRatioAt,
        recorder.losses,
        recorder.weights);
  }

  /** A chain that writes down where it was. */
  private static final class Recorder implements Descent {

    private final AlignedModes chain;
    private final List<Double> losses = new ArrayList<>();
    private final List<double[]> weights = new ArrayList<>();
    private double leastRatio = Double.POSITIVE_INFINITY;
    private long leastRatioAt;

    Recorder(AlignedModes chain) {
      this.chain = chain;
      record();
    }

    private void record() {
      double[][] factors = chain.factors();
      double[] now = {factors[0][0], factors[1][0]};
      double ratio = now[0] * now[0] + now[1] * now[1];
      if (ratio < leastRatio) {
        leastRatio = ratio;
        leastRatioAt = losses.size();
      }
      losses.add(chain.loss());
      weights.add(now);
    }

    @Override
    public double loss() {
      return chain.loss();
    }

    @Override
    public void step(double learningRate, double momentum) {
      chain.step(learningRate, momentum);
      record();
    }

    @Override
    public double safeLearningRate() {
      return chain.safeLearningRate();
    }

    @Override
    public TrajectoryPoint point(long iteration) {
      return chain.point(iteration);
    }
  }
}
