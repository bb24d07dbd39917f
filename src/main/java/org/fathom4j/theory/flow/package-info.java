/**
 * The gradient flow, the limit of small steps: integrated, and in closed form.
 *
 * <p>{@link org.fathom4j.theory.flow.GradientFlow} integrates all matrices from any start. {@link
 * org.fathom4j.theory.flow.ZeroAsymmetricFlow} and {@link org.fathom4j.theory.flow.IdentityFlow}
 * are exact, one singular or eigenvalue at a time, at any depth.
 *
 * <pre>{@code
 * GradientFlow flow = new GradientFlow(Initialization.zas().network(target, 10), target);
 * flow.at(List.of(0.1, 1.0)).points().get(1).loss();
 * new ZeroAsymmetricFlow(1.5, 10).loss(1.0);
 * }</pre>
 *
 * @see <a href="https://arxiv.org/abs/1911.00645">Wu, Wang &amp; Ma 2019, section 4.1</a>
 * @see <a href="https://arxiv.org/abs/1802.06093">Bartlett, Helmbold &amp; Long 2018</a>
 */
package org.fathom4j.theory.flow;
