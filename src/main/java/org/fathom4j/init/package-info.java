/**
 * How a network starts.
 *
 * <p>An {@link org.fathom4j.init.InitializationScheme} states the {@link
 * org.fathom4j.init.WeightLaw} of every matrix of a residual network, given its sizes; the
 * catalogue {@code Initializers} names them all.
 *
 * <pre>{@code
 * InitializationScheme scheme = Initializers.parse("mzas");
 * WeightLaw law = scheme.inner(new NetworkShape(784, 64, 64, 10_000, 10));
 * double[] v = new double[64 * 64];
 * law.fill(64, 64, RandomGenerator.of("L64X128MixRandom"), v);
 * }</pre>
 */
package org.fathom4j.init;
