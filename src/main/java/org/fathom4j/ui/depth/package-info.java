/**
 * The Depth page of the training UI: what happens along ten thousand layers, while it happens.
 *
 * <p>{@link org.fathom4j.ui.depth.RunCatalogue} knows the runs and comparisons below a directory
 * and gives each an id that is safe in an address; {@link org.fathom4j.ui.depth.DepthModule} is the
 * {@link org.deeplearning4j.ui.api.UIModule} that serves the page {@code /depth}, its scripts and
 * its numbers. Everything is read from the files a run leaves, nothing is written. Files that grow
 * are read on where the last reading ended, and whatever their length, what is kept of them and
 * what is sent fits a bound.
 *
 * <pre>{@code
 * RunCatalogue catalogue = new RunCatalogue(Path.of("runs"));
 * DepthModule.show(catalogue); // before the server starts, which finds the module itself
 * catalogue.runs().forEach(run -> log.info("http://127.0.0.1:9000/depth#run={}", run.id()));
 * }</pre>
 */
package org.fathom4j.ui.depth;
