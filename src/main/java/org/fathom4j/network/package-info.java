/**
 * Embedding, residual blocks, readout: a whole network from a specification.
 *
 * <p>{@link org.fathom4j.network.NetworkSpec} and {@link org.fathom4j.network.OptimizerSpec} say
 * what, {@link org.fathom4j.network.ResidualNetwork} builds the network of Deeplearning4j, {@link
 * org.fathom4j.network.DepthSummary} tells what it takes before it is built.
 *
 * <pre>{@code
 * NetworkSpec spec = new NetworkSpec(new NetworkShape(784, 64, 64, 1000, 10), Block.NONLINEAR,
 *     Activation.RELU, Initializers.parse("mzas"), Loss.MSE, Layers.STACK, Precision.FLOAT);
 * OptimizerSpec sgd = new OptimizerSpec(Method.SGD, 0.02, Schedule.CONSTANT, 0, 0, 2000);
 * MultiLayerNetwork net = ResidualNetwork.create(spec, sgd, 1);
 * }</pre>
 */
package org.fathom4j.network;
