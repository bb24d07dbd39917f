package org.fathom4j.spark;

import java.io.Serializable;

/**
 * What a worker sends back.
 *
 * @param value the answer; null if the task failed
 * @param failure why it failed, in words; null if it did not
 */
record Answer<R extends Serializable>(R value, String failure) implements Serializable {}
