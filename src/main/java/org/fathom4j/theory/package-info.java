/**
 * Linear networks in double precision: what theorems and exact reductions say that training does.
 *
 * <p>An oracle for the rest of the house, so it shares no code with it: no ND4J, no Deeplearning4j,
 * matrices by EJML, integration by Hipparchus.
 *
 * <p>{@link org.fathom4j.theory.Target} is the matrix to be learnt, {@link
 * org.fathom4j.theory.Initialization} where training starts, {@link
 * org.fathom4j.theory.LinearNetwork} the layers with loss and gradients, {@link
 * org.fathom4j.theory.Invariant} what the flow conserves.
 *
 * <p>Training is a {@link org.fathom4j.theory.Descent}, run by {@link
 * org.fathom4j.theory.DescentLoop}: {@link org.fathom4j.theory.GradientDescent} on full matrices,
 * or one of the exact reductions that {@link org.fathom4j.theory.ReducedDynamics} finds. {@link
 * org.fathom4j.theory.GradientFlow} is its limit of small steps, {@link
 * org.fathom4j.theory.ZeroAsymmetricFlow} and {@link org.fathom4j.theory.IdentityFlow} the same in
 * closed form, {@link org.fathom4j.theory.Sharpness} what bounds the learning rate, {@link
 * org.fathom4j.theory.SaddleDetector} what tells a plateau from a slow stretch.
 *
 * <p>Algorithms and constructions of the papers: {@link org.fathom4j.theory.StepAndProject} and
 * {@link org.fathom4j.theory.PowerProjection}, which are descents too; {@link
 * org.fathom4j.theory.HardtMaFactorization} and {@link org.fathom4j.theory.BalancedFactorization}
 * near the identity; {@link org.fathom4j.theory.Memorizer}, which gives points any labels. What is
 * proved: {@link org.fathom4j.theory.Landscape}, {@link org.fathom4j.theory.ConvergenceRate},
 * {@link org.fathom4j.theory.GradientBound}, {@link org.fathom4j.theory.NearIdentityBound}, {@link
 * org.fathom4j.theory.PositiveDefiniteBound}.
 *
 * <p>The papers' figures: {@link org.fathom4j.theory.ToySaddle}, {@link
 * org.fathom4j.theory.DepthScaling}, {@link org.fathom4j.theory.SaddleEscape}, {@link
 * org.fathom4j.theory.Shamir}.
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
