package org.fathom4j.compare;

import java.nio.file.Path;
import java.util.Objects;
import java.util.function.BooleanSupplier;

/**
 * Where a {@link Task} is done.
 *
 * @param home the directory that holds {@code datasets/} there
 * @param scratch an empty directory, which is deleted when the task has ended
 * @param interrupted asked after every iteration; true ends the task
 */
public record Workplace(Path home, Path scratch, BooleanSupplier interrupted) {

  public Workplace {
    Objects.requireNonNull(home, "A workplace needs a home.");
    Objects.requireNonNull(scratch, "A workplace needs a scratch directory.");
    Objects.requireNonNull(interrupted, "A workplace needs somebody who may interrupt.");
  }
}
