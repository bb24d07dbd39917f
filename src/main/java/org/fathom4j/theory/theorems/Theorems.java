package org.fathom4j.theory.theorems;

import java.util.List;
import org.fathom4j.text.Spelling;
import org.fathom4j.theory.linear.InvalidProblemException;

/** The theorems that can be run. */
public final class Theorems {

  private static final List<Theorem> ALL =
      List.of(
          ZeroAsymmetricTheorems.flow(2),
          ZeroAsymmetricTheorems.descent(0.5),
          ZeroAsymmetricTheorems.gradient(1),
          ZeroAsymmetricTheorems.oneStep(),
          ZeroAsymmetricTheorems.stableRate(2),
          ZeroAsymmetricTheorems.unstableRate(),
          ZeroAsymmetricTheorems.invariantsOfTheFlow(),
          ZeroAsymmetricTheorems.invariantsOfDescent(1),
          IdentityTheorems.nearIdentityLoss(1),
          IdentityTheorems.nearIdentityLayers(1.0 / 3),
          IdentityTheorems.positiveDefinite(1.5),
          IdentityTheorems.negativeEigenvalue(true),
          IdentityTheorems.powerProjection(true),
          IdentityTheorems.normalConvergence(1),
          IdentityTheorems.normalSaddle(1),
          FactorizationTheorems.hardtMa(false, 1),
          FactorizationTheorems.balanced(1),
          FactorizationTheorems.gradient(2),
          FlowTheorems.exponentialRate(false),
          FlowTheorems.criticalValues(0.5),
          FlowTheorems.shamir(1));

  private Theorems() {}

  /** All of them, in the order of the papers. */
  public static List<Theorem> all() {
    return ALL;
  }

  /** Their names. */
  public static List<String> names() {
    return ALL.stream().map(Theorem::name).toList();
  }

  /**
   * One of them.
   *
   * @throws InvalidProblemException if there is none of this name
   */
  public static Theorem named(String name) {
    return ALL.stream()
        .filter(theorem -> theorem.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new InvalidProblemException(Spelling.unknown("theorem", name, names())));
  }
}
