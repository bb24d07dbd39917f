/**
 * Samples of a training: taken ({@link org.fathom4j.ui.stats.StatsObserver}), and shown ({@link
 * org.fathom4j.ui.stats.RunStats}).
 *
 * <p>Neither what a sample costs nor its size grows with the depth of the network, and the file of
 * samples is bounded however long the run is.
 */
package org.fathom4j.ui.stats;
