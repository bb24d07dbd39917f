package org.fathom4j.theory.theorems;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.fathom4j.theory.linear.InvalidProblemException;
import org.fathom4j.theory.linear.LinearNetwork;
import org.fathom4j.theory.linear.Target;

/**
 * A theorem that can be run: it checks its hypotheses on a problem, computes its bound, measures
 * the same quantity in a run, and says whether the one keeps to the other.
 *
 * <p>{@link Theorems} has them all. A card says {@link Verdict#HOLDS} only if every hypothesis is
 * certain beyond rounding; it says {@link Verdict#VIOLATED} only if, moreover, the measured value
 * breaks the bound by more than the run's rounding.
 *
 * <pre>{@code
 * Theorem theorem = Theorems.named("zas-flow");
 * Card card = theorem.certify(theorem.setting());                              // its own example
 * Target target = Target.rotation(170, 2);
 * Card other = theorem.certify(Setting.of(target, theorem.start(target, 12)));
 * }</pre>
 */
public final class Theorem {

  private final String name;
  private final String statement;
  private final String source;
  private final Target target;
  private final int depth;
  private final BiFunction<Target, Integer, LinearNetwork> start;
  private final Function<Setting, List<Hypothesis>> hypotheses;
  private final Function<Setting, Measurement> measurement;

  /**
   * @param statement what is bounded by what, for people
   * @param target the example's target
   * @param depth the example's depth
   * @param start where training of a target at a depth starts, if nothing else is asked for
   * @param measurement called only where all hypotheses hold
   */
  Theorem(
      String name,
      String statement,
      String source,
      Target target,
      int depth,
      BiFunction<Target, Integer, LinearNetwork> start,
      Function<Setting, List<Hypothesis>> hypotheses,
      Function<Setting, Measurement> measurement) {
    this.name = Objects.requireNonNull(name);
    this.statement = Objects.requireNonNull(statement);
    this.source = Objects.requireNonNull(source);
    this.target = target;
    this.depth = depth;
    this.start = start;
    this.hypotheses = hypotheses;
    this.measurement = measurement;
  }

  /** Its name on the command line, such as {@code zas-flow}. */
  public String name() {
    return name;
  }

  /** What it claims, in one line. */
  public String statement() {
    return statement;
  }

  /** Where it is proved. */
  public String source() {
    return source;
  }

  /** The target of its example. */
  public Target target() {
    return target;
  }

  /** The depth of its example. */
  public int depth() {
    return depth;
  }

  /** The start that the theorem is about, for a target at a depth. */
  public LinearNetwork start(Target target, int depth) {
    LinearNetwork.requireDepth(depth);
    return start.apply(target, depth);
  }

  /** Its example, on which it applies. */
  public Setting setting() {
    return Setting.of(target, start(target, depth));
  }

  /**
   * Checks, computes and measures.
   *
   * <p>A problem that is too large to run, or leaves double precision, cannot be decided: the card
   * then has a last hypothesis that does not hold and says why.
   */
  public Card certify(Setting setting) {
    List<Hypothesis> checked = new ArrayList<>();
    try {
      checked.addAll(hypotheses.apply(setting));
      if (checked.stream().allMatch(Hypothesis::holds)) {
        Measurement found = measurement.apply(setting);
        return new Card(
            name,
            source,
            checked,
            found.bound(),
            found.measured(),
            found.kept() ? Verdict.HOLDS : Verdict.VIOLATED);
      }
    } catch (InvalidProblemException e) {
      checked.add(new Hypothesis("the problem can be run: " + e.getMessage(), false, Double.NaN));
    }
    return new Card(name, source, checked, Double.NaN, Double.NaN, Verdict.DOES_NOT_APPLY);
  }

  @Override
  public String toString() {
    return name;
  }
}
