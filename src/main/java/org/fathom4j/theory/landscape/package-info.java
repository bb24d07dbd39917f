/**
 * Where training can get stuck, and how it is noticed.
 *
 * <p>{@link org.fathom4j.theory.landscape.Landscape} has the critical points of R with their values
 * and curvatures, {@link org.fathom4j.theory.landscape.SaddleDetector} tells a plateau from a slow
 * stretch of a training and names the saddle.
 *
 * <pre>{@code
 * new Landscape(Target.diagonal(3, 2, 1), 3).criticalValues();      // 0, 0.5, 2, 2.5, …
 * SaddleDetector.Check check = new SaddleDetector(target).check(iteration, network);
 * }</pre>
 *
 * @see <a href="https://arxiv.org/abs/1811.03568">Chitour, Liao &amp; Couillet 2018</a>
 */
package org.fathom4j.theory.landscape;
