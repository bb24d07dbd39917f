/**
 * The two algorithms of Bartlett, Helmbold and Long that project after every step.
 *
 * <p>{@link org.fathom4j.theory.projection.StepAndProject} keeps the layers near the identity,
 * {@link org.fathom4j.theory.projection.StepAndProjectModes} is its exact reduction for symmetric
 * targets, {@link org.fathom4j.theory.projection.PowerProjection} keeps the product where the
 * target is. All are descents, and say below which loss they cannot come.
 *
 * <pre>{@code
 * PowerProjection descent = new PowerProjection(Target.rotation(80, 1), 8, 0.1);
 * DescentLoop.run(descent, DescentSpec.withSafeRate(1000).until(1e-10));
 * }</pre>
 *
 * @see <a href="https://arxiv.org/abs/1802.06093">Bartlett, Helmbold &amp; Long 2018</a>
 */
package org.fathom4j.theory.projection;
