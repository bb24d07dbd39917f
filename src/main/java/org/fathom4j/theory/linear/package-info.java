/**
 * The problem: what a linear network is, what it is to learn, and where it starts.
 *
 * <p>{@link org.fathom4j.theory.linear.Target} is Φ, {@link
 * org.fathom4j.theory.linear.Initialization} where training starts, {@link
 * org.fathom4j.theory.linear.LinearNetwork} the layers with their loss and gradients, {@link
 * org.fathom4j.theory.linear.Invariant} what neighbouring layers keep between them. Beside them the
 * algebra that all rooms share: {@link org.fathom4j.theory.linear.SingularValues}, {@link
 * org.fathom4j.theory.linear.Eigenvalues}, {@link org.fathom4j.theory.linear.NormalForm}, {@link
 * org.fathom4j.theory.linear.PortableRandom}. A question without an answer ends in an {@link
 * org.fathom4j.theory.linear.InvalidProblemException}.
 *
 * <pre>{@code
 * Target target = Target.parse("0.8,-1.3;1.1,0.6");
 * LinearNetwork start = Initialization.parse("zas").network(target, 1000);
 * LinearNetwork.Gradients gradients = start.gradients(target);
 * gradients.loss();                                // R = ½‖P − Φ‖²
 * }</pre>
 *
 * @see <a href="https://arxiv.org/abs/1911.00645">Wu, Wang &amp; Ma 2019, sections 2 and 3</a>
 */
package org.fathom4j.theory.linear;
