package org.fathom4j.theory.flow;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.fathom4j.theory.descent.Status;
import org.fathom4j.theory.descent.Trajectory;
import org.fathom4j.theory.descent.TrajectoryPoint;
import org.fathom4j.theory.landscape.SaddleDetector;
import org.fathom4j.theory.linear.InvalidProblemException;
import org.fathom4j.theory.linear.Invariant;
import org.fathom4j.theory.linear.LinearNetwork;
import org.fathom4j.theory.linear.SingularValues;
import org.fathom4j.theory.linear.Target;
import org.hipparchus.analysis.UnivariateFunction;
import org.hipparchus.analysis.solvers.BracketedUnivariateSolver;
import org.hipparchus.analysis.solvers.BracketingNthOrderBrentSolver;
import org.hipparchus.exception.MathRuntimeException;
import org.hipparchus.ode.ODEState;
import org.hipparchus.ode.ODEStateAndDerivative;
import org.hipparchus.ode.OrdinaryDifferentialEquation;
import org.hipparchus.ode.events.Action;
import org.hipparchus.ode.events.AdaptableInterval;
import org.hipparchus.ode.events.ODEEventDetector;
import org.hipparchus.ode.events.ODEEventHandler;
import org.hipparchus.ode.nonstiff.DormandPrince853Integrator;

/**
 * Gradient flow on the full matrices of a linear network: gradient descent with infinitely small
 * steps.
 *
 * <pre>
 *   dW_l/dt = −G_l                                                                    (A.3)
 * </pre>
 *
 * <p>Integrated by Dormand and Prince's method of order 8(5,3) with adaptive steps, relative
 * tolerance 1e-10, absolute 1e-13. Steps stay below about 3/λ_max of the Hessian, so that a stretch
 * of time T costs some Tλ_max/3 of them. The invariants D_l, which the flow conserves, tell how
 * well it is integrated: their drift is a part of every point, and stays near 1e-11.
 *
 * <pre>{@code
 * GradientFlow flow = new GradientFlow(Initialization.zas().network(target, 10), target);
 * Trajectory trajectory = flow.at(List.of(0.1, 1.0, 5.0));
 * double learnt = flow.timeToReach(1e-6, 100).end();
 * }</pre>
 *
 * @see <a href="https://arxiv.org/abs/1911.00645">Wu, Wang &amp; Ma 2019, section 4.1</a>
 */
public final class GradientFlow {

  private static final double RELATIVE_TOLERANCE = 1e-10;
  private static final double ABSOLUTE_TOLERANCE = 1e-13;
  private static final double LEAST_STEP = 1e-15;

  /** How exactly an event is placed in time, as a part of it. */
  private static final double EVENT_PRECISION = 1e-10;

  /** An event is looked for on every step: the loss falls, so it crosses a level once. */
  private static final int MOST_EVENT_ITERATIONS = 100;

  private final LinearNetwork start;
  private final Target target;

  /** The flow that begins at {@code start}, at time 0. */
  public GradientFlow(LinearNetwork start, Target target) {
    start.requireShape(target);
    this.start = start;
    this.target = target;
  }

  /**
   * The points at these times.
   *
   * @param times not negative; taken in ascending order
   */
  public Trajectory at(List<Double> times) {
    return run(times, 0);
  }

  /**
   * Flows until R ≤ ε, but not beyond a time.
   *
   * @return without points; converged with the time of R = ε as its end, or stopped
   */
  public Trajectory timeToReach(double epsilon, double latest) {
    requireEpsilon(epsilon);
    requireTime(latest);
    return integrate(List.of(), epsilon, latest);
  }

  /** The points at these times up to that of R = ε. */
  public Trajectory run(List<Double> times, double epsilon) {
    List<Double> ordered = times.stream().distinct().sorted().toList();
    if (ordered.isEmpty()) {
      throw new InvalidProblemException("The flow is asked for at no time at all.");
    }
    ordered.forEach(GradientFlow::requireTime);
    if (epsilon != 0) {
      requireEpsilon(epsilon);
    }
    return integrate(ordered, epsilon, ordered.get(ordered.size() - 1));
  }

  /**
   * A stretch near a saddle: ρ = Σ‖G_l‖²/(2R) fell below 1e-2, and has not yet risen above 1e-1
   * again.
   *
   * @param begin time of the fall
   * @param end time of the rise; infinite if it had not come by the latest time asked for
   * @see SaddleDetector
   */
  public record Plateau(double begin, double end) {}

  /** The plateaus up to a time, or until R ≤ 1e-8. */
  public List<Plateau> plateaus(double latest) {
    requireTime(latest);
    double[] state = start.toVector();
    if (latest == 0 || start.loss(target) <= SaddleDetector.CONVERGED_LOSS) {
      return List.of();
    }
    List<Plateau> plateaus = new ArrayList<>();
    double[] begin = {
      SaddleDetector.ratio(start.gradients(target)) < SaddleDetector.PLATEAU_RATIO ? 0 : Double.NaN
    };
    DormandPrince853Integrator integrator = integrator(SaddleDetector.CONVERGED_LOSS);
    integrator.addEventDetector(
        ratioCrosses(
            SaddleDetector.PLATEAU_RATIO,
            (now, detector, increasing) -> {
              if (!increasing && Double.isNaN(begin[0])) {
                begin[0] = now.getTime();
              }
              return Action.CONTINUE;
            }));
    integrator.addEventDetector(
        ratioCrosses(
            SaddleDetector.LEAVING_RATIO,
            (now, detector, increasing) -> {
              if (increasing && !Double.isNaN(begin[0])) {
                plateaus.add(new Plateau(begin[0], now.getTime()));
                begin[0] = Double.NaN;
              }
              return Action.CONTINUE;
            }));
    integrate(integrator, 0, state, latest);
    if (!Double.isNaN(begin[0])) {
      plateaus.add(new Plateau(begin[0], Double.POSITIVE_INFINITY));
    }
    return plateaus;
  }

