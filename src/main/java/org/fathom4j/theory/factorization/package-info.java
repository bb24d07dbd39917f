/**
 * A matrix as a product of many matrices near the identity.
 *
 * <p>{@link org.fathom4j.theory.factorization.HardtMaFactorization} is the construction of Hardt
 * and Ma's theorem 2.1, {@link org.fathom4j.theory.factorization.BalancedFactorization} the one
 * with equal singular values in all factors, two to three times nearer to the identity. Both give a
 * {@link org.fathom4j.theory.factorization.Factorization}.
 *
 * <pre>{@code
 * Factorization factors = BalancedFactorization.of(Target.gaussian(5, 3), 100);
 * factors.maxNorm();                               // max ‖W_l − I‖_2, below factors.bound()
 * }</pre>
 *
 * @see <a href="https://arxiv.org/abs/1611.04231">Hardt &amp; Ma 2017, theorem 2.1</a>
 * @see <a href="https://arxiv.org/abs/1802.06093">Bartlett, Helmbold &amp; Long 2018</a>
 */
package org.fathom4j.theory.factorization;
