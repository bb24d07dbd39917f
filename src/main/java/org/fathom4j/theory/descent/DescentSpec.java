package org.fathom4j.theory.descent;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import org.fathom4j.theory.linear.InvalidProblemException;

/**
 * How to descend, for how long, and where to look.
 *
 * <pre>{@code
 * DescentSpec.withRate(0.01, 400).at(0, 10, 100);      // three points
 * DescentSpec.withSafeRate(10_000).until(1e-10);       // η proved safe, anew at every step
 * }</pre>
 *
 * @param learningRate η, the same for all layers; empty for the safe one of every step
 * @param momentum μ of the heavy ball, from 0 up to but not including 1
 * @param iterations the most updates
 * @param at iterations to record, ascending; those beyond the end are left out
 * @param epsilon ends when R ≤ ε; 0 runs all iterations
 * @param confirmations how many further updates R must stay at or below ε before it counts
 */
public record DescentSpec(
    OptionalDouble learningRate,
    double momentum,
    long iterations,
    List<Long> at,
    double epsilon,
    int confirmations) {

  public DescentSpec {
    at = at.stream().distinct().sorted().toList();
    if (learningRate.isPresent()) {
      double rate = learningRate.getAsDouble();
      if (!(rate > 0) || Double.isInfinite(rate)) {
        throw new InvalidProblemException(
            "The learning rate is " + rate + "; it must be positive and finite.");
      }
    }
    if (!(momentum >= 0 && momentum < 1)) {
      throw new InvalidProblemException(
          "The momentum is " + momentum + "; allowed are 0 up to, but not including, 1.");
    }
    if (iterations < 0) {
      throw new InvalidProblemException(
          "The number of iterations is " + iterations + "; it must not be negative.");
    }
    if (!at.isEmpty() && at.get(0) < 0) {
      throw new InvalidProblemException(
          "A point is asked for at iteration " + at.get(0) + "; iterations begin at 0.");
    }
    if (!(epsilon >= 0) || Double.isInfinite(epsilon)) {
      throw new InvalidProblemException(
          "ε is " + epsilon + "; the loss to reach must not be negative.");
    }
    if (confirmations < 0) {
      throw new InvalidProblemException(
          "The number of confirmations is " + confirmations + "; it must not be negative.");
    }
  }

  /** A constant learning rate. */
  public static DescentSpec withRate(double learningRate, long iterations) {
    return new DescentSpec(OptionalDouble.of(learningRate), 0, iterations, List.of(), 0, 0);
  }

  /** At every step the rate that provably does not increase R: {@link Descent#safeLearningRate}. */
  public static DescentSpec withSafeRate(long iterations) {
    return new DescentSpec(OptionalDouble.empty(), 0, iterations, List.of(), 0, 0);
  }

  /** Records these iterations. */
  public DescentSpec at(List<Long> points) {
    return new DescentSpec(learningRate, momentum, iterations, points, epsilon, confirmations);
  }

  /** Records these iterations. */
  public DescentSpec at(long... points) {
    return at(Arrays.stream(points).boxed().toList());
  }

  /** Ends when R ≤ ε. */
  public DescentSpec until(double loss) {
    return new DescentSpec(learningRate, momentum, iterations, at, loss, confirmations);
  }

  /** With the heavy ball. */
  public DescentSpec momentum(double mu) {
    return new DescentSpec(learningRate, mu, iterations, at, epsilon, confirmations);
  }

  /** Converged only if R stays at or below ε for so many further updates. */
  public DescentSpec confirmedBy(int updates) {
    return new DescentSpec(learningRate, momentum, iterations, at, epsilon, updates);
  }
}
