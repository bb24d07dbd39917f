/**
 * Many experiments, one answer: a learning rate for each initialization and depth, and a comparison
 * over seeds.
 *
 * <p>{@link org.fathom4j.compare.TunedRate} is the outcome of a search, {@link
 * org.fathom4j.compare.Trial} one step of it.
 */
package org.fathom4j.compare;
