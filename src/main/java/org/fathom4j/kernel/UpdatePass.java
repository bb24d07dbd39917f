package org.fathom4j.kernel;

/**
 * The arithmetic of an update, over numbers that lie one after another.
 *
 * <p>For every parameter: g := g / N; u and the new state by the rule; u := λp + u where there is
 * decay; then g := u and p := p − u.
 */
interface UpdatePass {

  void sgd(UpdateRule.Sgd rule, UpdateRange range, UpdateChunk chunk);

  void nesterovs(UpdateRule.Nesterovs rule, UpdateRange range, UpdateChunk chunk);

  void adam(UpdateRule.Adam rule, UpdateRange range, UpdateChunk chunk);

  /** By the rule of the range. */
  default void apply(UpdateRange range, UpdateChunk chunk) {
    if (range.rule() instanceof UpdateRule.Sgd sgd) {
      sgd(sgd, range, chunk);
    } else if (range.rule() instanceof UpdateRule.Nesterovs nesterovs) {
      nesterovs(nesterovs, range, chunk);
    } else if (range.rule() instanceof UpdateRule.Adam adam) {
      adam(adam, range, chunk);
    }
  }

  /** The fastest pass that this Java runtime offers. */
  static UpdatePass of(Precision precision) {
    UpdatePass scalar = new ScalarUpdatePass(precision);
    return VectorSupport.available() ? VectorSupport.updatePass(precision, scalar) : scalar;
  }
}
