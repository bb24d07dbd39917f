/**
 * How a network starts.
 *
 * <p>An {@link org.fathom4j.init.InitializationScheme} states the {@link
 * org.fathom4j.init.WeightLaw} of every matrix of a residual network, given its sizes; the
 * catalogue {@link org.fathom4j.init.Initializers} names them all. {@link org.fathom4j.init.Growth}
 * predicts how long the residual stream gets over the depth, and {@link
 * org.fathom4j.init.LawWeightInit} lends a law to any dense layer of Deeplearning4j.
 *
 * <pre>{@code
 * InitializationScheme scheme = Initializers.parse("mzas");
 * WeightLaw law = scheme.inner(new NetworkShape(784, 64, 64, 10_000, 10));
 * double[] v = new double[64 * 64];
 * law.fill(64, 64, RandomGeneratorFactory.of("L64X128MixRandom").create(42), v);
 * }</pre>
 */
package org.fathom4j.init;
