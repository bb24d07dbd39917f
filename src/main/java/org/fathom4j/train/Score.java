package org.fathom4j.train;

/**
 * How well a network does on a set of examples.
 *
 * @param loss the objective, averaged over examples, without weight decay
 * @param accuracy fraction of examples whose largest output is that of their class
 */
public record Score(double loss, double accuracy) {}
