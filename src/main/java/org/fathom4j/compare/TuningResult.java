package org.fathom4j.compare;

import java.nio.file.Path;
import org.fathom4j.record.RunStatus;

/**
 * How a search for learning rates ended.
 *
 * @param directory what it left
 * @param status done or interrupted
 * @param rates of the cells that are done
 */
public record TuningResult(Path directory, RunStatus status, LearningRates rates) {}
