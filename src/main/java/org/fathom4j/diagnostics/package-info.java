/**
 * What happens along the depth of a network.
 *
 * <p>{@link org.fathom4j.diagnostics.DepthProfile} measures norms at layers spread over the depth
 * while a network trains; {@link org.fathom4j.diagnostics.Divergence} finds the layer and the cause
 * when numbers stop being finite; {@link org.fathom4j.diagnostics.CoordinateCheck} holds networks
 * of several depths against each other.
 *
 * <pre>{@code
 * DepthProfile profile = new DepthProfile(ResidualNetwork.residualLayers(net), 64);
 * profile.begin();
 * net.fit(batch);
 * List<DepthProfileRow> rows = profile.end(1, batch.numExamples());
 * }</pre>
 */
package org.fathom4j.diagnostics;
