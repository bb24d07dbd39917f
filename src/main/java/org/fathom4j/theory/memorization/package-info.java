/**
 * A residual network that is built, not trained, to give points any labels whatever.
 *
 * <p>{@link org.fathom4j.theory.memorization.Memorizer} builds it and runs it on all points, {@link
 * org.fathom4j.theory.memorization.Memorization} is what came out, {@link
 * org.fathom4j.theory.memorization.ParameterCount} how many numbers it has.
 *
 * <pre>{@code
 * Memorizer network = Memorizer.of(points, labels, 10, 64, 1);
 * network.verify(points, labels).accuracy();       // 1.0
 * }</pre>
 *
 * @see <a href="https://arxiv.org/abs/1611.04231">Hardt &amp; Ma 2017, theorem 3.2 and appendix
 *     B</a>
 */
package org.fathom4j.theory.memorization;
