package org.fathom4j.compare;

import java.io.IOException;
import java.io.Serializable;
import org.fathom4j.train.TryoutInterruptedException;

/**
 * A piece of a comparison that can be done in another process: it carries all it needs and brings
 * all it leaves back.
 *
 * <p>Done twice, it gives the same answer, so that one whose worker is lost is simply done again.
 *
 * @param <R> what comes back
 */
public interface Task<R extends Serializable> extends Serializable {

  /**
   * Does the work, and leaves nothing outside {@code here.scratch()}.
   *
   * @throws IllegalArgumentException if it asks for the impossible
   * @throws IOException if data cannot be read there, records cannot be written, or it was stopped
   * @throws TryoutInterruptedException if a search was stopped
   */
  R run(Workplace here) throws IOException, TryoutInterruptedException;
}
