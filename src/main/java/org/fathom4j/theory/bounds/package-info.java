/**
 * What theorems promise, as numbers, for a given start and target.
 *
 * <p>{@link org.fathom4j.theory.bounds.ConvergenceRate} of the flow, from the invariants of its
 * start; {@link org.fathom4j.theory.bounds.GradientBound} near the identity; {@link
 * org.fathom4j.theory.bounds.NearIdentityBound} and {@link
 * org.fathom4j.theory.bounds.PositiveDefiniteBound} for descent from the identity. Whether a run
 * keeps to them is the business of the room {@code theorems}.
 *
 * <pre>{@code
 * PositiveDefiniteBound bound = PositiveDefiniteBound.of(Target.diagonal(0.5, 1.5), 100);
 * bound.iterations(bound.largestLearningRate(), 1e-10);
 * }</pre>
 *
 * @see <a href="https://arxiv.org/abs/1802.06093">Bartlett, Helmbold &amp; Long 2018</a>
 * @see <a href="https://arxiv.org/abs/1611.04231">Hardt &amp; Ma 2017, theorem 2.2</a>
 * @see <a href="https://arxiv.org/abs/1811.03568">Chitour, Liao &amp; Couillet 2018</a>
 */
package org.fathom4j.theory.bounds;
