/**
 * Gradient descent reduced, without approximation, to the singular or eigenvalues of the layers:
 * O(d) a step at any depth.
 *
 * <p>{@link org.fathom4j.theory.modes.ReducedDynamics} finds the reduction of an initialization:
 * {@link org.fathom4j.theory.modes.ZeroAsymmetricModes} for any target, {@link
 * org.fathom4j.theory.modes.IdentityModes} for normal ones, {@link
 * org.fathom4j.theory.modes.AlignedModes} for layers aligned with the target and for chains of
 * numbers. {@link org.fathom4j.theory.modes.Sharpness} is the minimum that ZAS reaches, and with it
 * the largest stable learning rate.
 *
 * <pre>{@code
 * Modes modes = ReducedDynamics.of(Initialization.zas(), target, 1_000_000).orElseThrow();
 * Trajectory exact = DescentLoop.run(modes, DescentSpec.withRate(1e-6, 2000).until(1e-10));
 * }</pre>
 *
 * @see <a href="https://arxiv.org/abs/1911.00645">Wu, Wang &amp; Ma 2019</a>
 * @see <a href="https://arxiv.org/abs/1312.6120">Saxe, McClelland &amp; Ganguli 2013</a>
 */
package org.fathom4j.theory.modes;