  /** The network at a time. */
  public LinearNetwork network(double time) {
    requireTime(time);
    double[] state = start.toVector();
    return start.withVector(
        time == 0 ? state : integrate(integrator(0), 0, state, time).getPrimaryState());
  }

  private Trajectory integrate(List<Double> times, double epsilon, double latest) {
    List<TrajectoryPoint> points = new ArrayList<>();
    double time = 0;
    double[] state = start.toVector();
    double startLoss = start.loss(target);
    if (startLoss <= epsilon && epsilon > 0) {
      return new Trajectory(pointsUpTo(times, 0, state), Status.CONVERGED, 0, startLoss);
    }
    List<Double> stops = new ArrayList<>(times);
    if (stops.isEmpty() || stops.get(stops.size() - 1) < latest) {
      stops.add(latest);
    }
    DormandPrince853Integrator integrator = integrator(epsilon);
    for (double stop : stops) {
      if (stop > time) {
        ODEStateAndDerivative end = integrate(integrator, time, state, stop);
        state = end.getPrimaryState();
        time = end.getTime();
        if (time < stop) { // only the event of R = ε ends early
          return new Trajectory(
              points, Status.CONVERGED, time, start.withVector(state).loss(target));
        }
      }
      if (times.contains(stop)) {
        points.add(point(time, state));
      }
    }
    double loss = start.withVector(state).loss(target);
    return new Trajectory(
        points, loss <= epsilon && epsilon > 0 ? Status.CONVERGED : Status.STOPPED, time, loss);
  }

  private ODEStateAndDerivative integrate(
      DormandPrince853Integrator integrator, double time, double[] state, double stop) {
    try {
      return integrator.integrate(equation(), new ODEState(time, state), stop);
    } catch (MathRuntimeException e) {
      throw new InvalidProblemException(
          String.format(
              "The flow could not be integrated beyond time %s (%s): it is too stiff, or not"
                  + " finite.",
              time, e.getMessage()),
          e);
    }
  }

  private List<TrajectoryPoint> pointsUpTo(List<Double> times, double end, double[] state) {
    return times.stream().filter(time -> time <= end).map(time -> point(time, state)).toList();
  }

  private DormandPrince853Integrator integrator(double epsilon) {
    DormandPrince853Integrator integrator =
        new DormandPrince853Integrator(
            LEAST_STEP, Double.POSITIVE_INFINITY, ABSOLUTE_TOLERANCE, RELATIVE_TOLERANCE);
    if (epsilon > 0) {
      integrator.addEventDetector(lossReached(epsilon));
    }
    return integrator;
  }

  private OrdinaryDifferentialEquation equation() {
    return new OrdinaryDifferentialEquation() {
      @Override
      public int getDimension() {
        return (int) start.size(); // of a state that fits an array
      }

      @Override
      public double[] computeDerivatives(double time, double[] state) {
        double[] derivative = start.withVector(state).gradients(target).toVector();
        for (int i = 0; i < derivative.length; i++) {
          derivative[i] = -derivative[i];
        }
        return derivative;
      }
    };
  }

  private TrajectoryPoint point(double time, double[] state) {
    LinearNetwork network = start.withVector(state);
    double[] values = SingularValues.of(network.product()).values();
    return new TrajectoryPoint(
        time,
        network.loss(target),
        Arrays.stream(values).boxed().toList(),
        Invariant.drift(start, network));
  }

  /** Stops where ln R falls to ln ε: the logarithm is nearly a straight line in time. */
  private Crossing lossReached(double epsilon) {
    return new Crossing(
        network -> Math.log(Math.max(network.loss(target), Double.MIN_NORMAL)) - Math.log(epsilon),
        (state, detector, increasing) -> Action.STOP);
  }

  /** Crosses 0 where ρ is at a level. */
  private Crossing ratioCrosses(double level, ODEEventHandler handler) {
    return new Crossing(
        network -> Math.log(SaddleDetector.ratio(network.gradients(target)) / level), handler);
  }

  /** Where a function of the network crosses 0. */
  private final class Crossing implements ODEEventDetector {

    private final ToDoubleFunction<LinearNetwork> function;
    private final ODEEventHandler handler;

    Crossing(ToDoubleFunction<LinearNetwork> function, ODEEventHandler handler) {
      this.function = function;
      this.handler = handler;
    }

    @Override
    public AdaptableInterval getMaxCheckInterval() {
      return (state, isForward) -> Double.POSITIVE_INFINITY;
    }

    @Override
    public int getMaxIterationCount() {
      return MOST_EVENT_ITERATIONS;
    }

    @Override
    public BracketedUnivariateSolver<UnivariateFunction> getSolver() {
      return new BracketingNthOrderBrentSolver(EVENT_PRECISION, 0, EVENT_PRECISION, 5);
    }

    @Override
    public ODEEventHandler getHandler() {
      return handler;
    }

    @Override
    public double g(ODEStateAndDerivative state) {
      return function.applyAsDouble(start.withVector(state.getPrimaryState()));
    }
  }

  private static void requireTime(double time) {
    ZeroAsymmetricFlow.requireTime(time);
  }

  private static void requireEpsilon(double epsilon) {
    if (!(epsilon > 0) || Double.isInfinite(epsilon)) {
      throw new InvalidProblemException(
          "ε is " + epsilon + "; the loss to reach is positive and finite.");
    }
  }
}
