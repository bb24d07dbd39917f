package org.fathom4j.train;

/** The user asked a {@link Tryout} to stop; it can go on. */
public final class TryoutInterruptedException extends Exception {

  private static final long serialVersionUID = 1L;

  TryoutInterruptedException(int iteration) {
    super("Interrupted after iteration " + iteration + ".");
  }
}
