/**
 * Residual blocks as layers of Deeplearning4j.
 *
 * <p>{@link org.fathom4j.block.ResidualStack}, {@link org.fathom4j.block.ResidualBlock} and {@link
 * org.fathom4j.block.LinearResidualBlock} are the configurations, {@link
 * org.fathom4j.block.ResidualLayer} runs them, {@link org.fathom4j.block.ResidualParams} knows
 * where their parameters lie, {@link org.fathom4j.block.OnePassUpdate} spares the update all passes
 * over memory but one, {@link org.fathom4j.block.FlatUpdater} keeps networks of many layers fast,
 * {@link org.fathom4j.block.Residents} lets parameters and updater state live on a GPU while a
 * network trains.
 *
 * <pre>{@code
 * new NeuralNetConfiguration.Builder().seed(1).updater(new Sgd(0.1)).list()
 *     .layer(new DenseLayer.Builder().nOut(64).activation(Activation.IDENTITY).build())
 *     .layer(new ResidualStack.Builder().depth(1000).hiddenWidth(16)
 *         .activation(Activation.RELU).initialization(Initializers.parse("mzas")).build())
 *     .layer(new OutputLayer.Builder().nOut(10).build())
 * }</pre>
 */
package org.fathom4j.block;
