package org.fathom4j.theory.figures;

import java.util.ArrayList;
import java.util.List;
import org.fathom4j.theory.descent.Status;
import org.fathom4j.theory.linear.InvalidProblemException;
import org.fathom4j.theory.modes.ReducedDynamics;
import org.fathom4j.theory.modes.Sharpness;

/**
 * How the number of updates of ZAS grows with depth, at the best learning rate of each depth:
 * figure 2 of Wu, Wang and Ma.
 *
 * <p>The best rate is that of the fewest updates to R ≤ ε on the grid η_k = 10^{−k/20}, k ≥ 1,
 * among those that are stable at the minimum, η ≤ 2/K. Without this restriction the question has no
 * answer: η = 1 solves every target in one step, and in the chaotic range counts are accidents.
 *
 * @param rows one a depth, in the order given
 * @param exponent γ of the fit N ~ L^γ over these depths, least squares of the logarithms; NaN for
 *     fewer than two depths
 * @see <a href="https://arxiv.org/abs/1911.00645">Wu, Wang &amp; Ma 2019, section 5.2, figure 2</a>
 */
public record DepthScaling(List<Row> rows, double exponent) {

  private static final double STEPS_A_DECADE = 20;

  /** The count grows again on both sides of the best rate; so many worse ones end the search. */
  private static final int WORSE_ONES = 4;

  public DepthScaling {
    rows = List.copyOf(rows);
  }

  /**
   * The best of a depth.
   *
   * @param depth L
   * @param gridIndex k
   * @param learningRate η_k
   * @param iterations N(ε)
   * @param stableLearningRate 2/K
   */
  public record Row(
      int depth, int gridIndex, double learningRate, long iterations, double stableLearningRate) {}

  /**
   * Searches every depth.
   *
   * @param sigma the singular values of the target
   * @param epsilon positive
   * @param mostIterations of one trial
   * @throws InvalidProblemException if no rate of some depth reaches ε
   */
  public static DepthScaling of(
      double[] sigma, List<Integer> depths, double epsilon, long mostIterations) {
    if (depths.isEmpty()) {
      throw new InvalidProblemException("No depth is given; at least one is needed.");
    }
    List<Row> rows = new ArrayList<>();
    for (int depth : depths) {
      rows.add(best(sigma, depth, epsilon, mostIterations));
    }
    return new DepthScaling(rows, exponent(rows));
  }

  /** The best rate of one depth. */
  public static Row best(double[] sigma, int depth, double epsilon, long mostIterations) {
    double stable = Sharpness.ofLargest(sigma, depth).stableLearningRate();
    int first = (int) Math.max(1, Math.ceil(-STEPS_A_DECADE * Math.log10(stable)));
    Row best = null;
    long most = mostIterations;
    for (int k = first, worse = 0; worse < WORSE_ONES; k++) {
      double rate = rate(k);
      ReducedDynamics.Count count =
          rate <= stable ? ReducedDynamics.count(sigma, depth, rate, epsilon, most) : null;
      if (count != null && count.status() == Status.CONVERGED) {
        best = new Row(depth, k, rate, count.iterations(), stable);
        most = count.iterations() - 1; // only fewer updates are better
        worse = 0;
      } else {
        worse++;
      }
      if (most == 0) {
        break;
      }
    }
    if (best == null) {
      throw new InvalidProblemException(
          String.format(
              "At depth %d no learning rate just below %.3g reaches R ≤ %s within %d updates; allow"
                  + " more.",
              depth, stable, epsilon, mostIterations));
    }
    return best;
  }

  /** η_k = 10^{−k/20}. */
  public static double rate(int gridIndex) {
    return Math.pow(10, -gridIndex / STEPS_A_DECADE);
  }

  private static double exponent(List<Row> rows) {
    double meanX = rows.stream().mapToDouble(row -> Math.log(row.depth())).average().orElseThrow();
    double meanY =
        rows.stream().mapToDouble(row -> Math.log(row.iterations())).average().orElseThrow();
    double covariance = 0;
    double variance = 0;
    for (Row row : rows) {
      double x = Math.log(row.depth()) - meanX;
      covariance += x * (Math.log(row.iterations()) - meanY);
      variance += x * x;
    }
    return covariance / variance;
  }
}
