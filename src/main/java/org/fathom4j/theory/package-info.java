/**
 * Linear networks in double precision: what theorems and exact reductions say that training does.
 *
 * <p>An oracle for the rest of the house, so it shares no code with it: no ND4J, no Deeplearning4j,
 * matrices by EJML, integration by Hipparchus. Its rooms, and who uses whom, are drawn in {@code
 * src/docs/theory-rooms.puml}:
 *
 * <ul>
 *   <li>{@link org.fathom4j.theory.linear}: target, initialization, network, loss, gradients
 *   <li>{@link org.fathom4j.theory.descent}: gradient descent on full matrices; the loop
 *   <li>{@link org.fathom4j.theory.modes}: the same reduced to O(d) a step; stable learning rates
 *   <li>{@link org.fathom4j.theory.flow}: the gradient flow, integrated and in closed form
 *   <li>{@link org.fathom4j.theory.landscape}: critical points; is this a plateau?
 *   <li>{@link org.fathom4j.theory.projection}: step-and-project, power projection
 *   <li>{@link org.fathom4j.theory.factorization}: products of matrices near the identity
 *   <li>{@link org.fathom4j.theory.memorization}: any labels for any points
 *   <li>{@link org.fathom4j.theory.bounds}: rates and bounds of the theorems
 *   <li>{@link org.fathom4j.theory.figures}: the papers' figures, as numbers
 *   <li>{@link org.fathom4j.theory.theorems}: theorems that check themselves
 * </ul>
 *
 * <pre>{@code
 * Target target = Target.parse("0.8,-1.3;1.1,0.6");
 * DescentSpec spec = DescentSpec.withRate(2e-4, 1000).at(0, 100).until(1e-10);
 * Trajectory full = GradientDescent.run(Initialization.zas().network(target, 1000), target, spec);
 * Trajectory exact = DescentLoop.run(new ZeroAsymmetricModes(target, 1000), spec);
 * full.iterationsToConverge();                     // 193, as exact.iterationsToConverge()
 * }</pre>
 */
package org.fathom4j.theory;
