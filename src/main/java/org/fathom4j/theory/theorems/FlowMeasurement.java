package org.fathom4j.theory.theorems;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.fathom4j.theory.descent.TrajectoryPoint;
import org.fathom4j.theory.flow.GradientFlow;
import org.fathom4j.theory.linear.InvalidProblemException;
import org.fathom4j.theory.linear.LinearNetwork;

/**
 * The gradient flow on the full matrices, followed until R has fallen to a millionth or some time
 * is over, and looked at on the way.
 */
final class FlowMeasurement {

  /** Numbers in all layers together; more would take minutes. */
  private static final int LARGEST_STATE = 20_000;

  /** The part of R(0) at which the flow is left: below, rounding shows in the rates. */
  private static final double REMAINDER = 1e-6;

  /** Moments at which the flow is looked at. */
  private static final int MOMENTS = 16;

  /** ‖δP‖_F of the integrator, whose tolerances are 1e-10 relative and 1e-13 absolute. */
  private static final double ERROR_OF_PRODUCT = 1e-10;

  /** How exactly rates and times of the integrator are known at best, as a part of them. */
  static final double PRECISION = 1e-6;

  private FlowMeasurement() {}

  /**
   * Holds the least of −ln(R(t)/R(0))/t over the moments against a rate: R(t) ≤ e^{−rate·t} R(0).
   */
  static Measurement rateAtLeast(double bound, Setting setting, double latest) {
    double startLoss = setting.start().loss(setting.target());
    double slowest = Double.POSITIVE_INFINITY;
    double error = PRECISION * bound;
    for (TrajectoryPoint point : points(setting, latest)) {
      slowest = Math.min(slowest, Math.log(startLoss / point.loss()) / point.time());
      error = Math.max(error, relativeError(setting, point.loss()) / point.time());
    }
    return Measurement.atLeast(bound, slowest, error);
  }

  /** The error of a loss of the integrator, as a part of it: 2‖δE‖/‖E‖, ‖E‖ = √(2R). */
  static double relativeError(Setting setting, double loss) {
    double errorOfProduct = ERROR_OF_PRODUCT * Math.max(1, setting.target().frobeniusNorm());
    return 2 * errorOfProduct / Math.sqrt(2 * loss);
  }

  /** The moments, evenly spaced, without that of the start. */
  static List<TrajectoryPoint> points(Setting setting, double latest) {
    return flow(setting).at(times(setting, latest)).points();
  }

  /** The largest of something over the networks of the moments, that of the start included. */
  static double largest(Setting setting, double latest, ToDoubleFunction<LinearNetwork> function) {
    double largest = function.applyAsDouble(setting.start());
    Setting now = setting;
    double time = 0;
    for (double next : times(setting, latest)) { // the flow goes on from where it stands
      now = Setting.of(setting.target(), flow(now).network(next - time));
      time = next;
      largest = Math.max(largest, function.applyAsDouble(now.start()));
    }
    return largest;
  }

  private static List<Double> times(Setting setting, double latest) {
    double startLoss = setting.start().loss(setting.target());
    double end =
        startLoss > 0 ? flow(setting).timeToReach(REMAINDER * startLoss, latest).end() : latest;
    List<Double> times = new ArrayList<>();
    for (int k = 1; k <= MOMENTS; k++) {
      times.add(end * k / MOMENTS);
    }
    return times;
  }

  private static GradientFlow flow(Setting setting) {
    long numbers = setting.start().size();
    if (numbers > LARGEST_STATE) {
      throw new InvalidProblemException(
          String.format(
              "The flow of depth %d towards %s has %d numbers to integrate; a theorem's card follows"
                  + " at most %d. Take a smaller depth or target.",
              setting.depth(), setting.target().name(), numbers, LARGEST_STATE));
    }
    return new GradientFlow(setting.start(), setting.target());
  }
}
