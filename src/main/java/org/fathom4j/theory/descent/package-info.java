/**
 * Gradient descent on the full matrices, and the loop that runs every kind of descent.
 *
 * <p>A {@link org.fathom4j.theory.descent.Descent} stands at an iteration and takes the next;
 * {@link org.fathom4j.theory.descent.DescentLoop} runs it as a {@link
 * org.fathom4j.theory.descent.DescentSpec} says and gives its {@link
 * org.fathom4j.theory.descent.Trajectory}. {@link org.fathom4j.theory.descent.GradientDescent} is
 * the one on full matrices, in EJML or OpenBLAS. {@link org.fathom4j.theory.descent.CurvatureBound}
 * says how long a step may be.
 *
 * <pre>{@code
 * DescentSpec spec = DescentSpec.withRate(2e-4, 1000).at(0, 100).until(1e-10);
 * Trajectory full = GradientDescent.run(Initialization.zas().network(target, 1000), target, spec);
 * full.iterationsToConverge();                     // 193 for the target of the room linear
 * }</pre>
 *
 * @see <a href="https://arxiv.org/abs/1911.00645">Wu, Wang &amp; Ma 2019, section 2</a>
 */
package org.fathom4j.theory.descent;
