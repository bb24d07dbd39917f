package org.fathom4j.laboratory;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.fathom4j.text.Spelling;
import org.fathom4j.theory.descent.Descent;
import org.fathom4j.theory.descent.GradientDescent;
import org.fathom4j.theory.linear.Initialization;
import org.fathom4j.theory.linear.Target;
import org.fathom4j.theory.modes.ReducedDynamics;

/** Who computes gradient descent on a linear network. */
public enum Engine {
  /** The exact O(d) recursion, for the initializations that have one. */
  REDUCED,
  /** Full matrices, without Deeplearning4j. */
  MATRICES,
  /** A Deeplearning4j network in double precision. */
  DL4J;

  /** Seconds that a layer costs an update beside its arithmetic, measured roughly. */
  private static final double SECONDS_A_LAYER = 2e-6;

  private static final double FLOP_A_SECOND = 2e9;

  /** Of OpenBLAS on one core; at width 100 two cores reached 6e10. */
  private static final double FLOP_A_SECOND_OF_OPENBLAS = 2e10;

  /** The word of options and JSON keys. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** All words. */
  public static List<String> words() {
    return Arrays.stream(values()).map(Engine::word).toList();
  }

  /**
   * The engine of a word.
   *
   * @throws IllegalArgumentException with the nearest spelling
   */
  public static Engine of(String word) {
    return Arrays.stream(values())
        .filter(engine -> engine.word().equals(word.toLowerCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException(Spelling.unknown("engine", word, words())));
  }

  /** The descent at its start; empty if this engine has none for the initialization. */
  public Optional<Descent> start(Initialization initialization, Target target, int depth) {
    return switch (this) {
      case REDUCED -> ReducedDynamics.of(initialization, target, depth).map(modes -> modes);
      case MATRICES ->
          Optional.of(new GradientDescent(initialization.network(target, depth), target));
      case DL4J -> Optional.of(new FrameworkDescent(initialization.network(target, depth), target));
    };
  }

  /** Roughly how many seconds so many updates take; 0 for the reduction. */
  public double seconds(int dimension, int depth, long iterations) {
    if (this == REDUCED) {
      return 0;
    }
    double flop = 6.0 * dimension * dimension * dimension;
    double rate =
        this == MATRICES && dimension >= GradientDescent.LEAST_WIDTH_FOR_OPENBLAS
            ? FLOP_A_SECOND_OF_OPENBLAS
            : FLOP_A_SECOND;
    return (double) iterations * depth * (SECONDS_A_LAYER + flop / rate);
  }
}
