package org.fathom4j.laboratory;

import java.util.OptionalLong;
import org.fathom4j.theory.descent.Descent;
import org.fathom4j.theory.descent.DescentLoop;
import org.fathom4j.theory.descent.DescentSpec;
import org.fathom4j.theory.descent.Status;
import org.fathom4j.theory.descent.Trajectory;

/**
 * A descent through all its iterations that remembers when it first had R ≤ ε, where {@link
 * DescentSpec#until} would end it there.
 *
 * @param trajectory all of it; stopped after the last iteration, or diverged
 * @param iterations N(ε) = min{t : R(t) ≤ ε}
 */
public record FirstReach(Trajectory trajectory, OptionalLong iterations) {

  private static final long NEVER = -1;

  /** Runs all iterations of {@code spec}, whose own ε must be 0. */
  public static FirstReach run(Descent descent, DescentSpec spec, double epsilon) {
    if (!(epsilon > 0)) {
      throw new IllegalArgumentException(
          "ε is " + epsilon + "; the loss to reach must be positive.");
    }
    if (spec.epsilon() != 0) {
      throw new IllegalArgumentException(
          "The descent would end at R ≤ " + spec.epsilon() + " before its last iteration.");
    }
    long[] reached = {NEVER};
    Trajectory run =
        DescentLoop.run(
            new ObservedDescent(
                descent,
                (iteration, loss) -> {
                  if (reached[0] == NEVER && loss <= epsilon) {
                    reached[0] = iteration;
                  }
                }),
            spec);
    OptionalLong iterations =
        reached[0] == NEVER ? OptionalLong.empty() : OptionalLong.of(reached[0]);
    return new FirstReach(run, iterations);
  }

  /** Converged if it had R ≤ ε once and did not diverge, before or after. */
  public Status status() {
    return trajectory.status() == Status.STOPPED && iterations.isPresent()
        ? Status.CONVERGED
        : trajectory.status();
  }
}
