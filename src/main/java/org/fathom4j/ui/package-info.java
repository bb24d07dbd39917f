/**
 * The monitor: Deeplearning4j's training UI, made for depth.
 *
 * <p>{@link org.fathom4j.ui.MonitorServer} serves the pages, to this machine alone unless told
 * otherwise. {@code ui.stats} is what Deeplearning4j's pages show: sampled while a network trains,
 * kept in the run's {@code stats.db}, read back as a storage of the framework. {@code ui.depth} is
 * the Depth page.
 */
package org.fathom4j.ui;
