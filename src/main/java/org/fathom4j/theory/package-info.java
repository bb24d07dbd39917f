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
 * <pre>{@code
 * Target target = Target.parse("0.8,-1.3;1.1,0.6");
 * LinearNetwork network = Initialization.zas().network(target, 1000);
 * LinearNetwork.Gradients gradients = network.gradients(target);
 * double after = network.step(gradients, 1e-3).loss(target);
 * }</pre>
 */
package org.fathom4j.theory;
