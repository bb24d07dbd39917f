package org.fathom4j.theory.theorems;

import java.util.List;

/**
 * A theorem held against one problem: its hypotheses, what it promises, what was measured.
 *
 * @param theorem its name, as {@link Theorems#named} takes it
 * @param source authors, title, year, number
 * @param hypotheses all of them, in the order of the theorem
 * @param bound what the theorem promises; NaN if it does not apply
 * @param measured what a run of the oracle gave; NaN if the theorem does not apply
 * @param verdict what follows
 */
public record Card(
    String theorem,
    String source,
    List<Hypothesis> hypotheses,
    double bound,
    double measured,
    Verdict verdict) {

  public Card {
    hypotheses = List.copyOf(hypotheses);
    boolean applies = hypotheses.stream().allMatch(Hypothesis::holds);
    if (applies == (verdict == Verdict.DOES_NOT_APPLY)) {
      throw new IllegalArgumentException(
          String.format(
              "The card of %s says %s, but its hypotheses %s.",
              theorem, verdict.word(), applies ? "all hold" : "do not all hold"));
    }
  }
}
