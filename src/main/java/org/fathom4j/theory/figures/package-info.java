/**
 * The experiments behind the papers' figures, as numbers; the laboratory draws them.
 *
 * <p>{@link org.fathom4j.theory.figures.ToySaddle} is figure 1 of Wu, Wang and Ma, {@link
 * org.fathom4j.theory.figures.DepthScaling} figure 2, {@link
 * org.fathom4j.theory.figures.SaddleEscape} figure 3; {@link org.fathom4j.theory.figures.Shamir} is
 * the wait of one-dimensional chains, exponential in their depth.
 *
 * <pre>{@code
 * DepthScaling.of(new double[] {1}, List.of(10, 100, 1000), 1e-10, 100_000).exponent();
 * }</pre>
 *
 * @see <a href="https://arxiv.org/abs/1911.00645">Wu, Wang &amp; Ma 2019, figures 1 to 3</a>
 * @see <a href="https://arxiv.org/abs/1809.08587">Shamir 2018</a>
 */
package org.fathom4j.theory.figures;
