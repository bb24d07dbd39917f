package org.fathom4j.compare;

import java.util.OptionalDouble;

/**
 * Whether one kind of norm is the same at every depth for one initialization.
 *
 * @param initialization text as the catalogue reads it
 * @param metric such as {@code activation_norm}
 * @param slope of log norm against log depth, the steepest over the iterations; empty if a norm was
 *     zero or not finite at some depths
 * @param flat whether every iteration's slope is within {@link
 *     org.fathom4j.diagnostics.CoordinateCheck#FLAT_SLOPE}
 */
public record DepthCheckLine(
    String initialization, String metric, OptionalDouble slope, boolean flat) {}
